//! Facts of one decision: from JSON, or piece by piece.

use crate::status::{Error, Status};
use privet_frame::types::Type;
use privet_host::manifest::EntityKind;
use privet_host::{
    AttributeHandle, EntitiesBuilder, Facts, Issued, KnownValues, Policy, RequestBuilder, Value,
};
use serde_json::{Map, json};
use std::collections::BTreeMap;

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

/// A value that was given for an attribute or a part of the context.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    Bool(bool),
    Long(i64),
    Text(String),
    Entity(Uid),
    Set(Vec<Uid>),
}

#[derive(Debug)]
struct Entity {
    uid: Uid,
    attributes: BTreeMap<String, Given>,
    parents: Vec<Uid>,
}

/// Facts that are being put together.
#[derive(Debug)]
pub struct FactsBuilder {
    policy: Policy,
    view: String,
    principal: Option<Uid>,
    resource: Option<Uid>,
    now: Option<i64>,
    context: BTreeMap<String, Given>,
    entities: Vec<Entity>,
    issued: Issued,
    known: Map<String, serde_json::Value>,
}

impl FactsBuilder {
    pub(crate) fn new(policy: Policy, view: &str) -> Self {
        Self {
            policy,
            view: view.to_owned(),
            principal: None,
            resource: None,
            now: None,
            context: BTreeMap::new(),
            entities: Vec::new(),
            issued: Issued::default(),
            known: Map::new(),
        }
    }

    pub(crate) fn ask(&mut self, principal: Uid, resource: Uid, now: i64) {
        self.principal = Some(principal);
        self.resource = Some(resource);
        self.now = Some(now);
        self.issued.now = Some(now);
    }

    /// What follows is of this entity; before the first it is of the context.
    pub(crate) fn entity(&mut self, uid: Uid) {
        self.entities.push(Entity {
            uid,
            attributes: BTreeMap::new(),
            parents: Vec::new(),
        });
    }

    fn place(&mut self) -> &mut BTreeMap<String, Given> {
        match self.entities.last_mut() {
            Some(entity) => &mut entity.attributes,
            None => &mut self.context,
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Given) -> Result<(), Error> {
        match self.place().insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => refuse(format_args!("`{name}` is set twice")),
        }
    }

    /// Adds to a set; without a member it is there and empty.
    pub(crate) fn add(&mut self, name: &str, member: Option<Uid>) -> Result<(), Error> {
        let set = self.place().entry(name.to_owned());
        match set.or_insert_with(|| Given::Set(Vec::new())) {
            Given::Set(members) => {
                members.extend(member);
                Ok(())
            }
            _ => refuse(format_args!("`{name}` is no set")),
        }
    }

    pub(crate) fn parent(&mut self, parent: Uid) -> Result<(), Error> {
        match self.entities.last_mut() {
            Some(entity) => {
                entity.parents.push(parent);
                Ok(())
            }
            None => refuse("the context has no parent: begin an entity first"),
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
        let mut builder = EntitiesBuilder::new(&self.policy);
        for entity in &self.entities {
            let (ty, id) = &entity.uid;
            let attributes = attributes(&self.policy, &mut builder, ty, &entity.attributes)?;
            let parents = entity.parents.iter().map(|(t, i)| (t.as_str(), i.as_str()));
            builder.add(ty, id, attributes, &parents.collect::<Vec<_>>())?;
        }
        let entities = builder.finish()?;
        let (Some(principal), Some(resource), Some(now)) =
            (&self.principal, &self.resource, self.now)
        else {
            return refuse("principal, resource and time are needed");
        };
        let mut request = RequestBuilder::new(&entities)
            .principal(&principal.0, &principal.1)
            .resource(&resource.0, &resource.1)
            .view(&self.view)
            .now(now);
        for (name, given) in &self.context {
            request = match given {
                Given::Bool(value) => request.boolean(name, *value),
                Given::Long(value) => request.integer(name, *value),
                Given::Text(value) => request.text(name, value),
                Given::Entity((ty, id)) => request.entity(name, ty, id),
                Given::Set(members) => {
                    let ty = members.first().map_or("", |(ty, _)| ty.as_str());
                    if members.iter().any(|(t, _)| t != ty) {
                        return refuse(format_args!("`{name}` has entities of several types"));
                    }
                    let ids: Vec<&str> = members.iter().map(|(_, id)| id.as_str()).collect();
                    request.entities(name, ty, &ids)
                }
            };
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

/// The attributes of an entity by the schema's types; `usage.views` is a field of the record `usage`.
fn attributes(
    policy: &Policy,
    builder: &mut EntitiesBuilder,
    entity_type: &str,
    given: &BTreeMap<String, Given>,
) -> Result<Vec<(AttributeHandle, Value)>, Error> {
    let schema = &policy.manifest().schema;
    let ty = policy.manifest().entity_type(entity_type);
    let ty = ty.and_then(|ty| schema.entity_types.get(ty as usize));
    let declared = match ty.map(|ty| &ty.kind) {
        Some(EntityKind::Standard { attributes, .. }) => attributes.as_slice(),
        _ => &[],
    };
    let (mut used, mut values) = (0, Vec::new());
    for field in declared {
        let value = value(builder, &field.ty, &field.name, given, &mut used)?;
        let handle = policy.attribute(entity_type, &field.name);
        values.extend(handle.zip(value));
    }
    match used == given.len() {
        true => Ok(values),
        false => refuse(format_args!(
            "`{entity_type}` has an attribute that is not declared"
        )),
    }
}

fn value(
    builder: &mut EntitiesBuilder,
    ty: &Type,
    path: &str,
    given: &BTreeMap<String, Given>,
    used: &mut usize,
) -> Result<Option<Value>, Error> {
    if let Type::Record(fields) = ty {
        let before = *used;
        let mut slots = Vec::with_capacity(fields.len());
        for field in fields {
            let path = format!("{path}.{}", field.name);
            slots.push(value(builder, &field.ty, &path, given, used)?);
        }
        return Ok((*used > before).then_some(Value::Record(slots)));
    }
    let Some(given) = given.get(path) else {
        return Ok(None);
    };
    *used += 1;
    Ok(Some(match given {
        Given::Bool(value) => Value::Bool(*value),
        Given::Long(value) => Value::Integer(*value),
        Given::Text(value) => Value::String(value.clone()),
        Given::Entity((ty, id)) => builder.reference(ty, id)?,
        Given::Set(members) => {
            let members = members.iter().map(|(ty, id)| builder.reference(ty, id));
            Value::set(members.collect::<Result<_, _>>()?)
        }
    }))
}

fn refuse<T>(what: impl std::fmt::Display) -> Result<T, Error> {
    Err(Error::new(Status::Facts, what))
}
