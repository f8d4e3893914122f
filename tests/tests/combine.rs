//! Several packs at once: what goes together, and what does not.

use privet_compiler::Source;
use privet_gateway::combine::{Answer, Packs};
use privet_host::{Facts, GateAnswer, Plan, Policy};
use privet_tests::packs::{load, packs};

fn liepin() -> Source {
    let all = packs();
    let pack = all.into_iter().find(|p| p.file.name == "liepin");
    pack.expect("Liepin").source
}

fn zhaopin() -> privet_pack::Pack {
    let all = packs();
    let pack = all.into_iter().find(|p| p.file.name == "zhaopin");
    pack.expect("Zhaopin")
}

/// A pack whose schema has another text in one place.
fn changed(from: &str, to: &str) -> Policy {
    let mut source = liepin();
    let mut found = false;
    for file in &mut source.schema {
        found |= file.text.contains(from);
        file.text = file.text.replace(from, to);
    }
    assert!(found, "{from}");
    load(&source)
}

#[test]
fn ladders_that_differ_are_an_error() {
    let refused = |other: Policy, message: &str| {
        let error = Packs::new(vec![load(&liepin()), other]).expect_err("refused");
        assert!(error.to_string().contains(message), "{error}");
    };
    refused(changed("mask:phone", "mask:email"), "ladders of `phone`");
    refused(
        changed(
            "@rendering(\"mask:phone\") @rank(\"3\")",
            "@rendering(\"mask:phone\") @rank(\"4\")",
        ),
        "ladders of `phone`",
    );
    refused(
        changed("$.basics.phone", "$.basics.telephone"),
        "ladders of `phone`",
    );
    refused(changed("@gate(\"card\")", "@gate(\"print\")"), "views");
    assert!(Packs::new(Vec::new()).is_err());
}

fn plan(policy: &Policy, facts: &str, view: &str) -> Plan {
    let facts = Facts::from_json(policy, facts, Some(view)).expect("facts");
    let mut instance = policy.instance().expect("an instance");
    instance
        .plan(&facts.entities, &facts.request, view)
        .expect("a plan")
}

/// Where the packs differ, both together are the stricter of the two.
#[test]
fn each_pack_is_the_stricter_one_somewhere() {
    let (one, other) = (load(&liepin()), load(&zhaopin().source));
    let both = Packs::new(vec![one.clone(), other.clone()]).expect("the same ladders");
    let base = zhaopin().viewer("applied-recruiter").expect("facts");
    let with = |set: &str| {
        let mut facts = serde_json::from_str(&base).expect("JSON");
        privet_pack::facts::change(&mut facts, &set.parse().expect("TOML")).expect("changed");
        facts.to_string()
    };
    let ask = |facts: &str, view: &str| {
        let plans = vec![plan(&one, facts, view), plan(&other, facts, view)];
        let gates: Vec<GateAnswer> = plans.iter().map(Plan::gate).collect();
        (gates, both.combine(plans).expect("one of each"))
    };
    let shown = |combined: &privet_gateway::combine::Combined, class: &str| {
        let found = combined.rungs().find(|(c, _)| c.id == class);
        found.and_then(|(_, r)| r.map(|r| r.rendering.clone()))
    };

    // Zhaopin shows an unprotected phone to whoever reaches out, Liepin a relay.
    let facts = with("resource.phoneProtected = false\nresource.appliedTo = []");
    let (_, combined) = ask(&facts, "contact");
    assert_eq!(shown(&combined, "phone").as_deref(), Some("relay"));
    let obligations = combined.obligations();
    assert_eq!(obligations, ["notify-candidate", "record", "relay-lease"]);

    // Liepin lifts a protected name for a job, Zhaopin never.
    let facts = with("resource.nameLiftedFor = ['Job::\"job-1\"']");
    let (_, combined) = ask(&facts, "detail");
    assert_eq!(shown(&combined, "name").as_deref(), Some("mask:name"));

    // Zhaopin sells a download to an old company, Liepin sells none.
    let facts = with("context.payment = 'Payment::\"online-order\"'");
    let (gates, combined) = ask(&facts, "download");
    assert_eq!(gates, [GateAnswer::Forbidden, GateAnswer::Open]);
    assert_eq!(combined.gate(), GateAnswer::Forbidden);
    assert_eq!(combined.gate_reasons(), ["no-pay-per-download"]);
    assert_eq!(combined.obligations(), ["record"]);
    assert!(combined.rungs().all(|(_, rung)| rung.is_none()));

    // Not found wins over forbidden.
    let facts = with(
        "principal.termsAccepted = false\nresource.visibility = 'Visibility::\"private\"'\nresource.appliedTo = []",
    );
    let (_, combined) = ask(&facts, "detail");
    assert_eq!(combined.gate(), GateAnswer::NotFound);
}

#[test]
fn plans_of_others_are_refused() {
    let (one, other) = (load(&liepin()), load(&zhaopin().source));
    let both = Packs::new(vec![one.clone(), other.clone()]).expect("the same ladders");
    let facts = zhaopin().viewer("applied-recruiter").expect("facts");
    let ask = |policy, view| plan(policy, &facts, view);
    assert!(both.combine(vec![ask(&one, "card")]).is_err());
    assert!(
        both.combine(vec![ask(&other, "card"), ask(&one, "card")])
            .is_err()
    );
    assert!(
        both.combine(vec![ask(&one, "card"), ask(&other, "detail")])
            .is_err()
    );
    assert!(
        both.combine(vec![ask(&one, "card"), ask(&other, "card")])
            .is_ok()
    );
}
