//! The types of Cedar values as the frame knows them.
//!
//! Boolean singleton types are gone: a `True` is a `Bool` (Cedar's typechecker nests singletons in
//! sets and records). Nothing here computes an offset; see [`crate::layout`].
//!
//! A type is written as a flat list, so that reading one needs no recursion that the bytes of a
//! foreign manifest decide: nesting is bounded while the tree is built.

use serde::{Deserialize, Serialize};
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use crate::verify::MAX_TYPE_DEPTH;

/// The type of a value in a frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<Node>", try_from = "Vec<Node>")]
pub enum Type {
    /// `Bool`.
    Bool,
    /// `Long`, a signed 64-bit integer.
    Long,
    /// `String`, UTF-8 bytes.
    String,
    /// `decimal`, a count of ten-thousandths.
    Decimal,
    /// `datetime`, milliseconds since 1970-01-01T00:00:00Z.
    Datetime,
    /// `duration`, milliseconds.
    Duration,
    /// `ipaddr`, an address as written and a prefix length.
    Ip,
    /// A reference to an entity; the index is the entity type's in the manifest's schema.
    Entity(u32),
    /// A set whose elements have one type.
    Set(Box<Type>),
    /// A record with exactly these fields, sorted by name.
    Record(Vec<Field>),
}

/// A field of a record or an attribute of an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Field {
    /// The name, unescaped.
    pub name: String,
    /// The value's type.
    pub ty: Type,
    /// Whether the field is always present.
    pub required: bool,
}

impl Type {
    /// Whether a value of this type is held as a 64-bit integer.
    pub fn is_integer(&self) -> bool {
        matches!(
            self,
            Type::Long | Type::Decimal | Type::Datetime | Type::Duration
        )
    }
}

/// A type's outermost constructor; the types inside follow it in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Node {
    Bool,
    Long,
    String,
    Decimal,
    Datetime,
    Duration,
    Ip,
    Entity(u32),
    Set,
    /// Names of the fields and whether each is required; their types follow in order.
    Record(Vec<(String, bool)>),
}

impl From<Type> for Vec<Node> {
    fn from(ty: Type) -> Self {
        let mut nodes = Vec::new();
        flatten(&ty, &mut nodes);
        nodes
    }
}

fn flatten(ty: &Type, nodes: &mut Vec<Node>) {
    nodes.push(match ty {
        Type::Bool => Node::Bool,
        Type::Long => Node::Long,
        Type::String => Node::String,
        Type::Decimal => Node::Decimal,
        Type::Datetime => Node::Datetime,
        Type::Duration => Node::Duration,
        Type::Ip => Node::Ip,
        Type::Entity(index) => Node::Entity(*index),
        Type::Set(_) => Node::Set,
        Type::Record(fields) => Node::Record(
            fields
                .iter()
                .map(|f| (f.name.clone(), f.required))
                .collect(),
        ),
    });
    match ty {
        Type::Set(element) => flatten(element, nodes),
        Type::Record(fields) => fields.iter().for_each(|f| flatten(&f.ty, nodes)),
        _ => {}
    }
}

impl TryFrom<Vec<Node>> for Type {
    type Error = &'static str;

    fn try_from(nodes: Vec<Node>) -> Result<Self, &'static str> {
        let mut nodes = nodes.into_iter();
        let ty = build(&mut nodes, 0)?;
        match nodes.next() {
            None => Ok(ty),
            Some(_) => Err("a type goes on behind its end"),
        }
    }
}

fn build(nodes: &mut impl Iterator<Item = Node>, depth: u32) -> Result<Type, &'static str> {
    if depth > MAX_TYPE_DEPTH + 1 {
        return Err("a type is nested too deep");
    }
    Ok(match nodes.next().ok_or("a type ends early")? {
        Node::Bool => Type::Bool,
        Node::Long => Type::Long,
        Node::String => Type::String,
        Node::Decimal => Type::Decimal,
        Node::Datetime => Type::Datetime,
        Node::Duration => Type::Duration,
        Node::Ip => Type::Ip,
        Node::Entity(index) => Type::Entity(index),
        Node::Set => Type::Set(Box::new(build(nodes, depth + 1)?)),
        Node::Record(fields) => Type::Record(
            fields
                .into_iter()
                .map(|(name, required)| {
                    let ty = build(nodes, depth + 1)?;
                    Ok(Field { name, ty, required })
                })
                .collect::<Result<_, &'static str>>()?,
        ),
    })
}
