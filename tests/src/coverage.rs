//! What a comparison reached: constructs of the language that were evaluated, and to what.
//!
//! A construct that stands in a policy shows nothing if a short circuit keeps it from being
//! evaluated. So conditions are walked as Cedar evaluates them, with Cedar's own evaluator for each
//! part, and only what is reached is counted, by its outcome. This decides nothing about answers.

use cedar_policy_core::ast::{
    BinaryOp, Expr, ExprKind, Literal, Policy, PolicyID, SlotEnv, StaticallyTyped, UnaryOp, Value,
    ValueKind, Var,
};
use cedar_policy_core::evaluator::Evaluator;
use std::collections::BTreeMap;

/// Counts by construct and outcome.
#[derive(Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
}

impl Coverage {
    /// Counts one.
    pub fn add(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// How often that was counted.
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// Prints a line each.
    pub fn print(&self) {
        for (what, count) in &self.counts {
            println!("{count:>9} {what}");
        }
    }

    /// Those of a list that were never counted.
    pub fn missing<'w>(&self, wanted: &[&'w str]) -> Vec<&'w str> {
        let never = |what: &&&str| self.count(what) == 0;
        wanted.iter().filter(never).copied().collect()
    }

    /// Counts what one policy's evaluation reaches.
    pub fn policy(&mut self, evaluator: &Evaluator<'_>, policy: &Policy) {
        let condition = policy.condition();
        let mut walk = Walk {
            coverage: self,
            evaluator,
            slots: policy.env(),
        };
        let outcome = match walk.value(&condition) {
            Some(value) => outcome(&value),
            None => " errs",
        };
        let effect = policy.effect();
        self.add(format!("{effect}{outcome}"));
        if !policy.is_static() {
            self.add(format!("link{outcome}"));
        }
        if outcome == " true" {
            for (name, constraint) in [
                (
                    "principal",
                    policy.principal_constraint().as_inner().clone(),
                ),
                ("resource", policy.resource_constraint().as_inner().clone()),
            ] {
                use cedar_policy_core::ast::PrincipalOrResourceConstraint as C;
                let form = match constraint {
                    C::Any => "any",
                    C::Eq(_) => "==",
                    C::In(_) => "in",
                    C::Is(_) => "is",
                    C::IsIn(..) => "is in",
                };
                self.add(format!("scope: {name} {form}"));
            }
            use cedar_policy_core::ast::ActionConstraint as A;
            self.add(match policy.action_constraint() {
                A::Any => "scope: action any",
                A::Eq(_) => "scope: action ==",
                A::In(groups) if groups.len() == 1 => "scope: action in",
                A::In(_) => "scope: action in a list",
            });
        }
    }

    /// Counts how the policies of one answer combine.
    pub fn answer(&mut self, permits: usize, forbids: usize, errors: &[PolicyID]) {
        self.add(match (permits, forbids) {
            (0, 0) => "answer: denied by default",
            (1, 0) => "answer: one permit",
            (_, 0) => "answer: several permits",
            (0, 1) => "answer: one forbid",
            (0, _) => "answer: several forbids",
            _ => "answer: permits and forbids",
        });
        match errors.len() {
            0 => {}
            1 => self.add("answer: one error"),
            _ => self.add("answer: several errors"),
        }
    }
}

fn outcome(value: &Value) -> &'static str {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(true)) => " true",
        ValueKind::Lit(Literal::Bool(false)) => " false",
        _ => "",
    }
}

/// A name for the type of a value; sets say what they hold.
fn type_name(value: &Value) -> String {
    match value.value_kind() {
        ValueKind::Lit(Literal::EntityUID(_)) => "entity".to_owned(),
        ValueKind::Set(set) => match set.authoritative.first() {
            Some(first) => format!("set of {}", type_name(first)),
            None => "set".to_owned(),
        },
        ValueKind::Record(_) => "record".to_owned(),
        ValueKind::Lit(_) | ValueKind::ExtensionValue(_) => value.type_of().to_string(),
    }
}

struct Walk<'a, 'e> {
    coverage: &'a mut Coverage,
    evaluator: &'a Evaluator<'e>,
    slots: &'a SlotEnv,
}

impl Walk<'_, '_> {
    fn truth(value: &Value) -> bool {
        outcome(value) == " true"
    }

    /// Counts a node with its outcome.
    fn done(&mut self, name: &str, expr: &Expr) -> Option<Value> {
        match self.evaluator.interpret(expr, self.slots) {
            Ok(value) => {
                self.coverage.add(format!("{name}{}", outcome(&value)));
                Some(value)
            }
            Err(_) => {
                self.coverage.add(format!("{name} errs"));
                None
            }
        }
    }

