//! `two_cores`: throughput of two threads over one, beside a control that only computes.

use super::{Run, engine};
use crate::measure::Samples;
use crate::row::{Ratio, Row, Target};
use anyhow::Result;
use privet_host::{Facts, Policy};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How long the threads of a sample run.
const RUN: Duration = Duration::from_millis(60);

/// Operations a second of so many threads that start together.
fn throughput(threads: usize, work: &(dyn Fn() -> u64 + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let counts: f64 = thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let start = Instant::now();
                    let done = work();
                    done as f64 / start.elapsed().as_secs_f64()
                })
            })
            .collect();
        started.into_iter().filter_map(|t| t.join().ok()).sum()
    });
    counts
}

/// Repeats an operation for the time of a run.
fn repeat(mut operation: impl FnMut()) -> u64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < RUN {
        for _ in 0..256 {
            operation();
        }
        done += 256;
    }
    done
}

fn decide(policy: &Policy, facts: &Facts) -> u64 {
    let Ok(mut instance) = policy.instance() else {
        return 0;
    };
    repeat(|| {
        let plan = instance.disclose(&facts.entities, &facts.request, "detail");
        black_box(plan.map(|p| p.obligation_bits()).ok());
    })
}

fn compute() -> u64 {
    let mut state = 1_u64;
    repeat(|| {
        for _ in 0..32 {
            state = black_box(state)
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
        }
    })
}

pub fn measure(run: &mut Run) -> Result<()> {
    if !run.wants("two_cores") {
        return Ok(());
    }
    eprintln!("cores");
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        run.state(Row::missing(
            "two_cores",
            "plan",
            "the machine has one core",
        ));
        return Ok(());
    }
    let source = privet_pack::read(&run.pack)?.source;
    let policy = engine()?.load(&privet_compiler::compile(&source)?.wasm)?;
    let text = super::plan::facts_for(&policy, run.seed)?;
    let facts = Facts::from_json(&policy, &text, None)?;
    let ours = || decide(&policy, &facts);
    let mut samples = Samples::default();
    for _ in 0..run.effort.runs.min(31) {
        let scale = |work: &(dyn Fn() -> u64 + Sync)| throughput(2, work) / throughput(1, work);
        samples.ours.push(scale(&ours));
        samples.theirs.push(scale(&compute));
    }
    let row = Row::ratio(
        "two_cores",
        "plan",
        Ratio::ShareOfTheirs,
        Target::AtLeast(0.95),
        &samples,
    );
    let (ours, theirs) = (row.ours_ns, row.theirs_ns);
    let note = format!(
        "two threads over one: ours {:.2}, control {:.2}",
        ours.unwrap_or_default(),
        theirs.unwrap_or_default()
    );
    let row = Row {
        ours_ns: None,
        theirs_ns: None,
        ..row
    };
    run.add(row.noted(note), samples);
    Ok(())
}
