//! Equality and the canonical order of values, emitted for each type.
//!
//! The order must be the one of `privet_frame::verify` and of `Value::compare`: it decides where an
//! element of a set stands. Numbers compare in place; everything else through one helper a type.

use super::body::{Body, at};
use super::{Emitter, Helper, value_type};
use privet_frame::abi::ip;
use privet_frame::layout::{FieldLayout, shape, struct_layout};
use privet_frame::types::Type;
use wasm_encoder::{BlockType, Instruction as I, ValType};

impl Emitter<'_> {
    /// Replaces two values of type `ty` on the stack by whether they are equal.
    pub(super) fn equal(&mut self, body: &mut Body, ty: &Type) {
        match ty {
            Type::Bool | Type::Entity(_) => {
                body.op(I::I32Eq);
            }
            _ if ty.is_integer() => {
                body.op(I::I64Eq);
            }
            Type::String => {
                body.call(self.runtime.string_equal);
            }
            _ => {
                let function = self.helper(Helper::Equal(ty.clone()), |e| e.equal_function(ty));
                body.call(function);
            }
        }
    }

    fn equal_function(&mut self, ty: &Type) -> Body {
        let mut body = Body::new(&[ValType::I32, ValType::I32], &[ValType::I32]);
        let no = body.block();
        match ty {
            Type::Set(element) => {
                self.each_pair(&mut body, element, no, |e, body| {
                    e.equal(body, element);
                    let out = body.branch(no);
                    body.op(I::I32Eqz).op(I::BrIf(out));
                });
            }
            Type::Record(fields) => {
                for field in struct_layout(fields).fields {
                    let absent = self.presence_pair(&mut body, &field, no);
                    load_pair(&mut body, &field);
                    self.equal(&mut body, &field.ty);
                    let out = body.branch(no);
                    body.op(I::I32Eqz).op(I::BrIf(out));
                    if absent {
                        body.end();
                    }
                }
            }
            _ => {
                for offset in [ip::HIGH, ip::LOW, ip::PREFIX] {
                    // The last takes prefix and family in one.
                    for local in 0..2 {
                        body.get(local).op(I::I64Load(at(offset, 3)));
                    }
                    let out = body.branch(no);
                    body.op(I::I64Ne).op(I::BrIf(out));
                }
            }
        }
        body.ops([I::I32Const(1), I::Return, I::End, I::I32Const(0)]);
        body
    }

    /// Replaces two values of type `ty` on the stack by a number below, equal to or above zero.
    pub(super) fn compare(&mut self, body: &mut Body, ty: &Type) {
        if *ty == Type::String {
            body.call(self.runtime.string_compare);
            return;
        }
        let function = self.helper(Helper::Compare(ty.clone()), |e| e.compare_function(ty));
        body.call(function);
    }

    fn compare_function(&mut self, ty: &Type) -> Body {
        let value = value_type(ty);
        let mut body = Body::new(&[value, value], &[ValType::I32]);
        match ty {
            Type::Bool | Type::Entity(_) => {
                body.get(0).get(1).op(I::I32GtU);
                body.get(0).get(1).op(I::I32LtU).op(I::I32Sub);
            }
            _ if ty.is_integer() => {
                body.get(0).get(1).op(I::I64GtS);
                body.get(0).get(1).op(I::I64LtS).op(I::I32Sub);
            }
            Type::Set(element) => {
                let order = body.local(ValType::I32);
                let unequal = body.block();
                // Different lengths: the shorter first.
                lengths(&mut body, I::I32GtU);
                lengths(&mut body, I::I32LtU);
                body.op(I::I32Sub).tee(order);
                let out = body.branch(unequal);
                body.op(I::BrIf(out));
                self.each_pair(&mut body, element, unequal, |e, body| {
                    e.compare(body, element);
                    body.tee(order);
                    let out = body.branch(unequal);
                    body.op(I::BrIf(out));
                });
                body.end().get(order);
            }
            Type::Record(fields) => {
                let order = body.local(ValType::I32);
                let unequal = body.block();
                for field in struct_layout(fields).fields {
                    if let Some(bit) = field.presence {
                        presence(&mut body, 0, bit);
                        presence(&mut body, 1, bit);
                        body.op(I::I32Sub).tee(order);
                        let out = body.branch(unequal);
                        body.op(I::BrIf(out));
                        presence(&mut body, 0, bit);
                        body.op(I::If(BlockType::Empty));
                    }
                    load_pair(&mut body, &field);
                    self.compare(&mut body, &field.ty);
                    body.tee(order);
                    let out = body.branch(unequal);
                    body.op(I::BrIf(out));
                    if field.presence.is_some() {
                        body.end();
                    }
                }
                body.end().get(order);
            }
            _ => {
                let order = body.local(ValType::I32);
                let unequal = body.block();
                for (offset, wide) in [
                    (ip::FAMILY, false),
                    (ip::PREFIX, false),
                    (ip::HIGH, true),
                    (ip::LOW, true),
                ] {
                    for greater in [true, false] {
                        for local in 0..2 {
                            body.get(local).op(if wide {
                                I::I64Load(at(offset, 3))
                            } else {
                                I::I64Load32U(at(offset, 2))
                            });
                        }
                        body.op(if greater { I::I64GtU } else { I::I64LtU });
                    }
                    body.op(I::I32Sub).tee(order);
                    let out = body.branch(unequal);
                    body.op(I::BrIf(out));
                }
                body.end().get(order);
            }
        }
        body
    }

    /// Walks two sets of equal length, given by the locals 0 and 1; branches to `out` when the
    /// lengths differ. `each` finds two elements on the stack and must leave nothing.
    fn each_pair(
        &mut self,
        body: &mut Body,
        element: &Type,
        out: u32,
        each: impl FnOnce(&mut Self, &mut Body),
    ) {
        let [left, right, end] = [(); 3].map(|()| body.local(ValType::I32));
        let stride = shape(element).stride();
        lengths(body, I::I32Ne);
        let unequal = body.branch(out);
        body.op(I::BrIf(unequal));
        body.get(0).load32(0).tee(left);
        body.get(0)
            .load32(4)
            .address(stride)
            .ops([I::I32Mul, I::I32Add]);
        body.set(end).get(1).load32(0).set(right);
        let done = body.block();
        body.op(I::Loop(BlockType::Empty));
        body.get(left).get(end).op(I::I32GeU);
        let leave = body.branch(done);
        body.op(I::BrIf(leave));
        for pointer in [left, right] {
            body.get(pointer);
            body.load(element, 0);
        }
        each(self, body);
        for pointer in [left, right] {
            body.get(pointer).address(stride).op(I::I32Add).set(pointer);
        }
        body.op(I::Br(0)).end().end();
    }

    /// For an optional field: branches to `out` when one record has it and the other has not, and
    /// opens a block that runs when both have it. Says whether it opened one.
    fn presence_pair(&mut self, body: &mut Body, field: &FieldLayout, out: u32) -> bool {
        let Some(bit) = field.presence else {
            return false;
        };
        presence(body, 0, bit);
        presence(body, 1, bit);
        let unequal = body.branch(out);
        body.op(I::I32Ne).op(I::BrIf(unequal));
        presence(body, 0, bit);
        body.op(I::If(BlockType::Empty));
        true
    }
}

/// Pushes the presence bit of the struct whose address is in a local.
fn presence(body: &mut Body, local: u32, bit: u32) {
    body.get(local);
    presence_bit(body, bit);
}

/// Replaces the address of a struct by one of its presence bits.
pub(super) fn presence_bit(body: &mut Body, bit: u32) {
    body.load32(bit / 32 * 4)
        .address(bit % 32)
        .ops([I::I32ShrU, I::I32Const(1), I::I32And]);
}

fn load_pair(body: &mut Body, field: &FieldLayout) {
    for local in 0..2 {
        body.get(local);
        body.load(&field.ty, field.offset);
    }
}

/// Compares the lengths of the sets in the locals 0 and 1.
fn lengths(body: &mut Body, comparison: I<'static>) {
    body.get(0).load32(4).get(1).load32(4).op(comparison);
}
