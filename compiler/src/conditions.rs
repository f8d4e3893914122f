//! Each policy's condition, specialised for each request environment.
//!
//! Cedar's typechecker gives a typed expression for one environment. A condition that does not test
//! `action` is the same for all actions of a signature, so it is typed and lowered once. Conditions
//! that are false and cannot err are not there. Nothing is emitted here.

use crate::error::CompileError;
use crate::front::{Front, Parsed};
use crate::ir::Expr;
use crate::lower::Lowering;
use crate::schema::Model;
use cedar_policy_core::ast::{ActionConstraint, ExprKind, Policy, Var};
use cedar_policy_core::validator::ValidationMode;
use cedar_policy_core::validator::ValidatorSchema;
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::types::RequestEnv;
use privet_frame::manifest::Signature;
use std::collections::{BTreeMap, BTreeSet};

/// A condition as it stands for some actions of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    /// Index of the policy.
    pub(crate) policy: u32,
    /// Index of the signature.
    pub(crate) signature: u32,
    pub(crate) actions: BTreeSet<u32>,
    pub(crate) expr: Expr,
}

/// The actions that take requests of a signature.
pub(crate) fn actions_of(model: &Model, signature: &Signature) -> BTreeSet<u32> {
    (0..)
        .zip(&model.schema.actions)
        .filter(|(_, a)| {
            a.context == signature.context
                && a.principals.contains(&signature.principal)
                && a.resources.contains(&signature.resource)
        })
        .map(|(i, _)| i)
        .collect()
}

/// Types and lowers every policy in every environment.
pub(crate) fn all(model: &Model, front: &Front) -> Result<Vec<Condition>, CompileError> {
    let core: &ValidatorSchema = front.schema.as_ref();
    let checker = Typechecker::new(core, ValidationMode::Strict);
    let mut environments = BTreeMap::new();
    for env in core.unlinked_request_envs(ValidationMode::Strict) {
        if let (Some(principal), Some(action), Some(resource)) = (
            env.principal_entity_type(),
            env.action_entity_uid(),
            env.resource_entity_type(),
        ) {
            let key = (
                model.entity_type(principal)?,
                model.action(&model.uid(action)?)?,
                model.entity_type(resource)?,
            );
            environments.insert(key, env);
        }
    }
    let mut conditions = Vec::new();
    for (signature_index, signature) in (0..).zip(&model.signatures) {
        let actions = actions_of(model, signature);
        for (policy_index, parsed) in (0..).zip(&front.policies) {
            let policy: &Policy = parsed.policy.as_ref();
            let matched: Vec<u32> = actions
                .iter()
                .copied()
                .filter(|a| in_scope(model, policy, *a))
                .collect();
            let one_for_all = !tests_action(policy);
            let mut variants: Vec<(Expr, BTreeSet<u32>)> = Vec::new();
            for &action in &matched {
                if one_for_all && let Some((_, set)) = variants.first_mut() {
                    set.insert(action);
                    continue;
                }
                let key = (signature.principal, action, signature.resource);
                let Some(env) = environments.get(&key) else {
                    continue;
                };
                let expr = one(model, &checker, env, parsed, signature, action)?;
                match variants.iter_mut().find(|(e, _)| *e == expr) {
                    Some((_, set)) => drop(set.insert(action)),
                    None => variants.push((expr, BTreeSet::from([action]))),
                }
            }
            let policy = policy_index;
            let possible = variants
                .into_iter()
                .filter(|(e, _)| e.as_bool() != Some(false));
            conditions.extend(possible.map(|(expr, actions)| Condition {
                policy,
                signature: signature_index,
                actions,
                expr,
            }));
        }
    }
    Ok(conditions)
}

fn one(
    model: &Model,
    checker: &Typechecker<'_>,
    env: &RequestEnv<'_>,
    parsed: &Parsed,
    signature: &Signature,
    action: u32,
) -> Result<Expr, CompileError> {
    let policy: &Policy = parsed.policy.as_ref();
    let linked = env.clone().link_slot_env(policy.env());
    let typed = match checker.typecheck_by_single_request_env(policy.template(), &linked) {
        PolicyCheck::Success(typed) | PolicyCheck::Irrelevant(_, typed) => typed,
        PolicyCheck::Fail(_) => {
            return Err(CompileError::internal(format!(
                "policy `{}` validates and has no type in an environment",
                parsed.id
            )));
        }
    };
    let uid = model
        .schema
        .actions
        .get(action as usize)
        .map(|a| a.uid.clone())
        .ok_or_else(|| CompileError::internal("an action without a uid"))?;
    let lowering = Lowering {
        model,
        signature: *signature,
        action: &uid,
        slots: policy.env(),
        policy: &parsed.id,
        file: &parsed.file,
    };
    lowering.condition(&typed)
}

/// Whether the policy's scope admits the action.
fn in_scope(model: &Model, policy: &Policy, action: u32) -> bool {
    let Some(declared) = model.schema.actions.get(action as usize) else {
        return false;
    };
    let is_or_in = |uid: &cedar_policy_core::ast::EntityUID, below: bool| {
        let named = model.uid(uid).ok().and_then(|u| model.find_action(&u));
        named.is_some_and(|n| n == action || (below && declared.ancestors.contains(&n)))
    };
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => is_or_in(uid, false),
        ActionConstraint::In(uids) => uids.iter().any(|uid| is_or_in(uid, true)),
    }
}

/// Whether a condition may differ between actions that its scope admits.
fn tests_action(policy: &Policy) -> bool {
    policy.non_scope_constraints().is_some_and(|e| {
        e.subexpressions()
            .any(|s| matches!(s.expr_kind(), ExprKind::Var(Var::Action)))
    })
}
