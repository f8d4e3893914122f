//! The typed intermediate representation: one expression tree a condition.
//!
//! It knows the frame's types, not Cedar's: singleton booleans, scopes and everything that is
//! decided by types alone are folded away by [`crate::lower`]. Each node says what to compute; how
//! is up to [`crate::emit`]. An error is not a value here: a node that errs leaves the condition.

use privet_frame::extension::Address;
use privet_frame::manifest::EntityUid;
use privet_frame::types::Type;

/// A typed expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    pub(crate) ty: Type,
}

/// What an expression computes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Bool(bool),
    Integer(i64),
    String(String),
    Ip(Address),
    Entity(EntityUid),
    Principal,
    Resource,
    Context,
    /// Evaluates the first for its error alone, then gives the second.
    Then(Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Operands of one type.
    Equal(Box<Expr>, Box<Expr>),
    Less(Box<Expr>, Box<Expr>),
    LessEqual(Box<Expr>, Box<Expr>),
    Add(Box<Expr>, Box<Expr>),
    Subtract(Box<Expr>, Box<Expr>),
    Multiply(Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    /// An entity in an entity.
    In(Box<Expr>, Box<Expr>),
    /// An entity in a set of entities.
    InSet(Box<Expr>, Box<Expr>),
    HasAttribute(Box<Expr>, String),
    GetAttribute(Box<Expr>, String),
    HasField(Box<Expr>, String),
    GetField(Box<Expr>, String),
    /// `has a.b.c`: the base, then the names to walk. Never errs itself.
    HasPath(Box<Expr>, Vec<String>),
    HasTag(Box<Expr>, Box<Expr>),
    GetTag(Box<Expr>, Box<Expr>),
    Set(Vec<Expr>),
    Record(Vec<(String, Expr)>),
    Contains(Box<Expr>, Box<Expr>),
    ContainsAll(Box<Expr>, Box<Expr>),
    ContainsAny(Box<Expr>, Box<Expr>),
    IsEmpty(Box<Expr>),
    /// The literal parts between the stars.
    Like(Box<Expr>, Vec<String>),
    IsIpv4(Box<Expr>),
    IsIpv6(Box<Expr>),
    IsLoopback(Box<Expr>),
    IsMulticast(Box<Expr>),
    IsInRange(Box<Expr>, Box<Expr>),
    /// Whole days downward, in milliseconds.
    ToDate(Box<Expr>),
    /// Milliseconds since midnight.
    ToTime(Box<Expr>),
    /// Division by a positive constant, truncating.
    Divide(Box<Expr>, i64),
}

impl Expr {
    pub(crate) fn new(kind: Kind, ty: Type) -> Self {
        Self { kind, ty }
    }

    pub(crate) fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value), Type::Bool)
    }

    pub(crate) fn boolean(kind: Kind) -> Self {
        Self::new(kind, Type::Bool)
    }

    /// The constant, if this is one.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Gives `value` after this expression has been evaluated for its error.
    pub(crate) fn then(self, value: Expr) -> Self {
        if self.can_err() {
            let ty = value.ty.clone();
            Self::new(Kind::Then(Box::new(self), Box::new(value)), ty)
        } else {
            value
        }
    }

    /// Whether evaluation may err: overflow, or an attribute of an entity that is missing.
    pub(crate) fn can_err(&self) -> bool {
        matches!(
            self.kind,
            Kind::GetAttribute(..)
                | Kind::GetTag(..)
                | Kind::Add(..)
                | Kind::Subtract(..)
                | Kind::Multiply(..)
                | Kind::Negate(..)
                | Kind::ToDate(..)
        ) || self.children().iter().any(|c| c.can_err())
    }

    /// Principal or resource, if evaluation is sure to read an attribute of it: an error, then, when
    /// the entity is missing.
    pub(crate) fn leads(&self) -> Option<&Self> {
        let first = match &self.kind {
            Kind::GetAttribute(base, _)
                if matches!(base.kind, Kind::Principal | Kind::Resource) =>
            {
                return Some(base);
            }
            // What follows is not always evaluated.
            Kind::And(..) | Kind::Or(..) | Kind::If(..) => 1,
            _ => usize::MAX,
        };
        let children = self.children().into_iter();
        children.take(first).find_map(Self::leads)
    }

    /// The operands, in the order of evaluation.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            Kind::Bool(_)
            | Kind::Integer(_)
            | Kind::String(_)
            | Kind::Ip(_)
            | Kind::Entity(_)
            | Kind::Principal
            | Kind::Resource
            | Kind::Context => Vec::new(),
            Kind::Then(a, b)
            | Kind::And(a, b)
            | Kind::Or(a, b)
            | Kind::Equal(a, b)
            | Kind::Less(a, b)
            | Kind::LessEqual(a, b)
            | Kind::Add(a, b)
            | Kind::Subtract(a, b)
            | Kind::Multiply(a, b)
            | Kind::In(a, b)
            | Kind::InSet(a, b)
            | Kind::HasTag(a, b)
            | Kind::GetTag(a, b)
            | Kind::Contains(a, b)
            | Kind::ContainsAll(a, b)
            | Kind::ContainsAny(a, b)
            | Kind::IsInRange(a, b) => vec![a, b],
            Kind::If(a, b, c) => vec![a, b, c],
            Kind::Not(a)
            | Kind::Negate(a)
            | Kind::HasAttribute(a, _)
            | Kind::GetAttribute(a, _)
            | Kind::HasField(a, _)
            | Kind::GetField(a, _)
            | Kind::HasPath(a, _)
            | Kind::IsEmpty(a)
            | Kind::Like(a, _)
            | Kind::IsIpv4(a)
            | Kind::IsIpv6(a)
            | Kind::IsLoopback(a)
            | Kind::IsMulticast(a)
            | Kind::ToDate(a)
            | Kind::ToTime(a)
            | Kind::Divide(a, _) => vec![a],
            Kind::Set(elements) => elements.iter().collect(),
            Kind::Record(fields) => fields.iter().map(|(_, e)| e).collect(),
        }
    }
}
