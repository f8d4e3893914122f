//! The packs' cases: every one against Cedar, with and without the strict step, and the tables of
//! rows in the READMEs against the cases that there are.

use privet_compiler::Source;
use privet_tests::packs::{compare, load, oracle, packs};
use std::collections::BTreeSet;

#[test]
fn cases_decide_as_cedar() {
    for pack in packs() {
        let [lenient, strict] = [false, true].map(|strict| {
            load(&Source {
                strict,
                ..pack.source.clone()
            })
        });
        let oracle = oracle(&pack.source);
        let mut compared = 0;
        for case in pack.cases().expect("cases") {
            compared += compare(&[&lenient, &strict], &oracle, &case.facts, &[case.view]);
        }
        println!("{}: {compared} answers", pack.file.name);
        assert!(compared > 1000);
    }
}

/// A README's table says of each scenario whether a case covers it or what it waits for.
#[test]
fn readmes_list_the_rows_that_cases_cover() {
    for pack in packs() {
        let readme = std::fs::read_to_string(pack.folder.join("README.md")).expect("a README");
        let cases = pack.cases().expect("cases");
        let named: BTreeSet<&str> = cases
            .iter()
            .flat_map(|c| c.name.split_whitespace())
            .filter(|word| is_row(word))
            .collect();
        let mut listed = BTreeSet::new();
        for line in readme.lines().filter(|l| l.starts_with("| S")) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, rows, how, ..] = cells.as_slice() else {
                panic!("{line}");
            };
            for row in rows.split(", ").filter(|r| is_row(r)) {
                let covered = how.starts_with("cases");
                assert_eq!(named.contains(row), covered, "{}: {line}", pack.file.name);
                listed.insert(row);
            }
        }
        let missing: Vec<_> = named.difference(&listed).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", pack.file.name);
        assert!(listed.len() > 40, "{listed:?}");
    }
}

fn is_row(word: &str) -> bool {
    let digits = word.strip_prefix('S').unwrap_or_default();
    digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())
}
