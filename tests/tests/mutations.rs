//! The comparison can fail: one operator of the compiler is broken on purpose, and Cedar disagrees.
//!
//! The same generated policy sets as in `generated`; each mutation must be caught by one of them.

use privet_compiler::Mutation;
use privet_tests::compare::{self, Size, World};
use privet_tests::generate::policy::{self, Generated};
use privet_tests::generate::schema;
use privet_tests::random::Random;

/// Policy sets within which a mutation must be caught.
const SETS: usize = 400;

struct Case {
    world: usize,
    generated: Generated,
    /// The module of the compiler as it is.
    wasm: Vec<u8>,
}

#[test]
fn every_broken_operator_is_caught() {
    privet_tests::with_stack(|| {
        let mut random = Random::new(2021);
        let engine = privet_tests::quick_engine();
        let mut worlds: Vec<World> = Vec::new();
        while worlds.len() < 16 {
            worlds.extend(World::new(&schema::schema(&mut random)));
        }
        let mut cases: Vec<Case> = Vec::new();
        let mut survivors = Vec::new();
        for &mutation in Mutation::ALL {
            let mut caught = None;
            for index in 0..SETS {
                if index == cases.len() {
                    let world = index % worlds.len();
                    let there = &worlds[world];
                    let generated = policy::set(&there.manifest, &there.validator, &mut random);
                    let source = there.source(&generated.file);
                    let wasm = privet_compiler::compile(&source).expect("compiles").wasm;
                    cases.push(Case {
                        world,
                        generated,
                        wasm,
                    });
                }
                let case = &cases[index];
                let world = &worlds[case.world];
                let source = world.source(&case.generated.file);
                let broken = privet_compiler::compile_broken(&source, mutation).expect("compiles");
                if broken.wasm == case.wasm {
                    continue;
                }
                let size = Size {
                    stores: 4,
                    requests: 15,
                };
                let facts = Random::new(index as u64);
                let compared =
                    compare::set(&engine, world, &case.generated, facts, size, None, |_| {
                        broken
                    });
                if compared.is_err() {
                    caught = Some(index);
                    break;
                }
            }
            match caught {
                Some(index) => println!("{mutation:?} is caught by set {index}"),
                None => survivors.push(mutation),
            }
        }
        assert!(
            survivors.is_empty(),
            "not caught within {SETS} sets: {survivors:?}"
        );
    });
}
