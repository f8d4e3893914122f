//! Extension values in JSON: a text, `{fn, arg}`, `{fn, args}`, or these under `__extn`.
//!
//! Any function that returns the wanted type is accepted, nested too, because Cedar does. An
//! evaluation error refuses the facts. `unknown` is refused: a typed layout cannot hold it.
//!
//! Where a `Bool` or a `Long` is wanted, Cedar reads without the help of a type: there the function
//! stands under `__extn`, and so do its arguments. A text is then a string and nothing else.

use super::json::Json;
use super::path::Path;
use super::value::refuse;
use crate::error::FactsError;
use privet_frame::extension::{self, Address};
use privet_frame::types::Type;
use privet_frame::value::Value;

const DAY: i64 = 86_400_000;

/// Argument types and result type of a function.
fn signature(name: &str) -> Option<(&'static [Type], Type)> {
    Some(match name {
        "decimal" => (&[Type::String], Type::Decimal),
        "ip" => (&[Type::String], Type::Ip),
        "datetime" => (&[Type::String], Type::Datetime),
        "duration" => (&[Type::String], Type::Duration),
        "lessThan" | "lessThanOrEqual" | "greaterThan" | "greaterThanOrEqual" => {
            (&[Type::Decimal, Type::Decimal], Type::Bool)
        }
        "isIpv4" | "isIpv6" | "isLoopback" | "isMulticast" => (&[Type::Ip], Type::Bool),
        "isInRange" => (&[Type::Ip, Type::Ip], Type::Bool),
        "offset" => (&[Type::Datetime, Type::Duration], Type::Datetime),
        "durationSince" => (&[Type::Datetime, Type::Datetime], Type::Duration),
        "toDate" => (&[Type::Datetime], Type::Datetime),
        "toTime" => (&[Type::Datetime], Type::Duration),
        "toMilliseconds" | "toSeconds" | "toMinutes" | "toHours" | "toDays" => {
            (&[Type::Duration], Type::Long)
        }
        _ => return None,
    })
}

/// A value of type `ty`, which an extension function returns.
pub(crate) fn value(path: &Path<'_>, ty: &Type, json: &Json<'_>) -> Result<Value, FactsError> {
    let explicit = matches!(ty, Type::Bool | Type::Long);
    read(path, ty, json, explicit)
}

fn read(path: &Path<'_>, ty: &Type, json: &Json<'_>, explicit: bool) -> Result<Value, FactsError> {
    if explicit && json.get("__extn").is_none() {
        return refuse(
            path,
            format_args!("expected `__extn`, found {}", json.kind()),
        );
    }
    if let Json::String(text) = json {
        let constructor = match ty {
            Type::Decimal => "decimal",
            Type::Ip => "ip",
            Type::Datetime => "datetime",
            Type::Duration => "duration",
            Type::String => return Ok(Value::String((*text).to_owned())),
            _ => return refuse(path, "expected an extension value, found a string"),
        };
        let read = apply(constructor, &[Value::String((*text).to_owned())]);
        return read.map_or_else(|| refuse(path, format_args!("not a {constructor}")), Ok);
    }
    let call = json.get("__extn").unwrap_or(json);
    let Some(name) = call.get("fn").and_then(Json::as_str) else {
        return refuse(
            path,
            format_args!("expected an extension value, found {}", json.kind()),
        );
    };
    let Some((parameters, result)) = signature(name) else {
        return refuse(
            path,
            format_args!("`{name}` is no function of a known value"),
        );
    };
    if result != *ty {
        return refuse(path, format_args!("`{name}` returns another type"));
    }
    let arguments: Vec<&Json<'_>> = match (call.get("arg"), call.get("args")) {
        // With both, the one counts.
        (Some(one), _) => vec![one],
        (None, Some(Json::Array(all))) => all.iter().collect(),
        _ => return refuse(path, format_args!("`{name}` without arguments")),
    };
    if arguments.len() != parameters.len() {
        return refuse(
            path,
            format_args!("`{name}` takes {} arguments", parameters.len()),
        );
    }
    let values = parameters
        .iter()
        .zip(arguments)
        .map(|(ty, json)| match (ty, json) {
            (Type::String, Json::String(text)) => Ok(Value::String((*text).to_owned())),
            (Type::String, other) => refuse(
                path,
                format_args!("expected a string, found {}", other.kind()),
            ),
            _ => read(path, ty, json, explicit),
        })
        .collect::<Result<Vec<_>, _>>()?;
    apply(name, &values).map_or_else(
        || refuse(path, format_args!("`{name}` has no value there")),
        Ok,
    )
}

fn apply(name: &str, arguments: &[Value]) -> Option<Value> {
    match arguments {
        [Value::String(text)] => match name {
            "decimal" => extension::decimal(text).map(Value::Integer),
            "datetime" => extension::datetime(text).map(Value::Integer),
            "duration" => extension::duration(text).map(Value::Integer),
            _ => extension::ip(text).map(Value::Ip),
        },
        [Value::Ip(a)] => Some(Value::Bool(match name {
            "isIpv4" => !a.is_v6,
            "isIpv6" => a.is_v6,
            "isLoopback" => a.is_loopback(),
            _ => a.is_multicast(),
        })),
        [Value::Ip(a), Value::Ip(b)] => Some(Value::Bool(Address::is_in_range(*a, *b))),
        [Value::Integer(a)] => Some(Value::Integer(match name {
            "toDate" => a.checked_sub(a.rem_euclid(DAY))?,
            "toTime" => a.rem_euclid(DAY),
            "toSeconds" => a / 1000,
            "toMinutes" => a / 60_000,
            "toHours" => a / 3_600_000,
            "toDays" => a / DAY,
            _ => *a,
        })),
        [Value::Integer(a), Value::Integer(b)] => Some(match name {
            "offset" => Value::Integer(a.checked_add(*b)?),
            "durationSince" => Value::Integer(a.checked_sub(*b)?),
            "lessThan" => Value::Bool(a < b),
            "lessThanOrEqual" => Value::Bool(a <= b),
            "greaterThan" => Value::Bool(a > b),
            _ => Value::Bool(a >= b),
        }),
        _ => None,
    }
}
