//! Facts of one decision: from JSON, or piece by piece.
//!
//! Pieces are kept as they come and checked by the schema at the end, by the reader of JSON facts.
//! What must never be here: facts with a piece missing because its call failed.

use crate::status::{Error, Status};
use privet_host::{
    Entities, FactEntity, FactValue, Facts, Issued, KnownValues, Policy, RequestBuilder,
};
use serde_json::{Map, json};

/// Facts, laid out for the pack that was live when they were made.
#[derive(Debug)]
pub struct LoadedFacts {
    pub(crate) policy: Policy,
    pub(crate) facts: Facts,
    pub(crate) view: String,
}

impl LoadedFacts {
    pub(crate) fn from_json(policy: Policy, json: &str, view: &str) -> Result<Self, Error> {
        Ok(Self {
            facts: Facts::from_json(&policy, json, Some(view))?,
            view: view.to_owned(),
            policy,
        })
    }
}

type Uid = (String, String);
type Fields = Vec<(String, FactValue)>;

/// As deep as JSON facts may be.
const DEEPEST: usize = 127;

/// Facts that are being put together.
#[derive(Debug)]
pub struct FactsBuilder {
    policy: Policy,
    view: String,
    asked: Option<(Uid, Uid, i64)>,
    context: Fields,
    entities: Vec<FactEntity>,
    /// Whether what comes is a tag of the latest entity.
    in_tags: bool,
    /// Sets and records that have begun, each in the one before it.
    open: Fields,
    issued: Issued,
    known: Map<String, serde_json::Value>,
    is_broken: bool,
}

impl FactsBuilder {
    pub(crate) fn new(policy: Policy, view: &str) -> Self {
        Self {
            policy,
            view: view.to_owned(),
            asked: None,
            context: Vec::new(),
            entities: Vec::new(),
            in_tags: false,
            open: Vec::new(),
            issued: Issued::default(),
            known: Map::new(),
            is_broken: false,
        }
    }

    /// Runs one call. After one that failed, or panicked, nothing is built: the fact that it did not
    /// bring may be one that hides.
    pub(crate) fn attempt(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let before = std::mem::replace(&mut self.is_broken, true);
        call(self)?;
        self.is_broken = before;
        Ok(())
    }

    pub(crate) fn ask(&mut self, principal: Uid, resource: Uid, now: i64) {
        self.asked = Some((principal, resource, now));
        self.issued.now = Some(now);
    }

    /// What follows is of this entity; before the first it is of the context.
    pub(crate) fn entity(&mut self, (entity_type, id): Uid) -> Result<(), Error> {
        self.nothing_open()?;
        self.in_tags = false;
        self.entities.push(FactEntity {
            entity_type,
            id,
            attributes: Vec::new(),
            tags: Vec::new(),
            parents: Vec::new(),
        });
        Ok(())
    }

    /// What follows is a tag of the latest entity.
    pub(crate) fn tags(&mut self) -> Result<(), Error> {
        self.nothing_open()?;
        self.latest()?;
        self.in_tags = true;
        Ok(())
    }

    pub(crate) fn parent(&mut self, parent: Uid) -> Result<(), Error> {
        self.nothing_open()?;
        self.latest()?.parents.push(parent);
        Ok(())
    }

    /// A value; in a set it has no name.
    pub(crate) fn put(&mut self, name: &str, value: FactValue) -> Result<(), Error> {
        self.may_be_named(name)?;
        let named = (name.to_owned(), value);
        match (self.open.last_mut(), self.entities.last_mut()) {
            (Some((_, FactValue::Set(elements))), _) => elements.push(named.1),
            (Some((_, FactValue::Record(fields))), _) => fields.push(named),
            (_, Some(entity)) if self.in_tags => entity.tags.push(named),
            (_, Some(entity)) => entity.attributes.push(named),
            (_, None) => self.context.push(named),
        }
        Ok(())
    }

    /// Begins a set or a record; what follows is in it.
    pub(crate) fn begin(&mut self, name: &str, empty: FactValue) -> Result<(), Error> {
        if self.open.len() == DEEPEST {
            return refuse(format_args!("`{name}` is nested over {DEEPEST} levels"));
        }
        self.may_be_named(name)?;
        self.open.push((name.to_owned(), empty));
        Ok(())
    }

    /// Ends the latest set or record that is open.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        match self.open.pop() {
            Some((name, value)) => self.put(&name, value),
            None => refuse("an end without a set or record that has begun"),
        }
    }

    fn may_be_named(&self, name: &str) -> Result<(), Error> {
        match self.open.last() {
            Some((set, FactValue::Set(_))) if !name.is_empty() => refuse(format_args!(
                "`{name}`: the elements of the set `{set}` have no names"
            )),
            _ => Ok(()),
        }
    }

    fn nothing_open(&self) -> Result<(), Error> {
        match self.open.last() {
            None => Ok(()),
            Some((name, _)) => refuse(format_args!("`{name}` has begun and was not ended")),
        }
    }

    fn latest(&mut self) -> Result<&mut FactEntity, Error> {
        match self.entities.last_mut() {
            Some(entity) => Ok(entity),
            None => refuse("the context has neither parents nor tags: begin an entity first"),
        }
    }

    /// What renderings need: `relay` by class, `industry` by employer, `region`, `pseudonym`.
    pub(crate) fn issue(&mut self, kind: &str, key: &str, value: &[u8]) -> Result<(), Error> {
        let text = || {
            let text = str::from_utf8(value).ok().filter(|t| !t.trim().is_empty());
            let text = text.map(str::to_owned);
            text.ok_or_else(|| Error::new(Status::Facts, "issued: a value is empty, or not UTF-8"))
        };
        match kind {
            "relay" => drop(self.issued.relay.insert(key.to_owned(), text()?)),
            "industry" => drop(self.issued.industry.insert(key.to_owned(), text()?)),
            "region" => self.issued.region = Some(text()?),
            "pseudonym" => self.issued.pseudonym_key = Some(value.to_vec()),
            _ => {
                return refuse(
                    "issued: a kind that is none of `relay`, `industry`, `region`, `pseudonym`",
                );
            }
        }
        Ok(())
    }

    /// A true value of the candidate's, that the output is searched for.
    pub(crate) fn known(&mut self, kind: &str, value: &str) {
        let values = self.known.entry(kind).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }

    pub(crate) fn build(self) -> Result<LoadedFacts, Error> {
        if self.is_broken {
            return refuse("an earlier call with this builder failed");
        }
        self.nothing_open()?;
        let entities = Entities::from_values(&self.policy, &self.entities)?;
        let Some((principal, resource, now)) = self.asked else {
            return refuse("principal, resource and time are needed");
        };
        let mut request = RequestBuilder::new(&entities)
            .principal(&principal.0, &principal.1)
            .resource(&resource.0, &resource.1)
            .view(&self.view)
            .now(now);
        for (name, value) in self.context {
            request = request.field(&name, value);
        }
        let request = request.build()?;
        let known = KnownValues::from_json(&serde_json::Value::Object(self.known).to_string())?;
        Ok(LoadedFacts {
            facts: Facts {
                view: Some(self.view.clone()),
                entities,
                request,
                issued: self.issued,
                known,
            },
            view: self.view,
            policy: self.policy,
        })
    }
}

fn refuse<T>(what: impl std::fmt::Display) -> Result<T, Error> {
    Err(Error::new(Status::Facts, what))
}
