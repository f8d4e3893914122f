//! `authorize` and `plan`: Cedar's rule over the outcomes of the conditions.
//!
//! Allow when some permit and no forbid is satisfied; a policy that errs is skipped and reported. In
//! strict mode an erring forbid denies, which is Privet's own step. Policies that decide the same
//! actions in the same way share one flag, so the code grows with the kinds of scopes, not with the
//! number of policies.

use super::body::{Body, at};
use super::{Emitter, Helper};
use crate::broken::Mutation;
use privet_frame::abi::{gate, outcome, output};
use privet_frame::layout::round_up;
use privet_frame::manifest::Effect;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// A condition to evaluate.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// What is put in the output's lists.
    pub(crate) index: u32,
    pub(crate) effect: Effect,
    /// The condition's function; `None` when it is always true.
    pub(crate) function: Option<u32>,
    /// The actions for which it decides.
    pub(crate) actions: BTreeSet<u32>,
    pub(crate) obligations: u64,
    pub(crate) answers_forbidden: bool,
}

/// The size of the output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OutputSize {
    pub(crate) classes: u32,
    /// The most entries that one call evaluates.
    pub(crate) entries: u32,
}

impl OutputSize {
    /// Offset of one of the three lists.
    fn list(self, count: u32) -> u32 {
        output::SIZE + round_up(self.classes, 8) + count / 4 * self.entries * 4
    }

    /// Size in bytes.
    pub(crate) fn bytes(self) -> u32 {
        round_up(self.list(output::ERRORS + 4), 16)
    }
}

/// A class in a plan: for each rung its action, most revealing first.
pub(crate) type Ladder = Vec<u32>;

