//! The store: entities with their closed hierarchy, laid out as the guest reads them.
//!
//! Entities come as Cedar's JSON or from the builder; both end in [`Draft`], which checks and lays
//! out. Literal entities stand first, at the addresses that emitted code knows.

use super::hierarchy;
use super::json::Json;
use super::value::{Interner, Reader, refuse, uid};
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::abi::{FRAME_MAGIC, entity, header};
use privet_frame::encode::Encoder;
use privet_frame::manifest::{EntityKind, EntityUid};
use privet_frame::types::Type;
use privet_frame::value::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entities laid out for one policy. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Entities {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    policy: Policy,
    identity: u64,
    bytes: Vec<u8>,
    count: u32,
    index: HashMap<EntityUid, u32>,
}

/// An entity that a store names, resolved once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityReference {
    pub(crate) address: u32,
    /// The low half of the store's identity.
    pub(crate) store: u32,
    pub(crate) ty: u32,
}

impl Entities {
    /// Reads entities in Cedar's JSON format, as Cedar does with the schema.
    ///
    /// # Errors
    ///
    /// What Cedar refuses, and the few things where this is stricter; the message says where.
    pub fn from_json(policy: &Policy, text: &str) -> Result<Self, FactsError> {
        let json = Json::parse(text).map_err(|e| FactsError::new(format!("entities: {e}")))?;
        Self::read(policy, &json)
    }

    pub(crate) fn read(policy: &Policy, json: &Json) -> Result<Self, FactsError> {
        let Json::Array(list) = json else {
            return refuse(
                "entities",
                format_args!("expected an array, found {}", json.kind()),
            );
        };
        let mut draft = Draft::new(policy);
        for (i, json) in list.iter().enumerate() {
            draft.add_json(&format!("entities[{i}]"), json)?;
        }
        draft.finish()
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    pub(crate) fn identity(&self) -> u64 {
        self.inner.identity
    }

    /// The frame up to the end of the store; the request follows.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    /// An entity of this store, with attributes or only named; `None` when it has no such name.
    pub fn find(&self, entity_type: &str, id: &str) -> Option<EntityReference> {
        let uid = EntityUid {
            ty: self.inner.policy.manifest().entity_type(entity_type)?,
            id: id.to_owned(),
        };
        Some(EntityReference {
            address: self.reference(&uid)?,
            store: self.short_identity(),
            ty: uid.ty,
        })
    }

    /// The low half of the identity.
    pub(crate) fn short_identity(&self) -> u32 {
        u32::try_from(self.inner.identity & u64::from(u32::MAX)).unwrap_or_default()
    }

    pub(crate) fn reference(&self, uid: &EntityUid) -> Option<u32> {
        self.inner.index.get(uid).copied()
    }

    /// Number of entries in the store's table.
    pub(crate) fn count(&self) -> u32 {
        self.inner.count
    }
}

/// One entity as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(crate) attributes: Vec<Option<Value>>,
    pub(crate) tags: Vec<(String, Value)>,
    pub(crate) parents: BTreeSet<u32>,
}

/// Entities on their way into a store.
#[derive(Debug)]
pub(crate) struct Draft {
    policy: Policy,
    names: Names,
    given: HashMap<u32, Given>,
}

/// Uids in the order in which they were first named.
#[derive(Debug)]
pub(crate) struct Names {
    first: u32,
    index: HashMap<EntityUid, u32>,
    list: Vec<EntityUid>,
}

impl Interner for Names {
    fn reference(&mut self, uid: EntityUid) -> u32 {
        let next = self.first + length(self.list.len()) * entity::SIZE;
        let Self { index, list, .. } = self;
        *index.entry(uid).or_insert_with_key(|uid| {
            list.push(uid.clone());
            next
        })
    }
}

impl Names {
    /// No name yet; the first gets the reference 0.
    pub(super) fn local() -> Self {
        Self {
            first: 0,
            index: HashMap::new(),
            list: Vec::new(),
        }
    }

