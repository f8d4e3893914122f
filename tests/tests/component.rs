//! The other door: the same guest as a standard component, in a plain component host.
//!
//! It imports nothing, so an empty linker will do. The same frames must give the same answers as
//! the host's own door; what is no frame is refused before any policy runs.

use privet_host::{Facts, GateAnswer};
use privet_tests::root;
use wasmtime::component::{Component, Func, Linker, Val};
use wasmtime::{Config, Engine, Store};

struct Door {
    store: Store<()>,
    verify: Func,
    authorize: Func,
    plan: Func,
}

fn bytes(frame: &[u8]) -> Val {
    Val::List(frame.iter().map(|b| Val::U8(*b)).collect())
}

impl Door {
    fn new(component: &[u8]) -> Self {
        let engine = Engine::new(&Config::new()).expect("an engine");
        let component = Component::new(&engine, component).expect("a component");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate(&mut store, &component)
            .expect("instantiates");
        let mut function = |name: &str| instance.get_func(&mut store, name).expect("an export");
        let (verify, authorize, plan) =
            (function("verify"), function("authorize"), function("plan"));
        Self {
            store,
            verify,
            authorize,
            plan,
        }
    }

    fn call(&mut self, function: Func, arguments: &[Val]) -> Result<Option<Val>, String> {
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, arguments, &mut results)
            .expect("no trap");
        let [result] = results;
        match result {
            Val::Result(Ok(value)) => Ok(value.map(|v| *v)),
            Val::Result(Err(Some(error))) => Err(format!("{error:?}")),
            other => panic!("{other:?}"),
        }
    }
}

fn field<'v>(record: &'v Val, name: &str) -> &'v Val {
    match record {
        Val::Record(fields) => &fields.iter().find(|(n, _)| n == name).expect("a field").1,
        other => panic!("{other:?}"),
    }
}

fn numbers(list: &Val) -> Vec<u32> {
    match list {
        Val::List(values) => values
            .iter()
            .map(|v| match v {
                Val::U32(n) => *n,
                Val::U8(n) => u32::from(*n),
                other => panic!("{other:?}"),
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_component_answers_as_the_core_module() {
    let pack = privet_pack::read(&root().join("policies/liepin")).expect("a pack");
    let compiled = privet_compiler::compile(&pack.source).expect("compiles");
    let mut door = Door::new(&privet_compiler::component(&compiled.wasm).expect("a component"));
    let policy = privet_tests::engine().load(&compiled.wasm).expect("loads");
    let manifest = policy.manifest();
    let mut instance = policy.instance().expect("an instance");
    let (verify, authorize, plan) = (door.verify, door.authorize, door.plan);
    for viewer in pack.viewers().expect("viewers") {
        let text = pack.viewer(&viewer).expect("facts");
        for (view, gate) in (0..).zip(&manifest.gates) {
            let facts = Facts::from_json(&policy, &text, Some(&gate.view)).expect("facts");
            let frame = facts.request.frame(&facts.entities);
            assert_eq!(door.call(verify, &[bytes(&frame)]), Ok(None));
            let expected = instance
                .plan(&facts.entities, &facts.request, &gate.view)
                .expect("a plan");
            let signature = u32::from_le_bytes(frame[32..36].try_into().expect("a word"));
            let index = (0..)
                .zip(&manifest.plans)
                .find(|(_, p)| p.signature == signature);
            let (index, _) = index.expect("a plan for the viewer");
            let given = door
                .call(plan, &[bytes(&frame), Val::U32(index), Val::U32(view)])
                .expect("an answer")
                .expect("a disclosure");
            let answer = match expected.gate() {
                GateAnswer::Open => "open",
                GateAnswer::NotFound => "not-found",
                GateAnswer::Forbidden => "forbidden",
            };
            assert_eq!(
                field(&given, "gate"),
                &Val::Enum(answer.to_owned()),
                "{viewer} {}",
                gate.view
            );
            let rungs: Vec<u32> = expected
                .rungs()
                .map(|(class, rung)| match rung {
                    Some(rung) => {
                        (0..)
                            .zip(&class.rungs)
                            .find(|(_, r)| *r == rung)
                            .expect("a rung")
                            .0
                    }
                    None => 255,
                })
                .collect();
            assert_eq!(numbers(field(&given, "rungs")), rungs);
            for (environment, declared) in (0..).zip(&manifest.environments) {
                if declared.signature != signature {
                    // Its code would read the frame by another layout.
                    let refused = door.call(authorize, &[bytes(&frame), Val::U32(environment)]);
                    assert!(refused.is_err());
                    continue;
                }
                let expected = instance
                    .authorize(&facts.entities, &facts.request, declared.action)
                    .expect("an answer");
                let given = door
                    .call(authorize, &[bytes(&frame), Val::U32(environment)])
                    .expect("an answer")
                    .expect("a decision");
                assert_eq!(field(&given, "allowed"), &Val::Bool(expected.is_allowed()));
            }
        }
    }
    let pack_facts = pack.viewer("candidate").expect("facts");
    let facts = Facts::from_json(&policy, &pack_facts, Some("detail")).expect("facts");
    let frame = facts.request.frame(&facts.entities);
    for unknown in [
        u32::MAX,
        u32::try_from(manifest.environments.len()).expect("few"),
    ] {
        let refused = door.call(authorize, &[bytes(&frame), Val::U32(unknown)]);
        assert!(refused.is_err());
        let refused = door.call(plan, &[bytes(&frame), Val::U32(unknown), Val::U32(0)]);
        assert!(refused.is_err());
    }
    for broken in [&b""[..], b"PVT1", &[0; 64]] {
        assert!(door.call(verify, &[bytes(broken)]).is_err());
        let refused = door.call(plan, &[bytes(broken), Val::U32(0), Val::U32(0)]);
        assert!(refused.is_err());
    }
}

/// A sample of Cedar's corpus through the component: the answers that the cases name.
#[test]
fn a_sample_of_the_corpus_through_the_component() {
    let Some(corpus) = privet_tests::folder("PRIVET_CORPUS") else {
        return;
    };
    let mut asked = 0;
    for case in privet_tests::corpus::sample(&corpus, 25) {
        let component = privet_compiler::component(&case.wasm).expect("a component");
        let mut door = Door::new(&component);
        let authorize = door.authorize;
        for request in &case.requests {
            let arguments = [bytes(&request.frame), Val::U32(request.environment)];
            let given = door
                .call(authorize, &arguments)
                .expect("an answer")
                .expect("a decision");
            assert_eq!(
                field(&given, "allowed"),
                &Val::Bool(request.allowed),
                "{}",
                case.name
            );
            assert_eq!(numbers(field(&given, "errors")), request.errors);
            asked += 1;
        }
    }
    println!("{asked} requests of the corpus");
    assert!(asked > 100);
}
