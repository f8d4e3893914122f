//! Where in the facts something is, for messages. It is made into text only when a message is.

use super::names::Uid;
use crate::policy::Policy;
use std::fmt;

/// A place: a name, and the way from there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'p> {
    Name(&'p str),
    Entity(&'p Policy, Uid<'p>),
    Field(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
    Tag(&'p Path<'p>, &'p str),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Name(name) => f.write_str(name),
            Path::Entity(policy, uid) => f.write_str(&policy.describe(*uid)),
            Path::Field(above, name) => write!(f, "{above}.{name}"),
            Path::Index(above, index) => write!(f, "{above}[{index}]"),
            Path::Tag(above, key) => write!(f, "{above}.tags[{key:?}]"),
        }
    }
}
