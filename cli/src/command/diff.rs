//! `privet diff`: which viewers see more or less under a new pack than under an old one.
//!
//! Asked are the cases of both packs and every viewer of the new one in every view. With the same
//! ladder the ranks of the rungs decide; with another one the renderings of each path do, and where
//! those do not compare, more is assumed.

use crate::explanation;
use crate::load::{self, Loaded};
use crate::outcome::Exit;
use anyhow::Result;
use clap::Args;
use privet_host::manifest::{Class, Rung};
use privet_host::{Facts, GateAnswer, Plan};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: git worktree add ../before HEAD~1 && privet diff \
                  ../before/policies/liepin policies/liepin\n\nExit status: 0 if nobody sees more, \
                  2 if somebody does, 1 on errors. What the old pack's schema cannot read is \
                  listed as new."
)]
pub struct Arguments {
    /// Folder of the pack as it was
    old: PathBuf,
    /// Folder of the pack as it is
    new: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What changed for one path or one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Less,
    More,
    /// Neither shows all that the other shows.
    Unclear,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Less => "less",
            Self::More => "more",
            Self::Unclear => "other",
        }
    }
}

struct Line {
    what: String,
    change: Change,
    old: String,
    new: String,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (old, new) = (load::pack(&arguments.old)?, load::pack(&arguments.new)?);
    let mut questions = BTreeMap::new();
    for loaded in [&old, &new] {
        for case in loaded.pack.cases()? {
            let view = case.view;
            questions.insert((case.name, view), case.facts.to_string());
        }
    }
    for viewer in new.pack.viewers()? {
        let text = new.pack.viewer(&viewer)?;
        for gate in &new.policy.manifest().gates {
            let name = format!("viewer {viewer}");
            questions.insert((name, gate.view.clone()), text.clone());
        }
    }
    let mut more = false;
    let mut reports = Vec::new();
    let mut unread = Vec::new();
    for ((name, view), text) in &questions {
        let (before, after) = (plan(&old, text, view), plan(&new, text, view));
        let lines = match (before, after) {
            (Ok(before), Ok(after)) => changes(&before, &after),
            (before, after) => {
                let error = before.err().or(after.err());
                let why = error.map(|e| format!("{e:#}")).unwrap_or_default();
                unread.push(json!({ "case": name, "view": view, "why": why }));
                continue;
            }
        };
        if lines.is_empty() {
            continue;
        }
        more |= lines.iter().any(|l| l.change != Change::Less);
        if !arguments.json {
            outln!("{name}, view {view}");
            for line in &lines {
                outln!(
                    "  {} {}: {} → {}",
                    line.change.word(),
                    line.what,
                    line.old,
                    line.new
                );
            }
        }
        let lines: Vec<_> = lines
            .iter()
            .map(|l| json!({ "what": l.what, "change": l.change.word(), "old": l.old, "new": l.new }))
            .collect();
        reports.push(json!({ "case": name, "view": view, "changes": lines }));
    }
    let asked = questions.len() - unread.len();
    match arguments.json {
        true => outln!(
            "{:#}",
            json!({ "compared": asked, "more": more, "changed": reports, "unread": unread })
        ),
        false => {
            for one in &unread {
                outln!("cannot be compared: {one}");
            }
            let seen = if more {
                "somebody sees more"
            } else {
                "nobody sees more"
            };
            let (changed, unread) = (reports.len(), unread.len());
            outln!("{asked} compared, {changed} changed, {unread} not comparable: {seen}");
        }
    }
    Ok(if more { Exit::Denied } else { Exit::Success })
}

fn plan(loaded: &Loaded, text: &str, view: &str) -> Result<Plan> {
    let facts = Facts::from_json(&loaded.policy, text, Some(view))?;
    let mut instance = loaded.policy.instance()?;
    Ok(instance.plan(&facts.entities, &facts.request, view)?)
}

fn changes(old: &Plan, new: &Plan) -> Vec<Line> {
    // A gate tells more the more it admits that the résumé exists.
    let openness = |plan: &Plan| match plan.gate() {
        GateAnswer::NotFound => 0,
        GateAnswer::Forbidden => 1,
        GateAnswer::Open => 2,
    };
    let mut lines = Vec::new();
    if openness(old) != openness(new) {
        lines.push(Line {
            what: "gate".to_owned(),
            change: if openness(new) > openness(old) {
                Change::More
            } else {
                Change::Less
            },
            old: explanation::gate(old.gate()).to_owned(),
            new: explanation::gate(new.gate()).to_owned(),
        });
    }
    if old.gate() != GateAnswer::Open && new.gate() != GateAnswer::Open {
        return lines;
    }
    let by_id = |plan: &Plan| -> BTreeMap<String, Taken> {
        let rungs = plan.rungs().map(|(class, rung)| {
            let taken = Taken {
                class: class.clone(),
                rung: rung.cloned(),
            };
            (class.id.clone(), taken)
        });
        rungs.collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for id in ids {
        let (before, after) = (before.get(id), after.get(id));
        if let Some(change) = between(before, after) {
            lines.push(Line {
                what: id.clone(),
                change,
                old: shown(before),
                new: shown(after),
            });
        }
    }
    lines
}

struct Taken {
    class: Class,
    rung: Option<Rung>,
}

fn shown(taken: Option<&Taken>) -> String {
    let rung = taken.and_then(|t| t.rung.as_ref());
    rung.map_or("removed".to_owned(), |r| r.rendering.clone())
}

fn between(old: Option<&Taken>, new: Option<&Taken>) -> Option<Change> {
    if let (Some(old), Some(new)) = (old, new)
        && same_ladder(&old.class, &new.class)
    {
        // The most revealing rung has the lowest rank.
        let rank = |t: &Taken| t.rung.as_ref().map_or(u32::MAX, |r| r.rank);
        return match rank(new).cmp(&rank(old)) {
            std::cmp::Ordering::Less => Some(Change::More),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Change::Less),
        };
    }
    let (old, new) = (renderings(old), renderings(new));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = BTreeSet::new();
    for path in paths {
        let text = |map: &BTreeMap<String, String>| {
            map.get(path)
                .cloned()
                .unwrap_or_else(|| "remove".to_owned())
        };
        let (before, after) = (text(&old), text(&new));
        if before != after {
            found.insert(match openness(&after).cmp(&openness(&before)) {
                std::cmp::Ordering::Less => Change::Less,
                std::cmp::Ordering::Equal => Change::Unclear,
                std::cmp::Ordering::Greater => Change::More,
            });
        }
    }
    match found.len() {
        0 => None,
        1 => found.first().copied(),
        _ => Some(Change::Unclear),
    }
}

fn same_ladder(one: &Class, other: &Class) -> bool {
    let rungs = |c: &Class| -> Vec<(u32, Vec<String>)> {
        c.rungs
            .iter()
            .map(|r| (r.rank, r.renderings.clone()))
            .collect()
    };
    one.fields == other.fields && rungs(one) == rungs(other)
}

fn renderings(taken: Option<&Taken>) -> BTreeMap<String, String> {
    let Some(Taken {
        class,
        rung: Some(rung),
    }) = taken
    else {
        return BTreeMap::new();
    };
    let pairs = class.fields.iter().zip(&rung.renderings);
    pairs.map(|(f, r)| (f.clone(), r.clone())).collect()
}

/// How much a rendering shows, coarsely.
fn openness(rendering: &str) -> u32 {
    match rendering.split(':').next().unwrap_or_default() {
        "reveal" => 5,
        "scrub" => 4,
        "mask" | "generalise" => 3,
        "relay" => 2,
        "pseudonym" => 1,
        _ => 0,
    }
}
