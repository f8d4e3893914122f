//! What holds of a pack whatever the facts, through compiled guests.
//!
//! Facts are those of a viewer with a few of the changes below, drawn at random, so that gates open
//! often enough; each property counts how often it said something. `PRIVET_PROPERTY_FACTS` is how
//! many facts each pack is asked on.

use privet_gateway::combine::{Answer, Packs};
use privet_host::manifest::{Class, Rung};
use privet_host::{Facts, GateAnswer, Instance, Plan, Policy};
use privet_pack::facts::{change, remove};
use privet_tests::packs::{load, packs, views};
use privet_tests::random::Random;
use serde_json::Value;

/// Changes in the language of the cases. A line starting with `-` removes.
const CHANGES: &str = r#"
resource.phoneProtected = false
resource.nameProtected = false
resource.rareSurname = true
resource.visibility = 'Visibility::"private"'
resource.visibility = 'Visibility::"partial"'
resource.audience = ['Company::"company-1"']
resource.openToHeadhunters = false
resource.publicConsent = true
resource.hiddenParts = ['Part::"contact"', 'Part::"history"']
resource.hiddenParts = ['Part::"identity"', 'Part::"qualifications"', 'Part::"expectations"']
resource.nameLiftedFor = ['Job::"job-1"']
resource.appliedTo = []
resource.appliedTo = ['Job::"job-1"', 'Job::"job-2"', 'Job::"job-3"']
resource.blockedCompanies = ['Company::"company-1"']
resource.state = 'ResumeState::"consent-withdrawn"'
resource.state = 'ResumeState::"deleted"'
resource.legalHold = true
- resource.currentEmployer
now = "2021-05-30T00:00:00Z"
context.purpose = 'Purpose::"marketing"'
- context.job
context.payment = 'Payment::"online-order"'
context.relayWindow = { opensAt = "2021-04-28T10:00:00Z", closesAt = "2021-05-05T10:00:00Z" }
context.relayWindow = { opensAt = "2021-04-20T10:00:00Z", closesAt = "2021-04-21T10:00:00Z" }
'Job::"job-1"' = { status = 'JobStatus::"closed"', closedAt = "2021-04-27T00:00:00Z" }
'Job::"job-1"'.jurisdiction = 'Jurisdiction::"US-NY"'
'Recruiter::"recruiter-1"'.verified = false
'Recruiter::"recruiter-1"'.usage.openJobs = 0
'Recruiter::"recruiter-1"'.usage.openJobs = 9223372036854775807
'Company::"company-1"'.verified = false
'Company::"company-1"'.parents = ['Blocklist::"industry-alliance"']
'Company::"company-1"'.registeredAt = "2021-04-20T00:00:00Z"
'Company::"company-1"'.group = 'Company::"company-employer"'
- Company::"company-1"
- Job::"job-1"
"#;

/// Readers, who are no viewer of the packs.
const READERS: [(&str, &str, &str); 4] = [
    ("support", "ticket", "2021-04-28T10:30:00Z"),
    ("support", "incident", "2021-04-28T10:30:00Z"),
    ("investigator", "case", "2021-06-28T10:30:00Z"),
    ("scorer", "ticket", "2021-04-28T10:30:00Z"),
];

struct Draw {
    random: Random,
    viewers: Vec<Value>,
}

impl Draw {
    fn new(pack: &privet_pack::Pack) -> Self {
        let json = |name: &String| {
            let text = pack.viewer(name).expect("facts");
            serde_json::from_str(&text).expect("JSON")
        };
        let names = pack.viewers().expect("viewers");
        Self {
            random: Random::new(11),
            viewers: names.iter().map(json).collect(),
        }
    }

