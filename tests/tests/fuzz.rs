//! Every fuzz target over its seeds and past findings, with a stable toolchain.

use privet_tests::fuzz::TARGETS;
use privet_tests::root;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("fuzz").join(folder)).expect("a folder");
    entries
        .map(|e| PathBuf::from(e.expect("an entry").file_name()))
        .map(|p| p.with_extension("").display().to_string())
        .collect()
}

#[test]
fn every_target_holds_on_its_corpus() {
    let declared: BTreeSet<String> = TARGETS.iter().map(|(n, _)| (*n).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), declared);
    assert_eq!(names("corpus"), declared);
    privet_tests::with_stack(|| {
        for (name, run) in TARGETS {
            let mut inputs = 0;
            for entry in fs::read_dir(root().join("fuzz/corpus").join(name)).expect("a corpus") {
                let path = entry.expect("an entry").path();
                println!("{}", path.display());
                run(&fs::read(&path).expect("a file"));
                inputs += 1;
            }
            assert!(inputs > 0, "{name}: no seeds");
        }
    });
}
