//! `plan`: the gate of each view, the rung of each class and the obligations, over the outcomes of the
//! conditions.
//!
//! Nothing here evaluates a condition, or counts a vote: that is `decide`.

use super::Emitter;
use super::ballot::{Ballot, Bit};
use super::body::{Body, at};
use super::condition::Conditions;
use super::decide::{Mask, OUTPUT, Votes, Voting, allowed, any, decides, mask, put, store};
use privet_frame::abi::output::Shape;
use privet_frame::abi::{gate, output};
use privet_frame::manifest::Effect;
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// A class in a plan: for each rung its action, most revealing first.
pub(crate) type Ladder = Vec<u32>;

impl Emitter<'_> {
    /// Answers a plan: request, output and the view's index.
    pub(crate) fn plan(
        &mut self,
        size: Shape,
        strict: bool,
        ballot: &Ballot,
        voting: &Voting,
        gates: &[u32],
        ladders: &[Ladder],
    ) -> u32 {
        const VIEW: u32 = 2;
        let body = Body::new(&[ValType::I32; 3], &[]);
        let mut c = Conditions::new(body, 0);
        let votes = self.vote(&mut c, size, strict, ballot, Some(voting));
        let mut body = c.body;
        store(&mut body, size, ballot, &votes, Some(voting));
        let bits = ballot.bits();
        let mut plan = PlanBody {
            obligations: body.local(ValType::I64),
            words: ballot.words(),
            known: BTreeMap::new(),
            bits,
            votes,
            body,
        };
        let state = plan.body.local(ValType::I32);
        plan.body.address(gate::NOT_FOUND).set(state);
        for (view, &action) in (0..).zip(gates) {
            plan.body.get(VIEW).address(view);
            plan.body.ops([I::I32Eq, I::If(BlockType::Empty)]);
            plan.test(action);
            plan.body.op(I::If(BlockType::Empty));
            plan.body.address(gate::OPEN).set(state);
            plan.oblige(Effect::Permit, action, None);
            plan.body.op(I::Else);
            plan.answer(action);
            plan.body.set(state);
            plan.oblige(Effect::Forbid, action, None);
            plan.body.end().end();
        }
        let body = &mut plan.body;
        body.get(OUTPUT).get(state);
        body.op(I::I32Store(at(output::GATE, 2)));
        for word in 0..size.classes.div_ceil(8) {
            body.get(OUTPUT).op(I::I64Const(-1));
            body.op(I::I64Store(at(output::SIZE + word * 8, 3)));
        }
        body.get(state).ops([I::I32Eqz, I::If(BlockType::Empty)]);
        for (class, ladder) in (0..).zip(ladders) {
            plan.rung(output::SIZE + class, ladder);
        }
        let PlanBody {
            mut body,
            obligations,
            ..
        } = plan;
        body.end();
        put(&mut body, output::OBLIGATIONS, Some(&obligations));
        self.add(body)
    }
}

/// A plan under construction.
struct PlanBody<'b> {
    body: Body,
    votes: Votes,
    bits: Vec<Bit<'b>>,
    words: usize,
    obligations: u32,
    /// Locals with whether the actions of these permits and forbids are allowed.
    known: BTreeMap<(Mask, Mask), u32>,
}

