//! What a valid frame says, as Cedar's JSON: the other half of the definition of validity.
//!
//! `verify` says whether bytes are a frame; this says what they mean, so that Cedar can be asked the
//! same. No uid's text is in a frame: literal entities have their own ids, the others are called by
//! their address. Only what policies read is laid out, so only that is here.

use privet_frame::abi::{entity, header, ip};
use privet_frame::layout::{StructLayout, shape, struct_layout};
use privet_frame::manifest::{EntityKind, Manifest, TagLayout};
use privet_frame::types::Type;
use serde_json::{Map, Value, json};

/// A request and its entities.
#[derive(Debug)]
pub struct Decoded {
    pub signature: u32,
    pub principal: Value,
    pub resource: Value,
    pub context: Value,
    pub entities: Value,
}

struct Reader<'a> {
    frame: &'a [u8],
    manifest: &'a Manifest,
}

/// Reads a frame that `verify` accepts.
pub fn decode(frame: &[u8], manifest: &Manifest) -> Decoded {
    let reader = Reader { frame, manifest };
    let base = manifest.frame_base;
    let header = |offset: u32| reader.load(base + offset);
    let mut entities = Vec::new();
    for (table, count) in [
        (base + header::SIZE, header(header::STORE_ENTITIES)),
        (
            header(header::REQUEST_TABLE),
            header(header::REQUEST_ENTITIES),
        ),
    ] {
        for i in 0..count {
            entities.extend(reader.entity(table + i * entity::SIZE));
        }
    }
    // The action asked for may not be in the frame; the schema says in which groups it is.
    for action in &manifest.schema.actions {
        if !manifest.literals.contains(&action.uid) {
            let uid = |index: u32| {
                let uid = &manifest.schema.actions[index as usize].uid;
                json!({ "type": reader.type_name(uid.ty), "id": uid.id })
            };
            entities.push(json!({
                "uid": { "type": reader.type_name(action.uid.ty), "id": action.uid.id },
                "attrs": {},
                "parents": action.ancestors.iter().map(|a| uid(*a)).collect::<Vec<_>>(),
            }));
        }
    }
    let signature = header(header::SIGNATURE);
    let context = manifest.signatures[signature as usize].context;
    let context = manifest.schema.contexts[context as usize].layout();
    Decoded {
        signature,
        principal: reader.uid(header(header::PRINCIPAL)),
        resource: reader.uid(header(header::RESOURCE)),
        context: reader.fields(&context, header(header::CONTEXT)),
        entities: Value::Array(entities),
    }
}

