//! Walks `cases/<name>/`: `input.json` under `rules.tsv` must give
//! `expected.json` byte for byte, or the message in `expected.error`, at every
//! split of the input in two and byte by byte.
//!
//! `BLESS=1` writes the expectation instead. A line of `rules.tsv` is
//! `rule<TAB>path<TAB>class<TAB>rendering`, `issued<TAB>class<TAB>value`,
//! `region<TAB>country`, `now<TAB>milliseconds`, `key<TAB>16 characters or more`,
//! `industry<TAB>employer<TAB>industry`, `name<TAB>own name`,
//! `known<TAB>kind<TAB>true value`, `home<TAB>path<TAB>kind` or `set<TAB>limit<TAB>number`.
//! What must never be here: a case that is not a folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::support::read_rules;
use privet_redact::{Delivery, RedactError, Redactor, Rules, Settings, redact};

#[test]
fn cases() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check(case: &Path) -> Result<(), String> {
    let name = case.display();
    let input = fs::read(case.join("input.json")).expect("input.json");
    let table = fs::read_to_string(case.join("rules.tsv")).expect("rules.tsv");
    let (rules, settings) = read_rules(&table);
    let rules = Arc::new(rules);
    let whole = redact(rules.clone(), settings.clone(), &input);

    let success = case.join("expected.json");
    let failure = case.join("expected.error");
    if std::env::var_os("BLESS").is_some() {
        let _ = fs::remove_file(&success);
        let _ = fs::remove_file(&failure);
        match &whole {
            Ok(output) => fs::write(&success, [output, b"\n".as_slice()].concat()).unwrap(),
            Err(error) => fs::write(&failure, format!("{error}\n")).unwrap(),
        }
    }
    let given = match &whole {
        Ok(output) => String::from_utf8(output.clone()).expect("UTF-8"),
        Err(error) => error.to_string(),
    };
    let expected = fs::read_to_string(if whole.is_ok() { &success } else { &failure })
        .map_err(|_| format!("{name}: unexpectedly gave\n{given}"))?;
    if given != expected.trim_end_matches('\n') {
        return Err(format!("{name}: gave\n{given}\nnot\n{expected}"));
    }

    for delivery in [Delivery::Held, Delivery::Streaming] {
        let settings = Settings {
            delivery,
            ..settings.clone()
        };
        // Cutting a whole résumé everywhere takes seconds: once is enough.
        let is_long = input.len() > 1000 && delivery == Delivery::Streaming;
        let last_cut = if is_long { 0 } else { input.len() };
        for at in 0..=last_cut {
            let (head, tail) = input.split_at(at);
            agree(&rules, &settings, &[head, tail], &whole)
                .map_err(|given| format!("{name}: {delivery:?} cut at {at} gave {given}"))?;
        }
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        agree(&rules, &settings, &bytes, &whole)
            .map_err(|given| format!("{name}: {delivery:?} byte by byte gave {given}"))?;
    }
    Ok(())
}

fn agree(
    rules: &Arc<Rules>,
    settings: &Settings,
    chunks: &[&[u8]],
    whole: &Result<Vec<u8>, RedactError>,
) -> Result<(), String> {
    let mut emitted = Vec::new();
    let given = (|| {
        let sink = |bytes: &[u8]| emitted.extend_from_slice(bytes);
        let mut redactor = Redactor::new(rules.clone(), settings.clone(), sink);
        for chunk in chunks {
            redactor.write(chunk)?;
        }
        redactor.end().map(drop)
    })();
    match (whole, given) {
        (Ok(output), Ok(())) if *output == emitted => Ok(()),
        (Err(error), Err(other)) if *error == other => match settings.delivery {
            Delivery::Held if !emitted.is_empty() => Err("output before an error".to_owned()),
            _ => Ok(()),
        },
        (_, given) => Err(format!("{given:?} {:?}", String::from_utf8_lossy(&emitted))),
    }
}
