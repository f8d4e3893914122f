//! Extension functions and methods.
//!
//! Constructors take literals in strict mode, so they are constants, read by the same code that
//! reads facts. Methods become operations on the number or address behind the value.

use super::{Lowering, Typed};
use crate::error::CompileError;
use crate::ir::{Expr, Kind};
use privet_frame::extension;
use privet_frame::types::Type;

impl Lowering<'_> {
    pub(super) fn call(
        &self,
        typed: &Typed,
        name: &str,
        args: &[Typed],
    ) -> Result<Expr, CompileError> {
        let mut args = self.all(args.iter())?.into_iter();
        let wrong = || self.unsupported(typed, &format!("extension function `{name}`"));
        let first = args.next().ok_or_else(wrong)?;
        let second = args.next();
        if args.next().is_some() {
            return Err(wrong());
        }
        if let Kind::String(text) = &first.kind
            && second.is_none()
        {
            return constant(name, text).ok_or_else(wrong);
        }
        let first = Box::new(first);
        match (second, name) {
            (None, _) => unary(name, first).ok_or_else(wrong),
            (Some(second), _) => binary(name, first, Box::new(second)).ok_or_else(wrong),
        }
    }
}

fn constant(name: &str, text: &str) -> Option<Expr> {
    let integer = |value: Option<i64>, ty| Some(Expr::new(Kind::Integer(value?), ty));
    match name {
        "decimal" => integer(extension::decimal(text), Type::Decimal),
        "datetime" => integer(extension::datetime(text), Type::Datetime),
        "duration" => integer(extension::duration(text), Type::Duration),
        "ip" => Some(Expr::new(Kind::Ip(extension::ip(text)?), Type::Ip)),
        _ => None,
    }
}

fn unary(name: &str, arg: Box<Expr>) -> Option<Expr> {
    let long = |unit| Some(Expr::new(Kind::Divide(arg.clone(), unit), Type::Long));
    match name {
        "isIpv4" => Some(Expr::boolean(Kind::IsIpv4(arg))),
        "isIpv6" => Some(Expr::boolean(Kind::IsIpv6(arg))),
        "isLoopback" => Some(Expr::boolean(Kind::IsLoopback(arg))),
        "isMulticast" => Some(Expr::boolean(Kind::IsMulticast(arg))),
        "toDate" => Some(Expr::new(Kind::ToDate(arg), Type::Datetime)),
        "toTime" => Some(Expr::new(Kind::ToTime(arg), Type::Duration)),
        "toMilliseconds" => long(1),
        "toSeconds" => long(1000),
        "toMinutes" => long(60_000),
        "toHours" => long(3_600_000),
        "toDays" => long(86_400_000),
        _ => None,
    }
}

fn binary(name: &str, a: Box<Expr>, b: Box<Expr>) -> Option<Expr> {
    Some(match name {
        "lessThan" => Expr::boolean(Kind::Less(a, b)),
        "lessThanOrEqual" => Expr::boolean(Kind::LessEqual(a, b)),
        // The operands change places, not the order of evaluation that shows: only whether a policy
        // errs is seen, not where.
        "greaterThan" => Expr::boolean(Kind::Less(b, a)),
        "greaterThanOrEqual" => Expr::boolean(Kind::LessEqual(b, a)),
        "isInRange" => Expr::boolean(Kind::IsInRange(a, b)),
        "offset" => Expr::new(Kind::Add(a, b), Type::Datetime),
        "durationSince" => Expr::new(Kind::Subtract(a, b), Type::Duration),
        _ => return None,
    })
}
