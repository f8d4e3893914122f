//! An expression as code that leaves one value on the stack.
//!
//! An error branches out of the condition's outermost block; the operands left on the stack vanish
//! with it. Each node has one short piece of code, in the order of Cedar's evaluation. A function may
//! hold many conditions; what they share is asked once.

use super::body::{Body, at};
use super::known::Known;
use super::set::{few_numbers, is_one_of};
use super::shared::conjuncts;
use super::{Emitter, value_type};
use crate::broken::Mutation;
use crate::ir::{Expr, Kind};
use privet_frame::abi::{entity, header, ip, outcome};
use privet_frame::encode::Encoder;
use privet_frame::layout::{round_up, shape, struct_layout};
use privet_frame::manifest::TagLayout;
use privet_frame::types::Type;
use wasm_encoder::{BlockType, Instruction as I, ValType};

const DAY: i64 = 86_400_000;

/// What is fixed while conditions are emitted into one function.
#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) body: Body,
    /// Index of the context type.
    pub(super) context: u32,
    /// The local with the address of the request's header.
    request: u32,
    /// Depth of the block that an error leaves.
    error: u32,
    /// Bytes of scratch memory that the condition uses.
    scratch: u32,
    /// Locals with what many conditions start from.
    pub(super) roots: Option<Roots>,
    /// Conjunctions that are functions of their own, asked at most once.
    shared: Vec<Shared>,
    /// What is known already.
    pub(super) known: Known,
    /// Whether the condition that is being emitted may leave with an error.
    may_leave: bool,
}

/// Principal, resource and context, and the first two's structs (0 when the entity is missing).
#[derive(Debug, Clone, Copy)]
pub(super) struct Roots {
    principal: u32,
    resource: u32,
    context: u32,
    pub(super) principal_data: u32,
    pub(super) resource_data: u32,
}

/// A conjunction with its function, and the local that keeps its outcome: 0 until it is asked,
/// then the outcome with the bit [`ASKED`].
#[derive(Debug)]
struct Shared {
    list: Vec<Expr>,
    can_err: bool,
    function: u32,
    outcome: u32,
}

const ASKED: i32 = 4;

impl Conditions {
    /// Conditions in a function whose first parameter is the address of the request's header.
    pub(super) fn new(body: Body, context: u32) -> Self {
        Self {
            body,
            context,
            request: 0,
            error: 0,
            scratch: 0,
            roots: None,
            shared: Vec::new(),
            known: Known::default(),
            may_leave: false,
        }
    }

    pub(super) fn context(&self) -> u32 {
        self.context
    }

    /// Loads once what many conditions start from.
    pub(super) fn load_roots(&mut self) {
        let mut load = |from: u32, offset: u32| {
            let local = self.body.local(ValType::I32);
            self.body.get(from).load32(offset).set(local);
            local
        };
        let principal = load(self.request, header::PRINCIPAL);
        let resource = load(self.request, header::RESOURCE);
        self.roots = Some(Roots {
            principal,
            resource,
            context: load(self.request, header::CONTEXT),
            principal_data: load(principal, entity::DATA),
            resource_data: load(resource, entity::DATA),
        });
    }

    /// Emits one condition: `holds` finds its value on the stack, `erred` follows an error.
    pub(super) fn each(
        &mut self,
        emitter: &mut Emitter<'_>,
        expr: &Expr,
        holds: impl FnOnce(&mut Body),
        erred: impl FnOnce(&mut Body),
    ) {
        self.scratch = 0;
        if !expr.can_err() {
            emitter.expr(self, expr);
            holds(&mut self.body);
        } else {
            let first = self.body.position();
            let done = self.body.block();
            self.error = self.body.block();
            self.may_leave = false;
            self.maybe(|c| emitter.expr(c, expr));
            holds(&mut self.body);
            if self.may_leave {
                let out = self.body.branch(done);
                self.body.ops([I::Br(out), I::End]);
                erred(&mut self.body);
                self.body.end();
            } else {
                // What could be missing is known to be there.
                self.body.unwrap_blocks(first, 2);
            }
        }
        emitter.scratch_used = emitter.scratch_used.max(self.scratch);
    }
}

