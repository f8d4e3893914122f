//! Web addresses, bare domains and handles: where they lead, the contact stands.
//!
//! What must never be here: a fetch, or a list of what a site shows. A profile is hidden for where
//! it may lead.

use super::domain;
use super::finding::{FindingKind, Hit};
use super::fold::Folded;

/// Names of products and companies that have the form of a domain. Only as they stand here,
/// without anything before or a path behind.
const NAMES: &[&str] = &[
    "ado.net",
    "amazon.com",
    "asp.net",
    "booking.com",
    "c3.ai",
    "character.ai",
    "ctrip.com",
    "draw.io",
    "fast.ai",
    "github.com",
    "gitlab.com",
    "h2o.ai",
    "java.io",
    "java.net",
    "jd.com",
    "leetcode.com",
    "leetcode.cn",
    "made-in-china.com",
    "ml.net",
    "monday.com",
    "salesforce.com",
    "socket.io",
    "stackoverflow.com",
    "system.io",
    "system.net",
    "trip.com",
    "vb.net",
    "58.com",
    "12306.cn",
    "wordpress.com",
    "wordpress.org",
    "kernel.org",
    "schema.org",
    "json.org",
    "java.time",
    "d3.js",
    "nest.js",
    "linux.do",
    "system.in",
    "process.in",
    "react.fc",
];

/// Annotations, decorators, rules and package scopes that begin with `@`.
const ANNOTATIONS: &[&str] = &[
    "override",
    "autowired",
    "component",
    "service",
    "repository",
    "controller",
    "restcontroller",
    "configuration",
    "bean",
    "transactional",
    "async",
    "scheduled",
    "cacheable",
    "aspect",
    "entity",
    "table",
    "column",
    "id",
    "value",
    "test",
    "before",
    "after",
    "beforeeach",
    "aftereach",
    "mock",
    "inject",
    "injectable",
    "input",
    "output",
    "ngmodule",
    "angular",
    "types",
    "babel",
    "nestjs",
    "vue",
    "react",
    "media",
    "import",
    "keyframes",
    "property",
    "dataclass",
    "classmethod",
    "staticmethod",
    "decorator",
    "param",
    "return",
    "returns",
    "deprecated",
    "nullable",
    "notnull",
    "requestmapping",
    "getmapping",
    "postmapping",
    "springbootapplication",
    "enablecaching",
    "data",
    "slf4j",
    "builder",
    "all",
    "here",
    "everyone",
    "aws-sdk",
    "azure",
    "google-cloud",
    "babel-core",
    "ant-design",
    "reduxjs",
    "tanstack",
    "mui",
    "apollo",
    "sentry",
    "types-node",
    "props",
    "state",
    "published",
    "main",
    "escaping",
    "objc",
    "available",
    "discardableresult",
    "composable",
];

pub(crate) fn find(text: &Folded) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match address(text, at).or_else(|| handle(text, at)) {
            Some(hit) => {
                at = hit.to.max(at + 1);
                hits.push(hit);
            }
            None => at += 1,
        }
    }
    hits
}

fn hit(from: usize, to: usize, rule: &'static str) -> Option<Hit> {
    Some(Hit {
        from,
        to,
        kind: FindingKind::Link,
        rule,
    })
}

/// Characters of a web address. Chinese text after one is not part of it.
fn is_url(character: char) -> bool {
    character.is_ascii_graphic()
        && !matches!(character, '"' | '<' | '>' | '`' | '|' | '\\' | '{' | '}')
}

/// The end of a web address, without the signs that close the sentence around it.
fn url_end(text: &Folded, from: usize) -> usize {
    let to = text.run(from, is_url);
    let is_closing = |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '\'');
    text.run_back(to, is_closing).max(from)
}

fn address(text: &Folded, at: usize) -> Option<Hit> {
    if text.has(at, "://") {
        let from = text.run_back(at, |c| {
            c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
        });
        // `https:// example.com`
        let host = text.run(at + 3, |c| c == ' ');
        let host = if host - at <= 5 { host } else { at + 3 };
        return hit(from, url_end(text, host), "url");
    }
    if !domain::is_label(text.at(at)) || is_inside(text.before(at)) {
        return None;
    }
    if text.has(at, "www.") && domain::is_label(text.at(at + 4)) {
        return hit(at, url_end(text, at), "url");
    }
    bare(text, at)
}