    /// Facts of some viewer or reader, with a few changes.
    fn facts(&mut self) -> Value {
        let mut facts = self.random.pick(&self.viewers).clone();
        if self.random.chance(20) {
            let (kind, mandate, closes) = *self.random.pick(&READERS);
            let text = format!(
                r#"
                principal = 'Reader::"r"'
                'Reader::"r"'.kind = 'ReaderKind::"{kind}"'
                context.mandate = 'Mandate::"m"'
                'Mandate::"m"' = {{ kind = 'MandateKind::"{mandate}"', holder = 'Reader::"r"', resume = 'Resume::"resume-1"', approver = 'Reader::"s"', scope = ['Part::"contact"', 'Part::"identity"'], opensAt = "2021-04-28T10:00:00Z", closesAt = "{closes}" }}
                "#
            );
            change(&mut facts, &text.parse().expect("TOML")).expect("changed");
        }
        let changes: Vec<&str> = CHANGES.lines().filter(|l| !l.is_empty()).collect();
        for _ in 0..self.random.below(5) {
            let line = *self.random.pick(&changes);
            let _ = match line.strip_prefix("- ") {
                // What is not there cannot be removed twice.
                Some(place) => remove(&mut facts, place),
                None => {
                    let mut changed = facts.clone();
                    let done = change(&mut changed, &line.parse().expect(line));
                    // A change of an entity that is not there would leave it incomplete.
                    let same = changed["entities"].as_array().map(Vec::len)
                        == facts["entities"].as_array().map(Vec::len);
                    if same {
                        facts = changed;
                    }
                    done
                }
            };
        }
        facts
    }
}

fn plan(policy: &Policy, instance: &mut Instance, facts: &Value, view: &str) -> Plan {
    let facts = Facts::from_json(policy, &facts.to_string(), Some(view))
        .unwrap_or_else(|e| panic!("{e}\n{facts:#}"));
    instance
        .plan(&facts.entities, &facts.request, view)
        .expect("a plan")
}

fn openness(gate: GateAnswer) -> u32 {
    match gate {
        GateAnswer::NotFound => 0,
        GateAnswer::Forbidden => 1,
        GateAnswer::Open => 2,
    }
}

/// The classes of which the first shows more than the second.
fn shows_more(first: &impl Answer, second: &impl Answer) -> Vec<String> {
    let rank = |rung: Option<&Rung>| rung.map_or(u32::MAX, |r| r.rank);
    let pairs = first.rungs().zip(second.rungs());
    let more = pairs.filter(|((a, one), (b, other))| {
        assert_eq!(a.id, b.id);
        rank(*one) < rank(*other)
    });
    more.map(|((class, _), _): ((&Class, _), _)| class.id.clone())
        .collect()
}

/// Runs a property on random facts of each pack; it returns whether it said something.
fn property(name: &str, mut holds: impl FnMut(&Policy, &mut Instance, &Value) -> bool) {
    let many = std::env::var("PRIVET_PROPERTY_FACTS").ok();
    let many: usize = many.and_then(|n| n.parse().ok()).unwrap_or(400);
    for pack in packs() {
        let policy = load(&pack.source);
        let mut instance = policy.instance().expect("an instance");
        let mut draw = Draw::new(&pack);
        let said = (0..many)
            .filter(|_| holds(&policy, &mut instance, &draw.facts()))
            .count();
        println!(
            "{}: {name}: said something on {said} of {many}",
            pack.file.name
        );
        assert!(said * 20 > many, "{name}: {said} of {many}");
    }
}

fn is_recruiter(facts: &Value) -> bool {
    facts["principal"]["type"] == "Recruiter"
}

fn resume<'f>(facts: &'f Value, attribute: &str) -> &'f Value {
    let entities = facts["entities"].as_array().expect("entities");
    let resume = entities.iter().find(|e| e["uid"]["type"] == "Resume");
    &resume.expect("a résumé")["attrs"][attribute]
}

/// (1) A protected phone: no company gets it, in any view.
#[test]
fn a_protected_phone_is_never_revealed_to_a_company() {
    property("protected phone", |policy, instance, facts| {
        let applies = is_recruiter(facts) && resume(facts, "phoneProtected") == true;
        for view in views(policy) {
            let plan = plan(policy, instance, facts, &view);
            for class in ["phone", "messenger", "profiles"] {
                let rendering = plan.rung(class).map(|r| r.rendering.as_str());
                assert!(
                    !applies || rendering != Some("reveal"),
                    "{class} in {view}: {facts:#}"
                );
            }
        }
        applies
    });
}

/// (2) A download shows no more than the screen; (3) a card shows no more than a detail.
#[test]
fn a_download_and_a_card_show_no_more_than_the_detail() {
    property("download and card", |policy, instance, facts| {
        let [card, detail, download] =
            ["card", "detail", "download"].map(|view| plan(policy, instance, facts, view));
        if is_recruiter(facts) {
            assert!(
                openness(download.gate()) <= openness(detail.gate()),
                "{facts:#}"
            );
        }
        let mut said = false;
        for less in [card, download] {
            if less.gate() == GateAnswer::Open && detail.gate() == GateAnswer::Open {
                let more = shows_more(&less, &detail);
                assert!(more.is_empty(), "{more:?} in {}: {facts:#}", less.view());
                said = true;
            }
        }
        said
    });
}

