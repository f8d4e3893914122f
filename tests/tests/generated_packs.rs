//! Generated packs: the plan, and each action of it alone, against Cedar action by action.
//!
//! `PRIVET_GENERATED_PACKS` sets how many, `PRIVET_SEED` the seed. Each pack is compiled with the
//! strict step and without. What differs is written to `target/mismatches/`.

use cedar_policy::{Schema, Validator};
use privet_compiler::Source;
use privet_host::{Engine, Policy};
use privet_tests::facts::Facts;
use privet_tests::generate::pack;
use privet_tests::packs::{compare, oracle, views};
use privet_tests::random::Random;

/// Packs over one schema.
const PACKS_PER_SCHEMA: u64 = 5;

fn number(variable: &str, default: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A pack, compiled and loaded without what answers no plan.
fn load(engine: &Engine, source: &Source) -> Policy {
    let compiled = privet_compiler::compile(source).unwrap_or_else(|e| panic!("{e}"));
    let guest = privet_tests::lean::lean(&compiled.wasm);
    engine.load(&guest).expect("loads")
}

/// Leaves the pack where it can be looked at when the comparison panics.
struct Kept<'s> {
    name: String,
    source: &'s Source,
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let folder = privet_tests::root()
                .join("target/mismatches")
                .join(&self.name);
            let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
            let written = std::fs::create_dir_all(&folder);
            for file in self.source.schema.iter().chain(&self.source.policies) {
                let _ = written.as_ref().map(|()| write(&file.name, &file.text));
            }
            eprintln!("the pack is in {}", folder.display());
        }
    }
}

#[test]
fn generated_packs_plan_as_cedar_decides() {
    privet_tests::with_stack(|| {
        let (packs, seed) = (
            number("PRIVET_GENERATED_PACKS", 60),
            number("PRIVET_SEED", 20_210_428),
        );
        let engine = privet_tests::quick_engine();
        let mut random = Random::new(seed);
        let (mut answers, mut policies) = (0, 0);
        let mut schema = None;
        for number in 0..packs {
            if number % PACKS_PER_SCHEMA == 0 {
                let text = pack::schema(&mut random);
                let (read, _) = Schema::from_cedarschema_str(&text)
                    .unwrap_or_else(|e| panic!("Cedar refuses the schema: {e:?}\n{text}"));
                schema = Some((text, Validator::new(read)));
            }
            let (text, validator) = schema.as_ref().expect("a schema");
            let empty = load(&engine, &pack::source(text, ""));
            let made = pack::policies(empty.manifest(), validator, &mut random);
            let lenient = Source {
                policies: vec![made],
                ..pack::source(text, "")
            };
            let strict = Source {
                strict: true,
                ..lenient.clone()
            };
            let _kept = Kept {
                name: format!("pack-{seed}-{number}"),
                source: &lenient,
            };
            let guests = [&lenient, &strict].map(|s| load(&engine, s));
            let oracle = oracle(&lenient);
            policies += guests[0].manifest().policies.len();
            let mut facts = Facts {
                manifest: empty.manifest(),
                random: Random::new(random.number()),
            };
            for _ in 0..2 {
                let store = facts.entities();
                for plan in 0..empty.manifest().plans.len() {
                    let viewer = facts.viewer(plan, &store);
                    let both = [&guests[0], &guests[1]];
                    answers += compare(&both, &oracle, &viewer, &views(&guests[0]));
                }
            }
        }
        println!("seed {seed}: {packs} packs, {policies} policies, {answers} answers of Cedar");
        assert!(answers as u64 > packs * 20, "few answers were compared");
    });
}