fn is_inside(character: char) -> bool {
    domain::is_label(character) || matches!(character, '.' | '_')
}

fn bare(text: &Folded, at: usize) -> Option<Hit> {
    let Some(domain) = domain::read(text, at) else {
        return with_path(text, at);
    };
    let is_path = matches!(text.at(domain.to), '/' | '?' | '#')
        || (text.at(domain.to) == ':' && text.at(domain.to + 1).is_ascii_digit());
    let to = match is_path {
        true => url_end(text, domain.to),
        false => domain.to,
    };
    let name = text.text(at, domain.to);
    let top = text.text(domain.top, domain.to);
    let is_certain = matches!(top.as_str(), "com" | "cn" | "net" | "org");
    if !is_path || to <= domain.to + 1 {
        let starts_sentence = text.is_capital(domain.top) && !text.is_capital(domain.top + 1);
        let is_figure = !name
            .get(..name.len() - top.len())
            .is_some_and(|name| name.contains(|c: char| c.is_ascii_alphabetic()));
        let is_word = matches!(
            top.as_str(),
            "in" | "is"
                | "it"
                | "so"
                | "to"
                | "no"
                | "my"
                | "us"
                | "be"
                | "am"
                | "as"
                | "at"
                | "by"
                | "do"
        );
        let is_spoken_word = domain.is_spelled && !is_certain && !is_spelled_top(&top);
        if NAMES.contains(&name.as_str())
            || (!is_certain && (starts_sentence || is_figure || is_word))
            || is_spoken_word
        {
            return None;
        }
    }
    let to = spoken_path(text, to);
    hit(
        at,
        to,
        if domain.is_spelled {
            "domain-spelled"
        } else {
            "domain"
        },
    )
}

/// The end of a path whose slash is a word.
fn spoken_path(text: &Folded, to: usize) -> usize {
    let from = text.run(to, |c| matches!(c, ' ' | '(' | '['));
    for word in ["slash", "斜杠", "斜线", "/"] {
        if from - to <= 2 && text.has(from, word) {
            let end = from + word.chars().count();
            let start = text.run(end, |c| matches!(c, ' ' | ')' | ']'));
            if start - end <= 2 {
                return spoken_path(text, text.run(start, |c| domain::is_label(c) || c == '_'))
                    .max(to);
            }
        }
    }
    to
}

/// Tops that are believed behind a dot in words.
fn is_spelled_top(top: &str) -> bool {
    matches!(
        top,
        "io" | "me"
            | "dev"
            | "app"
            | "cc"
            | "tv"
            | "xyz"
            | "top"
            | "co"
            | "uk"
            | "de"
            | "hk"
            | "tw"
            | "jp"
            | "edu"
            | "ai"
    )
}

/// A host of any ending with a path, where the two look like nothing else: `t.me/name`.
fn with_path(text: &Folded, at: usize) -> Option<Hit> {
    let host = text.run(at, |c| domain::is_label(c) || c == '.');
    let is_path = text.at(host) == '/' && text.at(host + 1).is_ascii_alphanumeric();
    if !is_path {
        return None;
    }
    let name = text.text(at, host);
    let labels: Vec<&str> = name.split('.').collect();
    let is_host = labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty())
        && labels.last().is_some_and(|top| {
            (2..=6).contains(&top.len()) && top.chars().all(|c| c.is_ascii_lowercase())
        })
        && matches!(
            *labels.last().unwrap_or(&""),
            "md" | "rs" | "sh" | "py" | "ee" | "gl" | "ly" | "gd" | "lc" | "eu"
        );
    match is_host {
        true => hit(at, url_end(text, host), "url"),
        false => None,
    }
}

/// `@name`, where no address has taken it.
fn handle(text: &Folded, at: usize) -> Option<Hit> {
    if text.at(at) != '@' || text.before(at).is_ascii_alphanumeric() {
        return None;
    }
    let from = at + 1;
    let to = text.run(from, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
    });
    let to = text.run_back(to, |c| matches!(c, '.' | '-')).max(from);
    let name = text.text(from, to);
    let is_scope = matches!(text.at(to), '/' | '(');
    let is_name = name.len() >= 3
        && name.contains(|c: char| c.is_ascii_alphabetic())
        && !name.starts_with(|c: char| c.is_ascii_digit() && name.len() <= 3);
    if !is_name || is_scope || ANNOTATIONS.contains(&name.as_str()) {
        return None;
    }
    hit(at, to, "handle")
}
