//! The manifest: what a compiled pack says about itself.
//!
//! It travels in a custom section of the guest. It holds the full schema, because facts in JSON are
//! checked as Cedar checks them, attributes that no policy reads included; the attributes that are
//! *laid out* in a frame are marked. Offsets are computed by [`crate::layout`], never stored. No
//! policy text and no personal value may be here.

use crate::layout::{self, StructLayout};
use crate::types::{Field, Type};
use serde::{Deserialize, Serialize};
use std::string::String;
use std::vec::Vec;

/// The format that this crate reads and writes.
pub const FORMAT: u32 = 3;

/// Name of the custom section that carries the manifest.
pub const SECTION: &str = "privet.manifest";

/// The most bytes of a manifest before it is compressed: some hundred thousand policies.
pub const MAX_BYTES: usize = 64 << 20;

/// The level of DEFLATE; every level is read alike.
const LEVEL: u8 = 9;

/// Compresses as manifests are: their length in four bytes, then raw DEFLATE (RFC 1951).
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut compressed = length.to_le_bytes().to_vec();
    compressed.extend(miniz_oxide::deflate::compress_to_vec(bytes, LEVEL));
    compressed
}

/// What was compressed, if that is all there is.
fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    use miniz_oxide::inflate::TINFLStatus;
    use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
    let (length, deflated) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > MAX_BYTES {
        return None;
    }
    let mut plain = std::vec![0; length];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = DecompressorOxide::new();
    let whole = (TINFLStatus::Done, deflated.len(), length);
    (decompress(&mut state, deflated, &mut plain, 0, flags) == whole).then_some(plain)
}

/// What a compiled pack says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the pack.
    pub name: String,
    /// Revision of the pack, as its author counts.
    pub revision: u64,
    /// Whether an erring forbid that could apply denies.
    pub strict: bool,
    /// SHA-256 of the schema's text.
    pub schema_digest: [u8; 32],
    /// Address at which every frame starts.
    pub frame_base: u32,
    /// Address of the output area, see [`crate::abi::output`].
    pub output_base: u32,
    /// Words of bits of each kind in an output.
    pub words: u32,
    /// Room, in entries, of each of the two lists in an output.
    pub list_capacity: u32,
    /// The schema's types.
    pub schema: Schema,
    /// Entities with a fixed place at the start of the entity table: those that policies name.
    pub literals: Vec<EntityUid>,
    /// Combinations of principal, resource and context type.
    pub signatures: Vec<Signature>,
    /// Request environments, in the order of the guest's `authorize` indices.
    pub environments: Vec<Environment>,
    /// Plans, in the order of the guest's `plan` indices.
    pub plans: Vec<Plan>,
    /// Sets of actions that plan entries refer to, ascending indices each.
    pub action_sets: Vec<Vec<u32>>,
    /// The policies, sorted by id bytewise.
    pub policies: Vec<Policy>,
    /// The field classes, sorted by id.
    pub classes: Vec<Class>,
    /// The gates, in the order of the guest's view indices.
    pub gates: Vec<Gate>,
    /// Names of the obligations; a bit of the plan's mask each.
    pub obligations: Vec<String>,
}

/// The types of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// Entity types, action types included, sorted by name.
    pub entity_types: Vec<EntityType>,
    /// Context types.
    pub contexts: Vec<Context>,
    /// Actions and action groups, sorted by type and id.
    pub actions: Vec<Action>,
}

/// A declared entity type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityType {
    /// Name with its namespace.
    pub name: String,
    /// What kind of entities it has.
    pub kind: EntityKind,
    /// Indices of the types that a parent may have.
    pub parents: Vec<u32>,
}

