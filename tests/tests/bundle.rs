//! Precompiled bundles: what is pinned loads and answers the same, everything else is refused.

use privet_host::{Digest, Engine, Facts, Settings};
use privet_tests::root;

fn pack() -> (privet_pack::Pack, Vec<u8>) {
    let pack = privet_pack::read(&root().join("policies/liepin")).expect("a pack");
    let compiled = privet_compiler::compile(&pack.source).expect("compiles");
    (pack, compiled.wasm)
}

#[test]
fn a_bundle_answers_as_the_module() {
    let (pack, wasm) = pack();
    let engine = privet_tests::engine();
    let bundle = engine.precompile(&wasm).expect("precompiles");
    let digest = Digest::of(&bundle);
    let text = digest.to_string();
    assert_eq!(text.parse::<Digest>().expect("a digest"), digest);
    for wrong in [
        "",
        "00",
        &text[1..],
        &text.replace(&text[..1], "+"),
        &"zz".repeat(32),
    ] {
        assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
    }
    let loaded = engine.load_bundle(&bundle, &digest).expect("loads");
    let policy = engine.load(&wasm).expect("loads");
    assert_eq!(loaded.manifest(), policy.manifest());
    assert_eq!(loaded.wasm_bytes(), wasm.len());
    for viewer in pack.viewers().expect("viewers") {
        let text = pack.viewer(&viewer).expect("facts");
        let plans: Vec<String> = [&loaded, &policy]
            .into_iter()
            .map(|policy| {
                let facts = Facts::from_json(policy, &text, Some("detail")).expect("facts");
                let mut instance = policy.instance().expect("an instance");
                let plan = instance.plan(&facts.entities, &facts.request, "detail");
                let plan = plan.expect("a plan");
                let rungs: Vec<_> = plan.rungs().map(|(c, r)| (&c.id, r)).collect();
                format!("{:?} {rungs:?} {:?}", plan.gate(), plan.gate_reasons())
            })
            .collect();
        assert_eq!(plans[0], plans[1], "{viewer}");
    }
}

#[test]
fn a_bundle_with_one_byte_changed_is_refused() {
    let (_, wasm) = pack();
    let engine = privet_tests::engine();
    let bundle = engine.precompile(&wasm).expect("precompiles");
    let digest = Digest::of(&bundle);
    for at in (0..bundle.len()).step_by(bundle.len() / 97) {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        let error = engine.load_bundle(&changed, &digest).expect_err("tampered");
        assert!(error.to_string().contains("pinned"), "{error}");
    }
    for cut in [0, 8, 20, bundle.len() - 1] {
        assert!(engine.load_bundle(&bundle[..cut], &digest).is_err());
        // Even somebody who pins the digest of rubbish gets an error.
        let rubbish = &bundle[..cut.min(200)];
        assert!(engine.load_bundle(rubbish, &Digest::of(rubbish)).is_err());
    }
}

#[test]
fn bundles_of_another_format_are_refused() {
    let (_, wasm) = pack();
    let engine = privet_tests::engine();
    let mut older = engine.precompile(&wasm).expect("precompiles");
    older[8] = 0;
    let error = engine.load_bundle(&older, &Digest::of(&older));
    let error = error.expect_err("another format").to_string();
    assert!(error.contains("build it again"), "{error}");
}

/// The code does not know the limit: what lies behind it is not mapped.
#[test]
fn a_bundle_runs_under_another_memory_limit_which_holds() {
    let (_, wasm) = pack();
    let bundle = privet_tests::engine().precompile(&wasm);
    let bundle = bundle.expect("precompiles");
    let small = Engine::new(Settings {
        memory_bytes: 1 << 20,
        ..Settings::default()
    });
    let small = small.expect("an engine");
    let policy = small.load_bundle(&bundle, &Digest::of(&bundle));
    let mut instance = policy.expect("loads").instance().expect("an instance");
    assert!(!instance.verify(&[0; 64]).expect("an answer"));
    let error = instance.verify(&vec![0; 2 << 20]).expect_err("too large");
    assert!(error.to_string().contains("memory"), "{error}");
}