/// (4) Whatever a candidate protects, blocks, hides or withdraws, nobody sees more.
#[test]
fn protecting_never_reveals_more() {
    const TIGHTER: [&str; 9] = [
        "resource.phoneProtected = true",
        "resource.nameProtected = true",
        "resource.rareSurname = true",
        "resource.visibility = 'Visibility::\"private\"'",
        "resource.appliedTo = []",
        "resource.nameLiftedFor = []",
        "resource.blockedCompanies = ['Company::\"company-1\"', 'Company::\"company-2\"', 'Company::\"agency-1\"']",
        "resource.hiddenParts = ['Part::\"contact\"', 'Part::\"identity\"', 'Part::\"history\"', 'Part::\"qualifications\"', 'Part::\"expectations\"']",
        "resource.state = 'ResumeState::\"deleted\"'",
    ];
    let mut turn = 0;
    property("tighter settings", |policy, instance, facts| {
        turn += 1;
        let tighter = TIGHTER[turn % TIGHTER.len()];
        let mut after = facts.clone();
        change(&mut after, &tighter.parse().expect("TOML")).expect("changed");
        let mut said = false;
        for view in views(policy) {
            let [before, after] = [facts, &after].map(|f| plan(policy, instance, f, &view));
            assert!(
                openness(after.gate()) <= openness(before.gate()),
                "{tighter} opens {view}: {facts:#}"
            );
            let more = shows_more(&after, &before);
            assert!(
                more.is_empty(),
                "{tighter} reveals {more:?} in {view}: {facts:#}"
            );
            said |= before.gate() == GateAnswer::Open;
        }
        said
    });
}

/// (5) A blocklist beats every permit.
#[test]
fn a_listed_company_sees_nothing() {
    property("blocklist", |policy, instance, facts| {
        let mut listed = facts.clone();
        if !is_recruiter(facts) {
            return false;
        }
        let lists = "company.parents = ['Blocklist::\"industry-alliance\"']";
        change(&mut listed, &lists.parse().expect("TOML")).expect("changed");
        // Facts without the company are refused now that it is half there.
        let view = "detail";
        let Ok(read) = Facts::from_json(policy, &listed.to_string(), Some(view)) else {
            return false;
        };
        let plan = instance.plan(&read.entities, &read.request, view);
        assert_ne!(plan.expect("a plan").gate(), GateAnswer::Open, "{listed:#}");
        true
    });
}

/// Several packs at once: never more than any of them.
#[test]
fn both_packs_together_show_no_more_than_each() {
    let all = packs();
    let policies: Vec<Policy> = all.iter().map(|p| load(&p.source)).collect();
    let both = Packs::new(policies.clone()).expect("the same ladders");
    let mut instances: Vec<Instance> = policies
        .iter()
        .map(|p| p.instance().expect("one"))
        .collect();
    let mut draw = Draw::new(&all[0]);
    let (mut open, mut stricter) = (0, 0);
    for _ in 0..400 {
        let facts = draw.facts();
        for view in views(&policies[0]) {
            let plans: Vec<Plan> = policies
                .iter()
                .zip(&mut instances)
                .map(|(policy, instance)| plan(policy, instance, &facts, &view))
                .collect();
            let combined = both.combine(plans.clone()).expect("one of each");
            let all_open = plans.iter().all(|p| p.gate() == GateAnswer::Open);
            assert_eq!(combined.gate() == GateAnswer::Open, all_open);
            for plan in &plans {
                assert!(openness(combined.gate()) <= openness(plan.gate()));
                assert!(shows_more(&combined, plan).is_empty(), "{view}: {facts:#}");
                if all_open {
                    let owed = combined.obligations();
                    assert!(plan.obligations().iter().all(|o| owed.contains(o)));
                    stricter += usize::from(!shows_more(plan, &combined).is_empty());
                }
            }
            open += usize::from(all_open);
        }
    }
    println!("both open: {open}, one stricter: {stricter}");
    assert!(open > 50 && stricter > 0);
}
