//! The way to a value: structs of entities, fields of records, `has`, tags.
//!
//! A missing entity is an error where its attribute is read, and no more than `false` for `has`.
//! Nothing here compares values.

use super::Emitter;
use super::compare::presence_bit;
use super::condition::Conditions;
use crate::broken::Mutation;
use crate::ir::{Expr, Kind};
use privet_frame::abi::entity;
use privet_frame::layout::{FieldLayout, struct_layout};
use privet_frame::manifest::TagLayout;
use privet_frame::types::Type;
use wasm_encoder::{BlockType, Instruction as I, ValType};

impl Emitter<'_> {
    /// Leaves the address of an entity's struct; a missing entity is an error.
    pub(super) fn data(&mut self, c: &mut Conditions, base: &Expr) {
        if let Some(data) = c.struct_of(base) {
            c.body.get(data);
            return;
        }
        let data = match c.root_data(base) {
            Some(data) => {
                c.body.get(data);
                data
            }
            None => {
                let data = c.body.local(ValType::I32);
                self.expr(c, base);
                c.body.load32(entity::DATA).tee(data);
                data
            }
        };
        c.body.op(I::I32Eqz);
        self.err_if(c, Mutation::MissingEntityIsIgnored);
        c.body.get(data);
        c.is_present(base, data);
    }

    /// Where a field stands in the struct of the base's type.
    pub(super) fn field_of(&self, c: &Conditions, base: &Expr, name: &str) -> Option<FieldLayout> {
        if base.kind == Kind::Context {
            let layout = self.layouts.contexts.get(c.context as usize)?;
            return layout.field(name).cloned();
        }
        self.field(&base.ty, name)
    }

    fn field(&self, ty: &Type, name: &str) -> Option<FieldLayout> {
        match ty {
            Type::Entity(index) => {
                let layout = self.layouts.entities.get(*index as usize)?;
                layout.attributes.field(name).cloned()
            }
            Type::Record(fields) => struct_layout(fields).field(name).cloned(),
            _ => None,
        }
    }

    /// `has`, with one name or several: the base is evaluated once, then the names are walked. A
    /// missing entity or attribute answers false.
    pub(super) fn has_path(&mut self, c: &mut Conditions, base: &Expr, names: &[String]) {
        if let ([name], false) = (names, matches!(base.ty, Type::Entity(_)))
            && let Some(field) = self.field_of(c, base, name)
            && let Some(bit) = field.presence
        {
            self.expr(c, base);
            return presence_bit(&mut c.body, bit);
        }
        let current = c.body.local(ValType::I32);
        let present = c.struct_of(base);
        let data = present.or(c.root_data(base));
        match data {
            Some(data) => {
                c.body.get(data);
            }
            None => self.expr(c, base),
        }
        c.body.set(current);
        c.body.op(I::Block(BlockType::Result(ValType::I32)));
        let found = c.body.depth();
        let absent = c.body.block();
        let mut ty = base.ty.clone();
        for (i, name) in names.iter().enumerate() {
            if matches!(ty, Type::Entity(_)) && !(i == 0 && present.is_some()) {
                let out = c.body.branch(absent);
                c.body.get(current);
                if i > 0 || data.is_none() {
                    c.body.load32(entity::DATA).tee(current);
                }
                c.body.ops([I::I32Eqz, I::BrIf(out)]);
            }
            let field = if i == 0 {
                self.field_of(c, base, name)
            } else {
                self.field(&ty, name)
            };
            let out = c.body.branch(absent);
            let Some(field) = field else {
                c.body.op(I::Br(out));
                break;
            };
            if let Some(bit) = field.presence {
                c.body.get(current);
                presence_bit(&mut c.body, bit);
                c.body.ops([I::I32Eqz, I::BrIf(out)]);
            }
            if i + 1 < names.len() {
                c.body.get(current);
                c.body.load(&field.ty, field.offset);
                c.body.set(current);
            }
            ty = field.ty;
        }
        let out = c.body.branch(found);
        c.body
            .ops([I::I32Const(1), I::Br(out), I::End, I::I32Const(0), I::End]);
    }

    /// Leaves the address of a tag's entry, or 0. An entity that is missing has no tags.
    pub(super) fn find_tag(&mut self, c: &mut Conditions, base: &Expr, key: &Expr) {
        let Type::Entity(ty) = base.ty else { return };
        let place = self.layouts.entities.get(ty as usize).and_then(|e| e.tags);
        let tag = self.layouts.tags.get(ty as usize).cloned().flatten();
        let (Some(offset), Some(tag)) = (place, tag) else {
            return;
        };
        let [data, name] = [(); 2].map(|()| c.body.local(ValType::I32));
        self.expr(c, base);
        c.body.load32(entity::DATA).set(data);
        self.expr(c, key);
        c.body.set(name).get(data);
        c.body.op(I::If(BlockType::Result(ValType::I32)));
        c.body.get(data).address(offset).op(I::I32Add);
        c.body.address(TagLayout::new(&tag).stride).get(name);
        c.body.call(self.runtime.find_tag);
        c.body.ops([I::Else, I::I32Const(0), I::End]);
    }
}
