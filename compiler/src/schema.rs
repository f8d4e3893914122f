//! From Cedar's schema to the manifest's: types, contexts, actions, signatures.
//!
//! Only a translation: Cedar has checked the schema. Lists are sorted, so the same schema gives the
//! same bytes.

use crate::error::CompileError;
use cedar_policy_core::ast::{EntityType as CoreEntityType, EntityUID};
use cedar_policy_core::validator::ValidatorSchema;
use cedar_policy_core::validator::types::{Attributes, EntityKind as CoreKind, Type as CoreType};
use privet_frame::manifest::{
    Action, Context, EntityKind, EntityType, EntityUid, Schema, Signature,
};
use privet_frame::types::{Field, Type};
use privet_frame::verify::MAX_TYPE_DEPTH;
use std::collections::{BTreeMap, BTreeSet};

/// The schema with what is needed to find things in it.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) schema: Schema,
    pub(crate) signatures: Vec<Signature>,
    types: BTreeMap<String, u32>,
    actions: BTreeMap<EntityUid, u32>,
}

impl Model {
    pub(crate) fn new(core: &ValidatorSchema) -> Result<Self, CompileError> {
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        let declared = core.entity_types().map(|t| t.name().to_string());
        let action_types = core.actions().map(|uid| uid.entity_type().to_string());
        for name in declared.chain(action_types).collect::<BTreeSet<_>>() {
            let index = count(names.len());
            names.insert(name, index);
        }
        let mut model = Model {
            schema: Schema::default(),
            signatures: Vec::new(),
            types: names,
            actions: BTreeMap::new(),
        };
        model.add_entity_types(core)?;
        model.add_actions(core)?;
        Ok(model)
    }

    fn add_entity_types(&mut self, core: &ValidatorSchema) -> Result<(), CompileError> {
        let names: Vec<String> = self.types.keys().cloned().collect();
        let declared: BTreeMap<String, _> = core
            .entity_types()
            .map(|t| (t.name().to_string(), t))
            .collect();
        for name in names {
            let (kind, parents) = match declared.get(&name) {
                None => (EntityKind::Action, Vec::new()),
                Some(entity_type) => {
                    let parents = declared
                        .values()
                        .filter(|other| other.has_descendant_entity_type(entity_type.name()))
                        .map(|other| self.entity_type(other.name()))
                        .collect::<Result<BTreeSet<u32>, _>>()?;
                    (
                        self.entity_kind(entity_type)?,
                        parents.into_iter().collect(),
                    )
                }
            };
            self.schema.entity_types.push(EntityType {
                name,
                kind,
                parents,
            });
        }
        Ok(())
    }

    fn entity_kind(
        &self,
        entity_type: &cedar_policy_core::validator::ValidatorEntityType,
    ) -> Result<EntityKind, CompileError> {
        use cedar_policy_core::validator::ValidatorEntityTypeKind as Kind;
        match &entity_type.kind {
            Kind::Enum(ids) => Ok(EntityKind::Enumerated(
                ids.iter()
                    .map(|id| AsRef::<str>::as_ref(id).to_owned())
                    .collect(),
            )),
            Kind::Standard(_) => Ok(EntityKind::Standard {
                attributes: self.fields(entity_type.attributes(), 0)?,
                tags: entity_type.tag_type().map(|t| self.ty(t)).transpose()?,
                laid_out: Vec::new(),
                tags_laid_out: false,
            }),
            Kind::External => Err(CompileError::schema(format!(
                "entity type `{}` is declared external and has no definition",
                entity_type.name()
            ))),
        }
    }

    fn add_actions(&mut self, core: &ValidatorSchema) -> Result<(), CompileError> {
        let mut ids: BTreeMap<EntityUid, &EntityUID> = BTreeMap::new();
        for uid in core.actions() {
            ids.insert(self.uid(uid)?, uid);
        }
        self.actions = ids.keys().cloned().zip(0..).collect();
        let mut contexts: BTreeMap<Vec<Field>, u32> = BTreeMap::new();
        for (uid, core_uid) in &ids {
            let Some(action) = core.get_action_id(core_uid) else {
                continue;
            };
            let mut ancestors = BTreeSet::new();
            for other in core.actions() {
                let is_ancestor = core
                    .get_action_id(other)
                    .is_some_and(|o| o.descendants().any(|d| d == *core_uid));
                if is_ancestor {
                    ancestors.insert(self.action(&self.uid(other)?)?);
                }
            }
            let Some(CoreType::Record { attrs, .. }) = action.context_type() else {
                return Err(CompileError::schema(format!(
                    "action `{core_uid}` has no context type"
                )));
            };
            let fields = self.fields(attrs, 0)?;
            let context = *contexts.entry(fields.clone()).or_insert_with(|| {
                self.schema.contexts.push(Context {
                    fields,
                    laid_out: Vec::new(),
                });
                count(self.schema.contexts.len() - 1)
            });
            let indices = |types: Vec<&CoreEntityType>| -> Result<Vec<u32>, CompileError> {
                let set: Result<BTreeSet<u32>, _> =
                    types.iter().map(|t| self.entity_type(t)).collect();
                Ok(set?.into_iter().collect())
            };
            let principals = indices(action.applies_to_principals().collect())?;
            let resources = indices(action.applies_to_resources().collect())?;
            self.schema.actions.push(Action {
                uid: uid.clone(),
                ancestors: ancestors.into_iter().collect(),
                principals,
                resources,
                context,
            });
        }
        let mut signatures = BTreeSet::new();
        for action in &self.schema.actions {
            for &principal in &action.principals {
                for &resource in &action.resources {
                    signatures.insert(Signature {
                        principal,
                        resource,
                        context: action.context,
                    });
                }
            }
        }
        self.signatures = signatures.into_iter().collect();
        Ok(())
    }

