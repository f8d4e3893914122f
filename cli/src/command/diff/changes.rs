//! What a viewer gains or loses between two plans: the gate, the rungs, the obligations.
//!
//! With the same ladder the ranks of the rungs decide; with another one the renderings of each path
//! do, and where those do not compare, more is assumed. Nothing is asked or printed here.

use crate::explanation;
use privet_host::manifest::{Class, Rung};
use privet_host::{GateAnswer, Plan};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What changed for one path or one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Less,
    More,
    /// Neither shows all that the other shows.
    Unclear,
    /// As much is shown, and less must be done for it.
    Fewer,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Less => "less",
            Self::More => "more",
            Self::Unclear => "other",
            Self::Fewer => "fewer",
        }
    }
}

/// A change, with what was and what is.
pub struct Line {
    what: String,
    pub change: Change,
    old: String,
    new: String,
}

impl Line {
    /// For people.
    pub fn text(&self) -> String {
        let (word, what) = (self.change.word(), &self.what);
        match self.change {
            Change::Fewer => format!("{word} {what}: {}", self.old),
            _ => format!("{word} {what}: {} → {}", self.old, self.new),
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "what": self.what,
            "change": self.change.word(),
            "old": self.old,
            "new": self.new,
        })
    }
}

/// Everything that differs for one viewer in one view.
pub fn changes(old: &Plan, new: &Plan) -> Vec<Line> {
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
        lines.extend(lost(old, new, &BTreeSet::new()));
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
    if old.gate() == GateAnswer::Open && new.gate() == GateAnswer::Open {
        let less = lines.iter().filter(|l| l.change == Change::Less);
        let less = less.map(|l| l.what.clone()).collect();
        lines.extend(lost(old, new, &less));
    }
    lines
}

/// Obligations that only the old plan has, but for those that came with what is shown less: whoever
/// gets no number any more needs no lease of one.
fn lost(old: &Plan, new: &Plan, less: &BTreeSet<String>) -> Option<Line> {
    let rungs = old.rungs().filter(|(class, _)| !less.contains(&class.id));
    let rungs = rungs.filter_map(|(_, rung)| Some(rung?.action));
    // Behind a closed gate no rung is taken.
    let rungs = rungs.filter(|_| old.gate() == GateAnswer::Open);
    let manifest = old.policy().manifest();
    let reasons: BTreeSet<&str> = old
        .gate_action()
        .into_iter()
        .chain(rungs)
        .flat_map(|action| old.reasons(action))
        .collect();
    let policies = manifest.policies.iter();
    let owed = policies.filter(|p| reasons.contains(p.id.as_str()));
    let owed: BTreeSet<&str> = owed
        .flat_map(|p| &p.obligations)
        .filter_map(|o| manifest.obligations.get(*o as usize))
        .map(String::as_str)
        .collect();
    let kept: BTreeSet<&str> = new.obligations().into_iter().collect();
    let before = old.obligations();
    let lost = before
        .into_iter()
        .filter(|o| owed.contains(o) && !kept.contains(o));
    let lost: Vec<&str> = lost.collect();
    (!lost.is_empty()).then(|| Line {
        what: "obligations".to_owned(),
        change: Change::Fewer,
        old: lost.join(", "),
        new: String::new(),
    })
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
