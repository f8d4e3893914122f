//! The declared exception: what the known-value scan refuses, and what it lets pass because the plan
//! reveals it at its home.

use privet_gateway::enforce::{self, EnforceError};
use privet_host::{Facts, GateAnswer, KnownValues};
use privet_redact::known::KnownKind;
use privet_tests::packs::{load, packs};
use serde_json::{Value, json};

const PHONE: &str = "13800138000";

/// What a viewer of the pack `liepin` gets of a body in the first view whose plan renders the phone
/// so (none: not at all), for a candidate who protects it or does not.
fn shown(
    viewer: &str,
    is_protected: bool,
    rendering: Option<&str>,
    body: &Value,
) -> Result<String, EnforceError> {
    let pack = packs().into_iter().find(|p| p.file.name == "liepin");
    let pack = pack.expect("the pack");
    let policy = load(&pack.source);
    let mut instance = policy.instance().expect("an instance");
    let mut facts: Value =
        serde_json::from_str(&pack.viewer(viewer).expect("facts")).expect("JSON");
    let entities = facts["entities"].as_array_mut().expect("entities");
    for entity in entities.iter_mut().filter(|e| e["uid"]["type"] == "Resume") {
        entity["attrs"]["phoneProtected"] = is_protected.into();
    }
    let known = KnownValues::from_json(&json!({ "phone": [PHONE] }).to_string()).expect("known");
    for gate in &policy.manifest().gates {
        let facts = Facts::from_json(&policy, &facts.to_string(), Some(&gate.view)).expect("facts");
        let plan = instance
            .plan(&facts.entities, &facts.request, &gate.view)
            .expect("a plan");
        let phone = plan.rungs().find(|(class, _)| class.id == "phone");
        let rung = phone.and_then(|(_, rung)| rung);
        let is_so = match rendering {
            Some(rendering) => {
                rung.is_some_and(|rung| rung.renderings.iter().all(|r| r == rendering))
            }
            None => rung.is_none(),
        };
        if plan.gate() == GateAnswer::Open && is_so {
            let output =
                enforce::redacted(&plan, &facts.issued, &known, body.to_string().as_bytes());
            return output.map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        }
    }
    panic!("no view of {viewer} has the phone as {rendering:?}");
}

/// The exact value at its home passes, elsewhere it does not.
#[test]
fn a_known_value_passes_where_the_plan_reveals_it() {
    let applied = |body: &Value| shown("applied-recruiter", false, Some("reveal"), body);
    let home = json!({ "basics": { "phone": "+86 138-0013-8000" } });
    assert_eq!(applied(&home).expect("at home"), home.to_string());
    // Beside its home in a field that is shown as it is.
    let both = json!({ "basics": { "phone": PHONE }, "work": [{ "position": PHONE }] });
    assert_eq!(applied(&both).expect("visible by policy"), both.to_string());

    let refused = |body: Value| {
        let error = applied(&body).expect_err("a hit");
        assert_eq!(error.known_value(), Some(KnownKind::Phone), "{error}");
        assert!(!error.to_string().contains("138"), "{error}");
    };
    refused(json!({ "work": [{ "position": PHONE }] }));
    refused(json!({ "basics": { "phone": "none" }, "work": [{ "position": PHONE }] }));
    refused(json!({ "basics": { "phone": format!("{PHONE} or call") } }));
}

/// Who gets no number gets it nowhere.
#[test]
fn a_known_value_does_not_pass_where_the_plan_hides_it() {
    let other = |body: &Value| shown("other-job-recruiter", true, None, body);
    let home = json!({ "basics": { "phone": PHONE, "summary": format!("电话 {PHONE}，谢谢") } });
    let output = other(&home).expect("removed at home, cut in text");
    assert!(
        !output.contains(PHONE) && output.contains("[已隐藏]"),
        "{output}"
    );
    let elsewhere = json!({ "work": [{ "position": PHONE }] });
    let error = other(&elsewhere).expect_err("a hit");
    assert_eq!(error.known_value(), Some(KnownKind::Phone));
}