    /// The names in the order in which they came.
    pub(super) fn into_list(self) -> Vec<EntityUid> {
        self.list
    }

    fn position(&self, reference: u32) -> u32 {
        (reference - self.first) / entity::SIZE
    }

    fn at(&self, position: u32) -> Option<&EntityUid> {
        self.list.get(position as usize)
    }
}

pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Draft {
    pub(crate) fn new(policy: &Policy) -> Self {
        let mut names = Names {
            first: policy.manifest().frame_base + header::SIZE,
            index: HashMap::new(),
            list: Vec::new(),
        };
        for uid in &policy.manifest().literals {
            names.reference(uid.clone());
        }
        Self {
            policy: policy.clone(),
            names,
            given: HashMap::new(),
        }
    }

    pub(crate) fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// The type of the entity behind a reference.
    pub(crate) fn type_of(&self, reference: u32) -> Option<u32> {
        let position = reference.checked_sub(self.names.first)?;
        Some(self.names.at(position / entity::SIZE)?.ty)
    }

    fn add_json(&mut self, path: &str, json: &Json) -> Result<(), FactsError> {
        let (uid, given) = read_entity(&self.policy, &mut self.names, path, json)?;
        self.add(uid, given)
    }

    pub(crate) fn check_parent(
        &self,
        path: &str,
        ty: u32,
        parent: &EntityUid,
    ) -> Result<(), FactsError> {
        check_parent(&self.policy, path, ty, parent)
    }

    /// Adds an entity whose values are checked.
    pub(crate) fn add(&mut self, uid: EntityUid, given: Given) -> Result<(), FactsError> {
        let name = self.policy.describe(&uid);
        let reference = self.names.reference(uid);
        match self.given.get(&reference) {
            Some(other) if *other != given => {
                refuse(&name, "given twice, with different attributes or parents")
            }
            _ => {
                self.given.insert(reference, given);
                Ok(())
            }
        }
    }

    /// Closes the hierarchy and lays everything out.
    pub(crate) fn finish(mut self) -> Result<Entities, FactsError> {
        // Every action that is named brings its groups.
        let mut next = 0;
        while let Some(uid) = self.names.at(next).cloned() {
            for group in declared_groups(&self.policy, &uid) {
                self.names.reference(group);
            }
            next += 1;
        }
        let closed = self.closed()?;
        let layout = Layout {
            policy: &self.policy,
            given: &self.given,
        };
        let base = self.policy.manifest().frame_base;
        let mut encoder = Encoder::new(base);
        encoder.reserve(header::SIZE, 8);
        let count = length(self.names.list.len());
        encoder.reserve(count * entity::SIZE, 8);
        for (position, (uid, ancestors)) in (0..).zip(self.names.list.iter().zip(&closed)) {
            let reference = self.names.first + position * entity::SIZE;
            layout.entity(&mut encoder, reference, uid, ancestors);
        }
        encoder.reserve(0, 16);
        encoder.put(base + header::MAGIC, FRAME_MAGIC);
        encoder.put(base + header::STORE_ENTITIES, count);
        static IDENTITY: AtomicU64 = AtomicU64::new(1);
        Ok(Entities {
            inner: Arc::new(Inner {
                identity: IDENTITY.fetch_add(1, Ordering::Relaxed),
                bytes: encoder.bytes().to_vec(),
                count,
                index: self.names.index,
                policy: self.policy,
            }),
        })
    }

    /// The ancestors of every named entity, as ascending references.
    fn closed(&self) -> Result<Vec<Vec<u32>>, FactsError> {
        let position = |reference: &u32| self.names.position(*reference);
        let parents: Vec<Vec<u32>> = (0..length(self.names.list.len()))
            .map(|i| {
                let reference = self.names.first + i * entity::SIZE;
                let given = self.given.get(&reference);
                given.map_or_else(Vec::new, |g| g.parents.iter().map(position).collect())
            })
            .collect();
        let mut closed = hierarchy::close(&parents).map_err(|cycle| {
            let name = self
                .names
                .at(cycle.entity)
                .map(|uid| self.policy.describe(uid));
            let name = name.unwrap_or_default();
            FactsError::new(format!("entities: `{name}` is among its own ancestors"))
        })?;
        for (position, ancestors) in (0..).zip(&mut closed) {
            for ancestor in ancestors.iter_mut() {
                *ancestor = self.names.first + *ancestor * entity::SIZE;
            }
            let Some(uid) = self.names.at(position) else {
                continue;
            };
            if self.policy.manifest().action(uid).is_none() {
                continue;
            }
            let groups = declared_groups(&self.policy, uid);
            let mut declared: Vec<u32> = groups
                .iter()
                .filter_map(|g| self.names.index.get(g).copied())
                .collect();
            declared.sort_unstable();
            let reference = self.names.first + position * entity::SIZE;
            if self.given.contains_key(&reference) && *ancestors != declared {
                let name = self.policy.describe(uid);
                return refuse(&name, "the action's groups are not those of the schema");
            }
            *ancestors = declared;
        }
        Ok(closed)
    }
}

