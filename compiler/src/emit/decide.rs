//! `authorize`, and what `plan` counts by: Cedar's rule over the outcomes of the conditions.
//!
//! Allow when some permit and no forbid is satisfied; a policy that errs is skipped and reported. In
//! strict mode an erring forbid denies, which is Privet's own step. Outcomes are bits in words, so
//! each of these tests is an `and` with a constant for each word; actions that the same policies
//! decide share the answer. Nothing here evaluates a condition itself.

use super::Emitter;
use super::ballot::{Ballot, Bit, Verdict};
use super::body::{Body, at};
use super::condition::Conditions;
use super::shared;
use crate::broken::Mutation;
use crate::ir::{Expr, Kind};
use privet_frame::abi::output::Shape;
use privet_frame::abi::{outcome, output};
use privet_frame::manifest::Effect;
use std::collections::HashMap;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// Words of one function at the most; more policies are evaluated by several functions.
const MOST_WORDS: usize = 4;

/// First two parameters of everything here: the request's header and the output.
const REQUEST: u32 = 0;
pub(super) const OUTPUT: u32 = 1;

/// The outcomes as locals: a word for each 64 entries.
#[derive(Debug, Default)]
pub(super) struct Votes {
    pub(super) satisfied: Vec<u32>,
    /// None where no entry of the word can err.
    pub(super) erred: Vec<Option<u32>>,
    /// Satisfied or, in strict mode, erred.
    pub(super) held: Vec<u32>,
}

/// Constants that pick bits, word by word.
pub(super) type Mask = Vec<u64>;

/// The bits that a test picks.
pub(super) fn mask(words: usize, bits: &[Bit<'_>], test: impl Fn(&Bit<'_>) -> bool) -> Mask {
    let mut mask = vec![0; words];
    for bit in bits.iter().filter(|b| test(b)) {
        if let Some(word) = mask.get_mut(bit.word) {
            *word |= 1 << bit.shift;
        }
    }
    mask
}

pub(super) fn decides(verdict: &Verdict, effect: Effect, action: u32) -> bool {
    verdict.effect == effect && verdict.actions.contains(&action)
}