impl Emitter<'_> {
    /// Decides one request environment: no parameter, returns whether the answer is allow.
    pub(crate) fn authorize(&mut self, size: OutputSize, strict: bool, entries: &[Entry]) -> u32 {
        let mut body = Body::new(&[], &[ValType::I32]);
        let denied = body.local(ValType::I32);
        self.clear(&mut body);
        for entry in entries {
            self.evaluate(&mut body, size, strict, denied, entry);
        }
        self.decision(&mut body, denied);
        self.add(body)
    }

    /// Decides any action of a plan's signature, given as a parameter: the same entries, those
    /// whose set of actions holds it.
    pub(crate) fn authorize_any(
        &mut self,
        size: OutputSize,
        strict: bool,
        entries: &[Entry],
        actions: u32,
    ) -> u32 {
        let mut body = Body::new(&[ValType::I32], &[ValType::I32]);
        let [denied, byte, bit] = [(); 3].map(|()| body.local(ValType::I32));
        self.clear(&mut body);
        body.get(0).ops([I::I32Const(3), I::I32ShrU]).set(byte);
        body.get(0).ops([I::I32Const(7), I::I32And]).set(bit);
        for entry in entries {
            let mut bitmap = vec![0_u8; (actions as usize).div_ceil(8)];
            for action in &entry.actions {
                if let Some(bits) = bitmap.get_mut(*action as usize / 8) {
                    *bits |= 1 << (action % 8);
                }
            }
            let address = self.bytes_constant(bitmap);
            body.get(byte).op(I::I32Load8U(at(address, 0))).get(bit);
            body.ops([
                I::I32ShrU,
                I::I32Const(1),
                I::I32And,
                I::If(BlockType::Empty),
            ]);
            self.evaluate(&mut body, size, strict, denied, entry);
            body.end();
        }
        self.decision(&mut body, denied);
        self.add(body)
    }

    fn bytes_constant(&mut self, bytes: Vec<u8>) -> u32 {
        let ty = privet_frame::types::Type::Bool;
        if let Some(&address) = self.known.get(&(ty.clone(), bytes.clone())) {
            return address;
        }
        let address = self.constants.append_bytes(&bytes);
        self.known.insert((ty, bytes), address);
        address
    }

    fn clear(&self, body: &mut Body) {
        let output = self.map.output;
        body.ops([
            I::I32Const(0),
            I::I64Const(0),
            I::I64Store(at(output + output::PERMITS, 2)),
            I::I32Const(0),
            I::I32Const(0),
            I::I32Store(at(output + output::ERRORS, 2)),
        ]);
    }

    fn evaluate(
        &mut self,
        body: &mut Body,
        size: OutputSize,
        strict: bool,
        denied: u32,
        entry: &Entry,
    ) {
        let Some(function) = entry.function else {
            body.address(entry.index).op(I::I32Const(outcome::TRUE));
            self.push(body, size, entry.effect);
            return;
        };
        let result = body.local(ValType::I32);
        body.call(function).tee(result).op(I::If(BlockType::Empty));
        body.address(entry.index).get(result);
        self.push(body, size, entry.effect);
        if strict && entry.effect == Effect::Forbid {
            body.get(denied).get(result);
            body.ops([I::I32Const(outcome::ERROR), I::I32Eq, I::I32Or])
                .set(denied);
        }
        body.end();
    }

    /// Takes an index and an outcome that is not false from the stack and puts the index in the
    /// list for it.
    fn push(&mut self, body: &mut Body, size: OutputSize, effect: Effect) {
        let satisfied = match effect {
            Effect::Permit => output::PERMITS,
            Effect::Forbid => output::FORBIDS,
        };
        let base = self.map.output;
        let function = self.helper(Helper::Push(satisfied), |_| {
            let mut body = Body::new(&[ValType::I32, ValType::I32], &[]);
            let [counter, count] = [(); 2].map(|()| body.local(ValType::I32));
            let bytes = size.entries * 4;
            // The place of the list follows from the place of its counter.
            body.address(output::ERRORS).address(satisfied).get(1);
            body.ops([I::I32Const(outcome::ERROR), I::I32Eq, I::Select]);
            body.tee(counter).get(counter).load32(base).tee(count);
            body.ops([I::I32Const(1), I::I32Add, I::I32Store(at(base, 2))]);
            body.get(counter).address(bytes / 4).op(I::I32Mul);
            body.get(count)
                .ops([I::I32Const(2), I::I32Shl, I::I32Add])
                .get(0);
            body.op(I::I32Store(at(base + size.list(0), 2)));
            body
        });
        body.call(function);
    }

    /// Leaves whether some permit and no forbid is satisfied.
    fn decision(&self, body: &mut Body, denied: u32) {
        let output = self.map.output;
        body.op(I::I32Const(0)).load32(output + output::PERMITS);
        body.ops([I::I32Const(0), I::I32Ne]);
        if self.broken.is(Mutation::ForbidIsIgnored) {
            body.op(I::I32Const(0));
        } else {
            body.op(I::I32Const(0)).load32(output + output::FORBIDS);
        }
        body.get(denied).ops([I::I32Or, I::I32Eqz, I::I32And]);
    }

    /// Answers a plan: the parameter is the view's index.
    pub(crate) fn plan(
        &mut self,
        size: OutputSize,
        strict: bool,
        entries: &[Entry],
        gates: &[u32],
        ladders: &[Ladder],
    ) -> u32 {
        let mut body = Body::new(&[ValType::I32], &[]);
        let unused = body.local(ValType::I32);
        self.clear(&mut body);
        let mut flags = Flags::default();
        for entry in entries {
            let kind = FlagKind {
                effect: entry.effect,
                actions: entry.actions.clone(),
                obligations: entry.obligations,
                answers_forbidden: entry.answers_forbidden,
            };
            let flag = flags.of(&mut body, kind);
            match entry.function {
                None => {
                    body.get(flag.satisfied)
                        .ops([I::I32Const(outcome::TRUE), I::I32Or]);
                    body.set(flag.satisfied);
                    self.evaluate(&mut body, size, false, unused, entry);
                }
                Some(function) => {
                    let result = body.local(ValType::I32);
                    body.call(function).tee(result).op(I::If(BlockType::Empty));
                    body.address(entry.index).get(result);
                    self.push(&mut body, size, entry.effect);
                    // Outcomes are bits: 1 is true, 2 is an error.
                    body.get(flag.satisfied)
                        .get(result)
                        .op(I::I32Or)
                        .set(flag.satisfied);
                    body.end();
                }
            }
        }
        flags.split(&mut body, strict);
        let base = self.map.output;
        let obligations = body.local(ValType::I64);
        let state = body.local(ValType::I32);
        body.address(gate::NOT_FOUND).set(state);
        for (view, &action) in (0..).zip(gates) {
            body.get(0)
                .address(view)
                .ops([I::I32Eq, I::If(BlockType::Empty)]);
            flags.allowed(&mut body, action);
            body.op(I::If(BlockType::Empty));
            body.address(gate::OPEN).set(state);
            flags.add_obligations(&mut body, Effect::Permit, action, obligations);
            body.op(I::Else);
            flags.answer(&mut body, action);
            body.set(state);
            flags.add_obligations(&mut body, Effect::Forbid, action, obligations);
            body.end().end();
        }
        body.op(I::I32Const(0)).get(state);
        body.op(I::I32Store(at(base + output::GATE, 2)));
        body.get(state).op(I::If(BlockType::Empty));
        body.address(base + output::SIZE)
            .address(u32::from(output::NO_RUNG))
            .address(size.classes)
            .op(I::MemoryFill(0));
        body.op(I::Else);
        for (class, ladder) in (0..).zip(ladders) {
            let rung_address = base + output::SIZE + class;
            let done = body.block();
            for (rung, &action) in (0..).zip(ladder) {
                flags.allowed(&mut body, action);
                body.op(I::If(BlockType::Empty));
                body.op(I::I32Const(0)).address(rung);
                body.op(I::I32Store8(at(rung_address, 0)));
                flags.add_obligations(&mut body, Effect::Permit, action, obligations);
                let out = body.branch(done);
                body.op(I::Br(out)).end();
            }
            body.op(I::I32Const(0)).address(u32::from(output::NO_RUNG));
            body.op(I::I32Store8(at(rung_address, 0))).end();
        }
        body.end();
        body.op(I::I32Const(0)).get(obligations);
        body.op(I::I64Store(at(base + output::OBLIGATIONS, 3)));
        self.add(body)
    }
}

