//! Batches: what they refuse, and that facts given as structs are those given as JSON.

use privet_host::{
    Batch, Entities, EntityReference, Facts, Policy, References, Request, StructHandle, ViewHandle,
};
use serde_json::{Value, json};

type Recruiter = (EntityReference, EntityReference, bool, bool);
type Company = (bool, EntityReference, Option<(i64, i64, i64)>);
type Resume = (
    EntityReference,
    EntityReference,
    EntityReference,
    References,
    (bool, bool),
);
type Searched = (
    References,
    EntityReference,
    bool,
    References,
    EntityReference,
    bool,
    References,
    EntityReference,
    bool,
    References,
);
type Asked = (i64, Option<EntityReference>, References);

const RECRUITER: [&str; 4] = ["kind", "company", "verified", "termsAccepted"];
const COMPANY: [&str; 6] = [
    "verified",
    "group",
    "contract",
    "contract.from",
    "contract.until",
    "contract.downloadsLeft",
];
const ASKED: [&str; 3] = ["now", "purpose", "stoppedViews"];

fn policy() -> Policy {
    let folder = privet_tests::root().join("bench/pack");
    let source = privet_pack::read(&folder).expect("a pack").source;
    let wasm = privet_compiler::compile(&source).expect("compiles").wasm;
    privet_tests::quick_engine().load(&wasm).expect("loads")
}

fn uid(ty: &str, id: &str) -> Value {
    json!({"type": ty, "id": id})
}

/// A store with everything that the question needs; `audience` may find the résumé.
fn store(audience: &[&str], verified: bool) -> Value {
    let company = |id: &str| {
        json!({
            "uid": uid("Company", id), "parents": [],
            "attrs": {"verified": verified, "registeredAt": "2020-01-01", "group": uid("Company", id)},
        })
    };
    let audience: Vec<Value> = audience.iter().map(|c| uid("Company", c)).collect();
    json!([
        company("a"), company("b"), company("c"),
        {"uid": uid("Candidate", "z"), "attrs": {}, "parents": []},
        {"uid": uid("Recruiter", "r"), "parents": [], "attrs": {
            "kind": uid("RecruiterKind", "employer"), "company": uid("Company", "b"),
            "verified": verified, "termsAccepted": true}},
        {"uid": uid("Resume", "x"), "parents": [], "attrs": {
            "owner": uid("Candidate", "z"), "state": uid("ResumeState", "active"),
            "visibility": uid("Visibility", "partial"), "audience": audience,
            "openToHeadhunters": true, "phoneProtected": false, "nameProtected": false,
            "nameLiftedFor": [], "appliedTo": [], "blockedCompanies": []}},
    ])
}

fn question(entities: &Value) -> Value {
    json!({
        "principal": uid("Recruiter", "r"), "resource": uid("Resume", "x"),
        "context": {"purpose": uid("Purpose", "recruitment"), "stoppedViews": []},
        "entities": entities, "now": "2021-01-01T00:00:00Z", "view": "detail",
    })
}

/// Milliseconds of the question's `now`.
const NOW: i64 = 1_609_459_200_000;

struct World {
    policy: Policy,
    store: Entities,
}

impl World {
    fn new() -> Self {
        let policy = policy();
        let store = Entities::from_json(&policy, &store(&[], false).to_string()).expect("entities");
        Self { policy, store }
    }

    fn find(&self, ty: &str, id: &str) -> EntityReference {
        self.store.find(ty, id).expect("it is named")
    }

    /// The question over the store's own attributes.
    fn request(&self) -> Request {
        let manifest = self.policy.manifest();
        let gate = manifest.gates.iter().find(|g| g.view == "detail");
        let action = gate.expect("a gate").action;
        let context = json!({
            "view": uid("View", "detail"), "now": "2021-01-01T00:00:00Z",
            "purpose": uid("Purpose", "recruitment"), "stoppedViews": [],
        });
        let request = Request::from_json(
            &self.store,
            &uid("Recruiter", "r").to_string(),
            &manifest.schema.actions[action as usize].uid,
            &uid("Resume", "x").to_string(),
            &context.to_string(),
        );
        request.expect("a request")
    }