impl Emitter<'_> {
    /// Decides one request environment: request and output to whether the answer is allow.
    pub(crate) fn authorize(
        &mut self,
        context: u32,
        size: Shape,
        strict: bool,
        ballot: &Ballot,
    ) -> u32 {
        let body = Body::new(&[ValType::I32; 2], &[ValType::I32]);
        let mut c = Conditions::new(body, context);
        let votes = self.vote(&mut c, size, strict, ballot, None);
        let bits = ballot.bits();
        let on = |effect| self.counted(ballot.words(), &bits, effect);
        let mut body = c.body;
        store(&mut body, size, ballot, &votes, None);
        allowed(&mut body, &votes, &on(Effect::Permit), &on(Effect::Forbid));
        self.add(body)
    }

    /// The bits of an effect, unless a test breaks what forbids do.
    fn counted(&self, words: usize, bits: &[Bit<'_>], effect: Effect) -> Mask {
        let ignored = effect == Effect::Forbid && self.broken.is(Mutation::ForbidIsIgnored);
        mask(words, bits, |b| b.verdict.effect == effect && !ignored)
    }

    /// Decides any action of a plan's signature, which is a parameter: the plan's entries, those
    /// that decide the action.
    pub(crate) fn authorize_any(
        &mut self,
        size: Shape,
        strict: bool,
        ballot: &Ballot,
        voting: &Voting,
        actions: u32,
    ) -> u32 {
        const ACTION: u32 = 2;
        let body = Body::new(&[ValType::I32; 3], &[ValType::I32]);
        let mut c = Conditions::new(body, 0);
        let votes = self.vote(&mut c, size, strict, ballot, Some(voting));
        let bits = ballot.bits();
        let words = ballot.words();
        let mut table = Vec::new();
        for action in 0..actions {
            let decides = mask(words, &bits, |b| b.verdict.actions.contains(&action));
            table.extend(decides.into_iter().flat_map(u64::to_le_bytes));
        }
        self.constants.reserve(0, 8);
        let table = self.constants.append_bytes(&table);
        let mut body = c.body;
        let row = body.local(ValType::I32);
        let stride = crate::schema::count(words) * 8;
        body.get(ACTION).address(stride).op(I::I32Mul).set(row);
        for word in 0..words {
            for local in votes.locals(word) {
                body.get(local).get(row);
                body.op(I::I64Load(at(table + crate::schema::count(word) * 8, 3)));
                body.op(I::I64And).set(local);
            }
        }
        store(&mut body, size, ballot, &votes, None);
        let on = |effect| self.counted(words, &bits, effect);
        allowed(&mut body, &votes, &on(Effect::Permit), &on(Effect::Forbid));
        self.add(body)
    }

    /// The functions that evaluate a ballot, for more than one to use.
    pub(crate) fn voting(&mut self, context: u32, size: Shape, ballot: &Ballot) -> Voting {
        let mut parts = Vec::new();
        let mut first = 0;
        while first < ballot.direct_words() {
            let last = (first + MOST_WORDS).min(ballot.direct_words());
            let body = Body::new(&[ValType::I32; 2], &[]);
            let mut c = Conditions::new(body, context);
            let votes = self.evaluate(&mut c, ballot, first, last);
            let mut body = c.body;
            for (offset, word) in (first..last).enumerate() {
                let word = crate::schema::count(word);
                put(&mut body, size.satisfied(word), votes.satisfied.get(offset));
                if let Some(Some(erred)) = votes.erred.get(offset) {
                    put(&mut body, size.erred(word), Some(erred));
                }
            }
            parts.push(self.add(body));
            first = last;
        }
        Voting {
            parts,
            groups: self.groups(context, size, ballot),
        }
    }

    fn groups(&mut self, context: u32, size: Shape, ballot: &Ballot) -> Vec<u32> {
        let groups = ballot.groups.iter();
        groups.map(|g| self.group(context, size, g)).collect()
    }

    /// Leaves all outcomes in locals, evaluating in place where that is possible.
    pub(super) fn vote(
        &mut self,
        c: &mut Conditions,
        size: Shape,
        strict: bool,
        ballot: &Ballot,
        voting: Option<&Voting>,
    ) -> Votes {
        if size.room > 0 {
            c.body.get(OUTPUT).op(I::I64Const(0));
            c.body.op(I::I64Store(at(output::SATISFIED, 2)));
        }
        let own;
        let (mut votes, groups) = match voting {
            None if ballot.direct_words() <= MOST_WORDS => {
                let groups = self.groups(c.context(), size, ballot);
                (self.evaluate(c, ballot, 0, ballot.direct_words()), groups)
            }
            voting => {
                let voting = match voting {
                    Some(voting) => voting,
                    None => {
                        own = self.voting(c.context(), size, ballot);
                        &own
                    }
                };
                for part in &voting.parts {
                    c.body.get(REQUEST).get(OUTPUT).call(*part);
                }
                (load(&mut c.body, size, ballot), voting.groups.clone())
            }
        };
        for word in groups.chunks(64) {
            let [satisfied, erred] = [(); 2].map(|()| c.body.local(ValType::I64));
            let result = c.body.local(ValType::I32);
            for (shift, group) in (0..).zip(word) {
                c.body.get(REQUEST).get(OUTPUT).call(*group).set(result);
                for (local, bit) in [(satisfied, outcome::TRUE), (erred, outcome::ERROR)] {
                    c.body.get(result).ops([I::I32Const(bit), I::I32And]);
                    c.body
                        .ops([I::I64ExtendI32U, I::I64Const(shift), I::I64Shl]);
                    c.body.get(local).op(I::I64Or).set(local);
                }
            }
            // An error is the second bit of an outcome.
            c.body
                .get(erred)
                .ops([I::I64Const(1), I::I64ShrU])
                .set(erred);
            votes.satisfied.push(satisfied);
            votes.erred.push(Some(erred));
        }
        votes.held = votes.satisfied.clone();
        if strict {
            for (held, erred) in votes.held.iter_mut().zip(&votes.erred) {
                if let Some(erred) = erred {
                    let both = c.body.local(ValType::I64);
                    c.body.get(*held).get(*erred).op(I::I64Or).set(both);
                    *held = both;
                }
            }
        }
        votes
    }

    /// Evaluates the entries of some words in place.
    fn evaluate(&mut self, c: &mut Conditions, ballot: &Ballot, from: usize, last: usize) -> Votes {
        let entries = ballot.entries.iter().take(ballot.direct);
        let entries = entries.take(last * 64).skip(from * 64);
        // Equal conditions are evaluated once.
        let mut order: Vec<&Expr> = Vec::new();
        let mut places: HashMap<&Expr, Mask> = HashMap::new();
        for (index, entry) in entries.enumerate() {
            let mask = places.entry(&entry.expr).or_insert_with(|| {
                order.push(&entry.expr);
                vec![0; last - from]
            });
            if let Some(word) = mask.get_mut(index / 64) {
                *word |= 1 << (index % 64);
            }
        }
        order.retain(|e| e.as_bool() != Some(true));
        c.load_roots();
        self.load_context(c, &order);
        self.share(c, &shared::runs(&order));
        let always = places.get(&Expr::bool(true));
        let mut votes = Votes::default();
        for word in 0..last - from {
            let can_err = order.iter().any(|e| {
                e.can_err()
                    && places
                        .get(e)
                        .and_then(|m| m.get(word))
                        .is_some_and(|m| *m != 0)
            });
            let satisfied = c.body.local(ValType::I64);
            let constant = always
                .and_then(|m| m.get(word))
                .copied()
                .unwrap_or_default();
            if constant != 0 {
                c.body
                    .op(I::I64Const(constant.cast_signed()))
                    .set(satisfied);
            }
            votes.satisfied.push(satisfied);
            votes
                .erred
                .push(can_err.then(|| c.body.local(ValType::I64)));
        }
        // What is sure to read an attribute of the same entity asks once whether it is there.
        for root in [Kind::Principal, Kind::Resource] {
            let leads = |expr: &&Expr| expr.leads().is_some_and(|found| found.kind == root);
            let (group, rest): (Vec<&Expr>, _) = order.into_iter().partition(leads);
            order = rest;
            let first = group.first().and_then(|e| e.leads());
            let data = first.and_then(|root| Some((root, c.root_data(root)?)));
            let Some((root, data)) =
                data.filter(|_| !self.broken.is(Mutation::MissingEntityIsIgnored))
            else {
                self.count(c, &group, &places, &votes);
                continue;
            };
            c.body.get(data).op(I::If(BlockType::Empty));
            c.maybe(|c| {
                c.is_present(root, data);
                self.count(c, &group, &places, &votes);
            });
            c.body.op(I::Else);
            let masks = group.iter().filter_map(|e| places.get(e));
            let all = masks.fold(vec![0; last - from], |all: Mask, mask| {
                all.iter().zip(mask).map(|(a, b)| a | b).collect()
            });
            count_errors(&mut c.body, self.outcome_of_error(), &all, &votes);
            c.body.end();
        }
        self.count(c, &order, &places, &votes);
        votes
    }

    /// Evaluates conditions and sets their bits.
    fn count(
        &mut self,
        c: &mut Conditions,
        order: &[&Expr],
        places: &HashMap<&Expr, Mask>,
        votes: &Votes,
    ) {
        let error = self.outcome_of_error();
        for expr in order {
            let Some(mask) = places.get(expr) else {
                continue;
            };
            c.each(
                self,
                expr,
                |body| count_bits(body, mask, &votes.satisfied),
                |body| count_errors(body, error, mask, votes),
            );
        }
    }
}

