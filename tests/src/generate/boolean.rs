//! Conditions: every operator that answers yes or no, what types alone decide, and what errs
//! although types decide it.

use super::expression::Expressions;
use super::{scope, text};
use privet_frame::manifest::EntityKind;
use privet_frame::types::{Field, Type};

impl Expressions<'_> {
    /// A condition that always can be made.
    pub(super) fn bool(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        if depth == 0 {
            return self.atom(0);
        }
        match self.random.below(14) {
            0 | 1 => format!("({} && {})", self.bool(d), self.bool(d)),
            2 | 3 => format!("({} || {})", self.bool(d), self.bool(d)),
            4 => format!("!({})", self.bool(d)),
            5 => format!(
                "(if {} then {} else {})",
                self.bool(d),
                self.bool(d),
                self.bool(d)
            ),
            _ => self.atom(d),
        }
    }

    /// One operator with its operands, behind the guards that they need.
    fn atom(&mut self, depth: usize) -> String {
        let mark = self.guards.len();
        for _ in 0..4 {
            if let Some(text) = self.operator(depth) {
                let mut conditions: Vec<String> = Vec::new();
                for guard in self.guards.drain(mark..) {
                    if !conditions.contains(&guard) {
                        conditions.push(guard);
                    }
                }
                conditions.push(text);
                return match conditions.as_slice() {
                    [one] => one.clone(),
                    all => format!("({})", all.join(" && ")),
                };
            }
            self.guards.truncate(mark);
        }
        (*self.random.pick(&["true", "false"])).to_owned()
    }

    fn operator(&mut self, d: usize) -> Option<String> {
        match self.random.below(26) {
            0..=3 => self.equality(d),
            4..=6 => {
                let ty = self
                    .random
                    .pick(&[Type::Long, Type::Long, Type::Datetime, Type::Duration])
                    .clone();
                let operator = *self.random.pick(&["<", "<=", ">", ">="]);
                Some(format!(
                    "({} {operator} {})",
                    self.expr(&ty, d)?,
                    self.expr(&ty, d)?
                ))
            }
            7..=9 => self.membership(d),
            10 | 11 => self.has(),
            12 => self.has_tag(),
            13..=15 => self.sets(d),
            16 => self.like(d),
            17 => self.is(),
            18 => {
                let method = *self.random.pick(&[
                    "lessThan",
                    "lessThanOrEqual",
                    "greaterThan",
                    "greaterThanOrEqual",
                ]);
                let (a, b) = (self.expr(&Type::Decimal, d)?, self.expr(&Type::Decimal, d)?);
                Some(format!("{a}.{method}({b})"))
            }
            19 => {
                let ip = self.expr(&Type::Ip, d)?;
                Some(match self.random.below(6) {
                    0 | 1 => format!("{ip}.isInRange({})", self.expr(&Type::Ip, d)?),
                    2 => format!("{ip}.isLoopback()"),
                    3 => format!("{ip}.isMulticast()"),
                    4 => format!("{ip}.isIpv4()"),
                    _ => format!("{ip}.isIpv6()"),
                })
            }
            20 | 21 => self.action(),
            22 | 23 => self.decided(d),
            _ => self.path(&Type::Bool),
        }
    }

    fn equality(&mut self, d: usize) -> Option<String> {
        let types = self.types.clone();
        let ty = self.random.pick(&types);
        let operator = *self.random.pick(&["==", "==", "!="]);
        // Equal values are rare by chance, so one side is sometimes a copy of the other.
        let left = self.expr(ty, d)?;
        let right = match self.random.below(5) {
            0 => left.clone(),
            1 if matches!(ty, Type::Set(_)) => self.literal(ty, d)?,
            _ => self.expr(ty, d)?,
        };
        Some(format!("({left} {operator} {right})"))
    }

    fn entity_type(&mut self) -> Option<u32> {
        let known: Vec<u32> = self
            .types
            .iter()
            .filter_map(|t| match t {
                Type::Entity(ty) => Some(*ty),
                _ => None,
            })
            .collect();
        (!known.is_empty()).then(|| *self.random.pick(&known))
    }

    fn membership(&mut self, d: usize) -> Option<String> {
        let ty = self.entity_type()?;
        let child = self.expr(&Type::Entity(ty), d)?;
        let group = match self.random.chance(10) {
            true => self.entity_type()?,
            false => scope::above(self.manifest, self.random, ty),
        };
        let one = Type::Entity(group);
        let right = match self.random.below(4) {
            0 => self.expr(&Type::Set(Box::new(one)), d)?,
            1 => self.literal(&Type::Set(Box::new(one)), d)?,
            _ => self.expr(&one, d)?,
        };
        if self.random.chance(25) {
            let wanted = match self.random.chance(70) {
                true => ty,
                false => self.entity_type()?,
            };
            let name = &self.manifest.schema.entity_types[wanted as usize].name;
            return Some(format!("({child} is {name} in {right})"));
        }
        Some(format!("({child} in {right})"))
    }

    fn fields(&self, ty: &Type) -> Vec<Field> {
        match ty {
            Type::Record(fields) => fields.clone(),
            Type::Entity(ty) => match &self.manifest.schema.entity_types[*ty as usize].kind {
                EntityKind::Standard { attributes, .. } => attributes.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// `has`, of one name or several, of declared and of undeclared attributes.
    fn has(&mut self) -> Option<String> {
        let bases: Vec<usize> = (0..self.paths.len())
            .filter(|i| matches!(self.paths[*i].ty, Type::Record(_) | Type::Entity(_)))
            .collect();
        if bases.is_empty() {
            return None;
        }
        let base = self.paths[*self.random.pick(&bases)].clone();
        self.guards.extend(base.guards);
        let mut names = Vec::new();
        let mut ty = base.ty;
        for _ in 0..1 + self.random.below(3) {
            let fields = self.fields(&ty);
            if fields.is_empty() || self.random.chance(10) {
                names.push("nobody".to_owned());
                break;
            }
            let field = self.random.pick(&fields).clone();
            names.push(field.name);
            ty = field.ty;
            if !matches!(ty, Type::Record(_) | Type::Entity(_)) && self.random.chance(80) {
                break;
            }
        }
        // Only identifiers make a path.
        if let Some(odd) = names.iter().position(|n| !text::is_identifier(n)) {
            return Some(match odd {
                0 => format!("({} has {})", base.text, text::string(&names[0])),
                _ => format!("({} has {})", base.text, names[..odd].join(".")),
            });
        }
        Some(format!("({} has {})", base.text, names.join(".")))
    }

    fn has_tag(&mut self) -> Option<String> {
        let ty = self.entity_type()?;
        let base = self.expr(&Type::Entity(ty), 0)?;
        let key = match self.random.chance(50) {
            true => text::string(self.random.pick::<&str>(&crate::facts::TAGS)),
            false => self.expr(&Type::String, 1)?,
        };
        Some(format!("{base}.hasTag({key})"))
    }

    fn sets(&mut self, d: usize) -> Option<String> {
        let sets: Vec<Type> = self
            .types
            .iter()
            .filter(|t| matches!(t, Type::Set(_)))
            .cloned()
            .collect();
        let ty = self.random.pick(&sets).clone();
        let Type::Set(element) = &ty else { return None };
        let set = self.expr(&ty, d)?;
        Some(match self.random.below(5) {
            0 | 1 => format!("{set}.contains({})", self.expr(element, d)?),
            2 => format!("{set}.containsAll({})", self.expr(&ty, d)?),
            3 => format!("{set}.containsAny({})", self.expr(&ty, d)?),
            _ => format!("{set}.isEmpty()"),
        })
    }

    fn like(&mut self, d: usize) -> Option<String> {
        let pool = ["", "a", "b", "*", "ab", "张", "\0", "\"", "\\"];
        let count = 1 + self.random.below(4);
        let parts: Vec<&str> = (0..count).map(|_| *self.random.pick(&pool)).collect();
        Some(format!(
            "({} like {})",
            self.expr(&Type::String, d)?,
            text::pattern(&parts)
        ))
    }

    fn is(&mut self) -> Option<String> {
        let (ty, wanted) = (self.entity_type()?, self.entity_type()?);
        let wanted = if self.random.chance(60) { ty } else { wanted };
        let name = &self.manifest.schema.entity_types[wanted as usize].name;
        Some(format!("({} is {name})", self.expr(&Type::Entity(ty), 0)?))
    }

    fn action(&mut self) -> Option<String> {
        let actions = &self.manifest.schema.actions;
        let name = |index: usize| {
            let uid = &actions[index].uid;
            text::uid(
                &self.manifest.schema.entity_types[uid.ty as usize].name,
                &uid.id,
            )
        };
        let one = self.random.below(actions.len());
        Some(match self.random.below(4) {
            0 => format!("(action == {})", name(one)),
            1 | 2 => format!("(action in {})", name(one)),
            _ => {
                let of_type: Vec<usize> = (0..actions.len())
                    .filter(|i| actions[*i].uid.ty == actions[one].uid.ty)
                    .collect();
                let other = *self.random.pick(&of_type);
                format!("(action in [{}, {}])", name(one), name(other))
            }
        })
    }

    /// What types alone decide, around operands that may err all the same.
    fn decided(&mut self, d: usize) -> Option<String> {
        let long = self.expr(&Type::Long, d + 1)?;
        let other = self.expr(&Type::Long, d)?;
        Some(match self.random.below(16) {
            0 => format!("({long} > {other} && false)"),
            1 => format!("({long} > {other} || true)"),
            2 => format!("(1 == \"a\" || {long} == {other})"),
            3 => format!("({{ a: {long} }} has a)"),
            4 => format!("({{ a: {long} }} has b)"),
            5 => format!("(if true then {long} < {other} else 1 == \"a\")"),
            6 => format!("(if {{ a: {long} }} has a then {other} > 0 else false)"),
            7 => format!("([{long}, {other}, 1].contains(1))"),
            8 => format!("([{long}, {other}, {long}] == [{other}, {long}])"),
            9 => format!("([[{long}, {other}], [{other}, {long}]] == [[{long}, {other}]])"),
            // Before 1970, and where a match is rare by chance.
            12 => {
                let at = self.expr(&Type::Datetime, d)?;
                format!("({at}.toTime() < duration(\"12h\"))")
            }
            13 => {
                let at = self.expr(&Type::Datetime, d)?;
                format!("({at}.toDate() == datetime(\"1969-12-31\"))")
            }
            14 => format!("({} like \"*\")", self.expr(&Type::String, d)?),
            15 => format!("({}.isMulticast())", self.expr(&Type::Ip, d)?),
            10 => format!("({{ a: {long}, b: true }} == {{ a: {other}, b: 0 < 1 }})"),
            _ => {
                let ty = self.entity_type()?;
                let entity = self.expr(&Type::Entity(ty), d)?;
                format!("({entity} == {long} || {long} <= {other})")
            }
        })
    }
}
