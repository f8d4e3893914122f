//! Values of a frame before they are laid out, and the canonical order.
//!
//! A set is kept sorted and without duplicates, as in the frame, so that equality of values is
//! equality of trees. Nothing here knows an address but those of entities.

use crate::extension::Address;
use core::cmp::Ordering;
use std::string::String;
use std::vec::Vec;

/// A value of some [`crate::types::Type`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A `Bool`.
    Bool(bool),
    /// A `Long`, or the number behind a `decimal`, `datetime` or `duration`.
    Integer(i64),
    /// A `String`.
    String(String),
    /// An `ipaddr`.
    Ip(Address),
    /// A reference: the address of the entity's entry.
    Entity(u32),
    /// A set, strictly ascending; see [`Value::set`].
    Set(Vec<Value>),
    /// A record: one slot a field, in the order of the type's fields.
    Record(Vec<Option<Value>>),
}

impl Value {
    /// A set of these elements, sorted and without duplicates.
    pub fn set(mut elements: Vec<Value>) -> Self {
        elements.sort_by(Value::compare);
        elements.dedup();
        Value::Set(elements)
    }

    /// The canonical order of two values of one type.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
            (Value::Entity(a), Value::Entity(b)) => a.cmp(b),
            (Value::String(a), Value::String(b)) => a
                .len()
                .cmp(&b.len())
                .then_with(|| a.as_bytes().cmp(b.as_bytes())),
            (Value::Ip(a), Value::Ip(b)) => a.order_key().cmp(&b.order_key()),
            (Value::Set(a), Value::Set(b)) => a
                .len()
                .cmp(&b.len())
                .then_with(|| compare_all(a.iter().map(Some), b.iter().map(Some))),
            (Value::Record(a), Value::Record(b)) => {
                compare_all(a.iter().map(Option::as_ref), b.iter().map(Option::as_ref))
            }
            // Values of one type have one shape; any order will do for what cannot happen.
            _ => Ordering::Less,
        }
    }
}

fn compare_all<'a>(
    a: impl Iterator<Item = Option<&'a Value>>,
    b: impl Iterator<Item = Option<&'a Value>>,
) -> Ordering {
    a.zip(b)
        .map(|pair| match pair {
            (Some(a), Some(b)) => a.compare(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
