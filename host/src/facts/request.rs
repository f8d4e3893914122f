//! Principal, resource and context of one decision, laid out behind a store.
//!
//! Entities that only the request names get a table of their own. `view` and `now` go into the
//! context here, where the schema has them: a client supplies neither.

use super::draft::declared_groups;
use super::entities::Entities;
use super::issued::Issued;
use super::json::Json;
use super::known::KnownValues;
use super::names::{Interner, Names, Uid, length};
use super::path::Path;
use super::value::{Reader, declared_uid, refuse, refuse_naming, uid};
use crate::error::FactsError;
use crate::policy::Policy;
use bumpalo::Bump;
use privet_frame::abi::{FRAME_MAGIC, entity, header};
use privet_frame::encode::Encoder;
use privet_frame::layout::round_up;
use privet_frame::manifest::{EntityUid, Signature};
use privet_frame::types::{Field, Type};
use privet_frame::value::Value;

/// One request over a store.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) store: u64,
    pub(crate) signature: u32,
    /// The view in the context, where the host put one.
    pub(crate) view: Option<String>,
    /// The frame's header.
    header: Vec<u8>,
    /// Principal, resource and context.
    pub(crate) parts: [u32; 3],
    /// Address of the bytes behind the store.
    pub(crate) base: u32,
    pub(crate) bytes: Vec<u8>,
    /// Offsets of the addresses in `bytes` that move when the bytes do.
    pub(crate) relocations: Vec<u32>,
}

/// Everything that a plan needs beside the body.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The store.
    pub entities: Entities,
    /// The request.
    pub request: Request,
    /// The view asked for, if the facts name one.
    pub view: Option<String>,
    /// What was issued.
    pub issued: Issued,
    /// The candidate's true values, for the scan of the output.
    pub known: KnownValues,
}

/// The uids that a request adds to a store's.
struct Added<'a> {
    store: &'a Entities,
    names: Names,
}

impl Interner for Added<'_> {
    fn reference(&mut self, uid: Uid<'_>) -> u32 {
        match self.store.reference(uid) {
            Some(reference) => reference,
            None => self.names.reference(uid),
        }
    }
}

/// A context field that the host itself sets.
enum HostField {
    View(EntityUid),
    Now(i64),
}

impl HostField {
    fn name(&self) -> &'static str {
        match self {
            Self::View(_) => "view",
            Self::Now(_) => "now",
        }
    }
}

/// Principal, resource and context, still as JSON.
pub(super) struct Parts<'j> {
    pub(super) principal: &'j Json<'j>,
    pub(super) resource: &'j Json<'j>,
    pub(super) context: &'j Json<'j>,
}

impl Request {
    /// Reads a request for an action: principal and resource as `{type, id}`, the context as
    /// Cedar's JSON.
    ///
    /// # Errors
    ///
    /// What Cedar refuses: an undeclared type or id, a type that the action does not apply to, a
    /// context that does not fit.
    pub fn from_json(
        entities: &Entities,
        principal: &str,
        action: &EntityUid,
        resource: &str,
        context: &str,
    ) -> Result<Self, FactsError> {
        fn parse<'j>(arena: &'j Bump, what: &str, text: &'j str) -> Result<Json<'j>, FactsError> {
            Json::parse(arena, text).map_err(|e| FactsError::new(format!("{what}: {e}")))
        }
        let arena = Bump::new();
        let (principal, resource, context) = (
            parse(&arena, "principal", principal)?,
            parse(&arena, "resource", resource)?,
            parse(&arena, "context", context)?,
        );
        let manifest = entities.policy().manifest();
        let declared = manifest
            .action(action)
            .and_then(|a| manifest.schema.actions.get(a as usize));
        let Some(declared) = declared else {
            return refuse("action", "not declared");
        };
        let parts = Parts {
            principal: &principal,
            resource: &resource,
            context: &context,
        };
        Self::build(entities, &parts, declared.context, &[])
    }