/// The functions that evaluate a ballot.
#[derive(Debug)]
pub(crate) struct Voting {
    /// Each stores the outcomes of some words.
    parts: Vec<u32>,
    /// Each returns the outcome of a group.
    groups: Vec<u32>,
}

impl Votes {
    /// The locals of a word, each once.
    fn locals(&self, word: usize) -> Vec<u32> {
        let mut locals: Vec<u32> = [
            self.satisfied.get(word).copied(),
            self.erred.get(word).copied().flatten(),
            self.held.get(word).copied(),
        ]
        .into_iter()
        .flatten()
        .collect();
        locals.dedup();
        locals
    }
}

/// Takes whether a condition holds from the stack and sets its bits.
fn count_bits(body: &mut Body, mask: &[u64], locals: &[u32]) {
    let holds = body.local(ValType::I64);
    body.op(I::I64ExtendI32U).set(holds);
    for (bits, local) in mask.iter().zip(locals).filter(|(bits, _)| **bits != 0) {
        if bits.is_power_of_two() {
            body.get(holds);
            body.ops([I::I64Const(bits.trailing_zeros().into()), I::I64Shl]);
        } else {
            body.op(I::I64Const(0)).get(holds).op(I::I64Sub);
            body.ops([I::I64Const(bits.cast_signed()), I::I64And]);
        }
        body.get(*local).op(I::I64Or).set(*local);
    }
}

