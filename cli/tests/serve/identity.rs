//! Who asks, at the proxy: tokens, and headers of trusted peers.

use crate::scene::{Scene, token};
use serde_json::json;

#[test]
fn who_asks_must_be_believed() {
    let scene = Scene::start(&[]);
    let ask = |headers: &[(&str, &str)]| {
        scene
            .send("proxy", "GET", "/resumes/resume-1", headers, b"")
            .status
    };
    let good = token("candidate");
    assert_eq!(ask(&[("Authorization", good)]), 200);
    assert_eq!(ask(&[]), 401);
    let (head, rest) = good.split_once('.').expect("three parts");
    let (claims, signature) = rest.split_once('.').expect("three parts");
    // `{"alg":"none"}` and `{"alg":"HS256","kid":"example-1"}`.
    let none = "Bearer eyJhbGciOiJub25lIn0";
    let symmetric = "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6ImV4YW1wbGUtMSJ9";
    for bad in [
        format!("{none}.{claims}."),
        format!("{symmetric}.{claims}.{signature}"),
        format!("{head}.{claims}."),
        format!(
            "{head}.{claims}.{}",
            signature.replace('A', "B").replace('_', "-")
        ),
        format!(
            "{head}.{}.{signature}",
            token("applied-recruiter")
                .split('.')
                .nth(1)
                .expect("claims")
        ),
        good.replace("Bearer ", "Basic "),
        "Bearer".to_owned(),
    ] {
        if bad != good {
            assert_eq!(ask(&[("Authorization", &bad)]), 401, "{bad}");
        }
    }
    assert_eq!(
        ask(&[("Authorization", good), ("Authorization", good)]),
        401
    );
    // What only a trusted peer may say is nothing here.
    assert_eq!(ask(&[("X-Principal-Id", "candidate-1")]), 401);
    // An undeclared purpose shows less.
    let recruiter = token("other-job-recruiter");
    assert_eq!(ask(&[("Authorization", recruiter)]), 403);
    assert_eq!(
        ask(&[("Authorization", recruiter), ("X-Purpose", "marketing")]),
        403
    );
    assert_eq!(
        ask(&[("Authorization", recruiter), ("X-Purpose", "curiosity")]),
        403
    );
}

/// Headers of peers in the place of tokens; `PEERS` are to be replaced.
pub const HEADERS: (&str, &str) = (
    "[identity.jwt]\njwks_file = \"jwks.json\"\nalgorithms = [\"EdDSA\"]\nissuer = \"https://login.example\"\naudience = \"resumes\"\nprincipal_type_claim = \"kind\"\nprincipal_types = [\"Recruiter\", \"Candidate\", \"Reader\"]",
    "[identity.headers]\npeers = [\"PEERS\"]\nprincipal_id = \"x-principal-id\"\nprincipal_type_header = \"x-principal-type\"\nprincipal_types = [\"Recruiter\", \"Candidate\"]",
);

/// An official case is given a file, which names its reader: there is no company.
#[test]
fn an_investigator_gets_a_marked_file() {
    let types = ("[\"Recruiter\", \"Candidate\"]", "[\"Reader\"]");
    let edits = [HEADERS, TRUSTED_JOB, ("PEERS", "127.0.0.0/8"), types];
    let mut scene = Scene::prepare(&edits);
    let uid = |entity_type: &str, id: &str| json!({"type": entity_type, "id": id});
    let reader = |id: &str| json!({"uid": uid("Reader", id), "attrs": {"kind": uid("ReaderKind", "investigator")}, "parents": []});
    let mandate = json!({
        "uid": uid("Mandate", "case-1"),
        "attrs": {
            "kind": uid("MandateKind", "case"),
            "holder": uid("Reader", "agent-1"),
            "approver": uid("Reader", "agent-2"),
            "resume": uid("Resume", "resume-1"),
            "scope": [uid("Part", "history")],
            "opensAt": "2021-04-28T10:00:00Z",
            "closesAt": "9021-04-28T10:00:00Z",
        },
        "parents": [],
    });
    let mut facts = crate::scene::facts();
    let entities = facts["entities"].as_array_mut().expect("entities");
    entities.extend([reader("agent-1"), reader("agent-2"), mandate]);
    facts["pairs"] = json!([{
        "principal": uid("Reader", "agent-1"),
        "resource": uid("Resume", "resume-1"),
        "context": {"mandate": uid("Mandate", "case-1")},
    }]);
    scene.write("facts.json", &facts.to_string());
    scene.run();
    let headers = [
        ("X-Principal-Id", "agent-1"),
        ("X-Principal-Type", "Reader"),
    ];
    let path = "/resumes/resume-1?view=download";
    let reply = scene.send("proxy", "GET", path, &headers, b"");
    assert_eq!(reply.status, 200, "{} {}", reply.text(), scene.stderr());
    let rows = scene.lines("log/marks.jsonl");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["company"], "Reader::\"agent-1\"");
    assert_eq!(rows[0]["viewer"], "agent-1");
}

pub const TRUSTED_JOB: (&str, &str) = ("claim = \"job\"", "trusted_header = \"x-job\"");

#[test]
fn headers_that_say_who_asks_are_not_forwarded() {
    for name in ["X-Principal-Id", "x-principal-type", "X-Job"] {
        let forward = format!("forward_headers = [\"{name}\"]\n[[pack]]");
        let edits = [
            HEADERS,
            TRUSTED_JOB,
            ("PEERS", "10.0.0.0/8"),
            ("[[pack]]", &forward),
        ];
        let (sound, said) = Scene::prepare(&edits).check();
        let says = format!("`{}` says who asks", name.to_lowercase());
        assert!(!sound && said.contains(&says), "{said}");
    }
}

#[test]
fn headers_are_believed_from_trusted_peers_only() {
    let headers = [
        ("X-Principal-Id", "recruiter-1"),
        ("X-Principal-Type", "Recruiter"),
        ("X-Job", "job-1"),
        ("X-Purpose", "recruitment"),
    ];
    for (peers, status) in [("127.0.0.0/8", 200), ("10.0.0.0/8", 401)] {
        let scene = Scene::start(&[HEADERS, TRUSTED_JOB, ("PEERS", peers)]);
        let ask = |headers: &[(&str, &str)]| {
            scene.send("proxy", "GET", "/resumes/resume-1", headers, b"")
        };
        assert_eq!(ask(&headers).status, status, "{peers}");
        let mut twice = headers.to_vec();
        twice.push(("X-Principal-Id", "candidate-1"));
        assert_eq!(ask(&twice).status, 401);
        assert_eq!(ask(&headers[..1]).status, 401);
        let reader = [
            ("X-Principal-Id", "reader-1"),
            ("X-Principal-Type", "Reader"),
        ];
        assert_eq!(ask(&reader).status, 401);
    }
}

#[test]
fn keys_may_come_from_a_url() {
    let mut scene = Scene::prepare(&[]);
    let url = format!("http://127.0.0.1:{}/jwks.json", scene.upstream.port);
    scene.edit(
        "jwks_file = \"jwks.json\"",
        &format!("jwks_url = \"{url}\""),
    );
    scene.run();
    let headers = [("Authorization", token("candidate"))];
    let reply = scene.send("proxy", "GET", "/resumes/resume-1", &headers, b"");
    assert_eq!(reply.status, 200);
    // Keys that cannot be had are no keys.
    scene.edit("/jwks.json", "/nothing.json");
    let (sound, said) = scene.check();
    assert!(!sound && said.contains("status 404"), "{said}");
}