/// Policies that decide the same actions in the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct FlagKind {
    effect: Effect,
    actions: BTreeSet<u32>,
    obligations: u64,
    answers_forbidden: bool,
}

/// Locals: whether one of the policies is satisfied; whether one erred and that denies.
#[derive(Debug, Clone, Copy)]
struct Flag {
    satisfied: u32,
    denies: Option<u32>,
}

#[derive(Debug, Default)]
struct Flags {
    known: BTreeMap<FlagKind, Flag>,
}

impl Flags {
    fn of(&mut self, body: &mut Body, kind: FlagKind) -> Flag {
        *self.known.entry(kind).or_insert_with(|| Flag {
            satisfied: body.local(ValType::I32),
            denies: None,
        })
    }

    /// Takes the outcomes apart that were gathered as bits.
    fn split(&mut self, body: &mut Body, strict: bool) {
        for (kind, flag) in &mut self.known {
            if strict && kind.effect == Effect::Forbid {
                let denies = body.local(ValType::I32);
                body.get(flag.satisfied);
                body.ops([I::I32Const(1), I::I32ShrU]).set(denies);
                flag.denies = Some(denies);
            }
            body.get(flag.satisfied);
            body.ops([I::I32Const(1), I::I32And]).set(flag.satisfied);
        }
    }

    fn on(&self, effect: Effect, action: u32) -> impl Iterator<Item = (&FlagKind, &Flag)> {
        self.known
            .iter()
            .filter(move |(k, _)| k.effect == effect && k.actions.contains(&action))
    }

    /// Leaves whether one of the locals is set.
    fn any(body: &mut Body, locals: impl Iterator<Item = u32>) {
        let mut first = true;
        for local in locals {
            body.get(local);
            if !first {
                body.op(I::I32Or);
            }
            first = false;
        }
        if first {
            body.op(I::I32Const(0));
        }
    }

    /// Leaves whether the action is allowed.
    fn allowed(&self, body: &mut Body, action: u32) {
        if self.on(Effect::Permit, action).next().is_none() {
            body.op(I::I32Const(0));
            return;
        }
        Self::any(
            body,
            self.on(Effect::Permit, action).map(|(_, f)| f.satisfied),
        );
        let forbids = self.on(Effect::Forbid, action);
        let locals: Vec<u32> = forbids
            .flat_map(|(_, f)| [Some(f.satisfied), f.denies])
            .flatten()
            .collect();
        if !locals.is_empty() {
            Self::any(body, locals.into_iter());
            body.ops([I::I32Eqz, I::I32And]);
        }
    }

    /// Leaves how a closed gate answers: forbidden only when every forbid that closed it says so.
    fn answer(&self, body: &mut Body, action: u32) {
        let forbids: Vec<_> = self.on(Effect::Forbid, action).collect();
        body.address(gate::FORBIDDEN).address(gate::NOT_FOUND);
        Self::any(
            body,
            forbids
                .iter()
                .filter(|(k, _)| k.answers_forbidden)
                .map(|(_, f)| f.satisfied),
        );
        let quiet = forbids
            .iter()
            .flat_map(|(k, f)| [(!k.answers_forbidden).then_some(f.satisfied), f.denies]);
        Self::any(body, quiet.flatten());
        body.ops([I::I32Eqz, I::I32And, I::Select]);
    }

    /// Adds the obligations of the satisfied policies on an action.
    fn add_obligations(&self, body: &mut Body, effect: Effect, action: u32, mask: u32) {
        for (kind, flag) in self.on(effect, action).filter(|(k, _)| k.obligations != 0) {
            body.get(mask)
                .op(I::I64Const(kind.obligations.cast_signed()));
            body.ops([I::I64Const(0)]).get(flag.satisfied);
            body.ops([I::Select, I::I64Or]).set(mask);
        }
    }
}