    fn view(&self) -> ViewHandle {
        self.store.view("detail").expect("a view")
    }

    fn asked(&self) -> StructHandle<Asked> {
        let asked = self.policy.context_struct("Recruiter", "Resume", &ASKED);
        asked.expect("a context")
    }

    fn company(&self) -> StructHandle<Company> {
        let company = self.policy.entity_struct("Company", &COMPANY);
        company.expect("a struct")
    }
}

#[test]
fn facts_as_structs_are_those_of_json() {
    let world = World::new();
    let policy = &world.policy;
    let names = "audience owner openToHeadhunters nameLiftedFor state phoneProtected appliedTo \
                 visibility nameProtected blockedCompanies";
    let names: Vec<&str> = names.split_whitespace().collect();
    let resume: StructHandle<Searched> = policy
        .entity_struct("Resume", &names)
        .expect("what policies do not read need not be named");
    let recruiter: StructHandle<Recruiter> = policy
        .entity_struct("Recruiter", &RECRUITER)
        .expect("a struct");
    let (company, asked) = (world.company(), world.asked());
    let companies = ["a", "b", "c"].map(|id| world.find("Company", id));
    let [a, b, c] = companies;
    let mut batch = Batch::new(&world.store);
    let mut instance = policy.instance().expect("an instance");
    let request = world.request();
    let before = instance.plan(&world.store, &request, "detail");
    let before = before.expect("a plan");
    // The second set is neither in order nor without repetition.
    for (ids, audience) in [
        (&["a", "c"][..], &[a, c][..]),
        (&["a", "b", "c"], &[c, b, a, b]),
        (&[], &[]),
    ] {
        batch.clear();
        for id in companies {
            let attributes = (true, id, Some((NOW, NOW + 1, 3)).filter(|_| id == a));
            batch.entity(id, &company, attributes).expect("fits");
        }
        let kind = world.find("RecruiterKind", "employer");
        let viewer = world.find("Recruiter", "r");
        batch
            .entity(viewer, &recruiter, (kind, b, true, true))
            .expect("fits");
        let state = world.find("ResumeState", "active");
        let visibility = world.find("Visibility", "partial");
        let owner = world.find("Candidate", "z");
        let none = &[][..];
        let attributes = (
            audience, owner, true, none, state, false, none, visibility, false, none,
        );
        let shown = world.find("Resume", "x");
        batch.entity(shown, &resume, attributes).expect("fits");
        let purpose = world.find("Purpose", "recruitment");
        let context = (NOW, Some(purpose), &[][..]);
        batch
            .request(viewer, shown, world.view(), &asked, context)
            .expect("fits");
        batch.verify().expect("a valid frame");
        let frame = batch.frame(0).expect("a frame");
        assert!(instance.verify(&frame).expect("runs"), "the guest agrees");
        let facts = question(&store(ids, true)).to_string();
        let facts = Facts::from_json(policy, &facts, None).expect("facts");
        let page = instance.disclose_batch(&batch).expect("a plan");
        let ours: Vec<_> = page.iter().map(|plan| plan.to_owned()).collect();
        let [ours] = ours.as_slice() else {
            panic!("one request, one plan")
        };
        let theirs = instance
            .plan(&facts.entities, &facts.request, "detail")
            .expect("a plan");
        assert_eq!(ours.gate(), theirs.gate());
        assert_eq!(ours.gate_reasons(), theirs.gate_reasons());
        let rungs = |plan: &privet_host::Plan| -> Vec<Option<u32>> {
            let rungs = plan.rungs();
            rungs.map(|(_, rung)| rung.map(|r| r.action)).collect()
        };
        assert_eq!(rungs(ours), rungs(&theirs));
        assert_eq!(ours.errors(), theirs.errors());
        let after = instance.plan(&world.store, &request, "detail");
        assert_eq!(
            after.expect("a plan").gate_reasons(),
            before.gate_reasons(),
            "the store is whole again"
        );
        assert_ne!(ours.gate_reasons(), before.gate_reasons());
    }
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let world = World::new();
    let other = World::new();
    let again = Entities::from_json(&world.policy, &store(&[], false).to_string());
    let again = again.expect("entities");
    let (company, asked) = (world.company(), world.asked());
    let a = world.find("Company", "a");
    let (viewer, shown) = (world.find("Recruiter", "r"), world.find("Resume", "x"));
    let mut batch = Batch::new(&world.store);
    let stranger = again.find("Company", "a").expect("it is named");
    batch.entity(a, &company, (true, a, None)).expect("fits");
    let before = format!("{batch:?}");
    for (entity, group) in [(stranger, a), (a, stranger), (viewer, a), (a, viewer)] {
        assert!(
            batch.entity(entity, &company, (true, group, None)).is_err(),
            "another store or type"
        );
        assert_eq!(format!("{batch:?}"), before);
    }
    assert!(
        batch.entity(a, &other.company(), (true, a, None)).is_err(),
        "a handle of another policy"
    );
    let stopped = [world.find("View", "detail"), a];
    let context = |stopped| (NOW, None, stopped);
    let view = world.view();
    for (principal, resource, stopped) in [
        (viewer, shown, &stopped[..]),
        (shown, viewer, &[]),
        (a, shown, &[]),
        (viewer, stranger, &[]),
    ] {
        let request = batch.request(principal, resource, view, &asked, context(stopped));
        assert!(request.is_err());
    }
    let mut instance = world.policy.instance().expect("an instance");
    assert!(instance.disclose_batch(&batch).is_err(), "no request");
    batch
        .request(viewer, shown, view, &asked, context(&[]))
        .expect("fits");
    let download = world.store.view("download").expect("a view");
    let request = batch.request(viewer, shown, download, &asked, context(&[]));
    assert!(request.is_err(), "another view than the first");
    batch.verify().expect("a valid frame");
    assert!(instance.disclose_batch(&batch).is_ok());
}