/// An entity out of JSON: what it is called, and what was given for it. What it refers to gets a name
/// in the order of parents, attributes and tags.
pub(super) fn read_entity(
    policy: &Policy,
    names: &mut Names,
    path: &str,
    json: &Json,
) -> Result<(EntityUid, Given), FactsError> {
    let Json::Object(members) = json else {
        return refuse(
            path,
            format_args!("expected an object, found {}", json.kind()),
        );
    };
    for key in ["uid", "attrs", "parents", "tags"] {
        if members.iter().filter(|(k, _)| k == key).count() > 1 {
            return refuse(path, format_args!("the key `{key}` stands twice"));
        }
    }
    let member = |key: &str| match json.get(key) {
        Some(value) => Ok(value),
        None => refuse(path, format_args!("the key `{key}` is missing")),
    };
    for key in ["attrs", "tags"] {
        if let Some(key) = json.get(key).and_then(Json::repeated_inside) {
            return refuse(path, format_args!("the key `{key}` stands twice"));
        }
    }
    let uid = once(policy, &format!("{path}.uid"), member("uid")?)?;
    let name = policy.describe(&uid);
    let Json::Array(parents) = member("parents")? else {
        return refuse(path, "`parents` is no array");
    };
    let parents = parents
        .iter()
        .map(|json| {
            let parent = once(policy, &format!("{path}.parents"), json)?;
            check_parent(policy, path, uid.ty, &parent)?;
            Ok(names.reference(parent))
        })
        .collect::<Result<BTreeSet<_>, _>>()?;
    let declared = policy.manifest().schema.entity_types.get(uid.ty as usize);
    let empty = Vec::new();
    let (fields, tag_type) = match declared.map(|t| &t.kind) {
        Some(EntityKind::Standard {
            attributes, tags, ..
        }) => (attributes, tags.as_ref()),
        _ => (&empty, None),
    };
    let mut reader = Reader {
        policy,
        interner: names,
    };
    let attributes = reader.fields(&name, fields, member("attrs")?)?;
    let tags = match json.get("tags") {
        None => Vec::new(),
        Some(tags) => read_tags(&mut reader, &name, tag_type, tags)?,
    };
    let given = Given {
        attributes,
        tags,
        parents,
    };
    Ok((uid, given))
}

fn check_parent(
    policy: &Policy,
    path: &str,
    ty: u32,
    parent: &EntityUid,
) -> Result<(), FactsError> {
    let types = &policy.manifest().schema.entity_types;
    let allowed = match types.get(ty as usize) {
        // Actions are compared with the schema when all are known.
        Some(t) if t.kind == EntityKind::Action => true,
        Some(t) => t.parents.contains(&parent.ty),
        None => false,
    };
    if allowed {
        return Ok(());
    }
    let parent = policy.describe(parent);
    refuse(
        path,
        format_args!("`{parent}` cannot be a parent of this type"),
    )
}

