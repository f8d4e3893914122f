//! A value of a known type out of JSON, as Cedar's JSON format has it.
//!
//! The schema says which type is expected, so the implicit forms are unambiguous: an entity as
//! `{type, id}`, an extension value as its text. Errors name the path, never a string's content.
//! Of several equal keys the last counts, as in a context; entities are checked for them before.

use super::extension;
use super::json::Json;
use super::names::{Interner, Uid};
use super::path::Path;
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::manifest::EntityKind;
use privet_frame::types::{Field, Type};
use privet_frame::value::Value;

/// Reads values for one policy's schema.
pub(crate) struct Reader<'a, I> {
    pub(crate) policy: &'a Policy,
    pub(crate) interner: &'a mut I,
}

pub(crate) fn refuse<T>(
    path: impl std::fmt::Display,
    what: impl std::fmt::Display,
) -> Result<T, FactsError> {
    Err(FactsError::new(format!("{path}: {what}")))
}

/// The same where `what` has a name that a client may have written.
pub(crate) fn refuse_naming<T>(
    path: impl std::fmt::Display,
    what: impl std::fmt::Display,
    nameless: impl std::fmt::Display,
) -> Result<T, FactsError> {
    Err(FactsError::naming(
        format_args!("{path}: {what}"),
        format_args!("{path}: {nameless}"),
    ))
}

impl<I: Interner> Reader<'_, I> {
    /// A value of type `ty`.
    pub(crate) fn value(
        &mut self,
        path: &Path<'_>,
        ty: &Type,
        json: &Json<'_>,
    ) -> Result<Value, FactsError> {
        let wrong =
            |what: &str| refuse(path, format_args!("expected {what}, found {}", json.kind()));
        match (ty, json) {
            (Type::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
            (Type::Long, Json::Integer(value)) => Ok(Value::Integer(*value)),
            (Type::String, Json::String(text)) => Ok(Value::String((*text).to_owned())),
            (Type::Bool | Type::Long, Json::Object(_)) if json.get("__extn").is_some() => {
                extension::value(path, ty, json)
            }
            (Type::Bool, _) => wrong("a boolean"),
            (Type::Long, _) => wrong("a 64-bit integer"),
            (Type::String, _) => wrong("a string"),
            (Type::Decimal | Type::Datetime | Type::Duration | Type::Ip, _) => {
                extension::value(path, ty, json)
            }
            (Type::Entity(expected), _) => {
                let uid = uid(self.policy, path, json)?;
                if uid.ty != *expected {
                    let found = self.policy.describe(uid);
                    return refuse_naming(
                        path,
                        format_args!("`{found}` is of another entity type"),
                        "of another entity type",
                    );
                }
                Ok(Value::Entity(self.interner.reference(uid)))
            }
            (Type::Set(element), Json::Array(elements)) => {
                let values = elements
                    .iter()
                    .enumerate()
                    .map(|(i, e)| self.value(&Path::Index(path, i), element, e))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Value::set(values))
            }
            (Type::Set(_), _) => wrong("an array"),
            (Type::Record(fields), Json::Object(_)) => {
                Ok(Value::Record(self.fields(path, fields, json)?))
            }
            (Type::Record(_), _) => wrong("an object"),
        }
    }

    /// Exactly the declared fields, in their order.
    pub(crate) fn fields(
        &mut self,
        path: &Path<'_>,
        fields: &[Field],
        json: &Json<'_>,
    ) -> Result<Vec<Option<Value>>, FactsError> {
        let Json::Object(members) = json else {
            return refuse(
                path,
                format_args!("expected an object, found {}", json.kind()),
            );
        };
        if let Some((key, _)) = members
            .iter()
            .find(|(k, _)| !fields.iter().any(|f| f.name == *k))
        {
            return refuse(path, format_args!("the attribute `{key}` is not declared"));
        }
        fields
            .iter()
            .map(|field| match json.get(&field.name) {
                Some(value) => {
                    let path = Path::Field(path, &field.name);
                    self.value(&path, &field.ty, value).map(Some)
                }
                None if field.required => refuse(
                    path,
                    format_args!("the attribute `{}` is missing", field.name),
                ),
                None => Ok(None),
            })
            .collect()
    }
}

/// A uid as `{type, id}` or `{"__entity": {type, id}}`, declared.
pub(crate) fn uid<'j>(
    policy: &Policy,
    path: impl std::fmt::Display,
    json: &Json<'j>,
) -> Result<Uid<'j>, FactsError> {
    let json = json.get("__entity").unwrap_or(json);
    let part = |key: &str| json.get(key).and_then(Json::as_str);
    let (Some(name), Some(id)) = (part("type"), part("id")) else {
        return refuse(
            path,
            format_args!(
                "expected an entity as `{{type, id}}`, found {}",
                json.kind()
            ),
        );
    };
    declared_uid(policy, path, name, id)
}

/// A uid of a declared type; ids of actions and of enumerated types must be declared too.
pub(crate) fn declared_uid<'u>(
    policy: &Policy,
    path: impl std::fmt::Display,
    name: &str,
    id: &'u str,
) -> Result<Uid<'u>, FactsError> {
    let manifest = policy.manifest();
    let Some(ty) = manifest.entity_type(name) else {
        return refuse_naming(
            path,
            format_args!("the entity type `{}` is not declared", name.escape_debug()),
            "the entity type is not declared",
        );
    };
    let uid = Uid { ty, id };
    let declared = match manifest
        .schema
        .entity_types
        .get(ty as usize)
        .map(|t| &t.kind)
    {
        Some(EntityKind::Enumerated(ids)) => ids.iter().any(|declared| declared == id),
        Some(EntityKind::Action) => manifest.action(&uid.to_owned()).is_some(),
        _ => true,
    };
    if !declared {
        return refuse_naming(
            path,
            format_args!("`{}` is not declared", policy.describe(uid)),
            "the id is not declared",
        );
    }
    Ok(uid)
}
