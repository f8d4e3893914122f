//! The format, byte by byte: see `vectors/README.md`.
//!
//! What must never be here: a case that is not a folder.

use crate::support::{key, keys};
use privet_watermark::{Disclosure, Marker, MemoryLedger, Named, Settings, Verdict, verify};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn named(mark: &Value, member: &str) -> Option<Named> {
    let pair = mark[member].as_array()?;
    Some(Named::new(pair[0].as_str()?, pair[1].as_str()?))
}

#[test]
fn vectors_give_their_output() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut cases = 0;
    for entry in fs::read_dir(folder).expect("the vectors") {
        let case = entry.expect("an entry").path();
        if !case.is_dir() {
            continue;
        }
        cases += 1;
        let mark: Value =
            serde_json::from_slice(&fs::read(case.join("mark.json")).expect("mark.json"))
                .expect("JSON");
        let text = |member: &str| mark[member].as_str().expect(member).to_owned();
        let disclosure = Disclosure {
            company: named(&mark, "company").expect("a company"),
            viewer: named(&mark, "viewer").expect("a viewer"),
            job: named(&mark, "job"),
            time: mark["time"].as_i64().expect("a time"),
            decision: text("decision"),
            pack: text("pack"),
            resume: text("resume"),
        };
        let settings = Settings {
            zero_width: mark["zero_width"] != false,
            ..Settings::default()
        };
        let marker = Marker::new(key(), "https://jobs.example").with_settings(settings);
        let input = fs::read(case.join("input.json")).expect("input.json");
        let id = text("mark_id").parse().expect("a mark id");
        let marked = marker.mark_as(id, &input, &disclosure).expect("marked");
        let row = serde_json::to_string_pretty(marked.row()).expect("a row") + "\n";
        let output = marked.record(&MemoryLedger::default()).expect("recorded");
        let Verdict::Valid(claims) = verify(&output, &keys()) else {
            panic!("{}: {:?}", case.display(), verify(&output, &keys()));
        };
        assert_eq!(claims.mark_id, id);
        for (file, bytes) in [
            ("output.json", output.as_slice()),
            ("row.json", row.as_bytes()),
        ] {
            let path = case.join(file);
            if std::env::var_os("BLESS").is_some() {
                fs::write(&path, bytes).expect("written");
            }
            let expected = fs::read(&path).unwrap_or_default();
            assert_eq!(
                String::from_utf8_lossy(bytes),
                String::from_utf8_lossy(&expected),
                "{}",
                path.display()
            );
        }
    }
    assert!(cases >= 6);
}
