//! The store: entities with their closed hierarchy, laid out as the guest reads them.
//!
//! Entities come as Cedar's JSON, read here, or from the builder; both end in [`Draft`], which
//! checks and lays out.

use super::draft::{Draft, Given, check_parent};
use super::json::Json;
use super::names::{Interner, Names, Uid};
use super::path::Path;
use super::value::{Reader, refuse, uid};
use crate::error::FactsError;
use crate::policy::Policy;
use bumpalo::Bump;
use privet_frame::manifest::EntityKind;
use privet_frame::types::Type;
use privet_frame::value::Value;
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
    names: Names,
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
        let arena = Bump::new();
        let json =
            Json::parse(&arena, text).map_err(|e| FactsError::new(format!("entities: {e}")))?;
        Self::read(policy, &json)
    }

    pub(crate) fn read(policy: &Policy, json: &Json<'_>) -> Result<Self, FactsError> {
        let Json::Array(list) = json else {
            return refuse(
                "entities",
                format_args!("expected an array, found {}", json.kind()),
            );
        };
        let mut draft = Draft::new(policy);
        for (i, json) in list.iter().enumerate() {
            let path = Path::Name("entities");
            let (uid, given) = read_entity(policy, draft.names(), &Path::Index(&path, i), json)?;
            draft.add(uid, given)?;
        }
        draft.finish()
    }

    /// A store of its own identity: its bytes are a frame up to the request.
    pub(super) fn laid_out(policy: Policy, names: Names, bytes: Vec<u8>) -> Self {
        static IDENTITY: AtomicU64 = AtomicU64::new(1);
        Self {
            inner: Arc::new(Inner {
                policy,
                identity: IDENTITY.fetch_add(1, Ordering::Relaxed),
                bytes,
                names,
            }),
        }
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
        let ty = self.inner.policy.manifest().entity_type(entity_type)?;
        let uid = Uid { ty, id };
        Some(EntityReference {
            address: self.reference(uid)?,
            store: self.short_identity(),
            ty: uid.ty,
        })
    }

    /// The low half of the identity.
    pub(crate) fn short_identity(&self) -> u32 {
        u32::try_from(self.inner.identity & u64::from(u32::MAX)).unwrap_or_default()
    }

    pub(crate) fn reference(&self, uid: Uid<'_>) -> Option<u32> {
        self.inner.names.find(uid)
    }

    /// How many bytes an instance takes over for them.
    pub fn size(&self) -> usize {
        self.inner.bytes.len()
    }

    /// Number of entries in the store's table.
    pub(crate) fn count(&self) -> u32 {
        self.inner.names.len()
    }
}

/// An entity out of JSON: what it is called, and what was given for it. What it refers to gets a name
/// in the order of parents, attributes and tags.
pub(super) fn read_entity<'j>(
    policy: &Policy,
    names: &mut Names,
    path: &Path<'_>,
    json: &Json<'j>,
) -> Result<(Uid<'j>, Given), FactsError> {
    let Json::Object(members) = json else {
        return refuse(
            path,
            format_args!("expected an object, found {}", json.kind()),
        );
    };
    for key in ["uid", "attrs", "parents", "tags"] {
        if members.iter().filter(|(k, _)| *k == key).count() > 1 {
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
    let uid = once(policy, &Path::Field(path, "uid"), member("uid")?)?;
    let name = Path::Entity(policy, uid);
    let Json::Array(list) = member("parents")? else {
        return refuse(path, "`parents` is no array");
    };
    let above = Path::Field(path, "parents");
    let mut parents = Vec::with_capacity(list.len());
    for json in *list {
        let parent = once(policy, &above, json)?;
        check_parent(policy, path, uid.ty, parent)?;
        parents.push(names.reference(parent));
    }
    let declared = policy.manifest().schema.entity_types.get(uid.ty as usize);
    let (fields, tag_type) = match declared.map(|t| &t.kind) {
        Some(EntityKind::Standard {
            attributes, tags, ..
        }) => (attributes.as_slice(), tags.as_ref()),
        _ => (&[][..], None),
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
    Ok((uid, Given::new(attributes, tags, parents)))
}

/// A uid whose keys stand once each.
fn once<'j>(policy: &Policy, path: &Path<'_>, json: &Json<'j>) -> Result<Uid<'j>, FactsError> {
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

fn read_tags(
    reader: &mut Reader<'_, Names>,
    name: &Path<'_>,
    ty: Option<&Type>,
    json: &Json<'_>,
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
                (*key).to_owned(),
                reader.value(&Path::Tag(name, key), ty, json)?,
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
