//! Facts in JSON as typed values, by the types that a schema has for them, and as the calls of the C
//! library that give them.
//!
//! Facts must fit: what is refused is given by hand where that is tested.

use privet_frame::extension;
use privet_frame::types::{Field, Type};
use privet_host::manifest::{EntityKind, Manifest};
use privet_host::{FactEntity, FactValue};
use serde_json::Value;

/// Facts by their types.
#[derive(Debug)]
pub struct Typed {
    pub principal: (String, String),
    pub resource: (String, String),
    /// Milliseconds since 1970.
    pub now: i64,
    pub context: Vec<(String, FactValue)>,
    pub entities: Vec<FactEntity>,
}

impl Typed {
    /// Of facts as JSON, whose context is the one of a plan.
    pub fn of(manifest: &Manifest, facts: &Value) -> Self {
        let (principal, resource) = (uid(&facts["principal"]), uid(&facts["resource"]));
        let signature = manifest.plans.iter().find_map(|plan| {
            let signature = manifest.signatures[plan.signature as usize];
            let of = |ty: u32| &manifest.schema.entity_types[ty as usize].name;
            let fits =
                *of(signature.principal) == principal.0 && *of(signature.resource) == resource.0;
            fits.then_some(signature)
        });
        let context = signature.expect("a plan").context;
        let fields = &manifest.schema.contexts[context as usize].fields;
        Self {
            principal,
            resource,
            now: milliseconds(&facts["now"]),
            context: record(fields, &facts["context"]),
            entities: entities(manifest, &facts["entities"]),
        }
    }
}

/// Entities by their types.
pub fn entities(manifest: &Manifest, json: &Value) -> Vec<FactEntity> {
    let all = json.as_array().expect("entities").iter();
    all.map(|entity| {
        let (entity_type, id) = uid(&entity["uid"]);
        let ty = manifest.entity_type(&entity_type).expect("a declared type");
        let kind = &manifest.schema.entity_types[ty as usize].kind;
        let (fields, tag) = match kind {
            EntityKind::Standard {
                attributes, tags, ..
            } => (attributes.as_slice(), tags.as_ref()),
            _ => (&[][..], None),
        };
        let tags = entity["tags"].as_object().into_iter().flatten();
        let tags = tags.map(|(key, json)| (key.clone(), value(tag.expect("tags"), json)));
        let parents = entity["parents"].as_array().into_iter().flatten();
        FactEntity {
            entity_type,
            id,
            attributes: record(fields, &entity["attrs"]),
            tags: tags.collect(),
            parents: parents.map(uid).collect(),
        }
    })
    .collect()
}

fn uid(json: &Value) -> (String, String) {
    let json = json.get("__entity").unwrap_or(json);
    let part = |key: &str| json[key].as_str().expect("a uid").to_owned();
    (part("type"), part("id"))
}

fn text(json: &Value) -> String {
    json.as_str().expect("a text").to_owned()
}

fn milliseconds(json: &Value) -> i64 {
    extension::datetime(&text(json)).expect("a datetime")
}

fn record(fields: &[Field], json: &Value) -> Vec<(String, FactValue)> {
    let members = json.as_object().expect("an object").iter();
    members
        .map(|(name, json)| {
            let field = fields.iter().find(|f| f.name == *name);
            (
                name.clone(),
                value(&field.expect("a declared field").ty, json),
            )
        })
        .collect()
}

fn value(ty: &Type, json: &Value) -> FactValue {
    match ty {
        Type::Bool => FactValue::Bool(json.as_bool().expect("a boolean")),
        Type::Long => FactValue::Long(json.as_i64().expect("an integer")),
        Type::String => FactValue::String(text(json)),
        Type::Decimal => FactValue::Decimal(text(json)),
        Type::Ip => FactValue::Ip(text(json)),
        Type::Datetime => FactValue::Datetime(milliseconds(json)),
        Type::Duration => {
            FactValue::Duration(extension::duration(&text(json)).expect("a duration"))
        }
        Type::Entity(_) => {
            let (ty, id) = uid(json);
            FactValue::Entity(ty, id)
        }
        Type::Set(element) => {
            let elements = json.as_array().expect("an array").iter();
            FactValue::Set(elements.map(|e| value(element, e)).collect())
        }
        Type::Record(fields) => FactValue::Record(record(fields, json)),
    }
}

/// Calls for `capi/tests/replay.c`.
#[derive(Debug, Default)]
pub struct Calls(pub Vec<u8>);

impl Calls {
    /// A call and its arguments.
    pub fn call(&mut self, name: &str, arguments: &[&str]) {
        for text in [name].iter().chain(arguments) {
            self.0
                .extend_from_slice(format!("{}:{text},", text.len()).as_bytes());
        }
    }

    /// All of some facts, and the plan of them asked for.
    pub fn all(&mut self, view: &str, facts: &Value, typed: &Typed) {
        self.begin(view, facts, typed);
        for entity in &typed.entities {
            self.entity(entity);
        }
        self.call("build", &[]);
    }

    /// Everything but the entities.
    pub fn begin(&mut self, view: &str, facts: &Value, typed: &Typed) {
        self.call("begin", &[view, &facts.to_string()]);
        let (principal, resource) = (&typed.principal, &typed.resource);
        let now = typed.now.to_string();
        let asked = [&principal.0, &principal.1, &resource.0, &resource.1, &now];
        self.call("ask", &asked.map(String::as_str));
        self.fields(&typed.context);
    }

    /// An entity.
    pub fn entity(&mut self, entity: &FactEntity) {
        self.call("entity", &[&entity.entity_type, &entity.id]);
        for (ty, id) in &entity.parents {
            self.call("parent", &[ty, id]);
        }
        self.fields(&entity.attributes);
        if !entity.tags.is_empty() {
            self.call("tags", &[]);
            self.fields(&entity.tags);
        }
    }

    fn fields(&mut self, fields: &[(String, FactValue)]) {
        for (name, value) in fields {
            self.value(name, value);
        }
    }

    fn value(&mut self, name: &str, value: &FactValue) {
        match value {
            FactValue::Bool(value) => self.call("bool", &[name, &i32::from(*value).to_string()]),
            FactValue::Long(value) => self.call("long", &[name, &value.to_string()]),
            FactValue::String(text) => self.call("text", &[name, text]),
            FactValue::Entity(ty, id) => self.call("reference", &[name, ty, id]),
            FactValue::Decimal(text) => self.call("decimal", &[name, text]),
            FactValue::Ip(text) => self.call("ip", &[name, text]),
            FactValue::Datetime(value) => self.call("datetime", &[name, &value.to_string()]),
            FactValue::Duration(value) => self.call("duration", &[name, &value.to_string()]),
            FactValue::Set(elements) => {
                self.call("set", &[name]);
                for element in elements {
                    self.value("", element);
                }
                self.call("end", &[]);
            }
            FactValue::Record(fields) => {
                self.call("record", &[name]);
                self.fields(fields);
                self.call("end", &[]);
            }
        }
    }
}
