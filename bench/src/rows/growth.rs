//! `redact_growth`: whether the time of a text without an end grows faster than its length.
//!
//! Such texts are written by who wants to keep a gateway busy: one short piece again and again, of
//! those in `redact/tests/scrub/endless.tsv`. The detector and the search for known values take each
//! at two lengths; the row is that of the piece that grew most.

use super::Run;
use super::redact::known;
use crate::measure::{Effort, Samples, median, per};
use crate::row::{Ratio, Row, Target};
use anyhow::Result;
use privet_redact::scrub::Scrubber;
use std::time::Duration;

const NAME: &str = "redact_growth";
const PIECES: &str = include_str!("../../../redact/tests/scrub/endless.tsv");

/// Bytes of the texts.
const LONG: usize = 80_000;
const SHORT: usize = 8_000;

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants(NAME) {
        return Ok(());
    }
    eprintln!("growth");
    let known = known()?;
    let scrubber = Scrubber::default();
    grow(run, "detector", |text| scrubber.find(text).len());
    grow(run, "search", |text| {
        usize::from(known.scan_text(text).is_some())
    });
    Ok(())
}

/// Adds the row of the piece with which an operation's time grows most.
fn grow(run: &mut Run, case: &str, operation: impl Fn(&str) -> usize) {
    let pieces = || PIECES.lines().filter_map(|line| line.split_once('\t'));
    let quick = Effort {
        runs: 3,
        run: Duration::from_micros(500),
    };
    let growth = |piece: &str| ratio(&compare(quick, piece, &operation));
    let grown = pieces().map(|(piece, what)| (growth(piece), piece, what));
    let worst = grown.max_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let Some((_, piece, what)) = worst else {
        return;
    };
    let effort = Effort {
        run: Duration::from_millis(5),
        ..run.effort.at_most(7)
    };
    let samples = compare(effort, piece, &operation);
    let row = Row::ratio(
        NAME,
        case,
        Ratio::ShareOfTheirs,
        Target::AtMost(2.0),
        &samples,
    );
    let note = format!(
        "a byte of {LONG} beside one of {SHORT}; of {} pieces this one grew most: {what}",
        pieces().count()
    );
    run.add(row.noted(note), samples);
}

/// A byte of a long text beside one of a short text.
fn compare(effort: Effort, piece: &str, operation: impl Fn(&str) -> usize) -> Samples {
    let text = |bytes: usize| piece.repeat(bytes / piece.len().max(1));
    let (long, short) = (text(LONG), text(SHORT));
    effort.compare(
        per(long.len(), || operation(&long)),
        per(short.len(), || operation(&short)),
    )
}

fn ratio(samples: &Samples) -> f64 {
    median(&samples.ours) / median(&samples.theirs)
}