    /// Index of an entity type.
    pub(crate) fn entity_type(&self, name: &CoreEntityType) -> Result<u32, CompileError> {
        self.types
            .get(&name.to_string())
            .copied()
            .ok_or_else(|| CompileError::schema(format!("entity type `{name}` is not declared")))
    }

    /// A uid by the index of its type.
    pub(crate) fn uid(&self, uid: &EntityUID) -> Result<EntityUid, CompileError> {
        Ok(EntityUid {
            ty: self.entity_type(uid.entity_type())?,
            id: AsRef::<str>::as_ref(uid.eid()).to_owned(),
        })
    }

    /// Index of an action.
    pub(crate) fn action(&self, uid: &EntityUid) -> Result<u32, CompileError> {
        self.actions
            .get(uid)
            .copied()
            .ok_or_else(|| CompileError::schema(format!("action `{}` is not declared", uid.id)))
    }

    /// Index of an action, if the uid is one.
    pub(crate) fn find_action(&self, uid: &EntityUid) -> Option<u32> {
        self.actions.get(uid).copied()
    }

    pub(crate) fn kind(&self, ty: u32) -> Option<&EntityKind> {
        self.schema.entity_types.get(ty as usize).map(|t| &t.kind)
    }

    /// The attribute of an entity type.
    pub(crate) fn attribute(&self, ty: u32, name: &str) -> Option<&Field> {
        match self.kind(ty)? {
            EntityKind::Standard { attributes, .. } => attributes.iter().find(|f| f.name == name),
            _ => None,
        }
    }

    /// The type of an entity type's tags.
    pub(crate) fn tag(&self, ty: u32) -> Option<&Type> {
        match self.kind(ty)? {
            EntityKind::Standard { tags, .. } => tags.as_ref(),
            _ => None,
        }
    }

    fn fields(&self, attributes: &Attributes, depth: u32) -> Result<Vec<Field>, CompileError> {
        attributes
            .iter()
            .map(|(name, attribute)| {
                Ok(Field {
                    name: name.to_string(),
                    ty: self.ty_at(&attribute.attr_type, depth + 1)?,
                    required: attribute.is_required(),
                })
            })
            .collect()
    }

    /// A type as the frame knows it; singleton booleans become `Bool`.
    pub(crate) fn ty(&self, ty: &CoreType) -> Result<Type, CompileError> {
        self.ty_at(ty, 0)
    }

    fn ty_at(&self, ty: &CoreType, depth: u32) -> Result<Type, CompileError> {
        if depth > MAX_TYPE_DEPTH {
            return Err(CompileError::schema(format!(
                "a type is nested deeper than {MAX_TYPE_DEPTH}"
            )));
        }
        let unsupported = || {
            Err(CompileError::schema(format!(
                "type `{ty}` has no layout in strict mode"
            )))
        };
        match ty {
            CoreType::Bool(_) => Ok(Type::Bool),
            CoreType::Long => Ok(Type::Long),
            CoreType::String => Ok(Type::String),
            CoreType::Entity(CoreKind::Entity(lub)) => match lub.get_single_entity() {
                Some(name) => Ok(Type::Entity(self.entity_type(name)?)),
                None => unsupported(),
            },
            CoreType::Set {
                element_type: Some(element),
            } => Ok(Type::Set(Box::new(self.ty_at(element, depth + 1)?))),
            CoreType::Record { attrs, .. } => Ok(Type::Record(self.fields(attrs, depth)?)),
            CoreType::ExtensionType { name } => match name.to_string().as_str() {
                "decimal" => Ok(Type::Decimal),
                "datetime" => Ok(Type::Datetime),
                "duration" => Ok(Type::Duration),
                "ipaddr" => Ok(Type::Ip),
                _ => unsupported(),
            },
            CoreType::Never
            | CoreType::Set { element_type: None }
            | CoreType::Entity(CoreKind::AnyEntity) => unsupported(),
        }
    }
}

/// A length as an index.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
