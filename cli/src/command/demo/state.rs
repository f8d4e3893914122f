//! What the demo holds while it runs: packs, résumés, settings, and what candidates were told.
//!
//! Everything is in memory and ends with the process.

use super::pack::DemoPack;
use super::resumes::{Resume, fault};
use super::values;
use super::world::{Change, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Notices that are kept; the oldest go first.
const NOTICES: usize = 200;

/// The running demo.
#[derive(Debug)]
pub struct Demo {
    pub packs: Vec<DemoPack>,
    resumes: Arc<Vec<Resume>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    settings: BTreeMap<String, Settings>,
    /// Counts changes, so that a page can tell that what it shows is old.
    revision: u64,
    notices: Vec<Value>,
}

impl Demo {
    pub fn new(packs: Vec<DemoPack>, resumes: Vec<Resume>) -> Self {
        Self {
            packs,
            resumes: Arc::new(resumes),
            state: Mutex::default(),
        }
    }

    pub fn pack(&self, name: &str) -> Option<&DemoPack> {
        self.packs.iter().find(|p| p.name == name)
    }

    pub fn resumes(&self) -> Arc<Vec<Resume>> {
        Arc::clone(&self.resumes)
    }

    pub fn resume(&self, name: &str) -> Option<&Resume> {
        self.resumes.iter().find(|r| r.slug == name)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The résumé that the upstream has under a name; a document that it serves broken stands for
    /// the first one.
    pub fn served(&self, name: &str) -> Option<&Resume> {
        match fault(name) {
            Some(_) => self.resumes.first(),
            None => self.resume(name),
        }
    }

    /// The settings of a résumé; `None` if there is none of that name.
    pub fn settings(&self, name: &str) -> Option<Settings> {
        let resume = self.served(name)?;
        let state = self.state();
        let changed = state.settings.get(resume.slug).cloned();
        Some(changed.unwrap_or_else(|| Settings::of(resume.chosen)))
    }

    /// Changes the settings of a résumé; no change puts back those that it began with.
    pub fn change(&self, name: &str, change: Option<Change>) -> Option<u64> {
        let mut settings = self.settings(name)?;
        let mut state = self.state();
        match change {
            Some(change) => {
                settings.apply(change);
                state.settings.insert(name.to_owned(), settings);
            }
            None => {
                state.settings.remove(name);
            }
        }
        state.revision += 1;
        Some(state.revision)
    }

    pub fn revision(&self) -> u64 {
        self.state().revision
    }

    /// Tells the candidate of a disclosure: who, when, how, and which classes left in what form.
    /// No value of the résumé is in a notice.
    pub fn notify(
        &self,
        pack: &DemoPack,
        viewer: &str,
        view: &str,
        resume: &str,
        document: &[u8],
        body: &[u8],
    ) {
        let parse = |bytes| serde_json::from_slice(bytes).unwrap_or(Value::Null);
        let (document, body): (Value, Value) = (parse(document), parse(body));
        let classes = pack.policy.manifest().classes.iter();
        let (mut whole, mut part) = (Vec::new(), Vec::new());
        for class in classes {
            let shown = values::of(class, &body);
            if shown.is_empty() {
                continue;
            }
            match shown == values::of(class, &document) {
                true => whole.push(&class.id),
                false => part.push(&class.id),
            }
        }
        let notice = json!({
            "pack": pack.name, "viewer": viewer, "view": view, "resume": resume,
            "at": pack.viewers.now(viewer), "whole": whole, "part": part,
        });
        let mut state = self.state();
        if state.notices.len() >= NOTICES {
            state.notices.remove(0);
        }
        state.notices.push(notice);
    }

    /// What the candidate of a résumé was told, the newest first.
    pub fn notices(&self, resume: &str) -> Vec<Value> {
        let state = self.state();
        let own = state.notices.iter().rev();
        own.filter(|n| n.get("resume").and_then(Value::as_str) == Some(resume))
            .cloned()
            .collect()
    }
}