    /// A request for a view of a plan, over entities that are loaded: principal and resource as type
    /// and id, the members of the context as Cedar's JSON has them. `view`, and the time in
    /// milliseconds since 1970-01-01T00:00:00Z, go into the context where the schema has them.
    ///
    /// # Errors
    ///
    /// What Cedar refuses, as [`Facts::from_json`] does.
    pub fn of_view(
        entities: &Entities,
        principal: (&str, &str),
        resource: (&str, &str),
        context: &serde_json::Map<String, serde_json::Value>,
        view: &str,
        now: i64,
    ) -> Result<Self, FactsError> {
        let arena = Bump::new();
        let parts = Parts {
            principal: &Json::entity(&arena, principal.0, principal.1),
            resource: &Json::entity(&arena, resource.0, resource.1),
            context: &Json::object(&arena, context),
        };
        Self::for_plan(entities, &parts, Some(view), Some(now))
    }

    /// A request in the context of the policy's plans, with what the host sets in it.
    pub(super) fn for_plan(
        store: &Entities,
        parts: &Parts<'_>,
        view: Option<&str>,
        now: Option<i64>,
    ) -> Result<Self, FactsError> {
        let context = plan_context(store.policy(), parts)?;
        let set = host_fields(store.policy(), context, view, now)?;
        Self::build(store, parts, context, &set)
    }

    fn build(
        store: &Entities,
        parts: &Parts<'_>,
        context: u32,
        set: &[HostField],
    ) -> Result<Self, FactsError> {
        let policy = store.policy();
        let manifest = policy.manifest();
        let base = manifest.frame_base;
        let start = round_up(base + length(store.bytes().len()), 16);
        let mut added = Added {
            store,
            names: Names::at(start),
        };
        let principal = uid(policy, "principal", parts.principal)?;
        let resource = uid(policy, "resource", parts.resource)?;
        let Some(signature) = policy.signature(principal.ty, resource.ty, context) else {
            return refuse_naming(
                "request",
                format_args!(
                    "no action applies to `{}` and `{}`",
                    policy.describe(principal),
                    policy.describe(resource)
                ),
                "no action applies to these types",
            );
        };
        let values = context_values(policy, &mut added, context, parts.context, set)?;
        let (principal, resource) = (added.reference(principal), added.reference(resource));
        let mut next = 0;
        while let Some(uid) = added.names.get(next) {
            for group in declared_groups(policy, uid) {
                added.reference((&group).into());
            }
            next += 1;
        }
        let mut encoder = Encoder::new(start);
        let count = added.names.len();
        encoder.reserve(count * entity::SIZE, 16);
        for (position, uid) in (0..).zip(added.names.iter()) {
            let reference = added.names.reference_at(position);
            encoder.put(reference + entity::TYPE, uid.ty);
            let find = |uid: &EntityUid| match store.reference(uid.into()) {
                Some(reference) => Some(reference),
                None => added.names.find(uid.into()),
            };
            let groups = declared_groups(policy, uid);
            let mut groups: Vec<u32> = groups.iter().filter_map(find).collect();
            groups.sort_unstable();
            if !groups.is_empty() {
                let address = encoder.append_addresses(&groups);
                encoder.put_address(reference + entity::ANCESTORS, address);
                encoder.put(reference + entity::ANCESTOR_COUNT, length(groups.len()));
            }
        }
        let Some(layout) = policy.context_layout(context) else {
            return refuse("context", "no such context type");
        };
        let address = encoder.reserve(layout.size.max(4), 8);
        encoder.fields(address, layout, values.iter().map(Option::as_ref));
        let end = encoder.end();
        let mut words = vec![0_u32; (header::SIZE / 4) as usize];
        for (offset, value) in [
            (header::MAGIC, FRAME_MAGIC),
            (header::LENGTH, end - base),
            (header::STORE_ENTITIES, store.count()),
            (header::REQUEST_TABLE, start),
            (header::REQUEST_ENTITIES, count),
            (header::PRINCIPAL, principal),
            (header::RESOURCE, resource),
            (header::CONTEXT, address),
            (header::SIGNATURE, signature),
        ] {
            if let Some(word) = words.get_mut((offset / 4) as usize) {
                *word = value;
            }
        }
        let (bytes, relocations) = encoder.into_parts();
        Ok(Self {
            store: store.identity(),
            signature,
            parts: [principal, resource, address],
            relocations,
            view: set.iter().find_map(|h| match h {
                HostField::View(uid) => Some(uid.id.clone()),
                HostField::Now(_) => None,
            }),
            header: words.into_iter().flat_map(u32::to_le_bytes).collect(),
            base: start,
            bytes,
        })
    }

