//! What the demo knows beside the bodies: whose request it is, and the settings of each résumé.
//!
//! The facts of a viewer are those that the pack brings in `viewers/`, over which lie the settings
//! that somebody changed on the page. A viewer is told by a request header here, which is a trust
//! that **no production gateway may copy**: there a client supplies no fact at all (`docs/facts.md`).
//! Nothing is decided here, and no value of a résumé is known.

use super::resumes::Chosen;
use anyhow::{Context, Result, bail};
use privet_pack::Pack;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// The settings of one résumé, where they differ from those of the pack's viewers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    pub visibility: Option<String>,
    pub phone_protected: Option<bool>,
    pub name_protected: Option<bool>,
    /// By viewer: whether the candidate applied to the job in whose name the viewer asks.
    pub applied: BTreeMap<String, bool>,
    /// By viewer: whether the viewer's company is on the shared list of dishonest companies.
    pub blocklisted: BTreeMap<String, bool>,
    /// The viewer for whose company the candidate works; nobody's if empty.
    pub current_employer: Option<String>,
}

/// A change of settings, as the page sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Change {
    pub visibility: Option<String>,
    pub phone_protected: Option<bool>,
    pub name_protected: Option<bool>,
    #[serde(default)]
    pub applied: BTreeMap<String, bool>,
    #[serde(default)]
    pub blocklisted: BTreeMap<String, bool>,
    pub current_employer: Option<String>,
}

impl Settings {
    pub fn of(chosen: Chosen) -> Self {
        Self {
            phone_protected: chosen.phone_protected,
            name_protected: chosen.name_protected,
            ..Self::default()
        }
    }

    /// Both protections at once.
    pub fn protections(mut self, on: bool) -> Self {
        self.phone_protected = Some(on);
        self.name_protected = Some(on);
        self
    }

    /// Takes over what a change names.
    pub fn apply(&mut self, change: Change) {
        let Change {
            visibility,
            phone_protected,
            name_protected,
            applied,
            blocklisted,
            current_employer,
        } = change;
        self.visibility = visibility.or(self.visibility.take());
        self.phone_protected = phone_protected.or(self.phone_protected);
        self.name_protected = name_protected.or(self.name_protected);
        self.applied.extend(applied);
        self.blocklisted.extend(blocklisted);
        self.current_employer = current_employer.or(self.current_employer.take());
    }
}

/// The viewers of a pack with their facts.
#[derive(Debug)]
pub struct Viewers {
    names: Vec<String>,
    facts: BTreeMap<String, Map<String, Value>>,
}

/// What the facts of a viewer say, for a page to show beside the switches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its Cedar type: `Candidate` or `Recruiter`, in the packs of this repository.
    pub kind: String,
    /// Whether the candidate applied to the job asked for; `None` without a job.
    pub applied: Option<bool>,
    /// Whether the viewer's company is listed; `None` without a company.
    pub blocklisted: Option<bool>,
    /// Whether the candidate works there; `None` without a company.
    pub current_employer: Option<bool>,
}

/// The settings of a résumé as facts have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    pub visibility: Option<String>,
    pub phone_protected: Option<bool>,
    pub name_protected: Option<bool>,
}

