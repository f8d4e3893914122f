//! A pack as the demo shows it: the compiled policy, its viewers, and the text of its policies.
//!
//! The texts are for people to read; what decides is the compiled guest alone.

use super::resumes::Resume;
use super::world::{Settings, Viewers};
use crate::command::watermark::marking;
use anyhow::{Context, Result};
use cedar_policy::PolicySet;
use privet_gateway::enforce::{self, EnforceError};
use privet_gateway::watermark::{self, Download};
use privet_host::manifest::Effect;
use privet_host::{Engine, Facts, Plan, Policy};
use privet_pack::Pack;
use privet_watermark::{Disclosure, MarkId, Marker, MemoryLedger, Named, PrivateKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How long a decision may take: long, since it is time by the clock, and a demo may run on a busy
/// machine where a thread waits for its turn.
const DEADLINE: Duration = Duration::from_secs(10);

/// A pack, ready to answer.
#[derive(Debug)]
pub struct DemoPack {
    pub name: String,
    pub revision: u64,
    pub viewers: Viewers,
    pub policy: Policy,
    sources: BTreeMap<String, Source>,
    /// Signs downloads with a key that lives as long as the demo.
    marker: Marker,
    ledger: MemoryLedger,
}

/// A policy's text and where it stands.
#[derive(Debug, Clone)]
pub struct Source {
    pub id: String,
    pub effect: Effect,
    pub file: String,
    pub line: u32,
    pub text: String,
    pub basis: Option<String>,
    pub obligations: Vec<String>,
}

/// What a pack answers to one request.
#[derive(Debug)]
pub struct Answer {
    pub facts: Facts,
    pub plan: Plan,
    disclosure: Option<Disclosure>,
}

impl Answer {
    /// What the body shows, for a matrix: never to send, for it is not marked.
    ///
    /// # Errors
    ///
    /// A closed gate, or a body that is refused.
    pub fn body(&self, document: &[u8]) -> Result<Vec<u8>, EnforceError> {
        let Facts { issued, known, .. } = &self.facts;
        enforce::redacted(&self.plan, issued, known, document)
    }

    /// The body that is sent, with a watermark where the plan obliges one.
    ///
    /// # Errors
    ///
    /// As [`body`](Self::body); where a mark is owed, also facts that do not say who gets it.
    pub fn sent(&self, pack: &DemoPack, document: &[u8]) -> Result<Vec<u8>, EnforceError> {
        let Facts { issued, known, .. } = &self.facts;
        let download = self.disclosure.as_ref().map(|disclosure| Download {
            marker: &pack.marker,
            ledger: &pack.ledger,
            disclosure,
        });
        watermark::body(&self.plan, issued, known, document, download.as_ref())
    }
}

impl DemoPack {
    /// Compiles a pack and reads its viewers.
    pub fn load(folder: &Path) -> Result<Self> {
        let pack = privet_pack::read(folder)?;
        let compiled = privet_compiler::compile(&pack.source)?;
        enforce::check(&compiled.manifest).context("the pack's renderings")?;
        let settings = privet_host::Settings {
            deadline: DEADLINE,
            ..privet_host::Settings::default()
        };
        let policy = Engine::new(settings)?.load(&compiled.wasm)?;
        Ok(Self {
            name: pack.file.name.clone(),
            revision: pack.file.revision,
            viewers: Viewers::read(&pack)?,
            sources: sources(&pack, &policy)?,
            marker: Marker::new(PrivateKey::generate()?, "privet demo"),
            ledger: MemoryLedger::default(),
            policy,
        })
    }

    /// Answers a viewer; `None` if the pack has no such viewer.
    pub fn answer(
        &self,
        viewer: &str,
        view: &str,
        resume: &Resume,
        settings: &Settings,
    ) -> Result<Option<Answer>> {
        let Some(facts) = self.facts(viewer, resume, settings) else {
            return Ok(None);
        };
        let disclosure = self.disclosure(&facts, resume).ok();
        let facts = Facts::from_json(&self.policy, &facts.to_string(), Some(view))
            .with_context(|| format!("viewer `{viewer}`"))?;
        // One instance a request, out of the engine's pool: nothing of one request is in the next.
        let plan = self
            .policy
            .instance()?
            .plan(&facts.entities, &facts.request, view)?;
        Ok(Some(Answer {
            facts,
            plan,
            disclosure,
        }))
    }

    /// The facts of a viewer who asks for a résumé, as JSON; `None` if there is no such viewer.
    pub fn facts(&self, viewer: &str, resume: &Resume, settings: &Settings) -> Option<Value> {
        let mut facts = self.viewers.facts(viewer, resume.slug, settings)?;
        let members = facts.as_object_mut()?;
        members.insert("known".to_owned(), resume.known());
        let issued = members.entry("issued").or_insert_with(|| json!({}));
        issued.as_object_mut()?.extend(resume.issued(viewer));
        Some(facts)
    }

    /// Whom a mark would name. A candidate has no company, and owes no mark.
    fn disclosure(&self, facts: &Value, resume: &Resume) -> Result<Disclosure> {
        let recipient = marking::recipient(facts)?;
        let named = |id: String| Named::new(id, "");
        Ok(Disclosure {
            company: named(recipient.company),
            viewer: named(recipient.viewer),
            job: recipient.job.map(named),
            time: marking::now()?,
            decision: MarkId::random()?.to_string(),
            pack: format!("{} {}", self.name, self.revision),
            resume: resume.slug.to_owned(),
        })
    }

    /// The names of the views.
    pub fn views(&self) -> impl Iterator<Item = &str> {
        self.policy.manifest().gates.iter().map(|g| g.view.as_str())
    }

    /// A policy's text.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id)
    }
}