    /// The whole frame: the store with this request behind it, as the component's door takes it.
    pub fn frame(&self, entities: &Entities) -> Vec<u8> {
        let mut frame = entities.bytes().to_vec();
        if let Some(place) = frame.get_mut(..self.header.len()) {
            place.copy_from_slice(&self.header);
        }
        let start = self.base - entities.policy().manifest().frame_base;
        frame.resize(start as usize, 0);
        frame.extend_from_slice(&self.bytes);
        frame
    }

    /// Checks this request over its store as the guest would check a frame.
    ///
    /// # Errors
    ///
    /// What is wrong with it; a frame that this crate made is valid.
    pub fn verify(&self, entities: &Entities) -> Result<(), FactsError> {
        let frame = self.frame(entities);
        privet_frame::verify::verify(&frame, entities.policy().layout_table())
            .map_err(FactsError::new)
    }
}

/// The context's laid-out fields; `set` holds what the host itself puts there.
fn context_values(
    policy: &Policy,
    added: &mut Added<'_>,
    context: u32,
    json: &Json<'_>,
    set: &[HostField],
) -> Result<Vec<Option<Value>>, FactsError> {
    let Some(declared) = policy.manifest().schema.contexts.get(context as usize) else {
        return refuse("context", "no such context type");
    };
    if let Some(field) = set.iter().find(|f| json.get(f.name()).is_some()) {
        return refuse(
            "context",
            format_args!("`{}` is set by the host alone", field.name()),
        );
    }
    let asked: Vec<Field> = declared
        .fields
        .iter()
        .filter(|f| !set.iter().any(|h| h.name() == f.name))
        .cloned()
        .collect();
    let mut reader = Reader {
        policy,
        interner: &mut *added,
    };
    let mut read = reader
        .fields(&Path::Name("context"), &asked, json)?
        .into_iter();
    let all: Vec<Option<Value>> = declared
        .fields
        .iter()
        .map(|f| match set.iter().find(|h| h.name() == f.name) {
            Some(HostField::View(uid)) => Some(Value::Entity(added.reference(uid.into()))),
            Some(HostField::Now(now)) => Some(Value::Integer(*now)),
            None => read.next().flatten(),
        })
        .collect();
    Ok(declared
        .laid_out
        .iter()
        .map(|i| all.get(*i as usize).cloned().flatten())
        .collect())
}

