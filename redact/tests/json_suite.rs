//! The JSON parsing test suite (`test_parsing/` of nst/JSONTestSuite) against
//! the tokenizer, where a copy is at hand.
//!
//! `PRIVET_JSON_TEST_SUITE` names the folder of `y_*.json` (must be accepted),
//! `n_*.json` (must be refused) and `i_*.json` (ours to decide; decided in
//! `json_suite/implementation_defined.tsv`).
//! What must never be here: a copy of the suite, or an exception for a `y_` or
//! `n_` file.

use std::collections::BTreeMap;
use std::path::Path;

use std::sync::Arc;

use privet_redact::{RedactError, Redactor, Rules, Settings, redact, validate};

#[test]
fn json_test_suite() {
    let Ok(folder) = std::env::var("PRIVET_JSON_TEST_SUITE") else {
        println!("SKIPPED: PRIVET_JSON_TEST_SUITE does not name a folder");
        return;
    };
    let decided: BTreeMap<&str, &str> = include_str!("json_suite/implementation_defined.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("a line has two cells"))
        .collect();
    let mut seen = [0; 3];
    let mut stricter = 0;
    let mut wrong = Vec::new();
    for entry in Path::new(&folder).read_dir().expect(&folder) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".json") else {
            continue;
        };
        let body = std::fs::read(&path).unwrap();
        let whole = validate(&body, &Settings::default());
        let expected = match name.split_once('_').expect("a file has a prefix").0 {
            "y" => {
                seen[0] += 1;
                "accept"
            }
            "n" => {
                seen[1] += 1;
                "refuse"
            }
            "i" => {
                seen[2] += 1;
                decided.get(name).copied().unwrap_or("undecided")
            }
            _ => continue,
        };
        let enforced = redact(no_rules(), Settings::default(), &body);
        assert_eq!(byte_by_byte(&body), enforced, "{name}");
        // Enforcement takes no body that is not JSON, and refuses more for three
        // reasons only.
        match (&whole, &enforced) {
            (Ok(()), Ok(output)) => assert_eq!(output, b"{}", "{name}"),
            (Ok(()), Err(error)) => assert!(
                error.is_root_not_object() || error.is_duplicate_key() || error.is_lone_surrogate(),
                "{name}: {error}"
            ),
            (Err(_), enforced) => assert!(enforced.is_err(), "{name}"),
        }
        stricter += usize::from(whole.is_ok() && enforced.is_err());
        let given = if whole.is_ok() { "accept" } else { "refuse" };
        if given != expected {
            wrong.push(format!("{name}: {given}, expected {expected} ({whole:?})"));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let [accepted, refused, open] = seen;
    println!("{accepted} accepted, {refused} refused, {open} as decided");
    println!("{stricter} that are JSON are refused by enforcement");
    assert!(accepted > 0 && refused > 0, "{folder} is not the suite");
}

fn byte_by_byte(body: &[u8]) -> Result<Vec<u8>, RedactError> {
    let emitted = std::cell::RefCell::new(Vec::new());
    let sink = |bytes: &[u8]| emitted.borrow_mut().extend_from_slice(bytes);
    let mut redactor = Redactor::new(no_rules(), Settings::default(), sink);
    let done = body
        .chunks(1)
        .try_for_each(|byte| redactor.write(byte))
        .and_then(|()| redactor.end().map(drop));
    // What is refused has emitted nothing.
    assert!(done.is_ok() || emitted.borrow().is_empty());
    done.map(|()| emitted.take())
}

fn no_rules() -> Arc<Rules> {
    Arc::new(Rules::new([]).unwrap())
}
