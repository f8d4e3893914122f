//! Operators broken on purpose, to show that a comparison with Cedar can fail.
//!
//! Without the feature `mutations`, which only tests enable, nothing can ask for one and
//! [`Broken::is`] is never true. What a mutation does is written where the operator is compiled, or
//! here, where it is a change of the intermediate representation. Nothing here may be reached by
//! [`crate::compile`].

use crate::conditions::Condition;
use crate::ir::{Expr, Kind};
use privet_frame::types::Type;

const DAY: i64 = 86_400_000;

macro_rules! mutations {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A way in which the compiler may be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutation {
            $($(#[$doc])* $name,)*
        }

        #[cfg(feature = "mutations")]
        impl Mutation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

mutations! {
    /// `<` compares as `<=`.
    LessIsLessEqual,
    /// `<=` compares as `<`.
    LessEqualIsLess,
    /// `&&` decides as `||`.
    AndIsOr,
    /// `||` decides as `&&`.
    OrIsAnd,
    /// `!` is left out.
    NotIsNothing,
    /// `if` takes the other branch.
    IfTakesTheOther,
    /// `==` is always true.
    EqualIsTrue,
    /// `+` subtracts.
    AddIsSubtract,
    /// `-` subtracts the other way round.
    SubtractIsReversed,
    /// `*` adds.
    MultiplyIsAdd,
    /// Unary `-` is left out.
    NegateIsNothing,
    /// `in` looks at no ancestors.
    InIsEqual,
    /// `in` a set looks at no ancestors.
    InSetIsContains,
    /// `has` of an entity's attribute ignores presence bits and missing entities.
    HasAttributeIsTrue,
    /// `has` of a record's field ignores presence bits.
    HasFieldIsTrue,
    /// `has a.b` looks at `a` alone.
    HasPathLooksAtTheFirst,
    /// `hasTag` is always true.
    HasTagIsTrue,
    /// `contains` is always false.
    ContainsIsFalse,
    /// `containsAll` is `containsAny`.
    ContainsAllIsAny,
    /// `containsAny` is `containsAll`.
    ContainsAnyIsAll,
    /// `isEmpty` is always false.
    IsEmptyIsFalse,
    /// A pattern's first star is not there.
    LikeForgetsAStar,
    /// `isIpv4` is `isIpv6`.
    Ipv4IsIpv6,
    /// `isLoopback` is `isMulticast`.
    LoopbackIsMulticast,
    /// `isInRange` takes its operands the other way round.
    InRangeIsReversed,
    /// `toDate` rounds toward zero.
    ToDateRoundsTowardZero,
    /// `toTime` rounds toward zero.
    ToTimeRoundsTowardZero,
    /// `toDays` and its like use ten times the unit.
    DivisionIsByTenTimes,
    /// What types decide is folded although an operand may err.
    FoldingForgetsErrors,
    /// Overflow is not noticed.
    OverflowIsIgnored,
    /// An attribute of an entity that is missing does not err.
    MissingEntityIsIgnored,
    /// An erring policy counts as satisfied.
    ErrorSatisfies,
    /// An erring policy is not reported.
    ErrorIsFalse,
    /// Set literals keep equal elements.
    SetKeepsDuplicates,
    /// Forbids do not deny.
    ForbidIsIgnored,
    /// A policy decides one action fewer than its scope says.
    OneActionFewer,
}

/// What is broken, if anything.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Broken(#[cfg(feature = "mutations")] pub(crate) Option<Mutation>);

impl Broken {
    /// Whether it is broken in that way.
    #[cfg(feature = "mutations")]
    pub(crate) fn is(self, mutation: Mutation) -> bool {
        self.0 == Some(mutation)
    }

    /// Never.
    #[cfg(not(feature = "mutations"))]
    pub(crate) fn is(self, _: Mutation) -> bool {
        false
    }

    /// Changes conditions where the mutation is one of the intermediate representation.
    pub(crate) fn conditions(self, mut conditions: Vec<Condition>) -> Vec<Condition> {
        if cfg!(feature = "mutations") {
            for condition in &mut conditions {
                self.expr(&mut condition.expr);
                if self.is(Mutation::OneActionFewer) && condition.actions.len() > 1 {
                    condition.actions.pop_last();
                }
            }
        }
        conditions
    }

    fn expr(self, expr: &mut Expr) {
        let kind = std::mem::replace(&mut expr.kind, Kind::Bool(false));
        expr.kind = self.kind(kind);
        for child in children(&mut expr.kind) {
            self.expr(child);
        }
    }

    fn kind(self, kind: Kind) -> Kind {
        use Mutation as M;
        let days = |a: Box<Expr>| {
            let long = |kind| Box::new(Expr::new(kind, Type::Long));
            let day = long(Kind::Integer(DAY));
            Kind::Multiply(long(Kind::Divide(a, DAY)), day)
        };
        match kind {
            Kind::Less(a, b) if self.is(M::LessIsLessEqual) => Kind::LessEqual(a, b),
            Kind::LessEqual(a, b) if self.is(M::LessEqualIsLess) => Kind::Less(a, b),
            Kind::And(a, b) if self.is(M::AndIsOr) => Kind::Or(a, b),
            Kind::Or(a, b) if self.is(M::OrIsAnd) => Kind::And(a, b),
            Kind::Not(a) if self.is(M::NotIsNothing) => a.kind,
            Kind::If(test, a, b) if self.is(M::IfTakesTheOther) => Kind::If(test, b, a),
            Kind::Equal(..) if self.is(M::EqualIsTrue) => Kind::Bool(true),
            Kind::Add(a, b) if self.is(M::AddIsSubtract) => Kind::Subtract(a, b),
            Kind::Subtract(a, b) if self.is(M::SubtractIsReversed) => Kind::Subtract(b, a),
            Kind::Multiply(a, b) if self.is(M::MultiplyIsAdd) => Kind::Add(a, b),
            Kind::Negate(a) if self.is(M::NegateIsNothing) => a.kind,
            Kind::In(a, b) if self.is(M::InIsEqual) => Kind::Equal(a, b),
            Kind::InSet(a, b) if self.is(M::InSetIsContains) => Kind::Contains(b, a),
            Kind::HasAttribute(..) if self.is(M::HasAttributeIsTrue) => Kind::Bool(true),
            Kind::HasField(..) if self.is(M::HasFieldIsTrue) => Kind::Bool(true),
            Kind::HasPath(a, names) if self.is(M::HasPathLooksAtTheFirst) => {
                Kind::HasPath(a, names.into_iter().take(1).collect())
            }
            Kind::HasTag(..) if self.is(M::HasTagIsTrue) => Kind::Bool(true),
            Kind::Contains(..) if self.is(M::ContainsIsFalse) => Kind::Bool(false),
            Kind::ContainsAll(a, b) if self.is(M::ContainsAllIsAny) => Kind::ContainsAny(a, b),
            Kind::ContainsAny(a, b) if self.is(M::ContainsAnyIsAll) => Kind::ContainsAll(a, b),
            Kind::IsEmpty(_) if self.is(M::IsEmptyIsFalse) => Kind::Bool(false),
            Kind::Like(a, parts) if self.is(M::LikeForgetsAStar) && parts.len() > 1 => {
                let joined = parts.iter().take(2).map(String::as_str).collect();
                let rest = parts.iter().skip(2).cloned();
                Kind::Like(a, std::iter::once(joined).chain(rest).collect())
            }
            Kind::IsIpv4(a) if self.is(M::Ipv4IsIpv6) => Kind::IsIpv6(a),
            Kind::IsLoopback(a) if self.is(M::LoopbackIsMulticast) => Kind::IsMulticast(a),
            Kind::IsInRange(a, b) if self.is(M::InRangeIsReversed) => Kind::IsInRange(b, a),
            Kind::ToDate(a) if self.is(M::ToDateRoundsTowardZero) => days(a),
            Kind::ToTime(a) if self.is(M::ToTimeRoundsTowardZero) => {
                let date = Expr::new(days(a.clone()), Type::Datetime);
                Kind::Subtract(a, Box::new(date))
            }
            Kind::Divide(a, unit) if self.is(M::DivisionIsByTenTimes) => Kind::Divide(a, unit * 10),
            Kind::Then(_, b) if self.is(M::FoldingForgetsErrors) => b.kind,
            other => other,
        }
    }
}

/// The operands, to be changed in place.
fn children(kind: &mut Kind) -> Vec<&mut Expr> {
    match kind {
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
        Kind::Set(elements) => elements.iter_mut().collect(),
        Kind::Record(fields) => fields.iter_mut().map(|(_, e)| e).collect(),
    }
}
