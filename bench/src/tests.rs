//! The harness itself: that a run keeps what it has, and that peers decide as Cedar does.
//!
//! No figure is looked at here.

use crate::environment::Environment;
use crate::load::Folder;
use crate::load::unary::{self, Client, framed};
use crate::measure::{Effort, Samples};
use crate::peer::{cerbos, opa, wasm};
use crate::raw::{self, Writer};
use crate::report;
use crate::row::{Ratio, Row, Target};
use crate::rows::{self, Run, others};
use anyhow::{Result, bail};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

fn run(folder: &Folder, only: &[&str]) -> Run {
    Run {
        effort: Effort {
            runs: 2,
            run: Duration::from_millis(1),
        },
        workloads: Vec::new(),
        pack: PathBuf::new(),
        frozen: true,
        facts: 600,
        seed: 7,
        only: only.iter().map(|&name| name.to_owned()).collect(),
        rows: Vec::new(),
        raw: Writer::create(folder.path(), &Environment::read()).expect("a folder"),
        lost: None,
    }
}

fn measured(run: &mut Run, name: &str, case: &str) {
    let samples = Samples {
        ours: vec![1.0, 2.0],
        theirs: vec![4.0, 8.0],
    };
    let row = Row::ratio(
        name,
        case,
        Ratio::TimesFaster,
        Target::AtLeast(3.0),
        &samples,
    );
    run.add(row, samples);
}

fn good(run: &mut Run) -> Result<()> {
    measured(run, "good", "a \"case\", quoted");
    Ok(())
}

fn partly(run: &mut Run) -> Result<()> {
    run.attempt(&["first", "second", "unwanted"], "a case", |run| {
        measured(run, "first", "a case");
        bail!("no second\nof two lines")
    });
    run.attempt(&["twice"], "a case", |run| {
        measured(run, "twice", "a case");
        bail!("no other case")
    });
    Ok(())
}

fn bad(_: &mut Run) -> Result<()> {
    bail!("nothing works")
}

fn panics(_: &mut Run) -> Result<()> {
    panic!("on purpose")
}

#[test]
fn what_fails_is_a_row_and_the_others_go_on() {
    let folder = Folder::new("test-rows").expect("a folder");
    let mut run = run(&folder, &["good", "first", "second", "twice"]);
    let families: [rows::Family; 4] = [
        ("panics", panics),
        ("bad", bad),
        ("partly", partly),
        ("good", good),
    ];
    rows::all(&mut run, &families).expect("a disk");
    let found = raw::read(folder.path()).expect("the raw samples");
    assert_eq!(found.rows, run.rows, "each row is written when it ends");
    let failed = |row: &Row| (row.failed, row.note.clone().unwrap_or_default());
    let rows: Vec<_> = found
        .rows
        .iter()
        .map(|row| (row.name.as_str(), failed(row)))
        .collect();
    let because = |why: &str| (true, format!("failed: {why}"));
    let is_there = (false, String::new());
    assert_eq!(
        rows,
        [
            (
                "panics",
                because("it panicked; standard error has the place")
            ),
            ("bad", because("nothing works")),
            ("first", is_there.clone()),
            ("second", because("no second of two lines")),
            ("twice", is_there.clone()),
            ("twice", because("no other case")),
            ("good", is_there),
        ]
    );
    assert_eq!(found.samples.len(), 3 * 4);
    let page = report::write(&found, &folder.path().join("page")).expect("a page");
    let page = std::fs::read_to_string(page).expect("a page");
    assert_eq!(page.matches("| failed ").count(), 4, "{page}");
    assert!(page.contains("- `second` (a case): failed: no second of two lines."));
}

#[test]
fn a_run_that_was_ended_leaves_its_whole_lines() {
    let folder = Folder::new("test-raw").expect("a folder");
    let mut run = run(&folder, &[]);
    good(&mut run).expect("a row");
    let before = raw::read(folder.path()).expect("the raw samples");
    for (file, cut) in [
        ("samples.csv", "later,\"case\",ou"),
        ("rows.jsonl", "{\"name\":\"la"),
    ] {
        let path = folder.path().join(file);
        let mut file = OpenOptions::new().append(true).open(path).expect("a file");
        file.write_all(cut.as_bytes()).expect("a disk");
    }
    let after = raw::read(folder.path()).expect("the raw samples");
    assert_eq!((after.rows, after.samples), (before.rows, before.samples));
    // A line in the middle is another thing.
    let path = folder.path().join("rows.jsonl");
    let mut file = OpenOptions::new().append(true).open(path).expect("a file");
    file.write_all(b"\n").expect("a disk");
    let error = raw::read(folder.path()).expect_err("a broken line");
    assert!(
        format!("{error:#}").starts_with("rows.jsonl: `{\"name\":\"la`"),
        "{error:#}"
    );
}

#[test]
fn messages_come_back_over_loopback() {
    let (say, said) = mpsc::channel();
    std::thread::spawn(move || unary::serve(|line| drop(say.send(line.to_owned()))));
    let door = said.recv().expect("a door");
    let (_, port) = door.rsplit_once(':').expect("a port");
    let mut client = Client::connect(port.parse().expect("a port"), "/a.B/C").expect("a server");
    for message in [&b""[..], b"x", &[7; 100_000]] {
        let back = client.call(&framed(message).expect("a message"));
        assert_eq!(back.expect("an answer"), message);
    }
    // Without its frame it is no message, and comes back as none.
    let error = client
        .call(&b"abc".to_vec().into())
        .expect_err("no message");
    assert_eq!(error.to_string(), "an answer of 3 bytes is no message");
}

#[test]
fn peers_decide_as_cedar_does() {
    let peers = [
        ("authorize_vs_regorus", true, ""),
        ("authorize_vs_casbin", true, ""),
        (
            "authorize_vs_cedar_wasm",
            wasm::installed().is_some(),
            wasm::MISSING,
        ),
        ("authorize_vs_opa", opa::installed().is_some(), opa::MISSING),
        (
            "authorize_vs_cerbos",
            cerbos::installed().is_some(),
            cerbos::MISSING,
        ),
    ];
    let required = std::env::var("CI").is_ok_and(|ci| ci == "true");
    for (name, is_here, how) in peers {
        if !is_here {
            assert!(!required, "{name} is missing: {how}");
            eprintln!("SKIPPED: {name} is missing: {how}");
        }
        let folder = Folder::new("test-peer").expect("a folder");
        let mut run = run(&folder, &[name]);
        rows::all(&mut run, &[("others", others::measure)]).expect("a disk");
        let row = run.rows.first().expect("a row");
        assert_eq!(
            (row.name.as_str(), row.failed),
            (name, false),
            "{:?}",
            row.note
        );
        assert_eq!(row.ratio.is_some(), is_here, "{:?}", row.note);
        eprintln!("{name}: {:?}", row.note);
    }
}