/// Sets the bits of conditions that erred.
fn count_errors(body: &mut Body, error: i32, mask: &[u64], votes: &Votes) {
    let satisfied = votes.satisfied.iter().map(|local| Some(*local));
    let locals: Vec<Option<u32>> = match error {
        outcome::ERROR => votes.erred.clone(),
        outcome::TRUE => satisfied.collect(),
        _ => Vec::new(),
    };
    for (bits, local) in mask.iter().zip(locals) {
        if let Some(local) = local.filter(|_| *bits != 0) {
            body.get(local).op(I::I64Const(bits.cast_signed()));
            body.op(I::I64Or).set(local);
        }
    }
}

/// Stores a local at an offset of the output.
pub(super) fn put(body: &mut Body, offset: u32, local: Option<&u32>) {
    if let Some(local) = local {
        body.get(OUTPUT).get(*local);
        body.op(I::I64Store(at(offset, 3)));
    }
}

/// Stores the outcomes of the entries that have bits of their own, and zero for what this decision
/// has not. What the voting functions stored stands.
pub(super) fn store(
    body: &mut Body,
    size: Shape,
    ballot: &Ballot,
    votes: &Votes,
    stored: Option<&Voting>,
) {
    let direct = ballot.direct_words();
    for word in 0..size.words {
        let place = word as usize;
        for (offset, local) in [
            (size.satisfied(word), votes.satisfied.get(place).copied()),
            (size.erred(word), votes.erred.get(place).copied().flatten()),
        ] {
            match local.filter(|_| place < direct) {
                Some(_) if stored.is_some() => {}
                Some(local) => put(body, offset, Some(&local)),
                None => {
                    body.get(OUTPUT).op(I::I64Const(0));
                    body.op(I::I64Store(at(offset, 3)));
                }
            }
        }
    }
}

/// Loads the outcomes that the voting functions stored.
fn load(body: &mut Body, size: Shape, ballot: &Ballot) -> Votes {
    let mut votes = Votes::default();
    let entries: Vec<_> = ballot.entries.iter().take(ballot.direct).collect();
    for (word, entries) in (0..).zip(entries.chunks(64)) {
        let mut from = |offset: u32| {
            let local = body.local(ValType::I64);
            body.get(OUTPUT);
            body.op(I::I64Load(at(offset, 3))).set(local);
            local
        };
        votes.satisfied.push(from(size.satisfied(word)));
        let can_err = entries.iter().any(|e| e.expr.can_err());
        votes.erred.push(can_err.then(|| from(size.erred(word))));
    }
    votes
}

/// Leaves whether some of the bits are set.
pub(super) fn any(body: &mut Body, locals: &[u32], mask: &[u64]) {
    let mut first = true;
    for (local, bits) in locals.iter().zip(mask).filter(|(_, bits)| **bits != 0) {
        body.get(*local)
            .ops([I::I64Const(bits.cast_signed()), I::I64And]);
        if !first {
            body.op(I::I64Or);
        }
        first = false;
    }
    match first {
        true => body.op(I::I32Const(0)),
        false => body.ops([I::I64Const(0), I::I64Ne]),
    };
}

/// Leaves whether some permit and no forbid holds.
pub(super) fn allowed(body: &mut Body, votes: &Votes, permits: &[u64], forbids: &[u64]) {
    any(body, &votes.satisfied, permits);
    if forbids.iter().any(|bits| *bits != 0) {
        any(body, &votes.held, forbids);
        body.ops([I::I32Eqz, I::I32And]);
    }
}