/// A uid whose keys stand once each.
fn once(policy: &Policy, path: &str, json: &Json) -> Result<EntityUid, FactsError> {
    let inner = json.get("__entity").unwrap_or(json);
    for (json, keys) in [(json, &["__entity"][..]), (inner, &["type", "id"])] {
        let Json::Object(members) = json else {
            continue;
        };
        for key in keys {
            if members.iter().filter(|(k, _)| k == key).count() > 1 {
                return refuse(path, format_args!("the key `{key}` stands twice"));
            }
        }
    }
    uid(policy, path, json)
}

/// The groups that an action is in, directly or not.
pub(crate) fn declared_groups(policy: &Policy, uid: &EntityUid) -> Vec<EntityUid> {
    let actions = &policy.manifest().schema.actions;
    let action = policy.manifest().action(uid);
    let groups = action
        .and_then(|a| actions.get(a as usize))
        .map(|a| &a.ancestors);
    groups
        .into_iter()
        .flatten()
        .filter_map(|g| Some(actions.get(*g as usize)?.uid.clone()))
        .collect()
}

fn read_tags(
    reader: &mut Reader<'_, Names>,
    name: &str,
    ty: Option<&Type>,
    json: &Json,
) -> Result<Vec<(String, Value)>, FactsError> {
    let Json::Object(members) = json else {
        return refuse(
            name,
            format_args!("`tags` is {}, not an object", json.kind()),
        );
    };
    let Some(ty) = ty else {
        return match members.is_empty() {
            true => Ok(Vec::new()),
            false => refuse(name, "this type has no tags"),
        };
    };
    let mut tags = members
        .iter()
        .map(|(key, json)| {
            Ok((
                key.clone(),
                reader.value(&format!("{name}.tags[{key:?}]"), ty, json)?,
            ))
        })
        .collect::<Result<Vec<_>, FactsError>>()?;
    // The order of the frame's tag tables.
    tags.sort_by(|(a, _), (b, _)| {
        a.len()
            .cmp(&b.len())
            .then_with(|| a.as_bytes().cmp(b.as_bytes()))
    });
    Ok(tags)
}

/// Writes entries and structs.
struct Layout<'a> {
    policy: &'a Policy,
    given: &'a HashMap<u32, Given>,
}

impl Layout<'_> {
    fn entity(&self, encoder: &mut Encoder, reference: u32, uid: &EntityUid, ancestors: &[u32]) {
        encoder.put(reference + entity::TYPE, uid.ty);
        if !ancestors.is_empty() {
            let list = encoder.append_words(ancestors);
            encoder.put(reference + entity::ANCESTORS, list);
            encoder.put(reference + entity::ANCESTOR_COUNT, length(ancestors.len()));
        }
        let (Some(given), Some(layout)) = (
            self.given.get(&reference),
            self.policy.entity_layout(uid.ty),
        ) else {
            return;
        };
        let data = encoder.reserve(layout.size.max(4), 8);
        encoder.put(reference + entity::DATA, data);
        let types = &self.policy.manifest().schema.entity_types;
        let Some(EntityKind::Standard { laid_out, tags, .. }) =
            types.get(uid.ty as usize).map(|t| &t.kind)
        else {
            return;
        };
        let values: Vec<Option<Value>> = laid_out
            .iter()
            .map(|i| given.attributes.get(*i as usize).cloned().flatten())
            .collect();
        encoder.fields(data, &layout.attributes, &values);
        if let (Some(offset), Some(ty)) = (layout.tags, tags) {
            let tag = privet_frame::manifest::TagLayout::new(ty);
            let table = encoder.reserve(length(given.tags.len()) * tag.stride, 8);
            let mut entry = table;
            for (key, value) in &given.tags {
                encoder.value(entry, &Type::String, &Value::String(key.clone()));
                encoder.value(entry + tag.value, ty, value);
                entry += tag.stride;
            }
            encoder.put(data + offset, table);
            encoder.put(data + offset + 4, length(given.tags.len()));
        }
    }
}
