//! The types of Cedar values as the frame knows them.
//!
//! Boolean singleton types are gone: a `True` is a `Bool` (Cedar's typechecker nests singletons in
//! sets and records). Nothing here computes an offset; see [`crate::layout`].

use serde::{Deserialize, Serialize};
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

/// The type of a value in a frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