impl Facts {
    /// Reads facts: `{principal, view, resource, context, entities, issued, now}`, where `issued` is
    /// read as [`Issued`] says. `view` may be overridden, as a gateway knows it from the route.
    ///
    /// # Errors
    ///
    /// A key that is missing, unknown or of the wrong kind, and what Cedar refuses.
    pub fn from_json(policy: &Policy, text: &str, view: Option<&str>) -> Result<Self, FactsError> {
        const KEYS: [&str; 8] = [
            "principal",
            "view",
            "resource",
            "context",
            "entities",
            "issued",
            "known",
            "now",
        ];
        let arena = Bump::new();
        let json = Json::parse(&arena, text).map_err(|e| FactsError::new(format!("facts: {e}")))?;
        let Json::Object(members) = &json else {
            return refuse(
                "facts",
                format_args!("expected an object, found {}", json.kind()),
            );
        };
        if let Some((key, _)) = members.iter().find(|(k, _)| !KEYS.contains(k)) {
            return refuse("facts", format_args!("unknown key `{key}`"));
        }
        if let Some(key) = json.repeated() {
            return refuse("facts", format_args!("the key `{key}` stands twice"));
        }
        let member = |key: &str| match json.get(key) {
            Some(value) => Ok(value),
            None => refuse("facts", format_args!("the key `{key}` is missing")),
        };
        let view = match (view, json.get("view")) {
            (Some(view), _) => Some(view.to_owned()),
            (None, Some(Json::String(view))) => Some((*view).to_owned()),
            (None, Some(other)) => {
                return refuse(
                    "view",
                    format_args!("expected a string, found {}", other.kind()),
                );
            }
            (None, None) => None,
        };
        let now = match json.get("now") {
            None => None,
            Some(Json::String(now)) => match privet_frame::extension::datetime(now) {
                Some(now) => Some(now),
                None => return refuse("now", "not a datetime"),
            },
            Some(other) => {
                return refuse(
                    "now",
                    format_args!("expected a string, found {}", other.kind()),
                );
            }
        };
        let entities = Entities::read(policy, member("entities")?)?;
        let empty = Json::Object(&[]);
        let parts = Parts {
            principal: member("principal")?,
            resource: member("resource")?,
            context: json.get("context").unwrap_or(&empty),
        };
        let request = Request::for_plan(&entities, &parts, view.as_deref(), now)?;
        Ok(Self {
            entities,
            request,
            view,
            issued: Issued::from_json(json.get("issued"), now)?,
            known: KnownValues::read(json.get("known"))?,
        })
    }
}

/// The context type of the policy's plans for these types; without plans, the only one that fits.
fn plan_context(policy: &Policy, parts: &Parts<'_>) -> Result<u32, FactsError> {
    let principal = uid(policy, "principal", parts.principal)?;
    let resource = uid(policy, "resource", parts.resource)?;
    let fits = |s: &&Signature| s.principal == principal.ty && s.resource == resource.ty;
    let manifest = policy.manifest();
    let planned = manifest.plans.iter().map(|p| p.signature);
    let planned = planned.filter_map(|s| manifest.signatures.get(s as usize));
    let signature = planned.into_iter().find(fits).or_else(|| {
        let mut all = manifest.signatures.iter().filter(fits);
        all.next().filter(|_| all.next().is_none())
    });
    match signature {
        Some(signature) => Ok(signature.context),
        None => refuse_naming(
            "facts",
            format_args!(
                "nothing is decided for `{}` and `{}`",
                policy.describe(principal),
                policy.describe(resource)
            ),
            "nothing is decided for these types",
        ),
    }
}

/// What the host puts into the context: `view` and `now`, where the schema has them.
fn host_fields(
    policy: &Policy,
    context: u32,
    view: Option<&str>,
    now: Option<i64>,
) -> Result<Vec<HostField>, FactsError> {
    let mut set = Vec::new();
    let declared = policy.manifest().schema.contexts.get(context as usize);
    for field in declared.into_iter().flat_map(|c| &c.fields) {
        match (field.name.as_str(), &field.ty) {
            ("view", Type::Entity(ty)) => {
                let Some(view) = view else {
                    return refuse("facts", "the key `view` is missing");
                };
                let uid = declared_uid(policy, "view", type_name(policy, *ty), view)?;
                set.push(HostField::View(uid.to_owned()));
            }
            ("now", Type::Datetime) => {
                let Some(now) = now else {
                    return refuse("facts", "the time, `now`, is missing");
                };
                set.push(HostField::Now(now));
            }
            _ => {}
        }
    }
    Ok(set)
}

fn type_name(policy: &Policy, ty: u32) -> &str {
    let types = &policy.manifest().schema.entity_types;
    types.get(ty as usize).map_or("", |t| t.name.as_str())
}
