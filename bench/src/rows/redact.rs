//! `redact_vs_serde`, `redact_vs_memcpy`: a body redacted, beside the same edit over serde_json's
//! tree, and beside one pass of search and copy, the limit of the machine.
//!
//! Rules and known values are made before, as serde_json's edit is compiled before. Both sides must
//! give the same JSON value; nothing is measured before that.

pub mod document;
mod tree;

use super::Run;
use crate::measure::{Effort, side};
use crate::row::{Ratio, Row, Target};
use anyhow::{Context as _, Result, anyhow, ensure};
use document::{KNOWN, RULES, Script, Style, document};
use privet_redact::known::{Known, KnownKind};
use privet_redact::{Rule, Rules, Settings, redact};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tree::{Members, Tree};

/// What happens to free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Removed,
    /// And the whole output is searched for the candidate's true values.
    Scrubbed,
}

const SIZES: [(usize, &str); 4] = [
    (2_000, "2 kB"),
    (10_000, "10 kB"),
    (100_000, "100 kB"),
    (10_000_000, "10 MB"),
];

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("redact_vs_serde") && !run.wants("redact_vs_memcpy") {
        return Ok(());
    }
    eprintln!("redact");
    let settings = Settings {
        max_body_bytes: 32 << 20,
        max_output_bytes: 32 << 20,
        ..Settings::default()
    };
    let [_, ten, ..] = SIZES;
    for (text, style, what, sizes, target) in [
        (
            Text::Removed,
            Style::Words,
            "without free text",
            &SIZES[..],
            Target::AtLeast(5.0),
        ),
        (
            Text::Scrubbed,
            Style::Words,
            "scrub and scan",
            &SIZES,
            Target::AtLeast(2.0),
        ),
        (
            Text::Scrubbed,
            Style::Figures,
            "the same, figures in texts",
            &[ten],
            Target::Stated,
        ),
    ] {
        let rules = Arc::new(rules(text)?);
        for (size, name) in sizes.iter().copied() {
            for script in Script::ALL {
                let case = format!("{what}, {name}, {}", script.name());
                let body = document(script, style, size);
                let ours = || redact(rules.clone(), settings.clone(), &body);
                let given: Value = serde_json::from_slice(&ours()?)?;
                let expected: Value = serde_json::from_slice(&edited(&body, text)?)?;
                ensure!(given == expected, "{case}: the two sides differ");
                let effort = effort(run.effort, size);
                if run.wants("redact_vs_serde") {
                    let samples = effort.compare(side(ours), side(|| edited(&body, text)));
                    let row = Row::ratio(
                        "redact_vs_serde",
                        &case,
                        Ratio::TimesFaster,
                        target,
                        &samples,
                    );
                    run.add(row.noted(format!("{} bytes", body.len())), samples);
                }
                if run.wants("redact_vs_memcpy") {
                    let samples = effort.compare(side(ours), side(|| copied(&body)));
                    let row = Row::ratio(
                        "redact_vs_memcpy",
                        &case,
                        Ratio::ShareOfTheirs,
                        Target::Stated,
                        &samples,
                    );
                    run.add(row.noted("our time in times of theirs"), samples);
                }
            }
        }
    }
    Ok(())
}

/// Long runs are their own repetition, and 32 cases should not take the whole run's time.
fn effort(effort: Effort, size: usize) -> Effort {
    let effort = effort.at_most(if size > 1_000_000 { 7 } else { 21 });
    Effort {
        run: effort.run.min(Duration::from_millis(10)),
        ..effort
    }
}

fn rules(text: Text) -> Result<Rules> {
    let mut builder = Rules::builder().phone_region("CN");
    let mut rules = Vec::new();
    for (path, rendering) in RULES {
        let rendering = match (rendering, text) {
            ("$text", Text::Removed) => "remove",
            ("$text", Text::Scrubbed) => "scrub",
            (rendering, _) => rendering,
        };
        let rule = Rule::new("class", rendering.parse().map_err(|e| anyhow!("{e}"))?);
        rules.push((path.parse()?, rule));
    }
    if text == Text::Scrubbed {
        builder = builder.known(known()?);
    }
    Ok(builder.build(rules)?)
}

/// The candidate's true values.
pub(super) fn known() -> Result<Known> {
    let mut known = Known::builder();
    for (kind, value) in KNOWN {
        known = known.value(KnownKind::from_name(kind).context("a kind")?, value)?;
    }
    Ok(known.build())
}

/// Parse, edit, serialize: what the rules say, written by hand for this one format, over serde_json's
/// tree as it is by its defaults.
pub(super) fn edited(body: &[u8], text: Text) -> Result<Vec<u8>> {
    let mut document: Tree = serde_json::from_slice(body)?;
    let root = document.as_object_mut().context("an object")?;
    if let Some(basics) = root.get_mut("basics").and_then(Tree::as_object_mut) {
        remove(basics, &["image", "url", "profiles"]);
        replace(basics, "name", masked_name);
        replace(basics, "email", masked_email);
        replace(basics, "phone", masked_phone);
        if text == Text::Removed {
            basics.remove("summary");
        }
        if let Some(location) = basics.get_mut("location").and_then(Tree::as_object_mut) {
            location.remove("address");
            replace(location, "postalCode", |code| {
                Some(start(code, 2)? + "****")
            });
        }
    }
    for job in items(root, "work") {
        remove(job, &["url", "remote", "team"]);
        replace(job, "startDate", |date| start(date, 7));
        replace(job, "endDate", |date| start(date, 7));
        if text == Text::Removed {
            remove(job, &["summary", "highlights"]);
        }
    }
    for school in items(root, "education") {
        remove(school, &["url", "startDate", "endDate"]);
    }
    if let Some(meta) = root.get_mut("meta").and_then(Tree::as_object_mut) {
        remove(meta, &["lastModified", "canonical"]);
    }
    Ok(serde_json::to_vec(&document)?)
}

fn items<'d>(root: &'d mut Members, name: &str) -> impl Iterator<Item = &'d mut Members> {
    let items = root.get_mut(name).and_then(Tree::as_array_mut);
    items.into_iter().flatten().filter_map(Tree::as_object_mut)
}

fn remove(object: &mut Members, names: &[&str]) {
    for name in names {
        object.remove(*name);
    }
}

/// Shows a member as a function makes it, or not at all.
fn replace(object: &mut Members, name: &str, shown: impl Fn(&str) -> Option<String>) {
    let Some(value) = object.get_mut(name) else {
        return;
    };
    match value.as_str().and_then(shown) {
        Some(shown) => *value = Tree::String(shown),
        None => {
            object.remove(name);
        }
    }
}

fn start(text: &str, characters: usize) -> Option<String> {
    text.get(..characters).map(str::to_owned)
}

/// Initials, or a surname of two characters: the names of these documents have one.
fn masked_name(name: &str) -> Option<String> {
    match name.split_once(' ') {
        Some((first, last)) => Some(format!("{}. {}.", start(first, 1)?, start(last, 1)?)),
        None => Some(name.chars().take(2).collect::<String>() + "**"),
    }
}

fn masked_email(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    Some(format!("{}***@{domain}", start(local, 1)?))
}

fn masked_phone(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix("86")?;
    Some(format!("{}****{}", national.get(..3)?, national.get(7..)?))
}

/// One search through the bytes for one that they do not hold, and one copy of them.
fn copied(body: &[u8]) -> Vec<u8> {
    let end = memchr::memchr(0, body).unwrap_or(body.len());
    body.get(..end).unwrap_or_default().to_vec()
}
