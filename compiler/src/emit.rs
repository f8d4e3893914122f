//! Emission: from conditions and plans to WebAssembly functions.
//!
//! | file | what it emits |
//! |---|---|
//! | `body` | one function: instructions, locals, branch depths |
//! | `condition` | an expression |
//! | `path` | the way to a value: attributes, fields, `has`, tags |
//! | `known` | what need not be asked again |
//! | `compare` | equality and the canonical order, a function for each type |
//! | `set` | the set operations, a function for each element type |
//! | `shared` | which conjunctions are worth evaluating once |
//! | `ballot` | a bit or a place in a table for each policy |
//! | `index` | the tables of policies that name an entity each |
//! | `decide` | `authorize` and `plan` over the outcomes |
//!
//! Every value is one WebAssembly value: a number, a reference, or the address of a struct or of an
//! address and length. Values that an expression builds (set and record literals) stand in scratch
//! memory at an address fixed at compile time, because an expression runs once and never re-enters.
//! Nothing here reads Cedar's types, and nothing decides what a policy means.

pub(crate) mod ballot;
pub(crate) mod body;
mod compare;
mod condition;
pub(crate) mod decide;
mod index;
mod known;
mod path;
pub(crate) mod plan;
mod set;
mod shared;

use crate::broken::Broken;
use crate::ir::{Expr, Kind};
use crate::link::Runtime;
use body::Body;
use privet_frame::abi;
use privet_frame::encode::Encoder;
use privet_frame::layout::{self, StructLayout};
use privet_frame::manifest::{EntityLayout, EntityUid};
use privet_frame::types::Type;
use privet_frame::value::Value;
use std::collections::{BTreeMap, HashMap};
use wasm_encoder::ValType;

/// Addresses in the guest's memory, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct MemoryMap {
    pub(crate) output: u32,
    pub(crate) constants: u32,
    pub(crate) scratch: u32,
    pub(crate) frame: u32,
}

/// The layouts that addresses in emitted code come from.
#[derive(Debug)]
pub(crate) struct Layouts {
    pub(crate) entities: Vec<EntityLayout>,
    pub(crate) contexts: Vec<StructLayout>,
    pub(crate) tags: Vec<Option<Type>>,
    pub(crate) literals: BTreeMap<EntityUid, u32>,
}

/// What helper functions are made once for each type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Helper {
    Equal(Type),
    Compare(Type),
    Contains(Type),
    ContainsAll(Type),
    ContainsAny(Type),
    Insert(Type),
}

/// Collects the functions and constants of one guest.
#[derive(Debug)]
pub(crate) struct Emitter<'a> {
    pub(crate) layouts: &'a Layouts,
    pub(crate) runtime: &'a Runtime,
    pub(crate) map: MemoryMap,
    broken: Broken,
    pub(crate) constants: Encoder,
    pub(crate) functions: Vec<Body>,
    known: BTreeMap<(Type, Vec<u8>), u32>,
    helpers: BTreeMap<Helper, u32>,
    /// Functions by context type and condition.
    conditions: HashMap<(u32, Expr), u32>,
    scratch_used: u32,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(
        layouts: &'a Layouts,
        runtime: &'a Runtime,
        map: MemoryMap,
        broken: Broken,
    ) -> Self {
        Self {
            layouts,
            runtime,
            map,
            broken,
            constants: Encoder::new(map.constants),
            functions: Vec::new(),
            known: BTreeMap::new(),
            helpers: BTreeMap::new(),
            conditions: HashMap::new(),
            scratch_used: 0,
        }
    }

    /// The map that fits what was emitted.
    pub(crate) fn fitted(&self) -> MemoryMap {
        let scratch = layout::round_up(self.constants.end(), 16);
        MemoryMap {
            scratch,
            frame: layout::round_up(scratch + self.scratch_used, 16),
            ..self.map
        }
    }

    /// Adds a function and returns its index in the finished module.
    pub(crate) fn add(&mut self, body: Body) -> u32 {
        let index = self.runtime.functions + crate::schema::count(self.functions.len());
        self.functions.push(body);
        index
    }

    fn helper(&mut self, helper: Helper, make: impl FnOnce(&mut Self) -> Body) -> u32 {
        if let Some(&index) = self.helpers.get(&helper) {
            return index;
        }
        let body = make(self);
        let index = self.add(body);
        self.helpers.insert(helper, index);
        index
    }

    /// The reference to an entity that policies name.
    fn literal(&self, uid: &EntityUid) -> u32 {
        let index = self
            .layouts
            .literals
            .get(uid)
            .copied()
            .unwrap_or(u32::MAX / 64);
        self.map.frame + abi::header::SIZE + index * abi::entity::SIZE
    }

    /// The value of an expression that is constant.
    fn constant_value(&self, expr: &Expr) -> Option<Value> {
        Some(match &expr.kind {
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Integer(value) => Value::Integer(*value),
            Kind::String(text) => Value::String(text.clone()),
            Kind::Ip(address) => Value::Ip(*address),
            Kind::Entity(uid) => Value::Entity(self.literal(uid)),
            Kind::Set(elements) => Value::set(
                elements
                    .iter()
                    .map(|e| self.constant_value(e))
                    .collect::<Option<_>>()?,
            ),
            Kind::Record(fields) => Value::Record(
                fields
                    .iter()
                    .map(|(_, e)| self.constant_value(e).map(Some))
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }

    /// The address of a constant; equal constants share one.
    fn constant(&mut self, ty: &Type, value: &Value) -> u32 {
        let mut alone = Encoder::new(0);
        alone.append(ty, value);
        let key = (ty.clone(), alone.bytes().to_vec());
        if let Some(&address) = self.known.get(&key) {
            return address;
        }
        let address = self.constants.append(ty, value);
        self.known.insert(key, address);
        address
    }
}

/// The WebAssembly type that stands for a value.
pub(crate) fn value_type(ty: &Type) -> ValType {
    if ty.is_integer() {
        ValType::I64
    } else {
        ValType::I32
    }
}
