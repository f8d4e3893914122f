//! Cases: what a pack must answer for a viewer, an entry each in the files `cases/*.toml`.
//!
//! A case starts from the facts of one of the pack's viewers and changes a few of them, so that an
//! entry shows what it is about. Only reading is here; running a case needs an engine.

use crate::{Pack, PackError, facts, failed, paths};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Spanned, Table};

/// What a pack must answer for a viewer.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the case shows; unique in its pack.
    pub name: String,
    /// The file it stands in.
    pub file: PathBuf,
    /// Its line there, from 1.
    pub line: usize,
    /// The view asked for.
    pub view: String,
    /// The facts, as JSON.
    pub facts: serde_json::Value,
    /// What must be answered.
    pub expected: Expected,
}

/// What must be answered. What is not named is not checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// `open`, `not-found` or `forbidden`.
    pub gate: String,
    /// Ids of the actions of the rungs that are taken.
    pub rungs: Vec<String>,
    /// Ids of the classes of which nothing is shown.
    pub removed: Vec<String>,
    /// Whether every class that has no rung in [`Self::rungs`] is removed.
    pub others_removed: bool,
    /// All the obligations.
    pub obligations: Option<Vec<String>>,
    /// The policies that decide an action: a gate's, a rung's.
    pub by: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    base: Base,
    #[serde(rename = "case", default)]
    cases: Vec<Entry>,
}

/// What the entries of a file share.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    viewer: Option<String>,
    view: Option<String>,
    #[serde(default)]
    set: Table,
    #[serde(default)]
    unset: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    viewer: Option<String>,
    view: Option<String>,
    #[serde(default)]
    set: Table,
    #[serde(default)]
    unset: Vec<String>,
    gate: Gate,
    #[serde(default)]
    rungs: Vec<String>,
    #[serde(default)]
    removed: Removed,
    obligations: Option<Vec<String>>,
    #[serde(default)]
    by: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Gate {
    Open,
    NotFound,
    Forbidden,
}

/// `removed = ["phone"]`, or `removed = "all others"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Removed {
    Classes(Vec<String>),
    Others(Others),
}

#[derive(Debug, Deserialize)]
enum Others {
    #[serde(rename = "all others")]
    All,
}

impl Default for Removed {
    fn default() -> Self {
        Self::Classes(Vec::new())
    }
}

impl Pack {
    /// The cases of the pack and of the folders that it uses, in the order of files and entries.
    ///
    /// # Errors
    ///
    /// A file that is no list of cases; facts that a case changes and that are not there; two cases
    /// of one name.
    pub fn cases(&self) -> Result<Vec<Case>, PackError> {
        let mut cases: Vec<Case> = Vec::new();
        for part in &self.parts {
            let folder = part.join("cases");
            if !folder.is_dir() {
                continue;
            }
            for path in paths(&folder, "toml")? {
                for case in self.read_cases(&path)? {
                    if let Some(other) = cases.iter().find(|c| c.name == case.name) {
                        let message = format!(
                            "the case `{}` is already in {}:{}",
                            case.name,
                            other.file.display(),
                            other.line
                        );
                        return Err(failed(&path, message));
                    }
                    cases.push(case);
                }
            }
        }
        Ok(cases)
    }

    fn read_cases(&self, path: &Path) -> Result<Vec<Case>, PackError> {
        let text = fs::read_to_string(path).map_err(|e| failed(path, e))?;
        let file: File =
            toml::from_str(&text).map_err(|e| failed(path, e.to_string().trim_end()))?;
        let cases = file.cases.into_iter().map(|entry| {
            let start = entry.name.span().start;
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            let name = entry.name.get_ref().clone();
            self.case(path, line, &file.base, entry)
                .map_err(|what| failed(path, format_args!("line {line}: case `{name}`: {what}")))
        });
        cases.collect()
    }

    fn case(&self, path: &Path, line: usize, base: &Base, entry: Entry) -> Result<Case, String> {
        let viewer = entry.viewer.as_ref().or(base.viewer.as_ref());
        let viewer = viewer.ok_or("no `viewer`, and the file's `base` has none")?;
        let text = self.viewer(viewer).map_err(|e| e.to_string())?;
        let mut facts = serde_json::from_str(&text)
            .map_err(|e| format!("{}: {e}", self.viewer_file(viewer).display()))?;
        let mut set = base.set.clone();
        facts::merge(&mut set, &entry.set);
        facts::change(&mut facts, &set)?;
        for place in base.unset.iter().chain(&entry.unset) {
            facts::remove(&mut facts, place)?;
        }
        let view = entry.view.as_ref().or(base.view.as_ref());
        let view = view.ok_or("no `view`, and the file's `base` has none")?;
        let (removed, others_removed) = match entry.removed {
            Removed::Classes(classes) => (classes, false),
            Removed::Others(Others::All) => (Vec::new(), true),
        };
        let gate = match entry.gate {
            Gate::Open => "open",
            Gate::NotFound => "not-found",
            Gate::Forbidden => "forbidden",
        };
        Ok(Case {
            name: entry.name.into_inner(),
            file: path.to_owned(),
            line,
            view: view.clone(),
            facts,
            expected: Expected {
                gate: gate.to_owned(),
                rungs: entry.rungs,
                removed,
                others_removed,
                obligations: entry.obligations,
                by: entry.by,
            },
        })
    }
}