impl Emitter<'_> {
    /// The function of a condition, from the request's header to an outcome. Equal conditions share
    /// one.
    pub(super) fn condition(&mut self, context: u32, expr: &Expr) -> u32 {
        let key = (context, expr.clone());
        if let Some(&function) = self.conditions.get(&key) {
            return function;
        }
        let body = Body::new(&[ValType::I32], &[ValType::I32]);
        let mut c = Conditions::new(body, context);
        let error = self.outcome_of_error();
        c.each(
            self,
            expr,
            |body| {
                body.op(I::Return);
            },
            |body| {
                body.ops([I::I32Const(error), I::Return]);
            },
        );
        c.body.op(I::Unreachable);
        let function = self.add(c.body);
        self.conditions.insert(key, function);
        function
    }

    /// The outcome of a condition that errs, unless a test breaks that.
    pub(super) fn outcome_of_error(&self) -> i32 {
        match () {
            () if self.broken.is(Mutation::ErrorSatisfies) => outcome::TRUE,
            () if self.broken.is(Mutation::ErrorIsFalse) => outcome::FALSE,
            () => outcome::ERROR,
        }
    }

    /// Makes functions of these conjunctions, to be asked at most once in what follows.
    pub(super) fn share(&mut self, c: &mut Conditions, runs: &[Expr]) {
        for run in runs {
            c.shared.push(Shared {
                list: conjuncts(run).into_iter().cloned().collect(),
                can_err: run.can_err(),
                function: self.condition(c.context, run),
                outcome: c.body.local(ValType::I32),
            });
        }
        // A longer run comes before its own beginning.
        c.shared.sort_by_key(|s| std::cmp::Reverse(s.list.len()));
    }

    /// A conjunction: what is shared is asked, the rest stands in place.
    fn all(&mut self, c: &mut Conditions, list: &[&Expr]) {
        let Some((first, tail)) = list.split_first() else {
            c.body.op(I::I32Const(1));
            return;
        };
        let starts = |s: &Shared| {
            let run = list.get(..s.list.len());
            run.is_some_and(|run| run.iter().zip(&s.list).all(|(a, b)| **a == *b))
        };
        let rest = match c.shared.iter().position(starts) {
            Some(index) => self.ask(c, index, list),
            None => {
                self.node(c, first);
                tail
            }
        };
        if !rest.is_empty() {
            c.body.op(I::If(BlockType::Result(ValType::I32)));
            c.maybe(|c| self.all(c, rest));
            c.body.ops([I::Else, I::I32Const(0), I::End]);
        }
    }

    /// Leaves whether a shared conjunction holds; returns what follows it in the list.
    fn ask<'l, 'e>(
        &self,
        c: &mut Conditions,
        index: usize,
        list: &'l [&'e Expr],
    ) -> &'l [&'e Expr] {
        let Some(shared) = c.shared.get(index) else {
            return list;
        };
        let (outcome, can_err) = (shared.outcome, shared.can_err);
        c.body
            .get(outcome)
            .ops([I::I32Eqz, I::If(BlockType::Empty)]);
        c.body.get(c.request).call(shared.function);
        c.body
            .ops([I::I32Const(ASKED), I::I32Or])
            .set(outcome)
            .end();
        let rest = list.get(shared.list.len()..).unwrap_or_default();
        if can_err {
            c.body.get(outcome);
            c.body.ops([I::I32Const(outcome::ERROR), I::I32And]);
            Self::leave_if(c);
        }
        c.body
            .get(outcome)
            .ops([I::I32Const(outcome::TRUE), I::I32And]);
        rest
    }

    pub(super) fn expr(&mut self, c: &mut Conditions, expr: &Expr) {
        match expr.ty {
            Type::Bool => self.all(c, &conjuncts(expr)),
            _ => self.node(c, expr),
        }
    }

    pub(super) fn node(&mut self, c: &mut Conditions, expr: &Expr) {
        if let Some(local) = c.known.of_context(expr) {
            c.body.get(local);
            return;
        }
        match &expr.kind {
            Kind::Bool(value) => {
                c.body.op(I::I32Const(i32::from(*value)));
            }
            Kind::Integer(value) => {
                c.body.op(I::I64Const(*value));
            }
            Kind::Entity(uid) => {
                let reference = self.literal(uid);
                c.body.address(reference);
            }
            Kind::String(_) | Kind::Ip(_) | Kind::Set(_) | Kind::Record(_) => {
                if let Some(value) = self.constant_value(expr) {
                    let address = self.constant(&expr.ty, &value);
                    c.body.address(address);
                } else {
                    self.literal_in_scratch(c, expr);
                }
            }
            Kind::Principal => self.root(c, header::PRINCIPAL, |r| r.principal),
            Kind::Resource => self.root(c, header::RESOURCE, |r| r.resource),
            Kind::Context => self.root(c, header::CONTEXT, |r| r.context),
            Kind::Then(first, second) => {
                self.expr(c, first);
                c.body.op(I::Drop);
                self.expr(c, second);
            }
            Kind::And(..) => self.all(c, &conjuncts(expr)),
            Kind::Or(a, b) => {
                self.expr(c, a);
                c.body.ops([
                    I::If(BlockType::Result(ValType::I32)),
                    I::I32Const(1),
                    I::Else,
                ]);
                c.maybe(|c| self.expr(c, b));
                c.body.end();
            }
            Kind::Not(a) => {
                self.expr(c, a);
                c.body.op(I::I32Eqz);
            }
            Kind::If(test, yes, no) => {
                self.expr(c, test);
                c.body.op(I::If(BlockType::Result(value_type(&expr.ty))));
                c.maybe(|c| self.expr(c, yes));
                c.body.op(I::Else);
                c.maybe(|c| self.expr(c, no));
                c.body.end();
            }
            Kind::Equal(a, b) => {
                self.pair(c, a, b);
                self.equal(&mut c.body, &a.ty);
            }
            Kind::Less(a, b) => self.pair_op(c, a, b, I::I64LtS),
            Kind::LessEqual(a, b) => self.pair_op(c, a, b, I::I64LeS),
            Kind::Add(a, b) | Kind::Subtract(a, b) => {
                let subtract = matches!(expr.kind, Kind::Subtract(..));
                self.add_or_subtract(c, a, b, subtract);
            }
            Kind::Multiply(a, b) => {
                let [left, right] = [(); 2].map(|()| c.body.local(ValType::I64));
                self.pair(c, a, b);
                c.body.set(right).tee(left).get(right);
                c.body.call(self.runtime.multiply_overflows);
                self.err_if(c, Mutation::OverflowIsIgnored);
                c.body.get(left).get(right).op(I::I64Mul);
            }
            Kind::Negate(a) => {
                let value = c.body.local(ValType::I64);
                self.expr(c, a);
                c.body.tee(value).ops([I::I64Const(i64::MIN), I::I64Eq]);
                self.err_if(c, Mutation::OverflowIsIgnored);
                c.body.op(I::I64Const(0)).get(value).op(I::I64Sub);
            }
            Kind::In(a, b) => {
                self.is_in(c, a, b);
            }
            Kind::InSet(a, b) => {
                self.pair(c, a, b);
                c.body.call(self.runtime.is_in_set);
            }
            Kind::HasAttribute(base, name) | Kind::HasField(base, name) => {
                self.has_path(c, base, std::slice::from_ref(name));
            }
            Kind::HasPath(base, names) => self.has_path(c, base, names),
            Kind::GetAttribute(base, name) => {
                self.data(c, base);
                if let Some(field) = self.field_of(c, base, name) {
                    c.body.load(&field.ty, field.offset);
                }
            }
            Kind::GetField(base, name) => {
                self.expr(c, base);
                if let Some(field) = self.field_of(c, base, name) {
                    c.body.load(&field.ty, field.offset);
                }
            }
            Kind::HasTag(base, key) => {
                self.find_tag(c, base, key);
                c.body.ops([I::I32Const(0), I::I32Ne]);
            }
            Kind::GetTag(base, key) => {
                self.find_tag(c, base, key);
                let entry = c.body.local(ValType::I32);
                c.body.tee(entry).op(I::I32Eqz);
                self.err_if(c, Mutation::MissingEntityIsIgnored);
                c.body.get(entry);
                let value = TagLayout::new(&expr.ty).value;
                c.body.load(&expr.ty, value);
            }
            Kind::Contains(a, b) => self.contains_in(c, a, b),
            Kind::ContainsAll(a, b) | Kind::ContainsAny(a, b) => {
                self.pair(c, a, b);
                if let Type::Set(element) = &a.ty {
                    match expr.kind {
                        Kind::ContainsAll(..) => self.contains_all(&mut c.body, element),
                        _ => self.contains_any(&mut c.body, element),
                    }
                }
            }
            Kind::IsEmpty(a) => {
                self.expr(c, a);
                c.body.load32(4).op(I::I32Eqz);
            }
            Kind::Like(text, parts) => {
                self.expr(c, text);
                let pattern = self.pattern(parts);
                c.body.address(pattern).call(self.runtime.like);
            }
            Kind::IsIpv4(a) | Kind::IsIpv6(a) => {
                let family = if matches!(expr.kind, Kind::IsIpv4(_)) {
                    4
                } else {
                    6
                };
                self.expr(c, a);
                c.body
                    .load32(ip::FAMILY)
                    .ops([I::I32Const(family), I::I32Eq]);
            }
            Kind::IsLoopback(a) => {
                self.expr(c, a);
                c.body.call(self.runtime.ip_loopback);
            }
            Kind::IsMulticast(a) => {
                self.expr(c, a);
                c.body.call(self.runtime.ip_multicast);
            }
            Kind::IsInRange(a, b) => {
                self.pair(c, a, b);
                c.body.call(self.runtime.ip_in_range);
            }
            Kind::ToDate(a) => {
                let [value, date] = [(); 2].map(|()| c.body.local(ValType::I64));
                self.expr(c, a);
                c.body.tee(value).get(value);
                self.time_of_day(c);
                c.body.op(I::I64Sub).tee(date).get(value).op(I::I64GtS);
                self.err_if(c, Mutation::OverflowIsIgnored);
                c.body.get(date);
            }
            Kind::ToTime(a) => {
                self.expr(c, a);
                self.time_of_day(c);
            }
            Kind::Divide(a, unit) => {
                self.expr(c, a);
                if *unit != 1 {
                    c.body.ops([I::I64Const(*unit), I::I64DivS]);
                }
            }
        }
    }

    fn contains_in(&mut self, c: &mut Conditions, set: &Expr, value: &Expr) {
        if let Some(constants) = self.constant_value(set).as_ref().and_then(few_numbers) {
            self.expr(c, value);
            return is_one_of(&mut c.body, &value.ty, constants);
        }
        self.pair(c, set, value);
        match value.ty {
            Type::Entity(_) => self.contains_entity(&mut c.body),
            _ => self.contains(&mut c.body, &value.ty),
        }
    }

    fn pair(&mut self, c: &mut Conditions, a: &Expr, b: &Expr) {
        self.expr(c, a);
        self.expr(c, b);
    }

    fn pair_op(&mut self, c: &mut Conditions, a: &Expr, b: &Expr, op: I<'static>) {
        self.pair(c, a, b);
        c.body.op(op);
    }

    /// Takes a condition from the stack; when it holds, the policy errs, unless that is what a test
    /// breaks.
    pub(super) fn err_if(&self, c: &mut Conditions, unless: Mutation) {
        if self.broken.is(unless) {
            c.body.op(I::Drop);
            return;
        }
        Self::leave_if(c);
    }

    /// Takes a condition from the stack; when it holds, the policy errs.
    fn leave_if(c: &mut Conditions) {
        c.may_leave = true;
        let out = c.body.branch(c.error);
        c.body.op(I::BrIf(out));
    }

    /// Leaves a part of the request.
    fn root(&self, c: &mut Conditions, offset: u32, of: impl FnOnce(&Roots) -> u32) {
        match &c.roots {
            Some(roots) => c.body.get(of(roots)),
            None => c.body.get(c.request).load32(offset),
        };
    }

    /// `in`: the same entity, or one with ancestors, which are searched.
    fn is_in(&mut self, c: &mut Conditions, a: &Expr, b: &Expr) {
        let [child, wanted] = [(); 2].map(|()| c.body.local(ValType::I32));
        self.pair(c, a, b);
        c.body.set(wanted).tee(child).get(wanted);
        c.body.ops([
            I::I32Eq,
            I::If(BlockType::Result(ValType::I32)),
            I::I32Const(1),
            I::Else,
        ]);
        c.body.get(child).load32(entity::ANCESTOR_COUNT);
        c.body.op(I::If(BlockType::Result(ValType::I32)));
        c.body.get(child).get(wanted).call(self.runtime.is_in);
        c.body.ops([I::Else, I::I32Const(0), I::End, I::End]);
    }

    /// Overflow shows in the signs: of the operands against the result.
    fn add_or_subtract(&mut self, c: &mut Conditions, a: &Expr, b: &Expr, subtract: bool) {
        let [left, right, result] = [(); 3].map(|()| c.body.local(ValType::I64));
        self.pair(c, a, b);
        c.body.set(right).tee(left).get(right);
        c.body
            .op(if subtract { I::I64Sub } else { I::I64Add })
            .set(result);
        c.body.get(left).get(result).op(I::I64Xor);
        let other = if subtract { left } else { result };
        c.body.get(right).get(other).op(I::I64Xor);
        c.body.ops([I::I64And, I::I64Const(0), I::I64LtS]);
        self.err_if(c, Mutation::OverflowIsIgnored);
        c.body.get(result);
    }

    /// Replaces a datetime on the stack by its milliseconds since midnight, which are never
    /// negative.
    fn time_of_day(&self, c: &mut Conditions) {
        let rest = c.body.local(ValType::I64);
        c.body.ops([I::I64Const(DAY), I::I64RemS]);
        c.body.tee(rest).get(rest);
        c.body.ops([I::I64Const(DAY), I::I64Add]).get(rest);
        c.body.ops([I::I64Const(0), I::I64GeS, I::Select]);
    }

    /// The address of a pattern: an address and length of its parts.
    fn pattern(&mut self, parts: &[String]) -> u32 {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(crate::schema::count(part.len()).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        let constants: &mut Encoder = &mut self.constants;
        let address = constants.append_bytes(&bytes);
        constants.append_words(&[address, crate::schema::count(bytes.len())])
    }

    /// Builds a set or record in this condition's scratch memory and leaves its address.
    fn literal_in_scratch(&mut self, c: &mut Conditions, expr: &Expr) {
        match &expr.kind {
            Kind::Set(elements) => {
                let Type::Set(element) = &expr.ty else { return };
                let set = self.scratch(c, 8, 8);
                let room = crate::schema::count(elements.len()) * shape(element).stride();
                let array = self.scratch(c, room, shape(element).align);
                c.body.address(set).address(array).op(I::I32Store(at(0, 2)));
                c.body
                    .address(set)
                    .op(I::I32Const(0))
                    .op(I::I32Store(at(4, 2)));
                for value in elements {
                    c.body.address(set);
                    self.expr(c, value);
                    self.insert(&mut c.body, element);
                }
                c.body.address(set);
            }
            Kind::Record(fields) => {
                let Type::Record(types) = &expr.ty else {
                    return;
                };
                let layout = struct_layout(types);
                let record = self.scratch(c, layout.size, layout.align);
                for ((_, value), field) in fields.iter().zip(&layout.fields) {
                    c.body.address(record + field.offset);
                    self.expr(c, value);
                    c.body.store(&field.ty);
                }
                c.body.address(record);
            }
            _ => {}
        }
    }

    fn scratch(&self, c: &mut Conditions, size: u32, align: u32) -> u32 {
        let offset = round_up(c.scratch, align.max(1));
        c.scratch = offset + size;
        self.map.scratch + offset
    }
}