    /// Walks what is evaluated of an expression; `None` when it errs.
    fn value(&mut self, expr: &Expr) -> Option<Value> {
        match expr.expr_kind() {
            ExprKind::And { left, right } => {
                let Some(first) = self.value(left) else {
                    if matches!(right.expr_kind(), ExprKind::Lit(Literal::Bool(false))) {
                        self.coverage.add("typed False and errs");
                    }
                    return None;
                };
                if !Self::truth(&first) {
                    self.coverage.add("&& stops");
                    return Some(first);
                }
                self.coverage.add("&& goes on");
                self.value(right)
            }
            ExprKind::Or { left, right } => {
                let Some(first) = self.value(left) else {
                    if matches!(right.expr_kind(), ExprKind::Lit(Literal::Bool(true))) {
                        self.coverage.add("typed True and errs");
                    }
                    return None;
                };
                if Self::truth(&first) {
                    self.coverage.add("|| stops");
                    return Some(first);
                }
                self.coverage.add("|| goes on");
                self.value(right)
            }
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => {
                let test = self.value(test_expr)?;
                self.coverage.add(format!("if{}", outcome(&test)));
                self.value(if Self::truth(&test) {
                    then_expr
                } else {
                    else_expr
                })
            }
            ExprKind::Lit(literal) => {
                self.coverage.add(match literal {
                    Literal::Bool(_) => "literal Bool",
                    Literal::Long(_) => "literal Long",
                    Literal::String(_) => "literal String",
                    Literal::EntityUID(_) => "literal entity",
                });
                self.evaluator.interpret(expr, self.slots).ok()
            }
            ExprKind::Var(var) => {
                self.coverage.add(match var {
                    Var::Principal => "principal",
                    Var::Action => "action",
                    Var::Resource => "resource",
                    Var::Context => "context",
                });
                self.evaluator.interpret(expr, self.slots).ok()
            }
            ExprKind::Slot(slot) => {
                self.coverage.add(format!("slot {slot}"));
                self.evaluator.interpret(expr, self.slots).ok()
            }
            ExprKind::UnaryApp { op, arg } => {
                self.value(arg)?;
                self.done(
                    match op {
                        UnaryOp::Not => "!",
                        UnaryOp::Neg => "unary -",
                        UnaryOp::IsEmpty => "isEmpty",
                    },
                    expr,
                )
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => {
                let left = self.value(arg1)?;
                let right = self.value(arg2)?;
                let name = self.binary(*op, arg2, &left, &right);
                self.done(&name, expr)
            }
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                for argument in args.iter() {
                    self.value(argument)?;
                }
                self.done(&fn_name.to_string(), expr)
            }
            ExprKind::GetAttr { expr: base, .. } => {
                let value = self.value(base)?;
                let through = match base.expr_kind() {
                    ExprKind::GetAttr { .. } => " through an attribute",
                    ExprKind::Lit(_) => " of a literal entity",
                    ExprKind::If { .. } => " of an if",
                    ExprKind::BinaryApp { .. } => " of a tag",
                    _ => "",
                };
                let name = format!(". on {}{through}", type_name(&value));
                self.done(&name, expr)
            }
            ExprKind::HasAttr { expr: base, .. } => {
                let value = self.value(base)?;
                self.done(&format!("has on {}", type_name(&value)), expr)
            }
            ExprKind::ExtHasAttr { expr: base, .. } => {
                let value = self.value(base)?;
                self.done(&format!("has a.b on {}", type_name(&value)), expr)
            }
            ExprKind::Like {
                expr: base,
                pattern,
            } => {
                self.value(base)?;
                let name = match pattern.to_string().contains("\\*") {
                    true => "like with an escaped star",
                    false => "like",
                };
                self.done(name, expr)
            }
            ExprKind::Is { expr: base, .. } => {
                self.value(base)?;
                self.done("is", expr)
            }
            ExprKind::Set(elements) => {
                for element in elements.iter() {
                    self.value(element)?;
                }
                let value = self.evaluator.interpret(expr, self.slots).ok()?;
                self.coverage.add(format!("literal {}", type_name(&value)));
                if let ValueKind::Set(set) = value.value_kind()
                    && set.len() < elements.len()
                {
                    self.coverage.add("set literal with equal elements");
                }
                Some(value)
            }
            ExprKind::Record(fields) => {
                for field in fields.values() {
                    self.value(field)?;
                }
                self.done("literal record", expr)
            }
            ExprKind::Unknown(_) => None,
        }
    }

    fn binary(&mut self, op: BinaryOp, right_expr: &Expr, left: &Value, right: &Value) -> String {
        let set = |value: &Value| matches!(value.value_kind(), ValueKind::Set(_));
        match op {
            BinaryOp::Eq if type_name(left) != type_name(right) && !set(left) => {
                "== of two types".to_owned()
            }
            BinaryOp::Eq => format!("== of {}", type_name(left)),
            BinaryOp::Less => format!("< of {}", type_name(left)),
            BinaryOp::LessEq => format!("<= of {}", type_name(left)),
            BinaryOp::Add => "+".to_owned(),
            BinaryOp::Sub => "-".to_owned(),
            BinaryOp::Mul => "*".to_owned(),
            BinaryOp::In => match (set(right), left == right) {
                (true, _) => "in a set".to_owned(),
                (false, true) => "in itself".to_owned(),
                (false, false) => "in an entity".to_owned(),
            },
            BinaryOp::Contains => format!("contains of {}", type_name(right)),
            BinaryOp::ContainsAll => "containsAll".to_owned(),
            BinaryOp::ContainsAny => "containsAny".to_owned(),
            BinaryOp::GetTag | BinaryOp::HasTag => {
                let name = if op == BinaryOp::GetTag {
                    "getTag"
                } else {
                    "hasTag"
                };
                match right_expr.expr_kind() {
                    ExprKind::Lit(_) => format!("{name} of a literal key"),
                    _ => format!("{name} of a computed key"),
                }
            }
        }
    }
}
