//! How the policies of one decision are laid out: a bit for each, or a place in a table.
//!
//! A policy's outcome is a bit in 64-bit words, so that an action is allowed when the bits of its
//! permits are not all zero and those of its forbids are, whatever their number. Policies that
//! differ only in the entity that they name are found through a table; together they have one bit,
//! and those that hold are listed. Nothing here emits.

use super::shared::{conjunction, conjuncts};
use crate::ir::{Expr, Kind};
use crate::schema::count;
use privet_frame::manifest::{Effect, EntityUid};
use std::collections::{BTreeSet, HashMap};

/// Fewer policies than this are not worth a table.
const LEAST_MEMBERS: usize = 8;

/// A policy's condition, and what it decides.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Index of the policy.
    pub(crate) policy: u32,
    /// The condition.
    pub(crate) expr: Expr,
    pub(crate) verdict: Verdict,
}

/// What follows when a condition holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Verdict {
    pub(crate) effect: Effect,
    /// The actions for which it decides.
    pub(crate) actions: BTreeSet<u32>,
    pub(crate) obligations: u64,
    pub(crate) answers_forbidden: bool,
}

/// The entries of one decision: those with a bit of their own first, then those in tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ballot {
    pub(crate) entries: Vec<Entry>,
    /// How many entries have a bit of their own.
    pub(crate) direct: usize,
    pub(crate) groups: Vec<Group>,
}

/// Policies that compare one expression with an entity that each names.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) key: Key,
    pub(crate) verdict: Verdict,
    /// With consecutive entries from `first`.
    pub(crate) members: Vec<Member>,
    pub(crate) first: u32,
}

/// What the policies of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// What comes first, and cannot err.
    pub(crate) prefix: Expr,
    /// What is compared.
    pub(crate) subject: Expr,
    /// Whether it is `in` the entity named, or equal to it.
    pub(crate) is_in: bool,
}

/// One policy of a group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The entity that it names.
    pub(crate) literal: EntityUid,
    /// What is left of its condition.
    pub(crate) suffix: Expr,
    /// Its place among the entries.
    pub(crate) entry: u32,
}

/// A bit that counts: where it is, and its verdict.
#[derive(Debug)]
pub(crate) struct Bit<'b> {
    pub(crate) word: usize,
    pub(crate) shift: usize,
    pub(crate) verdict: &'b Verdict,
    /// Whether it is always set.
    pub(crate) always: bool,
}

impl Ballot {
    /// Lays out the entries, keeping their order within each part.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        let mut keyed: HashMap<(Key, Verdict), Vec<usize>> = HashMap::new();
        let mut parts: Vec<Option<(Key, EntityUid, Expr)>> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let part = split(&entry.expr);
            if let Some((key, _, _)) = &part {
                let key = (key.clone(), entry.verdict.clone());
                keyed.entry(key).or_default().push(index);
            }
            parts.push(part);
        }
        keyed.retain(|_, members| members.len() >= LEAST_MEMBERS);
        let mut tabled: Vec<(Key, Verdict, Vec<usize>)> = keyed
            .into_iter()
            .map(|((key, verdict), members)| (key, verdict, members))
            .collect();
        // In the order of the policies, so that the same text gives the same bytes.
        tabled.sort_by_key(|(_, _, members)| members.first().copied());
        let mut waiting: Vec<Option<Entry>> = entries.into_iter().map(Some).collect();
        let mut grouped = Vec::new();
        for index in tabled.iter().flat_map(|(_, _, members)| members) {
            grouped.extend(waiting.get_mut(*index).and_then(Option::take));
        }
        let mut entries: Vec<Entry> = waiting.into_iter().flatten().collect();
        let direct = entries.len();
        entries.extend(grouped);
        let mut next = count(direct);
        let groups = tabled.into_iter().map(|(key, verdict, indices)| {
            let first = next;
            let members = indices.iter().filter_map(|index| {
                let (_, literal, suffix) = parts.get_mut(*index)?.take()?;
                next += 1;
                Some(Member {
                    literal,
                    suffix,
                    entry: next - 1,
                })
            });
            Group {
                key,
                verdict,
                members: members.collect(),
                first,
            }
        });
        Self {
            groups: groups.collect(),
            entries,
            direct,
        }
    }

    /// How many entries are in tables.
    pub(crate) fn tabled(&self) -> usize {
        self.entries.len() - self.direct
    }

    /// Words of the entries with a bit of their own; those of the groups follow.
    pub(crate) fn direct_words(&self) -> usize {
        self.direct.div_ceil(64)
    }

    /// Words in all.
    pub(crate) fn words(&self) -> usize {
        self.direct_words() + self.groups.len().div_ceil(64)
    }

    /// Every bit.
    pub(crate) fn bits(&self) -> Vec<Bit<'_>> {
        let direct = self.entries.iter().take(self.direct).enumerate();
        let direct = direct.map(|(i, entry)| Bit {
            word: i / 64,
            shift: i % 64,
            verdict: &entry.verdict,
            always: entry.expr.as_bool() == Some(true),
        });
        let first = self.direct_words();
        let groups = self.groups.iter().enumerate().map(|(i, group)| Bit {
            word: first + i / 64,
            shift: i % 64,
            verdict: &group.verdict,
            always: false,
        });
        direct.chain(groups).collect()
    }
}

/// A condition as prefix, comparison with a literal entity, suffix; `None` when it has no such
/// form. A prefix that may err would have to err for each policy, so it is left alone.
fn split(expr: &Expr) -> Option<(Key, EntityUid, Expr)> {
    let list = conjuncts(expr);
    let (mut before, mut after) = (Vec::new(), list.as_slice());
    while let Some((conjunct, rest)) = after.split_first() {
        if let Some((subject, literal, is_in)) = comparison(conjunct) {
            let key = Key {
                prefix: conjunction(&before),
                subject,
                is_in,
            };
            return Some((key, literal, conjunction(rest)));
        }
        if conjunct.can_err() {
            return None;
        }
        before.push(*conjunct);
        after = rest;
    }
    None
}

fn comparison(expr: &Expr) -> Option<(Expr, EntityUid, bool)> {
    match &expr.kind {
        Kind::In(a, b) => match &b.kind {
            Kind::Entity(literal) => Some((a.as_ref().clone(), literal.clone(), true)),
            _ => None,
        },
        Kind::Equal(a, b) => match (&a.kind, &b.kind) {
            (Kind::Entity(_), Kind::Entity(_)) => None,
            (_, Kind::Entity(literal)) => Some((a.as_ref().clone(), literal.clone(), false)),
            (Kind::Entity(literal), _) => Some((b.as_ref().clone(), literal.clone(), false)),
            _ => None,
        },
        _ => None,
    }
}
