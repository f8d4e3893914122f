//! `privet diff`: which viewers see more or less under a new pack than under an old one.
//!
//! Asked are the cases of both packs and every viewer of the new one in every view. What could not
//! be asked of both is never taken for the same. How two answers compare is in `changes`.

mod changes;

use crate::load::{self, Loaded};
use crate::outcome::Exit;
use anyhow::Result;
use changes::{Change, Line, changes};
use clap::Args;
use privet_host::{Facts, Plan};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: git worktree add ../before HEAD~1 && privet diff \
                  ../before/policies/liepin policies/liepin\n\nExit status: 0 if nobody sees more \
                  and no obligation is lost; 2 if somebody sees more (that a résumé exists \
                  included), or sees as much with fewer obligations; 1 on errors, and where facts \
                  can be read by one of the packs only, for then it is not known."
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

/// A viewer or a case, in a view.
type Asked = (String, String);

/// What the answers of both packs differ in.
#[derive(Default)]
struct Report {
    compared: usize,
    changed: Vec<(Asked, Vec<Line>)>,
    /// With the reason.
    unread: Vec<(Asked, String)>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (old, new) = (load::pack(&arguments.old)?, load::pack(&arguments.new)?);
    let mut report = Report::default();
    for (asked, text) in questions(&old, &new)? {
        let (before, after) = (plan(&old, &text, &asked.1), plan(&new, &text, &asked.1));
        let why = match (before, after) {
            (Ok(before), Ok(after)) => {
                report.compared += 1;
                let lines = changes(&before, &after);
                if !lines.is_empty() {
                    report.changed.push((asked, lines));
                }
                continue;
            }
            (Err(error), Ok(_)) => format!("the old pack: {error:#}"),
            (Ok(_), Err(error)) => format!("the new pack: {error:#}"),
            (Err(error), Err(_)) => format!("both packs: {error:#}"),
        };
        report.unread.push((asked, why));
    }
    match arguments.json {
        true => outln!("{:#}", report.json()),
        false => report.print()?,
    }
    Ok(report.exit())
}

fn questions(old: &Loaded, new: &Loaded) -> Result<BTreeMap<Asked, String>> {
    let mut questions = BTreeMap::new();
    for loaded in [old, new] {
        for case in loaded.pack.cases()? {
            questions.insert((case.name, case.view), case.facts.to_string());
        }
    }
    for viewer in new.pack.viewers()? {
        let text = new.pack.viewer(&viewer)?;
        for gate in &new.policy.manifest().gates {
            let name = format!("viewer {viewer}");
            questions.insert((name, gate.view.clone()), text.clone());
        }
    }
    Ok(questions)
}

fn plan(loaded: &Loaded, text: &str, view: &str) -> Result<Plan> {
    let facts = Facts::from_json(&loaded.policy, text, Some(view))?;
    let mut instance = loaded.policy.instance()?;
    Ok(instance.plan(&facts.entities, &facts.request, view)?)
}

impl Report {
    fn any(&self, wanted: impl Fn(Change) -> bool) -> bool {
        let mut lines = self.changed.iter().flat_map(|(_, lines)| lines);
        lines.any(|l| wanted(l.change))
    }

    fn more(&self) -> bool {
        self.any(|change| matches!(change, Change::More | Change::Unclear))
    }

    fn fewer(&self) -> bool {
        self.any(|change| change == Change::Fewer)
    }

    /// Nothing compared is nothing known.
    fn is_unknown(&self) -> bool {
        !self.unread.is_empty() || self.compared == 0
    }

    fn exit(&self) -> Exit {
        match self.more() || self.fewer() {
            true => Exit::Denied,
            false if self.is_unknown() => Exit::Failure,
            false => Exit::Success,
        }
    }

    fn print(&self) -> Result<()> {
        for ((name, view), lines) in &self.changed {
            outln!("{name}, view {view}");
            for line in lines {
                outln!("  {}", line.text());
            }
        }
        for ((name, view), why) in &self.unread {
            outln!("{name}, view {view}\n  cannot be compared: {why}");
        }
        let seen = match (self.more(), self.fewer()) {
            (true, _) => "somebody sees more",
            (false, true) => "somebody sees as much with fewer obligations",
            (false, false) if self.is_unknown() => "not known whether somebody sees more",
            (false, false) => "nobody sees more",
        };
        let (changed, unread) = (self.changed.len(), self.unread.len());
        outln!(
            "{} compared, {changed} changed, {unread} not comparable: {seen}",
            self.compared
        );
        Ok(())
    }

    fn json(&self) -> Value {
        let changed = self.changed.iter().map(|((name, view), lines)| {
            let lines: Vec<Value> = lines.iter().map(Line::json).collect();
            json!({ "case": name, "view": view, "changes": lines })
        });
        let unread = self.unread.iter();
        let unread =
            unread.map(|((name, view), why)| json!({ "case": name, "view": view, "why": why }));
        json!({
            "compared": self.compared,
            "more": self.more(),
            "fewerObligations": self.fewer(),
            "changed": changed.collect::<Vec<_>>(),
            "unread": unread.collect::<Vec<_>>(),
        })
    }
}
