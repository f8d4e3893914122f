//! Generated policy sets over generated schemas: the compiled guest against Cedar.
//!
//! `PRIVET_GENERATED_SETS` sets how many policy sets, `PRIVET_GENERATED_REQUESTS` how many requests
//! each is asked, `PRIVET_SEED` the seed. A mismatch is written to `target/mismatches/`; moved to `tests/conformance/regressions/`, it is a case.

use privet_tests::compare::{self, Size, Tally, World};
use privet_tests::coverage::Coverage;
use privet_tests::generate::{policy, schema};
use privet_tests::random::Random;

/// What a run of the default size must reach; see `coverage` for how it is counted.
const WANTED: &str = include_str!("../generator/constructs.txt");

/// The schema with a bit of everything, beside the random ones.
const SCHEMA: &str = include_str!("../generator/schema.cedarschema");

/// Policy sets over one schema.
const SETS_PER_SCHEMA: u64 = 25;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

/// A schema that Cedar accepts. Some that are made it refuses, as the compiler then must too: a
/// name in a namespace may not hide one outside.
fn a_world(random: &mut Random) -> World {
    for _ in 0..100 {
        if let Ok(world) = World::new(&schema::schema(random)) {
            return world;
        }
    }
    panic!("no generated schema is valid");
}

#[test]
fn generated_policies_decide_as_cedar() {
    privet_tests::with_stack(|| {
        let (sets, seed) = (
            number("PRIVET_GENERATED_SETS", 5000),
            number("PRIVET_SEED", 20_210_315),
        );
        let asked = number("PRIVET_GENERATED_REQUESTS", 24) as usize;
        let engine = privet_tests::quick_engine();
        let mut random = Random::new(seed);
        let mut coverage = Coverage::default();
        let mut tally = Tally::default();
        let (mut schemas, mut made, mut refused) = (0, 0, 0);
        let mut world = None;
        for set in 0..sets {
            if set % SETS_PER_SCHEMA == 0 {
                let new = match set {
                    0 => World::new(SCHEMA).expect("the schema"),
                    _ => a_world(&mut random),
                };
                schema::count(&new.text, &mut coverage);
                world = Some(new);
                schemas += 1;
            }
            let world = world.as_ref().expect("a schema");
            let generated = policy::set(&world.manifest, &world.validator, &mut random);
            made += generated.made;
            refused += generated.refused;
            let size = Size {
                stores: (asked / 50).clamp(2, 20),
                requests: asked / (asked / 50).clamp(2, 20),
            };
            let facts = Random::new(random.number());
            let covered = (set % 4 == 0).then_some(&mut coverage);
            let compared =
                compare::set(&engine, world, &generated, facts, size, covered, |source| {
                    privet_compiler::compile(source).unwrap_or_else(|e| {
                        panic!(
                            "Cedar accepts: {e}\n{}\n{}",
                            world.text, generated.file.text
                        )
                    })
                });
            match compared {
                Ok(one) => tally += one,
                Err(mismatch) => {
                    let folder = mismatch.save(&format!("seed-{seed}-set-{set}"));
                    panic!(
                        "Cedar answers {:?}, the guest {}; the case is in {}",
                        mismatch.expected,
                        mismatch.given,
                        folder.display()
                    );
                }
            }
            if (set + 1) % 250 == 0 {
                eprintln!("{} of {sets} sets, {} requests", set + 1, tally.requests);
            }
        }
        coverage.print();
        println!(
            "seed {seed}: {schemas} schemas, {sets} policy sets, {made} policies and links made, \
             {refused} not valid, {} requests, {} allowed, {} with errors",
            tally.requests, tally.allowed, tally.erred
        );
        assert!(refused * 2 < made, "too few generated policies validate");
        if sets >= 5000 {
            let wanted: Vec<&str> = WANTED.lines().filter(|l| !l.is_empty()).collect();
            let missing = coverage.missing(&wanted);
            assert!(missing.is_empty(), "never reached: {missing:?}");
        }
    });
}