impl Viewers {
    /// Reads the viewers that a pack brings.
    pub fn read(pack: &Pack) -> Result<Self> {
        let mut names = pack.viewers()?;
        if names.is_empty() {
            bail!("{}: no viewers to show", pack.folder.display());
        }
        let mut facts: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for name in &names {
            let text = pack.viewer(name)?;
            let value: Map<String, Value> = serde_json::from_str(&text)
                .with_context(|| pack.viewer_file(name).display().to_string())?;
            facts.insert(name.clone(), value);
        }
        // Whoever the résumé is about comes first.
        names.sort_by_key(|name| {
            let principal = facts
                .get(name)
                .and_then(|f| f.get("principal")?.get("type"));
            principal.and_then(Value::as_str) != Some("Candidate")
        });
        Ok(Self { names, facts })
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The view in the facts of the first viewer, for a page to begin with.
    pub fn view(&self) -> Option<&str> {
        self.facts.values().next()?.get("view")?.as_str()
    }

    /// The time in the facts of a viewer.
    pub fn now(&self, viewer: &str) -> Option<&str> {
        self.facts.get(viewer)?.get("now")?.as_str()
    }

    /// The facts of a viewer who asks for a résumé, as JSON; `None` if there is no such viewer.
    pub fn facts(&self, viewer: &str, resume: &str, settings: &Settings) -> Option<Value> {
        let mut facts = self.facts.get(viewer)?.clone();
        let mut world = self.world(&facts);
        let uid = facts.get("resource")?.clone();
        world.change(self, &uid, settings);
        facts.insert("entities".to_owned(), Value::Array(world.entities));
        let mut facts = Value::Object(facts);
        rename(&mut facts, &uid, resume);
        Some(facts)
    }

    /// The entities of all viewers, a viewer's own first: any company may become the employer.
    fn world(&self, own: &Map<String, Value>) -> World {
        let all = std::iter::once(own).chain(self.facts.values());
        let mut seen = HashSet::new();
        let mut entities = Vec::new();
        for entity in all.flat_map(entities_of) {
            if seen.insert(entity.get("uid").map(Value::to_string)) {
                entities.push(entity.clone());
            }
        }
        World { entities }
    }

    fn job(&self, viewer: &str) -> Option<&Value> {
        self.facts.get(viewer)?.get("context")?.get("job")
    }

    fn company(&self, viewer: &str) -> Option<&Value> {
        let facts = self.facts.get(viewer)?;
        let principal = facts.get("principal")?;
        let all = facts.get("entities")?.as_array()?;
        let entity = all.iter().find(|e| e.get("uid") == Some(principal))?;
        entity.get("attrs")?.get("company")
    }

    /// What the facts say of each viewer.
    pub fn standing(&self, viewer: &str, settings: &Settings) -> Option<Standing> {
        let facts = self.facts(viewer, "resume", settings)?;
        let world = World {
            entities: entities_of(facts.as_object()?).cloned().collect(),
        };
        let resume = world.attributes(facts.get("resource")?)?;
        let company = self.company(viewer);
        let applied = resume.get("appliedTo").and_then(Value::as_array);
        Some(Standing {
            kind: facts.get("principal")?.get("type")?.as_str()?.to_owned(),
            applied: self
                .job(viewer)
                .zip(applied)
                .map(|(job, applied)| applied.contains(job)),
            blocklisted: company.map(|c| !world.listings(c).is_empty()),
            current_employer: company.map(|c| resume.get("currentEmployer") == Some(c)),
        })
    }

    /// What the facts say of the résumé.
    pub fn standings(&self, settings: &Settings) -> Option<Standings> {
        let facts = self.facts(self.names.first()?, "resume", settings)?;
        let world = World {
            entities: entities_of(facts.as_object()?).cloned().collect(),
        };
        let resume = world.attributes(facts.get("resource")?)?;
        let visibility = resume.get("visibility").and_then(|v| v.get("id"));
        let flag = |name: &str| resume.get(name).and_then(Value::as_bool);
        Some(Standings {
            visibility: visibility.and_then(Value::as_str).map(str::to_owned),
            phone_protected: flag("phoneProtected"),
            name_protected: flag("nameProtected"),
        })
    }
}

fn entities_of(facts: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let list = facts.get("entities").and_then(Value::as_array);
    list.into_iter().flatten()
}

fn renamed(uid: &Value, id: &str) -> Value {
    json!({ "type": uid.get("type"), "id": id })
}

/// Entities in Cedar's JSON.
struct World {
    entities: Vec<Value>,
}

impl World {
    fn entity(&mut self, uid: &Value) -> Option<&mut Map<String, Value>> {
        let mut all = self.entities.iter_mut();
        all.find(|e| e.get("uid") == Some(uid))?.as_object_mut()
    }

    fn attributes(&self, uid: &Value) -> Option<&Map<String, Value>> {
        let mut all = self.entities.iter();
        let entity = all.find(|e| e.get("uid") == Some(uid))?;
        entity.get("attrs")?.as_object()
    }