impl Reader<'_> {
    fn bytes(&self, address: u32, length: u32) -> &[u8] {
        if length == 0 {
            return &[];
        }
        let start = (address - self.manifest.frame_base) as usize;
        &self.frame[start..start + length as usize]
    }

    fn load(&self, address: u32) -> u32 {
        u32::from_le_bytes(self.bytes(address, 4).try_into().expect("four bytes"))
    }

    fn load64(&self, address: u32) -> u64 {
        u64::from_le_bytes(self.bytes(address, 8).try_into().expect("eight bytes"))
    }

    fn type_name(&self, ty: u32) -> &str {
        &self.manifest.schema.entity_types[ty as usize].name
    }

    /// Place in the store's table; literals stand first.
    fn index(&self, reference: u32) -> usize {
        ((reference - self.manifest.frame_base - header::SIZE) / entity::SIZE) as usize
    }

    fn uid(&self, reference: u32) -> Value {
        let id = match self.manifest.literals.get(self.index(reference)) {
            Some(literal) => literal.id.clone(),
            None => format!("#{reference}"),
        };
        let ty = self.load(reference + entity::TYPE);
        json!({ "type": self.type_name(ty), "id": id })
    }

    /// An entity that is in the store; actions always are.
    fn entity(&self, reference: u32) -> Option<Value> {
        let ty = self.load(reference + entity::TYPE);
        let declared = &self.manifest.schema.entity_types[ty as usize];
        let data = self.load(reference + entity::DATA);
        if data == 0 && declared.kind != EntityKind::Action {
            return None;
        }
        let list = self.load(reference + entity::ANCESTORS);
        let count = self.load(reference + entity::ANCESTOR_COUNT);
        let mut parents: Vec<Value> = (0..count)
            .map(|i| self.uid(self.load(list + i * 4)))
            .collect();
        // A literal action is in its groups, whether policies name them or not.
        let literal = self.manifest.literals.get(self.index(reference));
        if let Some(action) = literal.and_then(|uid| self.manifest.action(uid)) {
            let groups = &self.manifest.schema.actions[action as usize].ancestors;
            parents.extend(groups.iter().map(|g| {
                let uid = &self.manifest.schema.actions[*g as usize].uid;
                json!({ "type": self.type_name(uid.ty), "id": uid.id })
            }));
        }
        let mut json = json!({ "uid": self.uid(reference), "attrs": {}, "parents": parents });
        if data != 0 {
            let layout = declared.layout();
            json["attrs"] = self.fields(&layout.attributes, data);
            if let (Some(offset), EntityKind::Standard { tags: Some(ty), .. }) =
                (layout.tags, &declared.kind)
            {
                json["tags"] = self.tags(ty, data + offset);
            }
        }
        Some(json)
    }

    fn tags(&self, ty: &Type, at: u32) -> Value {
        let (table, count) = (self.load(at), self.load(at + 4));
        let layout = TagLayout::new(ty);
        let mut tags = Map::new();
        for i in 0..count {
            let entry = table + i * layout.stride;
            tags.insert(self.string(entry), self.value(ty, entry + layout.value));
        }
        Value::Object(tags)
    }

    fn fields(&self, layout: &StructLayout, at: u32) -> Value {
        let mut members = Map::new();
        for field in &layout.fields {
            let present = field
                .presence
                .is_none_or(|bit| self.load(at + bit / 32 * 4) >> (bit % 32) & 1 == 1);
            if present {
                members.insert(field.name.clone(), self.value(&field.ty, at + field.offset));
            }
        }
        Value::Object(members)
    }

    fn string(&self, at: u32) -> String {
        let bytes = self.bytes(self.load(at), self.load(at + 4));
        String::from_utf8(bytes.to_vec()).expect("UTF-8")
    }

    fn value(&self, ty: &Type, at: u32) -> Value {
        let call = |name: &str, text: String| json!({ "__extn": { "fn": name, "arg": text } });
        match ty {
            Type::Bool => json!(self.load(at) == 1),
            Type::Long => json!(self.load64(at).cast_signed()),
            Type::String => json!(self.string(at)),
            Type::Decimal => {
                let number = self.load64(at).cast_signed();
                let sign = if number < 0 { "-" } else { "" };
                let number = number.unsigned_abs();
                call(
                    "decimal",
                    format!("{sign}{}.{:04}", number / 10_000, number % 10_000),
                )
            }
            Type::Duration => call("duration", format!("{}ms", self.load64(at).cast_signed())),
            Type::Datetime => json!({ "__extn": { "fn": "offset", "args": [
                call("datetime", "1970-01-01".to_owned()),
                call("duration", format!("{}ms", self.load64(at).cast_signed())),
            ] } }),
            Type::Ip => call("ip", self.ip(at)),
            Type::Entity(_) => json!({ "__entity": self.uid(self.load(at)) }),
            Type::Set(element) => {
                let (list, count) = (self.load(at), self.load(at + 4));
                let stride = shape(element).stride();
                (0..count)
                    .map(|i| self.value(element, list + i * stride))
                    .collect()
            }
            Type::Record(fields) => self.fields(&struct_layout(fields), at),
        }
    }

    fn ip(&self, at: u32) -> String {
        let (high, low) = (self.load64(at + ip::HIGH), self.load64(at + ip::LOW));
        let prefix = self.load(at + ip::PREFIX);
        if self.load(at + ip::FAMILY) == 4 {
            let [.., a, b, c, d] = low.to_be_bytes();
            return format!("{a}.{b}.{c}.{d}/{prefix}");
        }
        // Written out: the short forms have exceptions that Cedar does not read.
        let bits = u128::from(high) << 64 | u128::from(low);
        let groups: Vec<String> = (0..8)
            .rev()
            .map(|i| format!("{:x}", bits >> (16 * i) & 0xffff))
            .collect();
        format!("{}/{prefix}", groups.join(":"))
    }
}