/// The kinds of entity types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityKind {
    /// Declared with attributes and perhaps tags.
    Standard {
        /// The attributes, sorted by name.
        attributes: Vec<Field>,
        /// The type of every tag, if the type has tags.
        tags: Option<Type>,
        /// Indices of the attributes that are laid out.
        laid_out: Vec<u32>,
        /// Whether the tags are laid out.
        tags_laid_out: bool,
    },
    /// Declared by the list of its ids.
    Enumerated(Vec<String>),
    /// A type of actions.
    Action,
}

/// A context type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The fields, sorted by name.
    pub fields: Vec<Field>,
    /// Indices of the fields that are laid out.
    pub laid_out: Vec<u32>,
}

/// An action or an action group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its uid.
    pub uid: EntityUid,
    /// Indices of all the groups it is in, directly or not, ascending.
    pub ancestors: Vec<u32>,
    /// Indices of the principal types it applies to.
    pub principals: Vec<u32>,
    /// Indices of the resource types it applies to.
    pub resources: Vec<u32>,
    /// Index of its context type.
    pub context: u32,
}

/// A type and an id, both unescaped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityUid {
    /// Index of the entity type.
    pub ty: u32,
    /// The id.
    pub id: String,
}

/// Principal, resource and context type of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// Index of the principal's type.
    pub principal: u32,
    /// Index of the resource's type.
    pub resource: u32,
    /// Index of the context's type.
    pub context: u32,
}

/// A request environment: a signature and an action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Environment {
    /// Index of the signature.
    pub signature: u32,
    /// Index of the action.
    pub action: u32,
    /// The entries of an answer: indices of the policies that may decide here. Where the signature
    /// has a plan, the entries are the plan's, and this is empty.
    pub policies: Vec<u32>,
}

/// What one call answers: every gate and rung for one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Index of the signature.
    pub signature: u32,
    /// What is evaluated: the entries of an answer.
    pub entries: Vec<PlanEntry>,
}

/// A policy's condition as it stands for some of the plan's actions. A policy whose condition
/// tests `action` may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// Index of the policy.
    pub policy: u32,
    /// Index of the set of actions for which this condition decides.
    pub actions: u32,
}

/// Cedar's two effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// The policy permits.
    Permit,
    /// The policy forbids.
    Forbid,
}

/// A policy of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id: the annotation `@id` in a pack, Cedar's own elsewhere.
    pub id: String,
    /// Its effect.
    pub effect: Effect,
    /// Where its source stands.
    pub position: Position,
    /// Indices of its obligations.
    pub obligations: Vec<u32>,
    /// Whether a deciding forbid tells the viewer that the résumé exists (`@answer("forbidden")`).
    pub answers_forbidden: bool,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The file's name as given to the compiler.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A field class: paths with one ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// The id of its group action.
    pub id: String,
    /// The JSONPaths of its fields.
    pub fields: Vec<String>,
    /// The rungs, most revealing first.
    pub rungs: Vec<Rung>,
}

/// A rung of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Index of its action.
    pub action: u32,
    /// Its rank, 1 the most revealing.
    pub rank: u32,
    /// The annotation's text, e.g. `mask:phone`.
    pub rendering: String,
    /// One rendering a field of the class, in the order of the fields.
    pub renderings: Vec<String>,
}

/// The action that admits a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The view's name.
    pub view: String,
    /// Index of the action.
    pub action: u32,
}

/// The layout of an entity's struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityLayout {
    /// The attributes that are laid out.
    pub attributes: StructLayout,
    /// Offset of the address and length of the tag table, behind the attributes.
    pub tags: Option<u32>,
    /// Size in bytes, tags included.
    pub size: u32,
}

/// The layout of an entry in a tag table: the key's address and length, then the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagLayout {
    /// Offset of the value.
    pub value: u32,
    /// Distance between two entries.
    pub stride: u32,
}

impl TagLayout {
    /// The layout for values of type `ty`.
    pub fn new(ty: &Type) -> Self {
        let shape = layout::shape(ty);
        let value = layout::round_up(8, shape.align);
        Self {
            value,
            stride: layout::round_up(value + shape.size, shape.align.max(4)),
        }
    }
}

