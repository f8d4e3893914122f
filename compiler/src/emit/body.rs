//! One function under construction.
//!
//! Keeps the locals and the branch depth, so that code which leaves a condition with an error knows
//! how far to branch. Nothing here knows a type of the frame but how to load and store it.

use super::value_type;
use privet_frame::layout::shape;
use privet_frame::types::Type;
use wasm_encoder::{BlockType, Function, Instruction, MemArg, MemArgTarget, ValType};

/// Instructions and locals of a function.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) params: Vec<ValType>,
    pub(crate) results: Vec<ValType>,
    locals: Vec<ValType>,
    code: Vec<Instruction<'static>>,
    depth: u32,
}

/// An operand at a 32-bit address with a constant offset.
pub(crate) fn at(offset: u32, align: u32) -> MemArg {
    MemArg {
        offset: offset.into(),
        align,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

impl Body {
    pub(crate) fn new(params: &[ValType], results: &[ValType]) -> Self {
        Self {
            params: params.to_vec(),
            results: results.to_vec(),
            locals: Vec::new(),
            code: Vec::new(),
            depth: 0,
        }
    }

    pub(crate) fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        crate::schema::count(self.params.len() + self.locals.len() - 1)
    }

    pub(crate) fn op(&mut self, instruction: Instruction<'static>) -> &mut Self {
        match instruction {
            Instruction::Block(_) | Instruction::Loop(_) | Instruction::If(_) => self.depth += 1,
            Instruction::End => self.depth -= 1,
            _ => {}
        }
        self.code.push(instruction);
        self
    }

    pub(crate) fn ops(
        &mut self,
        instructions: impl IntoIterator<Item = Instruction<'static>>,
    ) -> &mut Self {
        for instruction in instructions {
            self.op(instruction);
        }
        self
    }

    /// The number of blocks that are open.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }

    /// Branches to the end (or, of a loop, the start) of the block that made the depth `target`.
    pub(crate) fn branch(&self, target: u32) -> u32 {
        self.depth - target
    }

    pub(crate) fn get(&mut self, local: u32) -> &mut Self {
        self.op(Instruction::LocalGet(local))
    }

    pub(crate) fn set(&mut self, local: u32) -> &mut Self {
        self.op(Instruction::LocalSet(local))
    }

    pub(crate) fn tee(&mut self, local: u32) -> &mut Self {
        self.op(Instruction::LocalTee(local))
    }

    pub(crate) fn address(&mut self, address: u32) -> &mut Self {
        self.op(Instruction::I32Const(address.cast_signed()))
    }

    pub(crate) fn call(&mut self, function: u32) -> &mut Self {
        self.op(Instruction::Call(function))
    }

    pub(crate) fn block(&mut self) -> u32 {
        self.op(Instruction::Block(BlockType::Empty));
        self.depth
    }

    /// Takes back the opening of `count` blocks, the first of which is the instruction `first`, when
    /// nothing branches to their ends.
    pub(crate) fn unwrap_blocks(&mut self, first: usize, count: u32) {
        let behind = first + count as usize;
        self.code.drain(first..behind.min(self.code.len()));
        self.depth -= count;
    }

    /// The number of the next instruction.
    pub(crate) fn position(&self) -> usize {
        self.code.len()
    }

    pub(crate) fn end(&mut self) -> &mut Self {
        self.op(Instruction::End)
    }

    /// Replaces an address on the stack by the 32-bit number there.
    pub(crate) fn load32(&mut self, offset: u32) -> &mut Self {
        self.op(Instruction::I32Load(at(offset, 2)))
    }

    /// Replaces an address on the stack by the value of type `ty` at an offset from it.
    pub(crate) fn load(&mut self, ty: &Type, offset: u32) {
        match ty {
            Type::Bool | Type::Entity(_) => {
                self.load32(offset);
            }
            _ if ty.is_integer() => {
                self.op(Instruction::I64Load(at(offset, 3)));
            }
            _ if offset == 0 => {}
            _ => {
                self.address(offset).op(Instruction::I32Add);
            }
        }
    }

    /// Stores a value of type `ty` at an address; both are on the stack, the value on top.
    pub(crate) fn store(&mut self, ty: &Type) {
        match ty {
            Type::Bool | Type::Entity(_) => {
                self.op(Instruction::I32Store(at(0, 2)));
            }
            Type::String | Type::Set(_) => {
                self.op(Instruction::I64Load(at(0, 2)))
                    .op(Instruction::I64Store(at(0, 2)));
            }
            Type::Ip | Type::Record(_) => {
                self.address(shape(ty).size).op(Instruction::MemoryCopy {
                    src_mem: 0,
                    dst_mem: 0,
                });
            }
            Type::Long | Type::Decimal | Type::Datetime | Type::Duration => {
                self.op(Instruction::I64Store(at(0, 3)));
            }
        }
    }

    /// A new local for a value of type `ty`.
    pub(crate) fn value_local(&mut self, ty: &Type) -> u32 {
        self.local(value_type(ty))
    }

    /// The functions that this one calls.
    pub(crate) fn callees(&self) -> impl Iterator<Item = u32> {
        self.code.iter().filter_map(|i| match i {
            Instruction::Call(index) => Some(*index),
            _ => None,
        })
    }

    /// The finished function.
    pub(crate) fn finish(&self) -> Function {
        let mut function = Function::new_with_locals_types(self.locals.iter().copied());
        for instruction in &self.code {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        function
    }
}