    fn parents(&self, uid: &Value) -> Vec<Value> {
        let mut all = self.entities.iter();
        let entity = all.find(|e| e.get("uid") == Some(uid));
        let parents = entity.and_then(|e| e.get("parents")?.as_array());
        parents.cloned().unwrap_or_default()
    }

    /// A company and those that own it, whose listing counts for it.
    fn owners(&self, company: &Value) -> Vec<Value> {
        let mut found = vec![company.clone()];
        let mut next = 0;
        while let Some(uid) = found.get(next).cloned() {
            for parent in self.parents(&uid) {
                if !is_list(&parent) && !found.contains(&parent) {
                    found.push(parent);
                }
            }
            next += 1;
        }
        found
    }

    /// The companies among the owners that stand on a list.
    fn listings(&self, company: &Value) -> Vec<Value> {
        let mut owners = self.owners(company);
        owners.retain(|uid| self.parents(uid).iter().any(is_list));
        owners
    }

    fn change(&mut self, viewers: &Viewers, resume: &Value, settings: &Settings) {
        self.settings(resume, settings);
        for (viewer, on) in &settings.applied {
            if let Some(job) = viewers.job(viewer).cloned() {
                self.set_applied(resume, job, *on);
            }
        }
        for (viewer, on) in &settings.blocklisted {
            if let Some(company) = viewers.company(viewer).cloned() {
                self.set_listed(&company, *on);
            }
        }
        if let Some(viewer) = &settings.current_employer {
            let company = viewers.company(viewer).cloned();
            if let Some(attributes) = self.attributes_mut(resume) {
                attributes.remove("currentEmployer");
                if let Some(company) = company {
                    attributes.insert("currentEmployer".to_owned(), company);
                }
            }
        }
    }

    fn attributes_mut(&mut self, uid: &Value) -> Option<&mut Map<String, Value>> {
        self.entity(uid)?.get_mut("attrs")?.as_object_mut()
    }

    /// Settings that the vocabulary has; an attribute that is not there is not made up.
    fn settings(&mut self, resume: &Value, settings: &Settings) {
        let Some(attributes) = self.attributes_mut(resume) else {
            return;
        };
        let mut set = |name: &str, value: Option<Value>| {
            if let (Some(attribute), Some(value)) = (attributes.get_mut(name), value) {
                *attribute = value;
            }
        };
        let visibility = settings.visibility.as_ref();
        set(
            "visibility",
            visibility.map(|v| json!({ "type": "Visibility", "id": v })),
        );
        set("phoneProtected", settings.phone_protected.map(Value::Bool));
        set("nameProtected", settings.name_protected.map(Value::Bool));
    }

    fn set_applied(&mut self, resume: &Value, job: Value, on: bool) {
        let Some(jobs) = self
            .attributes_mut(resume)
            .and_then(|a| a.get_mut("appliedTo")?.as_array_mut())
        else {
            return;
        };
        jobs.retain(|j| *j != job);
        if on {
            jobs.push(job);
        }
    }

    fn set_listed(&mut self, company: &Value, on: bool) {
        let listed = self.listings(company);
        if on && listed.is_empty() {
            let list = json!({ "type": "Blocklist", "id": "industry-alliance" });
            if let Some(Value::Array(parents)) =
                self.entity(company).and_then(|e| e.get_mut("parents"))
            {
                parents.push(list);
            }
        }
        if !on {
            for uid in listed {
                if let Some(Value::Array(parents)) =
                    self.entity(&uid).and_then(|e| e.get_mut("parents"))
                {
                    parents.retain(|p| !is_list(p));
                }
            }
        }
    }
}

/// Gives a uid another id wherever it stands: a mandate names its résumé too.
fn rename(value: &mut Value, uid: &Value, id: &str) {
    if value == uid {
        *value = renamed(uid, id);
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, uid, id)),
        Value::Object(members) => members.values_mut().for_each(|item| rename(item, uid, id)),
        _ => {}
    }
}

fn is_list(uid: &Value) -> bool {
    uid.get("type").and_then(Value::as_str) == Some("Blocklist")
}
