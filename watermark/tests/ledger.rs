//! Rows before bodies, torn lines, many writers.
//!
//! What must never be here: a body without its row.

use crate::support::{RESUME, disclosure, id, marker};
use privet_watermark::{FileLedger, Ledger, LedgerError, Row};
use std::fs;
use std::io::Write;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

fn mark(seed: u8, ledger: &dyn Ledger) -> Result<Vec<u8>, LedgerError> {
    let marked = marker().mark_as(id(seed), RESUME.as_bytes(), &disclosure("company-1"));
    marked.expect("marked").record(ledger)
}

#[test]
fn rows_come_back() {
    let file = FileLedger::new(path("rows"));
    let sent = mark(1, &file).expect("sent");
    mark(2, &file).expect("sent");
    let rows = file.rows().expect("rows");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].mark_id, id(1));
    assert_eq!(
        (rows[0].resume.as_str(), rows[0].pack.as_str()),
        ("resume-1", "liepin 3")
    );
    assert_eq!(rows[0].time, "2021-04-28T10:03:00Z");
    use sha2::Digest;
    let digest = sha2::Sha256::digest(&sent);
    assert_eq!(
        rows[0].body,
        format!("sha-256:{}", data_encoding::HEXLOWER.encode(&digest))
    );
}

#[cfg(unix)]
#[test]
fn a_new_ledger_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let path = path("mode");
    mark(1, &FileLedger::new(&path)).expect("sent");
    assert_eq!(
        fs::metadata(path).expect("a file").permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn without_its_row_no_body_leaves() {
    struct Down;
    impl Ledger for Down {
        fn append(&self, _: &Row) -> Result<(), LedgerError> {
            FileLedger::new("/").rows().map(|_| ())
        }
    }
    assert!(mark(1, &Down).is_err());
    let error = mark(1, &FileLedger::new("/nowhere/at/all")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    #[cfg(target_os = "linux")]
    assert!(mark(1, &FileLedger::new("/dev/full")).is_err());
}

#[test]
fn a_torn_line_is_passed_over_and_a_wrong_one_is_not() {
    let path = path("torn");
    let file = FileLedger::new(&path);
    mark(1, &file).expect("sent");
    let mut raw = fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("opened");
    raw.write_all(b"{\"format\":\"privet-water")
        .expect("written");
    assert_eq!(file.rows().expect("rows").len(), 1);
    mark(2, &file).expect("sent");
    let ids: Vec<_> = file
        .rows()
        .expect("rows")
        .iter()
        .map(|row| row.mark_id)
        .collect();
    assert_eq!(ids, [id(1), id(2)]);
    raw.write_all(b"{}\n").expect("written");
    assert!(file.rows().unwrap_err().to_string().contains("torn:4:"));
}

#[test]
fn many_writers_share_a_ledger() {
    let file = FileLedger::new(path("shared"));
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let file = file.clone();
            scope.spawn(move || {
                (0..8).for_each(|i| drop(mark(thread * 8 + i, &file).expect("sent")))
            });
        }
    });
    let ids: std::collections::BTreeSet<_> = file
        .rows()
        .expect("rows")
        .iter()
        .map(|row| row.mark_id)
        .collect();
    assert_eq!(ids.len(), 64);
}