#[test]
fn a_handle_is_what_the_schema_says() {
    let World { policy, .. } = World::new();
    let told = |error: privet_host::FactsError| error.to_string();
    let known = COMPANY.join(" ");
    for (names, why) in [
        (known.replace(" contract.downloadsLeft", ""), "fewer names"),
        (known.replace("group", "verified"), "twice"),
        (known.replace("until", "from"), "twice"),
        (known.replace("group", "registeredAt"), "another type"),
        (known.replace("contract.", ""), "no attribute"),
        (format!("{known} owner"), "no type"),
        (known, ""),
    ] {
        let names: Vec<&str> = names.split(' ').collect();
        let company = policy.entity_struct::<Company>("Company", &names);
        match company.map_err(told) {
            Ok(_) => assert_eq!(why, ""),
            Err(error) => assert!(!why.is_empty() && error.contains(why), "{error}"),
        }
    }
    let refused = |result: Result<(), privet_host::FactsError>, why: &str| {
        let error = result.map_err(told).expect_err(why);
        assert!(error.contains(why), "{error}");
    };
    let missing = policy.entity_struct::<(bool,)>("Company", &["verified"]);
    refused(missing.map(|_| ()), "`group` is missing");
    let optional = policy.entity_struct::<(Option<bool>,)>("Company", &["verified"]);
    refused(optional.map(|_| ()), "no `Option`");
    let half = policy
        .entity_struct::<(bool, EntityReference, Option<(i64, i64)>)>("Company", &COMPANY[..5]);
    refused(half.map(|_| ()), "`contract.downloadsLeft` is missing");
    let record = policy.entity_struct::<Resume>(
        "Resume",
        &["owner", "state", "visibility", "audience", "nameProtected"],
    );
    refused(record.map(|_| ()), "no record");
    let unknown = policy.entity_struct::<(bool,)>("Firm", &["verified"]);
    refused(unknown.map(|_| ()), "not declared");
    let view = policy.context_struct::<(i64, EntityReference, References)>(
        "Recruiter",
        "Resume",
        &["now", "view", "stoppedViews"],
    );
    refused(view.map(|_| ()), "set by the request");
    let nobody = policy.context_struct::<Asked>("Company", "Resume", &ASKED);
    refused(nobody.map(|_| ()), "no plan");
}