impl EntityType {
    /// The layout of this type's struct.
    pub fn layout(&self) -> EntityLayout {
        let (attributes, has_tags) = match &self.kind {
            EntityKind::Standard {
                attributes,
                laid_out,
                tags_laid_out,
                ..
            } => (pick(attributes, laid_out), *tags_laid_out),
            EntityKind::Enumerated(_) | EntityKind::Action => (pick(&[], &[]), false),
        };
        let tags = has_tags.then_some(attributes.size);
        EntityLayout {
            size: attributes.size + if has_tags { attributes.align.max(8) } else { 0 },
            attributes,
            tags,
        }
    }
}

impl Context {
    /// The layout of this context's struct.
    pub fn layout(&self) -> StructLayout {
        pick(&self.fields, &self.laid_out)
    }
}

fn pick(fields: &[Field], laid_out: &[u32]) -> StructLayout {
    layout::struct_layout(
        laid_out
            .iter()
            .filter_map(|&i| fields.get(usize::try_from(i).ok()?)),
    )
}

impl Manifest {
    /// Where the parts of an output stand.
    pub fn output(&self) -> crate::abi::output::Shape {
        crate::abi::output::Shape {
            classes: u32::try_from(self.classes.len()).unwrap_or(u32::MAX),
            words: self.words,
            room: self.list_capacity,
        }
    }

    /// The manifest's bytes: postcard, [`compress`]ed.
    ///
    /// # Errors
    ///
    /// None that a manifest in memory can cause; the encoder's signature has one.
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self).map(|bytes| compress(&bytes))
    }

    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// When the bytes are not a manifest of [`FORMAT`], go on behind it, or are more than
    /// [`MAX_BYTES`].
    pub fn decode(bytes: &[u8]) -> Result<Self, postcard::Error> {
        let bytes = decompress(bytes).ok_or(postcard::Error::DeserializeBadEncoding)?;
        let (manifest, rest): (Self, _) = postcard::take_from_bytes(&bytes)?;
        if manifest.format != FORMAT || !rest.is_empty() || !manifest.is_sound() {
            return Err(postcard::Error::DeserializeBadEncoding);
        }
        Ok(manifest)
    }

    /// Whether no address computed from it can overflow: the areas stand in their order below a
    /// gigabyte, and what is laid out is laid out once.
    fn is_sound(&self) -> bool {
        let ascending = |list: &[u32]| list.windows(2).all(|w| matches!(w, [a, b] if a < b));
        let types = self.schema.entity_types.iter().all(|t| match &t.kind {
            EntityKind::Standard { laid_out, .. } => ascending(laid_out),
            EntityKind::Enumerated(_) | EntityKind::Action => true,
        });
        let contexts = self.schema.contexts.iter().all(|c| ascending(&c.laid_out));
        // As `Shape::size`, in numbers that cannot overflow.
        let output = u64::from(crate::abi::output::SIZE)
            + (self.classes.len() as u64).next_multiple_of(8)
            + u64::from(self.words) * 16
            + u64::from(self.list_capacity) * 8;
        let end = u64::from(self.output_base) + output.next_multiple_of(16);
        let areas = end <= u64::from(self.frame_base)
            && self.frame_base <= 1 << 30
            && self.frame_base.is_multiple_of(8);
        types && contexts && areas
    }

    /// Index of the entity type of that name.
    pub fn entity_type(&self, name: &str) -> Option<u32> {
        let index = self
            .schema
            .entity_types
            .binary_search_by(|t| t.name.as_str().cmp(name))
            .ok()?;
        u32::try_from(index).ok()
    }

    /// Index of the action with that type and id.
    pub fn action(&self, uid: &EntityUid) -> Option<u32> {
        let index = self
            .schema
            .actions
            .binary_search_by(|a| a.uid.cmp(uid))
            .ok()?;
        u32::try_from(index).ok()
    }
}
