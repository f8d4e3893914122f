//! From Cedar's typed expressions to the intermediate representation.
//!
//! Cedar's typechecker has decided what types decide; here that is folded into constants, but never
//! what may err: a condition that is statically false may still overflow on the way, and Cedar then
//! reports the policy. Every construct is either lowered or refused by name. Nothing is emitted
//! here.

mod call;

use crate::error::{CompileError, Construct};
use crate::ir::{Expr, Kind};
use crate::schema::Model;
use cedar_policy_core::ast::{
    BinaryOp, Expr as CoreExpr, ExprKind, Literal, Pattern, PatternElem, SlotEnv, UnaryOp, Var,
};
use cedar_policy_core::validator::types::{BoolType, Type as CoreType};
use privet_frame::manifest::{EntityKind, EntityUid, Position, Signature};
use privet_frame::types::Type;

type Typed = CoreExpr<Option<CoreType>>;

/// What is fixed while a condition is lowered.
#[derive(Debug)]
pub(crate) struct Lowering<'a> {
    pub(crate) model: &'a Model,
    pub(crate) signature: Signature,
    /// The action of the environment.
    pub(crate) action: &'a EntityUid,
    /// The values of a template's slots.
    pub(crate) slots: &'a SlotEnv,
    /// For messages.
    pub(crate) policy: &'a str,
    pub(crate) file: &'a str,
}

