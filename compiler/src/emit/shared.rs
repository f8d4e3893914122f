//! Conditions that several policies share.
//!
//! `&&` is associative, errors included, so a condition is a list of conjuncts, and a run of
//! conjuncts that stands in several lists can be one function, asked at most once for each answer.
//! Only what costs more than asking for it again is worth that. Nothing here emits.

use crate::ir::{Expr, Kind};
use std::collections::{BTreeMap, HashMap};

/// Runs are looked for among so many conditions at most, and of such a length at most: the search
/// compares all with all.
const MOST_CONDITIONS: usize = 512;
const LONGEST_RUN: usize = 8;

/// A run must weigh this much, about the price of a call.
const LEAST_WEIGHT: usize = 12;

/// How many runs are shared in one function.
const MOST_RUNS: usize = 24;

/// The conjuncts of an expression, in the order of evaluation.
pub(crate) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    let mut list = Vec::new();
    let mut waiting = vec![expr];
    while let Some(expr) = waiting.pop() {
        match &expr.kind {
            Kind::And(a, b) => waiting.extend([b.as_ref(), a.as_ref()]),
            _ => list.push(expr),
        }
    }
    list
}

/// The conjunction of a list, or `true` for an empty one.
pub(crate) fn conjunction(list: &[&Expr]) -> Expr {
    let mut all = list.iter().map(|e| (*e).clone());
    let Some(first) = all.next() else {
        return Expr::bool(true);
    };
    all.fold(first, |a, b| {
        Expr::boolean(Kind::And(Box::new(a), Box::new(b)))
    })
}

/// What evaluating an expression costs, in rough units of an instruction.
fn weight(expr: &Expr) -> usize {
    let own = match &expr.kind {
        Kind::Contains(..) | Kind::In(..) | Kind::InSet(..) | Kind::Like(..) => 12,
        Kind::ContainsAll(..) | Kind::ContainsAny(..) | Kind::HasTag(..) | Kind::GetTag(..) => 16,
        Kind::GetAttribute(..) | Kind::HasAttribute(..) | Kind::HasPath(..) => 3,
        Kind::Equal(a, _) if !a.ty.is_integer() => 2,
        _ => 1,
    };
    own + expr.children().into_iter().map(weight).sum::<usize>()
}

/// Whether evaluating it builds a set or a record in scratch memory, which a shared function must
/// not do while the caller may be building one.
fn builds(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Set(_) | Kind::Record(_)) || expr.children().into_iter().any(builds)
}

/// Every list of conjuncts in an expression, nested ones included.
fn lists<'e>(expr: &'e Expr, found: &mut Vec<Vec<&'e Expr>>) {
    let list = conjuncts(expr);
    for conjunct in &list {
        for child in conjunct.children() {
            lists(child, found);
        }
    }
    if expr.ty == privet_frame::types::Type::Bool {
        found.push(list);
    }
}

/// The runs that are worth sharing among these conditions, as conjunctions.
pub(crate) fn runs(conditions: &[&Expr]) -> Vec<Expr> {
    if conditions.len() > MOST_CONDITIONS {
        return Vec::new();
    }
    let mut all = Vec::new();
    for condition in conditions {
        lists(condition, &mut all);
    }
    // Conjuncts as numbers, so that runs are compared quickly.
    let mut numbers: HashMap<&Expr, u32> = HashMap::new();
    let mut exprs: Vec<&Expr> = Vec::new();
    let mut sequences: Vec<Vec<u32>> = Vec::new();
    for list in &all {
        let numbered = list.iter().map(|e| {
            *numbers.entry(e).or_insert_with(|| {
                exprs.push(e);
                crate::schema::count(exprs.len() - 1)
            })
        });
        sequences.push(numbered.collect());
    }
    let weights: Vec<usize> = exprs.iter().map(|e| weight(e)).collect();
    let usable: Vec<bool> = exprs.iter().map(|e| !builds(e)).collect();
    let of = |list: &[u32]| {
        list.iter()
            .filter_map(|n| weights.get(*n as usize))
            .sum::<usize>()
    };
    let mut chosen = Vec::new();
    while chosen.len() < MOST_RUNS {
        let mut counts: BTreeMap<&[u32], usize> = BTreeMap::new();
        for sequence in &sequences {
            for length in 1..=sequence.len().min(LONGEST_RUN) {
                for run in sequence.windows(length) {
                    let usable = |n: &u32| usable.get(*n as usize).copied().unwrap_or(false);
                    if run.iter().all(usable) {
                        *counts.entry(run).or_default() += 1;
                    }
                }
            }
        }
        let best = counts
            .into_iter()
            .filter(|(run, count)| *count > 1 && of(run) >= LEAST_WEIGHT)
            .max_by_key(|(run, count)| ((count - 1) * of(run), run.len()));
        let Some((run, _)) = best else { break };
        let run = run.to_vec();
        let list: Vec<&Expr> = run
            .iter()
            .filter_map(|n| exprs.get(*n as usize).copied())
            .collect();
        chosen.push(conjunction(&list));
        sequences = sequences.iter().flat_map(|s| without(s, &run)).collect();
    }
    chosen
}

/// What is left of a sequence around the places of a run.
fn without(sequence: &[u32], run: &[u32]) -> Vec<Vec<u32>> {
    let mut parts = Vec::new();
    let mut current = Vec::new();
    let mut rest = sequence;
    while let Some((first, tail)) = rest.split_first() {
        match rest.strip_prefix(run) {
            Some(after) => {
                parts.push(std::mem::take(&mut current));
                rest = after;
            }
            None => {
                current.push(*first);
                rest = tail;
            }
        }
    }
    parts.push(current);
    parts.retain(|p| !p.is_empty());
    parts
}
