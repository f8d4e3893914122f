//! Other engines with the rules of the drive workload. One that is not installed is a row that says
//! how to get it.
//!
//! The workload is the generated one whatever the dataset, because its rules are written for each
//! engine in `bench/peers/`. Where a peer's interface takes more than a prepared request, ours takes
//! the same: a row says what. SAPL's published figures are on the page as what they are, published;
//! they are not compared.

use super::{Run, engine};
use crate::load::child::Child;
use crate::load::unary::Client;
use crate::measure::{Samples, per};
use crate::peer::{Peer, casbin::Casbin, cerbos, opa, piped::Piped, rego::Rego, wasm};
use crate::row::{Ratio, Row, Target};
use crate::workload::{Ours, Workload, generate};
use anyhow::{Result, bail, ensure};
use privet_host::{Entities, Instance};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

const CELL: &str = "drive n20";
const SIZE: usize = 20;

type Side = fn(&mut Run) -> Result<()>;

const SIDES: [(&str, Side); 6] = [
    ("authorize_vs_regorus", in_regorus),
    ("authorize_vs_casbin", in_casbin),
    ("authorize_vs_cedar_wasm", in_wasm),
    ("authorize_vs_opa", in_opa),
    ("authorize_vs_cerbos", in_cerbos),
    ("authorize_vs_loopback", over_loopback),
];

pub fn measure(run: &mut Run) -> Result<()> {
    for (name, side) in SIDES {
        if run.wants(name) {
            run.attempt(&[name], CELL, side);
        }
    }
    Ok(())
}

fn in_regorus(run: &mut Run) -> Result<()> {
    against(run, "authorize_vs_regorus", Rego::new)
}

fn in_casbin(run: &mut Run) -> Result<()> {
    against(run, "authorize_vs_casbin", Casbin::new)
}

fn against<P: Peer>(
    run: &mut Run,
    name: &str,
    open: impl FnMut(&Workload) -> Result<P>,
) -> Result<()> {
    let mut peer = agreeing(run, name, open)?;
    let asked = Asked::new(run)?;
    let samples = asked.beside(run, Given::Prepared, &mut peer)?;
    add(run, (name, CELL), samples, None);
    Ok(())
}

fn in_wasm(run: &mut Run) -> Result<()> {
    let side = Elsewhere {
        name: "authorize_vs_cedar_wasm",
        installed: wasm::installed(),
        missing: wasm::MISSING,
        open: wasm::new,
        always: wasm::constant,
        given: Given::Everything,
        case: "entities each time",
        engine: "Cedar",
        note: "in Node: its interface keeps schema and policies, and takes the entities with each request, as JavaScript objects; ours reads them from JSON each time too",
    };
    side.measure(run)
}

fn in_opa(run: &mut Run) -> Result<()> {
    let side = Elsewhere {
        name: "authorize_vs_opa",
        installed: opa::installed(),
        missing: opa::MISSING,
        open: opa::new,
        always: opa::constant,
        given: Given::Request,
        case: "request as JSON",
        engine: "OPA",
        note: "as a C library, called from Python in a process of its own: query prepared, facts in its store; a call reads the request from JSON, as ours does, and writes its answer as JSON",
    };
    side.measure(run)
}

/// An engine in a process of its own, whose interface takes more than a prepared request.
struct Elsewhere {
    name: &'static str,
    installed: Option<PathBuf>,
    missing: &'static str,
    open: fn(&Path, &Workload) -> Result<Piped>,
    /// The same with a rule that is always true: what a call costs beside a decision.
    always: fn(&Path, &Workload) -> Result<Piped>,
    given: Given,
    /// What is given each time.
    case: &'static str,
    engine: &'static str,
    note: &'static str,
}

impl Elsewhere {
    fn measure(self, run: &mut Run) -> Result<()> {
        let Some(place) = self.installed else {
            run.missing(&[self.name], CELL, self.missing);
            return Ok(());
        };
        let mut peer = agreeing(run, self.name, |w| (self.open)(&place, w))?;
        let asked = Asked::new(run)?;
        let samples = asked.beside(run, self.given, &mut peer)?;
        let case = format!("{CELL}, {}", self.case);
        let note = format!("{} {} {}", self.engine, peer.version(), self.note);
        add(run, (self.name, &case), samples, Some(note));
        let mut constant = (self.always)(&place, &asked.workload)?;
        let all = asked.workload.requests.len();
        let samples = asked.timed(run, self.given, || {
            let allowed = constant.pass()?;
            ensure!(allowed == all, "a rule that is always true is not");
            Ok(())
        })?;
        let case = format!("{CELL}, rule always true");
        let note = "the same call with a rule that is always true: what it costs beside a decision";
        add(run, (self.name, &case), samples, Some(note.to_owned()));
        Ok(())
    }
}

fn in_cerbos(run: &mut Run) -> Result<()> {
    const NAME: &str = "authorize_vs_cerbos";
    let Some(program) = cerbos::installed() else {
        run.missing(&[NAME], CELL, cerbos::MISSING);
        return Ok(());
    };
    let server = cerbos::Server::start(&program)?;
    let mut peer = agreeing(run, NAME, |w| server.client(w))?;
    let asked = Asked::new(run)?;
    let samples = asked.beside(run, Given::Prepared, &mut peer)?;
    let note = format!(
        "Cerbos {}, a server, which has no other form: a call over loopback is included (gRPC, one at a time, messages encoded before, with the facts in them that it keeps none of); `authorize_vs_loopback` is that call without a decision",
        server.version
    );
    add(run, (NAME, CELL), samples, Some(note));
    Ok(())
}