impl PlanBody<'_> {
    fn mask(&self, test: impl Fn(&Bit<'_>) -> bool) -> Mask {
        mask(self.words, &self.bits, test)
    }

    fn on(&self, effect: Effect, action: u32) -> Mask {
        self.mask(|b| decides(b.verdict, effect, action))
    }

    /// Whether an action can be allowed at all.
    fn possible(&self, action: u32) -> bool {
        let mut permits = self.bits.iter();
        let permitted = permits.any(|b| decides(b.verdict, Effect::Permit, action));
        let mut forbids = self.bits.iter();
        permitted && !forbids.any(|b| b.always && decides(b.verdict, Effect::Forbid, action))
    }

    /// Leaves whether an action is allowed.
    fn test(&mut self, action: u32) {
        if !self.possible(action) {
            self.body.op(I::I32Const(0));
            return;
        }
        let (permits, forbids) = (
            self.on(Effect::Permit, action),
            self.on(Effect::Forbid, action),
        );
        allowed(&mut self.body, &self.votes, &permits, &forbids);
    }

    /// The local with whether an action is allowed; it is set once, where every class sees it.
    fn decided(&mut self, action: u32) -> u32 {
        let key = (
            self.on(Effect::Permit, action),
            self.on(Effect::Forbid, action),
        );
        if let Some(&local) = self.known.get(&key) {
            return local;
        }
        self.test(action);
        let local = self.body.local(ValType::I32);
        self.body.set(local);
        self.known.insert(key, local);
        local
    }

    /// Stores the most revealing rung that is allowed, where one may be.
    fn rung(&mut self, offset: u32, ladder: &[u32]) {
        let rungs = (0_u32..).zip(ladder);
        let possible: Vec<(u32, u32)> = rungs
            .filter(|(_, action)| self.possible(**action))
            .map(|(rung, action)| (rung, *action))
            .collect();
        if possible.is_empty() {
            return;
        }
        let decided: Vec<(u32, u32, u32)> = possible
            .into_iter()
            .map(|(rung, action)| (rung, action, self.decided(action)))
            .collect();
        let mut above: Vec<u32> = Vec::new();
        for (_, action, local) in &decided {
            self.oblige(Effect::Permit, *action, Some((*local, &above)));
            above.push(*local);
        }
        self.body.get(OUTPUT);
        for (rung, _, _) in &decided {
            self.body.address(*rung);
        }
        self.body.address(output::NO_RUNG.into());
        for (_, _, local) in decided.iter().rev() {
            self.body.get(*local).op(I::Select);
        }
        self.body.op(I::I32Store8(at(offset, 0)));
    }

    /// Adds the obligations of the satisfied policies on an action; of a rung, where it is taken:
    /// allowed, and none above it.
    fn oblige(&mut self, effect: Effect, action: u32, rung: Option<(u32, &[u32])>) {
        let deciding = self
            .bits
            .iter()
            .filter(|b| decides(b.verdict, effect, action));
        let mut kinds: Vec<u64> = deciding.map(|b| b.verdict.obligations).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for obligations in kinds.into_iter().filter(|o| *o != 0) {
            let carry = self.mask(|b| {
                decides(b.verdict, effect, action) && b.verdict.obligations == obligations
            });
            let body = &mut self.body;
            body.get(self.obligations);
            body.ops([I::I64Const(obligations.cast_signed()), I::I64Const(0)]);
            any(body, &self.votes.satisfied, &carry);
            if let Some((taken, above)) = rung {
                body.get(taken).op(I::I32And);
                for local in above {
                    body.get(*local).ops([I::I32Eqz, I::I32And]);
                }
            }
            body.ops([I::Select, I::I64Or]).set(self.obligations);
        }
    }

    /// Leaves how a closed gate answers: forbidden only when every forbid that closed it says so.
    fn answer(&mut self, action: u32) {
        let says = |forbidden: bool| {
            self.mask(|b| {
                decides(b.verdict, Effect::Forbid, action)
                    && b.verdict.answers_forbidden == forbidden
            })
        };
        let (loud, quiet) = (says(true), says(false));
        let all = self.on(Effect::Forbid, action);
        let body = &mut self.body;
        body.address(gate::FORBIDDEN).address(gate::NOT_FOUND);
        any(body, &self.votes.satisfied, &loud);
        any(body, &self.votes.satisfied, &quiet);
        body.op(I::I32Eqz).op(I::I32And);
        // An erring forbid says nothing, so it is quiet.
        if self.votes.held != self.votes.satisfied {
            let erred: Vec<(u32, u64)> = self
                .votes
                .erred
                .iter()
                .zip(&all)
                .filter_map(|(local, bits)| Some(((*local)?, *bits)))
                .collect();
            let (locals, masks): (Vec<u32>, Vec<u64>) = erred.into_iter().unzip();
            any(body, &locals, &masks);
            body.op(I::I32Eqz).op(I::I32And);
        }
        body.op(I::Select);
    }
}