impl Lowering<'_> {
    /// Lowers a condition.
    pub(crate) fn condition(&self, typed: &Typed) -> Result<Expr, CompileError> {
        let expr = self.expr(typed)?;
        match expr.ty {
            Type::Bool => Ok(expr),
            _ => Err(self.unsupported(typed, "a condition that is no boolean")),
        }
    }

    fn unsupported(&self, typed: &Typed, construct: &str) -> CompileError {
        let position = match typed.source_loc() {
            Some(loc) => position(self.file, &loc.src, loc.start()),
            None => Position {
                file: self.file.to_owned(),
                line: 1,
                column: 1,
            },
        };
        CompileError::unsupported(Construct {
            policy: self.policy.to_owned(),
            position,
            construct: construct.to_owned(),
        })
    }

    fn expr(&self, typed: &Typed) -> Result<Expr, CompileError> {
        let expr = self.unfolded(typed)?;
        // What the typechecker knows holds if there is a value; an error still comes first.
        let known = match typed.data() {
            Some(CoreType::Bool(BoolType::True)) => Some(true),
            Some(CoreType::Bool(BoolType::False)) => Some(false),
            _ => None,
        };
        match known {
            Some(value) if !expr.can_err() => Ok(Expr::bool(value)),
            _ => Ok(expr),
        }
    }

    fn boxed(&self, typed: &Typed) -> Result<Box<Expr>, CompileError> {
        self.expr(typed).map(Box::new)
    }

    fn unfolded(&self, typed: &Typed) -> Result<Expr, CompileError> {
        match typed.expr_kind() {
            ExprKind::Lit(literal) => self.literal(literal),
            ExprKind::Var(var) => Ok(match var {
                Var::Principal => {
                    Expr::new(Kind::Principal, Type::Entity(self.signature.principal))
                }
                Var::Resource => Expr::new(Kind::Resource, Type::Entity(self.signature.resource)),
                Var::Action => entity(self.action.clone()),
                Var::Context => {
                    let context = self
                        .model
                        .schema
                        .contexts
                        .get(self.signature.context as usize);
                    let fields = context.map(|c| c.fields.clone()).unwrap_or_default();
                    Expr::new(Kind::Context, Type::Record(fields))
                }
            }),
            ExprKind::Slot(slot) => match self.slots.get(slot) {
                Some(uid) => Ok(entity(self.model.uid(uid)?)),
                None => Err(self.unsupported(typed, "a slot without a value")),
            },
            ExprKind::And { left, right } => {
                let left = self.expr(left)?;
                match left.as_bool() {
                    Some(true) => self.expr(right),
                    Some(false) => Ok(left),
                    None => {
                        let right = self.expr(right)?;
                        Ok(match right.as_bool() {
                            Some(true) => left,
                            Some(false) => left.then(right),
                            None => Expr::boolean(Kind::And(Box::new(left), Box::new(right))),
                        })
                    }
                }
            }
            ExprKind::Or { left, right } => {
                let left = self.expr(left)?;
                match left.as_bool() {
                    Some(false) => self.expr(right),
                    Some(true) => Ok(left),

                    None => {
                        let right = self.expr(right)?;
                        Ok(match right.as_bool() {
                            Some(false) => left,
                            Some(true) => left.then(right),
                            None => Expr::boolean(Kind::Or(Box::new(left), Box::new(right))),
                        })
                    }
                }
            }
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                let test = self.expr(test_expr)?;
                // A test that is decided by types has a copy of the live branch as the dead one.
                match test_expr.data() {
                    Some(CoreType::Bool(BoolType::True)) => Ok(test.then(self.expr(then_expr)?)),
                    Some(CoreType::Bool(BoolType::False)) => Ok(test.then(self.expr(else_expr)?)),
                    _ => {
                        let (yes, no) = (self.expr(then_expr)?, self.expr(else_expr)?);
                        let ty = yes.ty.clone();
                        Ok(Expr::new(
                            Kind::If(Box::new(test), Box::new(yes), Box::new(no)),
                            ty,
                        ))
                    }
                }
            }
            ExprKind::UnaryApp { op, arg } => {
                let arg = self.expr(arg)?;
                Ok(match op {
                    UnaryOp::Not => match arg.as_bool() {
                        Some(value) => Expr::bool(!value),
                        None => Expr::boolean(Kind::Not(Box::new(arg))),
                    },
                    UnaryOp::Neg => Expr::new(Kind::Negate(Box::new(arg)), Type::Long),
                    UnaryOp::IsEmpty => Expr::boolean(Kind::IsEmpty(Box::new(arg))),
                })
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => self.binary(typed, *op, arg1, arg2),
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                self.call(typed, &fn_name.to_string(), args)
            }
            ExprKind::GetAttr { expr, attr } => self.get(typed, expr, attr),
            ExprKind::HasAttr { expr, attr } => self.has(typed, expr, &[attr.as_str()]),
            ExprKind::ExtHasAttr { expr, attrs } => {
                let names: Vec<&str> = attrs.iter().map(AsRef::as_ref).collect();
                self.has(typed, expr, &names)
            }
            ExprKind::Like { expr, pattern } => {
                Ok(Expr::boolean(Kind::Like(self.boxed(expr)?, parts(pattern))))
            }
            ExprKind::Is { expr, entity_type } => {
                let expr = self.expr(expr)?;
                let wanted = Type::Entity(self.model.entity_type(entity_type)?);
                let answer = Expr::bool(expr.ty == wanted);
                Ok(expr.then(answer))
            }
            ExprKind::Set(elements) => {
                let elements = self.all(elements.iter())?;
                let Some(first) = elements.first() else {
                    return Err(self.unsupported(typed, "a set without elements"));
                };
                let ty = Type::Set(Box::new(first.ty.clone()));
                Ok(Expr::new(Kind::Set(elements), ty))
            }
            ExprKind::Record(fields) => {
                let mut lowered = Vec::new();
                let mut types = Vec::new();
                for (name, value) in fields.iter() {
                    let value = self.expr(value)?;
                    types.push(privet_frame::types::Field {
                        name: name.to_string(),
                        ty: value.ty.clone(),
                        required: true,
                    });
                    lowered.push((name.to_string(), value));
                }
                Ok(Expr::new(Kind::Record(lowered), Type::Record(types)))
            }
            ExprKind::Unknown(_) => Err(self.unsupported(typed, "an unknown")),
        }
    }

    fn all<'e>(&self, typed: impl Iterator<Item = &'e Typed>) -> Result<Vec<Expr>, CompileError> {
        typed.map(|t| self.expr(t)).collect()
    }

    fn literal(&self, literal: &Literal) -> Result<Expr, CompileError> {
        Ok(match literal {
            Literal::Bool(value) => Expr::bool(*value),
            Literal::Long(value) => Expr::new(Kind::Integer(*value), Type::Long),
            Literal::String(text) => Expr::new(Kind::String(text.to_string()), Type::String),
            Literal::EntityUID(uid) => entity(self.model.uid(uid)?),
        })
    }

    fn binary(
        &self,
        typed: &Typed,
        op: BinaryOp,
        left: &Typed,
        right: &Typed,
    ) -> Result<Expr, CompileError> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let pair = |kind: fn(Box<Expr>, Box<Expr>) -> Kind, left, right| {
            kind(Box::new(left), Box::new(right))
        };
        Ok(match op {
            BinaryOp::Eq => {
                // Values of different types are never equal; the operands may still err.
                if left.ty != right.ty {
                    return Ok(left.then(right.then(Expr::bool(false))));
                }
                Expr::boolean(pair(Kind::Equal, left, right))
            }
            BinaryOp::Less => Expr::boolean(pair(Kind::Less, left, right)),
            BinaryOp::LessEq => Expr::boolean(pair(Kind::LessEqual, left, right)),
            BinaryOp::Add => Expr::new(pair(Kind::Add, left, right), Type::Long),
            BinaryOp::Sub => Expr::new(pair(Kind::Subtract, left, right), Type::Long),
            BinaryOp::Mul => Expr::new(pair(Kind::Multiply, left, right), Type::Long),
            BinaryOp::In => match self.known_membership(&left, &right) {
                Some(answer) => Expr::bool(answer),
                None if matches!(right.ty, Type::Set(_)) => {
                    Expr::boolean(pair(Kind::InSet, left, right))
                }
                None => Expr::boolean(pair(Kind::In, left, right)),
            },
            BinaryOp::Contains => match &right.ty {
                ty if left.ty == Type::Set(Box::new(ty.clone())) => {
                    Expr::boolean(pair(Kind::Contains, left, right))
                }
                _ => return Err(self.unsupported(typed, "`contains` of another type")),
            },
            BinaryOp::ContainsAll | BinaryOp::ContainsAny if left.ty != right.ty => {
                return Err(self.unsupported(typed, "sets of different types compared"));
            }
            BinaryOp::ContainsAll => Expr::boolean(pair(Kind::ContainsAll, left, right)),
            BinaryOp::ContainsAny => Expr::boolean(pair(Kind::ContainsAny, left, right)),
            BinaryOp::GetTag => match self.tag_type(&left) {
                Some(ty) => Expr::new(pair(Kind::GetTag, left, right), ty),
                None => return Err(self.unsupported(typed, "a tag of a type without tags")),
            },
            BinaryOp::HasTag => match self.tag_type(&left) {
                Some(_) => Expr::boolean(pair(Kind::HasTag, left, right)),
                None => left.then(right.then(Expr::bool(false))),
            },
        })
    }

    fn tag_type(&self, expr: &Expr) -> Option<Type> {
        match expr.ty {
            Type::Entity(ty) => self.model.tag(ty).cloned(),
            _ => None,
        }
    }

    /// Membership among actions, which the schema decides.
    fn known_membership(&self, left: &Expr, right: &Expr) -> Option<bool> {
        let uid = |e: &Expr| match &e.kind {
            Kind::Entity(uid) => Some(uid.clone()),
            _ => None,
        };
        let action = self.model.find_action(&uid(left)?)?;
        let groups: Vec<EntityUid> = match &right.kind {
            Kind::Set(elements) => elements.iter().map(uid).collect::<Option<_>>()?,
            _ => vec![uid(right)?],
        };
        let ancestors = &self.model.schema.actions.get(action as usize)?.ancestors;
        Some(groups.iter().any(|group| {
            self.model
                .find_action(group)
                .is_some_and(|g| g == action || ancestors.contains(&g))
        }))
    }

    fn get(&self, typed: &Typed, base: &Typed, name: &str) -> Result<Expr, CompileError> {
        let base = self.expr(base)?;
        let (kind, field): (fn(Box<Expr>, String) -> Kind, _) = match &base.ty {
            Type::Entity(ty) => (Kind::GetAttribute, self.model.attribute(*ty, name)),
            Type::Record(fields) => (Kind::GetField, fields.iter().find(|f| f.name == name)),
            _ => (Kind::GetField, None),
        };
        match field.map(|f| f.ty.clone()) {
            Some(ty) => Ok(Expr::new(kind(Box::new(base), name.to_owned()), ty)),
            None => Err(self.unsupported(typed, "an attribute that is not declared")),
        }
    }

    /// `has` with one name or several. At an undeclared name the answer is false.
    fn has(&self, typed: &Typed, base: &Typed, names: &[&str]) -> Result<Expr, CompileError> {
        let base = self.expr(base)?;
        let mut ty = base.ty.clone();
        // A required field of a record that is always there is known; entities may be missing.
        let mut always = true;
        for (i, name) in names.iter().enumerate() {
            let field = match &ty {
                Type::Entity(index) => {
                    always = false;
                    match self.model.kind(*index) {
                        Some(EntityKind::Standard { .. }) => {
                            self.model.attribute(*index, name).cloned()
                        }
                        _ => None,
                    }
                }
                Type::Record(fields) => fields.iter().find(|f| f.name == *name).cloned(),
                _ => return Err(self.unsupported(typed, "`has` on a value without attributes")),
            };
            let Some(field) = field else {
                return Ok(base.then(Expr::bool(false)));
            };
            always &= field.required;
            if i + 1 < names.len() && !matches!(field.ty, Type::Entity(_) | Type::Record(_)) {
                return Ok(base.then(Expr::bool(false)));
            }
            ty = field.ty;
        }
        if always {
            return Ok(base.then(Expr::bool(true)));
        }
        let base_type = base.ty.clone();
        let base = Box::new(base);
        Ok(Expr::boolean(match (names, base_type) {
            ([name], Type::Entity(_)) => Kind::HasAttribute(base, (*name).to_owned()),
            ([name], _) => Kind::HasField(base, (*name).to_owned()),
            _ => Kind::HasPath(base, names.iter().map(|n| (*n).to_owned()).collect()),
        }))
    }
}

fn entity(uid: EntityUid) -> Expr {
    let ty = Type::Entity(uid.ty);
    Expr::new(Kind::Entity(uid), ty)
}

/// The literal parts between a pattern's stars.
fn parts(pattern: &Pattern) -> Vec<String> {
    let mut parts = vec![String::new()];
    for element in pattern.iter() {
        match element {
            PatternElem::Wildcard => parts.push(String::new()),
            PatternElem::Char(c) => {
                if let Some(last) = parts.last_mut() {
                    last.push(*c);
                }
            }
        }
    }
    parts
}

/// Line and column of a byte offset.
pub(crate) fn position(file: &str, source: &str, offset: usize) -> Position {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Position {
        file: file.to_owned(),
        line: crate::schema::count(line),
        column: crate::schema::count(column),
    }
}