/// The policies' texts, by id.
fn sources(pack: &Pack, policy: &Policy) -> Result<BTreeMap<String, Source>> {
    let manifest = policy.manifest();
    let mut all = BTreeMap::new();
    for file in &pack.source.policies {
        let set: PolicySet = file.text.parse().context("a policy file")?;
        let written: BTreeMap<&str, &cedar_policy::Policy> = set
            .policies()
            .filter_map(|p| Some((p.annotation("id")?, p)))
            .collect();
        let here = manifest
            .policies
            .iter()
            .filter(|p| p.position.file == file.name);
        for policy in here {
            let obligations = policy.obligations.iter();
            let Some(own) = written.get(policy.id.as_str()) else {
                continue;
            };
            let comment = comment_above(&file.text, policy.position.line);
            let names = &manifest.obligations;
            all.insert(
                policy.id.clone(),
                Source {
                    id: policy.id.clone(),
                    effect: policy.effect,
                    file: plain(&file.name),
                    line: policy.position.line,
                    text: comment + &own.to_cedar().unwrap_or_default(),
                    basis: own.annotation("basis").map(str::to_owned),
                    obligations: obligations
                        .filter_map(|o| names.get(usize::try_from(*o).ok()?).cloned())
                        .collect(),
                },
            );
        }
    }
    Ok(all)
}

/// A path without the steps back that `uses` brings in.
fn plain(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("..", Some(last)) if !matches!(*last, ".." | "." | "") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The lines of comment right above a line.
fn comment_above(text: &str, line: u32) -> String {
    let at = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let lines: Vec<&str> = text.lines().take(at).collect();
    let above = lines.iter().rev();
    let comment = above
        .take_while(|l| l.trim_start().starts_with("//"))
        .count();
    let taken = lines.iter().skip(lines.len().saturating_sub(comment));
    taken.map(|l| format!("{l}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{comment_above, plain};

    const TEXT: &str =
        "// The head.\n\n// Why;\n// because.\n@id(\"a\")\npermit (principal, action, resource);\n";

    #[test]
    fn steps_back_are_taken() {
        assert_eq!(
            plain("policies/liepin/../common/a.cedar"),
            "policies/common/a.cedar"
        );
        assert_eq!(plain("../../x/../a.cedar"), "../../a.cedar");
        assert_eq!(plain("/a/b.cedar"), "/a/b.cedar");
    }

    #[test]
    fn a_policy_is_shown_with_the_comment_above_it() {
        assert_eq!(comment_above(TEXT, 5), "// Why;\n// because.\n");
        assert_eq!(comment_above(TEXT, 6), "");
        assert_eq!(comment_above(TEXT, 1), "");
    }
}
