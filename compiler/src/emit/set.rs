//! The set operations, emitted for each element type.
//!
//! A set is an address and a length at an address; its elements are strictly ascending in the
//! canonical order. `insert` keeps that order while a literal is built.

use super::body::{Body, at};
use super::{Emitter, Helper, value_type};
use crate::broken::Mutation;
use privet_frame::layout::shape;
use privet_frame::types::Type;
use privet_frame::value::Value;
use wasm_encoder::{BlockType, Instruction as I, ValType};

/// Elements of a constant set that are compared one by one.
const MOST_COMPARED: usize = 8;

/// A number or reference as a constant, and its comparison.
pub(super) type Comparison = (I<'static>, I<'static>);

/// The elements of a constant set that is worth no loop: each loop asks the clock.
pub(super) fn few_numbers(set: &Value) -> Option<Vec<Comparison>> {
    let Value::Set(elements) = set else {
        return None;
    };
    let comparison = |element: &Value| match element {
        Value::Entity(reference) => Some((I::I32Const(reference.cast_signed()), I::I32Eq)),
        Value::Integer(number) => Some((I::I64Const(*number), I::I64Eq)),
        _ => None,
    };
    let few = (1..=MOST_COMPARED).contains(&elements.len());
    few.then(|| elements.iter().map(comparison).collect())?
}

/// Replaces a value of that type on the stack by whether it is one of the constants.
pub(super) fn is_one_of(body: &mut Body, ty: &Type, constants: Vec<Comparison>) {
    let value = body.value_local(ty);
    body.set(value);
    for (place, (constant, equal)) in constants.into_iter().enumerate() {
        body.get(value).ops([constant, equal]);
        if place > 0 {
            body.op(I::I32Or);
        }
    }
}

impl Emitter<'_> {
    /// Replaces a set and a value on the stack by whether the set holds the value.
    pub(super) fn contains(&mut self, body: &mut Body, element: &Type) {
        let function = self.contains_function(element);
        body.call(function);
    }

    fn contains_function(&mut self, element: &Type) -> u32 {
        self.helper(Helper::Contains(element.clone()), |e| {
            let mut body = Body::new(&[ValType::I32, value_type(element)], &[ValType::I32]);
            let pointer = body.local(ValType::I32);
            each(&mut body, 0, pointer, element, |body| {
                body.get(1);
                e.equal(body, element);
                body.ops([I::If(BlockType::Empty), I::I32Const(1), I::Return, I::End]);
            });
            body.op(I::I32Const(0));
            body
        })
    }

    /// As [`Emitter::contains`] for a set of entities, in place: references are numbers, and the sets are short.
    pub(super) fn contains_entity(&mut self, body: &mut Body) {
        let [set, value, pointer, end] = [(); 4].map(|()| body.local(ValType::I32));
        body.set(value).set(set);
        bounds(body, set, pointer, end, 4);
        body.op(I::Block(BlockType::Result(ValType::I32)));
        body.ops([I::Loop(BlockType::Empty), I::I32Const(0)]);
        body.get(pointer).get(end);
        body.ops([I::I32GeU, I::BrIf(1), I::Drop, I::I32Const(1)]);
        body.get(pointer).load32(0).get(value);
        body.ops([I::I32Eq, I::BrIf(1), I::Drop]);
        body.get(pointer).address(4).op(I::I32Add).set(pointer);
        body.ops([I::Br(0), I::End, I::Unreachable, I::End]);
    }

    /// Replaces two sets on the stack by whether the first holds every element of the second.
    pub(super) fn contains_all(&mut self, body: &mut Body, element: &Type) {
        self.each_contained(body, element, true);
    }

    /// Replaces two sets on the stack by whether they share an element.
    pub(super) fn contains_any(&mut self, body: &mut Body, element: &Type) {
        self.each_contained(body, element, false);
    }

    fn each_contained(&mut self, body: &mut Body, element: &Type, all: bool) {
        let helper = if all {
            Helper::ContainsAll(element.clone())
        } else {
            Helper::ContainsAny(element.clone())
        };
        let function = self.helper(helper, |e| {
            let contains = e.contains_function(element);
            let mut body = Body::new(&[ValType::I32, ValType::I32], &[ValType::I32]);
            let pointer = body.local(ValType::I32);
            let value = body.value_local(element);
            each(&mut body, 1, pointer, element, |body| {
                body.set(value).get(0).get(value).call(contains);
                if all {
                    body.op(I::I32Eqz);
                }
                body.ops([
                    I::If(BlockType::Empty),
                    I::I32Const(i32::from(!all)),
                    I::Return,
                    I::End,
                ]);
            });
            body.op(I::I32Const(i32::from(all)));
            body
        });
        body.call(function);
    }

    /// Takes a set under construction and a value from the stack and puts the value in its place,
    /// unless it is there. The array behind the set has room.
    pub(super) fn insert(&mut self, body: &mut Body, element: &Type) {
        let function = self.helper(Helper::Insert(element.clone()), |e| {
            let mut body = Body::new(&[ValType::I32, value_type(element)], &[]);
            let (set, value) = (0, 1);
            let [pointer, end, order] = [(); 3].map(|()| body.local(ValType::I32));
            let stride = shape(element).stride();
            bounds(&mut body, set, pointer, end, stride);
            let place = body.block();
            body.op(I::Loop(BlockType::Empty));
            let leave = body.branch(place);
            body.get(pointer).get(end).ops([I::I32GeU, I::BrIf(leave)]);
            body.get(pointer);
            body.load(element, 0);
            body.get(value);
            e.compare(&mut body, element);
            body.tee(order);
            if e.broken.is(Mutation::SetKeepsDuplicates) {
                body.op(I::Drop);
            } else {
                body.ops([I::I32Eqz, I::If(BlockType::Empty), I::Return, I::End]);
            }
            let leave = body.branch(place);
            body.get(order)
                .ops([I::I32Const(0), I::I32GtS, I::BrIf(leave)]);
            body.get(pointer).address(stride).op(I::I32Add).set(pointer);
            body.op(I::Br(0)).end().end();
            // Move the greater ones up by one place.
            body.get(pointer).address(stride).op(I::I32Add);
            body.get(pointer).get(end).get(pointer).op(I::I32Sub);
            body.op(I::MemoryCopy {
                src_mem: 0,
                dst_mem: 0,
            });
            body.get(pointer).get(value);
            body.store(element);
            body.get(set).get(set).load32(4);
            body.ops([I::I32Const(1), I::I32Add, I::I32Store(at(4, 2))]);
            body
        });
        body.call(function);
    }
}

/// Walks the set whose address is in the local `set`; `inner` finds an element on the stack and
/// must leave nothing.
fn each(body: &mut Body, set: u32, pointer: u32, element: &Type, inner: impl FnOnce(&mut Body)) {
    let end = body.local(ValType::I32);
    let stride = shape(element).stride();
    bounds(body, set, pointer, end, stride);
    let done = body.block();
    body.op(I::Loop(BlockType::Empty));
    let leave = body.branch(done);
    body.get(pointer).get(end).ops([I::I32GeU, I::BrIf(leave)]);
    body.get(pointer);
    body.load(element, 0);
    inner(body);
    body.get(pointer).address(stride).op(I::I32Add).set(pointer);
    body.op(I::Br(0)).end().end();
}

/// Sets two locals to the addresses of a set's first element and behind its last.
fn bounds(body: &mut Body, set: u32, first: u32, end: u32, stride: u32) {
    body.get(set).load32(0).tee(first);
    body.get(set)
        .load32(4)
        .address(stride)
        .ops([I::I32Mul, I::I32Add]);
    body.set(end);
}
