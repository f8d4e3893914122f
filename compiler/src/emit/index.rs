//! Policies that name an entity each, found through a table.
//!
//! Literal entities stand first in the entity table, so a reference is a place among them. For each
//! literal the table has the address of a list: how many policies name it, then for each its entry
//! and what is left of its condition. So the time depends on what is found, not on how many policies
//! there are; an entity that no policy names costs one comparison.

use super::ballot::Group;
use super::body::{Body, at};
use super::condition::Conditions;
use super::{Emitter, abi};
use crate::ir::Expr;
use privet_frame::abi::output::Shape;
use privet_frame::abi::{entity, outcome, output};
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// Parameters of a group's function, and of the function that visits one literal.
const REQUEST: u32 = 0;
const OUTPUT: u32 = 1;

impl Emitter<'_> {
    /// The function of a group: from request and output to outcomes, as bits.
    pub(super) fn group(&mut self, context: u32, size: Shape, group: &Group) -> u32 {
        let suffixes = self.suffixes(context, group);
        let visit = self.visit(size, group, &suffixes);
        let body = Body::new(&[ValType::I32, ValType::I32], &[ValType::I32]);
        let mut c = Conditions::new(body, context);
        let error = self.outcome_of_error();
        let [subject, found, pointer, end] = [(); 4].map(|()| c.body.local(ValType::I32));
        if group.key.prefix.as_bool() != Some(true) {
            self.expr(&mut c, &group.key.prefix);
            c.body.ops([
                I::I32Eqz,
                I::If(BlockType::Empty),
                I::I32Const(outcome::FALSE),
                I::Return,
                I::End,
            ]);
        }
        c.each(
            self,
            &group.key.subject,
            |body| {
                body.set(subject);
            },
            |body| {
                let list = match error {
                    outcome::ERROR => output::ERRED,
                    outcome::TRUE => output::SATISFIED,
                    _ => {
                        body.ops([I::I32Const(error), I::Return]);
                        return;
                    }
                };
                let entry = found;
                let last = group.first + crate::schema::count(group.members.len());
                body.address(group.first).set(entry);
                body.op(I::Loop(BlockType::Empty));
                push(body, size, list, |body| {
                    body.get(entry);
                });
                body.get(entry).op(I::I32Const(1)).op(I::I32Add).tee(entry);
                body.address(last).ops([I::I32LtU, I::BrIf(0), I::End]);
                body.ops([I::I32Const(error), I::Return]);
            },
        );
        let mut body = c.body;
        let ask = |body: &mut Body, of: u32| {
            body.get(REQUEST).get(OUTPUT).get(of).call(visit);
        };
        ask(&mut body, subject);
        if group.key.is_in {
            body.set(found);
            body.get(subject).load32(entity::ANCESTORS).tee(pointer);
            body.get(subject).load32(entity::ANCESTOR_COUNT);
            body.ops([I::I32Const(2), I::I32Shl, I::I32Add]).set(end);
            let done = body.block();
            body.op(I::Loop(BlockType::Empty));
            let leave = body.branch(done);
            body.get(pointer).get(end).ops([I::I32GeU, I::BrIf(leave)]);
            let ancestor = subject;
            body.get(pointer).load32(0).set(ancestor).get(found);
            ask(&mut body, ancestor);
            body.op(I::I32Or).set(found);
            body.get(pointer).address(4).op(I::I32Add).set(pointer);
            body.op(I::Br(0)).end().end().get(found);
        }
        self.add(body)
    }

    /// What is left of the members' conditions, each once: functions, or none where it is true.
    fn suffixes(&mut self, context: u32, group: &Group) -> Vec<(Expr, Option<u32>)> {
        let mut suffixes: Vec<(Expr, Option<u32>)> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for member in &group.members {
            if known.insert(&member.suffix) {
                let function = match member.suffix.as_bool() {
                    Some(true) => None,
                    _ => Some(self.condition(context, &member.suffix)),
                };
                suffixes.push((member.suffix.clone(), function));
            }
        }
        suffixes
    }

    /// Evaluates the policies that name one literal; takes request, output and a reference.
    fn visit(&mut self, size: Shape, group: &Group, suffixes: &[(Expr, Option<u32>)]) -> u32 {
        const REFERENCE: u32 = 2;
        let (table, first, count) = self.table(group, suffixes);
        let mut body = Body::new(&[ValType::I32; 3], &[ValType::I32]);
        let [place, end, result, all] = [(); 4].map(|()| body.local(ValType::I32));
        // The table ends with the last literal that a policy of the group names.
        body.get(REFERENCE).address(first).op(I::I32Sub).tee(place);
        body.address(count * entity::SIZE);
        body.ops([I::I32GeU, I::If(BlockType::Empty), I::I32Const(0)]);
        body.ops([I::Return, I::End]);
        body.get(place).ops([I::I32Const(2), I::I32ShrU]);
        body.op(I::I32Load(at(table, 2))).tee(place);
        body.ops([I::I32Eqz, I::If(BlockType::Empty), I::I32Const(0)]);
        body.ops([I::Return, I::End]);
        body.get(place).address(4).op(I::I32Add);
        body.get(place).load32(0);
        body.ops([I::I32Const(3), I::I32Shl, I::I32Add]).set(end);
        body.get(place).address(4).op(I::I32Add).set(place);
        body.op(I::Loop(BlockType::Empty));
        match suffixes {
            [(_, None)] => {
                body.op(I::I32Const(outcome::TRUE)).set(result);
            }
            [(_, Some(function))] => {
                body.get(REQUEST).call(*function).set(result);
            }
            _ => {
                let functions: Vec<Option<u32>> = suffixes.iter().map(|(_, f)| *f).collect();
                let choose = self.choose(&functions);
                body.get(REQUEST).get(place).load32(4).call(choose);
                body.set(result);
            }
        }
        body.get(result).get(all).op(I::I32Or).set(all);
        for (list, value) in [
            (output::SATISFIED, outcome::TRUE),
            (output::ERRED, outcome::ERROR),
        ] {
            body.get(result).op(I::I32Const(value));
            body.ops([I::I32Eq, I::If(BlockType::Empty)]);
            push(&mut body, size, list, |body| {
                body.get(place).load32(0);
            });
            body.end();
        }
        body.get(place).address(8).op(I::I32Add).tee(place);
        body.get(end).ops([I::I32LtU, I::BrIf(0), I::End]);
        body.get(all);
        self.add(body)
    }

    /// The table of a group as a constant: its address, the first literal's reference, its length.
    fn table(&mut self, group: &Group, suffixes: &[(Expr, Option<u32>)]) -> (u32, u32, u32) {
        let numbers: std::collections::HashMap<&Expr, u32> =
            suffixes.iter().map(|(e, _)| e).zip(0..).collect();
        let mut lists: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for member in &group.members {
            let suffix = numbers.get(&member.suffix).copied().unwrap_or_default();
            let list = lists.entry(self.literal(&member.literal)).or_default();
            list.extend([member.entry, suffix]);
        }
        let first = lists.keys().next().copied().unwrap_or_default();
        let last = lists.keys().next_back().copied().unwrap_or_default();
        let count = (last - first) / abi::entity::SIZE + 1;
        let mut addresses = vec![0; count as usize];
        for (reference, list) in lists {
            let mut words = vec![crate::schema::count(list.len() / 2)];
            words.extend(list);
            let address = self.constants.append_words(&words);
            let place = ((reference - first) / abi::entity::SIZE) as usize;
            if let Some(slot) = addresses.get_mut(place) {
                *slot = address;
            }
        }
        (self.constants.append_words(&addresses), first, count)
    }

    /// A function that evaluates one of many conditions, by number.
    fn choose(&mut self, functions: &[Option<u32>]) -> u32 {
        let mut body = Body::new(&[ValType::I32; 2], &[ValType::I32]);
        for _ in 0..=functions.len() {
            body.block();
        }
        let targets: Vec<u32> = (0..crate::schema::count(functions.len())).collect();
        let none = crate::schema::count(functions.len());
        body.get(1).op(I::BrTable(targets.into(), none));
        for function in functions {
            body.end();
            match function {
                Some(function) => body.get(0).call(*function).op(I::Return),
                None => body.ops([I::I32Const(outcome::TRUE), I::Return]),
            };
        }
        body.end().op(I::Unreachable);
        self.add(body)
    }
}

/// Puts an entry into one of the two lists of the output, which have room for every entry.
fn push(body: &mut Body, size: Shape, list: u32, entry: impl FnOnce(&mut Body)) {
    let place = match list {
        output::SATISFIED => size.satisfied_list(),
        _ => size.erred_list(),
    };
    body.get(OUTPUT).get(OUTPUT).load32(list);
    body.ops([I::I32Const(2), I::I32Shl, I::I32Add]);
    entry(body);
    body.op(I::I32Store(at(place, 2)));
    body.get(OUTPUT).get(OUTPUT).load32(list);
    body.ops([I::I32Const(1), I::I32Add, I::I32Store(at(list, 2))]);
}
