//! `exchange_decide`, `exchange` and `exchange_vs_serde`: what enforcement costs in a process, without a
//! transport: the order of a request and its answer that every gateway shares.
//!
//! Notices are with the operating system, not on the disk, whose time is not ours.
//!
//! Decided, redacted, searched, recorded, with a new viewer and a new résumé each time, beside
//! serde_json parsing, editing and writing the same body: what a gateway pays that decides nothing.

use super::redact::{Text, edited};
use super::{Run, engine};
use crate::load::fixture::Fixture;
use crate::load::{Asked, Folder};
use crate::measure::side;
use crate::row::{Ratio, Row, Target};
use anyhow::{Context as _, Result, anyhow};
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use privet_server::exchange::Asked as Head;
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;

const NAMES: [&str; 3] = ["exchange_decide", "exchange", "exchange_vs_serde"];
const CASE: &str = "10 kB";

pub fn measure(run: &mut Run) -> Result<()> {
    if !NAMES.iter().any(|name| run.wants(name)) {
        return Ok(());
    }
    eprintln!("exchange");
    let folder = Folder::new("exchange")?;
    in_process(run, folder.path())
}

/// A loaded configuration, and what its service would answer.
struct Gateway {
    inside: Inside,
    bodies: HashMap<String, Vec<u8>>,
    answered: HeaderMap,
}

impl Gateway {
    fn open(folder: &Path, run: &Run) -> Result<(Self, Fixture)> {
        let source = privet_pack::read(&run.pack)?.source;
        let policy = engine()?.load(&privet_compiler::compile(&source)?.wasm)?;
        let fixture = Fixture::write(folder, &policy, run.seed)?;
        // Nobody connects: the port stands for a service.
        let config = fixture.config(&run.pack, 9, false)?;
        let mut bodies = HashMap::new();
        for entry in std::fs::read_dir(&fixture.bodies)? {
            let path = entry?.path();
            let name = path
                .file_stem()
                .and_then(|n| n.to_str())
                .context("a name")?;
            bodies.insert(format!("/resumes/{name}"), std::fs::read(&path)?);
        }
        let media_type = HeaderValue::from_static("application/json");
        let gateway = Self {
            inside: Inside::open(&config)?,
            bodies,
            answered: HeaderMap::from_iter([(CONTENT_TYPE, media_type)]),
        };
        Ok((gateway, fixture))
    }

    /// Decides, and forgets.
    fn decide(&self, (path, headers): &(String, HeaderMap)) -> Result<()> {
        let mut exchange = self.inside.exchange();
        let verdict = exchange.request(head(path, headers));
        verdict.map_err(|refusal| anyhow!("{}", refusal.status()))?;
        Ok(())
    }

    /// The status and the body that a client gets.
    fn ask(&self, (path, headers): &(String, HeaderMap)) -> Result<(u16, Vec<u8>)> {
        let mut exchange = self.inside.exchange();
        let body = self.bodies.get(path).context("a body")?;
        let shown = exchange
            .request(head(path, headers))
            .and_then(|_| exchange.response(200, &self.answered, true))
            .and_then(|_| exchange.body(body.clone()));
        Ok(match shown {
            Ok(body) => (200, body),
            Err(refusal) => (refusal.status(), refusal.body()),
        })
    }
}

fn head<'h>(path: &'h str, headers: &'h HeaderMap) -> Head<'h> {
    Head {
        method: "GET",
        target: path,
        headers,
        peer: Peer::Tcp([127, 0, 0, 1].into()),
        has_body: false,
    }
}

/// A question as a gateway has it.
fn parsed(asked: &Asked) -> Result<(String, HeaderMap)> {
    let headers = asked.headers.iter().map(|(name, value)| {
        Ok((
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_str(value)?,
        ))
    });
    Ok((asked.path.clone(), headers.collect::<Result<_>>()?))
}

fn in_process(run: &mut Run, folder: &Path) -> Result<()> {
    let (gateway, fixture) = Gateway::open(folder, run)?;
    let open = fixture.open_by(run.seed, |asked| gateway.ask(&parsed(asked)?))?;
    eprintln!("  {} questions are answered with a body", open.len());
    let asked = open.iter().map(parsed).collect::<Result<Vec<_>>>()?;
    let turn = Cell::new(0);
    let next = || {
        turn.set((turn.get() + 1) % asked.len());
        asked.get(turn.get()).context("a question")
    };
    if run.wants("exchange_decide") {
        let samples = run.effort.alone(side(|| gateway.decide(next()?)));
        let row = Row::time("exchange_decide", CASE, Target::Stated, &samples);
        run.add(row.noted("question, facts and plan"), samples);
    }
    if run.wants("exchange") {
        let samples = run.effort.alone(side(|| gateway.ask(next()?)));
        let row = Row::time("exchange", CASE, Target::Stated, &samples);
        run.add(
            row.noted("decided, redacted, searched and recorded"),
            samples,
        );
    }
    if run.wants("exchange_vs_serde") {
        let theirs = || {
            let (path, _) = next()?;
            edited(gateway.bodies.get(path).context("a body")?, Text::Scrubbed)
        };
        let ours = side(|| gateway.ask(next()?));
        let samples = run.effort.compare(ours, side(theirs));
        let row = Row::ratio(
            "exchange_vs_serde",
            CASE,
            Ratio::TimesFaster,
            Target::Stated,
            &samples,
        );
        run.add(
            row.noted(
                "decided, redacted, searched and recorded, beside an edit that decides nothing",
            ),
            samples,
        );
    }
    Ok(())
}
