//! The quick starts of `docs/gateways` by the letter: every shell line of a page, as a reader types
//! it, and what the page says is seen.

use crate::gateways::program;
use crate::reader::{self, Reader, Seen, lines};
use crate::scene::SECRETS;

/// What other pages begin with.
const FIRST: &str = "alone.md";

fn is_server(line: &str) -> bool {
    line.starts_with("privet serve")
}

/// The lines by which [`FIRST`] starts what the other pages need.
fn beginning(with_server: bool) -> Vec<String> {
    let all = lines(FIRST);
    let end = all.iter().rposition(|line| is_server(line));
    let begins = all.into_iter().take(end.expect("a server") + 1);
    begins
        .filter(|line| with_server || !is_server(line))
        .collect()
}

/// Types a page's lines behind those that it needs.
fn typed(page: &str, with_server: bool) -> Vec<Seen> {
    typed_lines(page, with_server, lines(page))
}

fn typed_lines(page: &str, with_server: bool, own: Vec<String>) -> Vec<Seen> {
    let mut all = beginning(with_server);
    all.extend(own);
    Reader::new(page).type_in("docs/gateways", &all)
}

/// What the only line showed that has a text.
fn shown<'s>(seen: &'s [Seen], text: &str) -> &'s str {
    let found: Vec<_> = seen.iter().filter(|s| s.line.contains(text)).collect();
    assert_eq!(found.len(), 1, "`{text}`: {found:?}");
    &found[0].shown
}

fn has_no_secret(text: &str) {
    assert!(
        SECRETS.iter().all(|secret| !text.contains(secret)),
        "{text}"
    );
}

/// A recruiter of another job sees a name in part, and no number.
fn gateway(seen: &[Seen]) {
    let answer = shown(seen, "curl -i ");
    assert!(
        answer.contains("HTTP/1.1 200") && answer.contains("张**"),
        "{answer}"
    );
    has_no_secret(answer);
}

/// Whether what a page needs is on this machine; with `CI` set it must be.
fn has(name: &str, variable: Option<&str>) -> bool {
    // There the pages install what they need.
    if reader::clone().is_some() {
        return true;
    }
    let needs = ["bash", "curl", "python3"].into_iter();
    let mut all = needs.map(|need| (need, None)).chain([(name, variable)]);
    all.all(|(name, variable)| program(name, variable, "the page says how").is_some())
}

#[test]
fn alone() {
    if !has("bash", None) {
        return;
    }
    let mut all = lines(FIRST);
    let page = crate::scene::source(FIRST);
    let page = std::fs::read_to_string(page).expect("the page");
    // A line inside a sentence.
    let reload = "curl -X POST http://127.0.0.1:9080/reload";
    assert!(page.contains(&format!("`{reload}`")));
    all.push(reload.to_owned());
    let seen = Reader::new(FIRST).type_in("docs/gateways", &all);
    let said = shown(&seen, "--check");
    assert!(said.contains("2 routes, packs: liepin 2"), "{said}");
    let candidate = shown(&seen, "ask candidate ");
    assert!(candidate.contains("13800138000"), "{candidate}");
    for (line, text) in [
        ("ask other-job-recruiter /resumes/resume-1 ", "张**"),
        ("ask applied-recruiter ", "\"watermark\":"),
        ("/resumes/resume-2 ", "there is nothing here"),
        ("tail -n 1", "\"door\":\"proxy\""),
        ("/access/v1/evaluation", "\"decision\":true"),
        (reload, "\"revision\":"),
    ] {
        let shown = shown(&seen, line);
        assert!(shown.contains(text), "{line}: {shown}");
        has_no_secret(shown);
    }
    let page = shown(&seen, "/search");
    let page: serde_json::Value = serde_json::from_str(page.trim()).expect("JSON");
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["total"], 2);
    let evaluation = shown(&seen, "/access/v1/evaluation");
    let answer: serde_json::Value = serde_json::from_str(evaluation.trim()).expect("JSON");
    assert!(answer["context"]["plan"].is_object() && answer["context"]["obligations"].is_array());
}

#[test]
fn beside_gateways() {
    for (page, name, variable) in [
        ("nginx.md", "nginx", None),
        ("caddy.md", "caddy", None),
        ("haproxy.md", "haproxy", None),
        ("envoy.md", "envoy", Some("PRIVET_ENVOY")),
    ] {
        if has(name, variable) {
            gateway(&typed(page, true));
        }
    }
}

#[test]
fn inside_nginx() {
    if has("nginx", None) {
        let page = "nginx-ffi.md";
        let mut own = lines(page);
        // A line inside a sentence.
        let given = "chown -R nobody log";
        let text = std::fs::read_to_string(crate::scene::source(page)).expect("the page");
        assert!(text.contains(&format!("`{given}`")));
        if reader::is_root() && reader::clone().is_some() {
            let starts = own.iter().position(|line| line.starts_with("nginx "));
            own.insert(starts.expect("nginx"), given.to_owned());
        }
        let seen = typed_lines(page, false, own);
        gateway(&seen);
        // Of one of two workers, which may not have been asked before.
        let counted = shown(&seen, "/metrics");
        assert!(
            counted.contains("\nprivet_decide_seconds_count "),
            "{counted}"
        );
    }
}

#[test]
fn inside_envoy() {
    if has("envoy", Some("PRIVET_ENVOY")) {
        let seen = typed("envoy-module.md", false);
        gateway(&seen);
        assert!(shown(&seen, "/stats").contains("open"));
    }
}

#[test]
fn inside_tower() {
    if has("bash", None) {
        gateway(&typed("tower.md", false));
    }
}

#[test]
fn inside_pingora() {
    if has("privet-pingora-example", Some("PRIVET_PINGORA")) {
        gateway(&typed("pingora.md", false));
    }
}

#[test]
fn from_c() {
    if !has("cc", None) {
        return;
    }
    let reader = Reader::new("c.md");
    let keys = beginning(false);
    let keys = keys
        .into_iter()
        .filter(|line| !line.contains("http.server"));
    reader.type_in("docs/gateways", &keys.collect::<Vec<_>>());
    let seen = reader.type_in("", &lines("c.md"));
    let said = shown(&seen, "target/privet-c target/liepin.wasm ");
    for text in [
        "gate 0",
        "pieces same",
        "answer 200 {",
        "answer 404 {",
        "answer 401 {",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    has_no_secret(said);
}