/// The messages of Cerbos to a server that gives them back.
fn over_loopback(run: &mut Run) -> Result<()> {
    let asked = Asked::new(run)?;
    let messages = cerbos::messages(&asked.workload)?;
    let echo = Child::start("unary", Path::new("-"))?;
    let mut client = Client::connect(echo.port("grpc")?, cerbos::METHOD)?;
    let samples = asked.timed(run, Given::Prepared, || {
        for message in &messages {
            let back = client.call(message)?;
            ensure!(message.ends_with(&back), "another message came back");
        }
        Ok(())
    })?;
    let note = "a gRPC server that gives the messages for Cerbos back and decides nothing, by the same client";
    add(
        run,
        ("authorize_vs_loopback", CELL),
        samples,
        Some(note.to_owned()),
    );
    Ok(())
}

fn add(run: &mut Run, (name, case): (&str, &str), samples: Samples, note: Option<String>) {
    let row = Row::ratio(name, case, Ratio::TimesFaster, Target::Stated, &samples);
    let row = Row { note, ..row };
    run.add(row, samples);
}

/// A peer that has read the measured workload, after its decisions were compared with Cedar's: there,
/// and on as many worlds as the run has facts.
fn agreeing<P: Peer>(
    run: &Run,
    name: &str,
    mut open: impl FnMut(&Workload) -> Result<P>,
) -> Result<P> {
    let worlds = run.facts.div_ceil(generate::REQUESTS).max(1);
    // The first is the one that is measured.
    for world in (1..worlds).rev() {
        let seed = run.seed.wrapping_add((world as u64) << 32);
        let workload = generate::documents(SIZE, seed);
        agrees(&workload, &mut open(&workload)?, name)?;
    }
    let workload = generate::documents(SIZE, run.seed);
    let mut peer = open(&workload)?;
    agrees(&workload, &mut peer, name)?;
    let all = worlds * generate::REQUESTS;
    eprintln!("  {all} requests over {worlds} worlds: {name} and Cedar agree");
    Ok(peer)
}

/// The peer's decisions must be Cedar's.
fn agrees(workload: &Workload, peer: &mut impl Peer, name: &str) -> Result<()> {
    let (answers, expected) = (peer.answers()?, decisions(workload)?);
    if answers != expected {
        let all = answers.iter().zip(&expected);
        let first = all.into_iter().position(|(given, wanted)| given != wanted);
        bail!("{name} decides request {first:?} of {CELL} in another way than Cedar");
    }
    Ok(())
}

fn decisions(workload: &Workload) -> Result<Vec<bool>> {
    let cedar = workload.cedar()?;
    let requests = cedar.requests.iter();
    Ok(requests.map(|r| cedar.answer(r).allowed).collect())
}

/// How much of a question ours is given as text, because the peer is.
#[derive(Debug, Clone, Copy)]
enum Given {
    Prepared,
    Request,
    Everything,
}

/// The measured workload on our side, and how many of its requests are allowed.
struct Asked {
    workload: Workload,
    ours: Ours,
    allowed: usize,
}

impl Asked {
    fn new(run: &Run) -> Result<Self> {
        let workload = generate::documents(SIZE, run.seed);
        let ours = workload.ours(&engine()?)?;
        workload.agree(&ours, &workload.cedar()?)?;
        let allowed = decisions(&workload)?.into_iter().filter(|a| *a).count();
        Ok(Self {
            workload,
            ours,
            allowed,
        })
    }

    /// Ours beside a peer's passes.
    fn beside(&self, run: &Run, given: Given, peer: &mut impl Peer) -> Result<Samples> {
        self.timed(run, given, || self.counted(peer.pass()?))
    }

    /// Ours beside passes of something else. A side that fails is fast, so no failure is kept.
    fn timed(
        &self,
        run: &Run,
        given: Given,
        mut theirs: impl FnMut() -> Result<()>,
    ) -> Result<Samples> {
        let mut instance = self.ours.policy.instance()?;
        let failure = RefCell::new(None);
        let keep = |result: Result<()>| {
            if let Err(error) = result {
                failure.borrow_mut().get_or_insert(error);
            }
        };
        let count = self.workload.requests.len();
        let samples = run.effort.at_most(15).compare(
            per(count, || keep(self.pass(given, &mut instance))),
            per(count, || keep(theirs())),
        );
        failure.into_inner().map_or(Ok(samples), Err)
    }

    fn counted(&self, allowed: usize) -> Result<()> {
        let wanted = self.allowed;
        ensure!(allowed == wanted, "{allowed} are allowed, not {wanted}");
        Ok(())
    }

    /// One pass over the requests.
    fn pass(&self, given: Given, instance: &mut Instance) -> Result<()> {
        let ours = &self.ours;
        if let Given::Prepared = given {
            return self.counted(ours.pass(instance));
        }
        let mut allowed = 0;
        for (text, (_, action)) in ours.texts.iter().zip(&ours.requests) {
            let read = match given {
                Given::Everything => {
                    Some(Entities::from_json(&ours.policy, &self.workload.entities)?)
                }
                Given::Prepared | Given::Request => None,
            };
            let entities = read.as_ref().unwrap_or(&ours.entities);
            let request = text.request(entities)?;
            allowed += usize::from(instance.decide(entities, &request, *action)?.is_allowed());
        }
        self.counted(allowed)
    }
}
