//! Expressions of a wanted type.
//!
//! What an expression reads may need guards; they are gathered and put before the condition that
//! the expression is part of (see `boolean`). `None` means that nothing of the type can be made.

use super::paths::Path;
use super::{scope, text};
use crate::random::Random;
use privet_frame::manifest::Manifest;
use privet_frame::types::Type;

/// Strings of policies and of facts.
pub(super) const TEXTS: [&str; 8] = ["", "a", "ab", "a*b", "张三", "a\0b", "k", "\"\\"];

/// Makes the expressions of one policy.
#[derive(Debug)]
pub(super) struct Expressions<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) random: &'a mut Random,
    pub(super) paths: Vec<Path>,
    /// Types that something in reach has.
    pub(super) types: Vec<Type>,
    pub(super) guards: Vec<String>,
}

impl Expressions<'_> {
    /// Something that can be read and has the type; its guards are remembered.
    pub(super) fn path(&mut self, ty: &Type) -> Option<String> {
        let fit: Vec<usize> = (0..self.paths.len())
            .filter(|i| self.paths[*i].ty == *ty)
            .collect();
        if fit.is_empty() {
            return None;
        }
        let path = self.paths[*self.random.pick(&fit)].clone();
        self.guards.extend(path.guards);
        Some(path.text)
    }

    /// An expression of the type.
    pub(super) fn expr(&mut self, ty: &Type, depth: usize) -> Option<String> {
        if self.random.chance(if depth == 0 { 70 } else { 30 })
            && let Some(path) = self.path(ty)
        {
            return Some(path);
        }
        if depth > 0 {
            let made = match self.random.below(10) {
                0 => self.choice(ty, depth - 1),
                1 => self.projection(ty, depth - 1),
                2..=7 => self.operation(ty, depth - 1),
                _ => None,
            };
            if made.is_some() {
                return made;
            }
        }
        let literal = self.literal(ty, depth);
        literal.or_else(|| self.path(ty))
    }

    fn choice(&mut self, ty: &Type, depth: usize) -> Option<String> {
        let test = self.bool(depth);
        let (yes, no) = (self.expr(ty, depth)?, self.expr(ty, depth)?);
        Some(format!("(if {test} then {yes} else {no})"))
    }

    /// A field of a record literal; the other fields are evaluated too.
    fn projection(&mut self, ty: &Type, depth: usize) -> Option<String> {
        let value = self.expr(ty, depth)?;
        let other = self.expr(&Type::Long, depth)?;
        Some(match self.random.below(2) {
            0 => format!("{{ a: {value}, \"b c\": {other} }}.a"),
            _ => format!("{{ \"x y\": {value}, b: {{ c: {other} }} }}[\"x y\"]"),
        })
    }

    fn operation(&mut self, ty: &Type, depth: usize) -> Option<String> {
        Some(match ty {
            Type::Bool => self.bool(depth),
            Type::Long => match self.random.below(6) {
                0..=3 => {
                    let operator = *self.random.pick(&["+", "-", "*"]);
                    let (a, b) = (self.expr(ty, depth)?, self.expr(ty, depth)?);
                    format!("({a} {operator} {b})")
                }
                4 => format!("(-{})", self.expr(ty, depth)?),
                _ => {
                    let unit = *self.random.pick(&[
                        "toMilliseconds",
                        "toSeconds",
                        "toMinutes",
                        "toHours",
                        "toDays",
                    ]);
                    format!("{}.{unit}()", self.expr(&Type::Duration, depth)?)
                }
            },
            Type::Datetime => match self.random.below(2) {
                0 => format!(
                    "{}.offset({})",
                    self.expr(ty, depth)?,
                    self.expr(&Type::Duration, depth)?
                ),
                _ => format!("{}.toDate()", self.expr(ty, depth)?),
            },
            Type::Duration => match self.random.below(2) {
                0 => format!(
                    "{}.durationSince({})",
                    self.expr(&Type::Datetime, depth)?,
                    self.expr(&Type::Datetime, depth)?
                ),
                _ => format!("{}.toTime()", self.expr(&Type::Datetime, depth)?),
            },
            _ => return None,
        })
    }

    pub(super) fn literal(&mut self, ty: &Type, depth: usize) -> Option<String> {
        let d = depth.saturating_sub(1);
        Some(match ty {
            Type::Bool => (*self.random.pick(&["true", "false"])).to_owned(),
            Type::Long => (*self.random.pick(&[
                "0",
                "1",
                "2",
                "7",
                "(-1)",
                "9223372036854775807",
                "(-9223372036854775808)",
                "4611686018427387904",
            ]))
            .to_owned(),
            Type::String => text::string(self.random.pick::<&str>(&TEXTS)),
            Type::Decimal => format!(
                "decimal(\"{}\")",
                self.random
                    .pick(&["0.0", "1.50", "-1.5", "922337203685477.5807", "00.1"])
            ),
            Type::Datetime => format!(
                "datetime(\"{}\")",
                self.random.pick(&[
                    "1970-01-01",
                    "1969-12-31",
                    "2024-02-29T23:59:59.999Z",
                    "1969-12-31T12:00:00+0130",
                    "9999-12-31",
                ])
            ),
            Type::Duration => format!(
                "duration(\"{}\")",
                self.random.pick(&[
                    "0ms",
                    "1d",
                    "-2h",
                    "86399999ms",
                    "-1d2h3m4s5ms",
                    "9223372036854775807ms",
                    "-9223372036854775808ms",
                ])
            ),
            Type::Ip => format!(
                "ip(\"{}\")",
                self.random.pick(&[
                    "10.0.0.1",
                    "10.0.0.0/8",
                    "10.1.2.3/8",
                    "::1",
                    "::/0",
                    "ff00::/8",
                    "0.0.0.0/0",
                    "127.0.0.1",
                    "224.0.0.1/4",
                    "::ffff:a00:1",
                ])
            ),
            Type::Entity(ty) => scope::uid(self.manifest, self.random, *ty),
            Type::Set(element) => {
                let count = 1 + self.random.below(3);
                let elements: Option<Vec<String>> =
                    (0..count).map(|_| self.expr(element, d)).collect();
                format!("[{}]", elements?.join(", "))
            }
            Type::Record(fields) => {
                if fields.iter().any(|f| !f.required) {
                    return None;
                }
                let mut members = Vec::new();
                for field in fields {
                    let value = self.expr(&field.ty, d)?;
                    members.push(format!("{}: {value}", text::key(&field.name)));
                }
                format!("{{ {} }}", members.join(", "))
            }
        })
    }
}
