//! Writes values into memory by their types' layouts.
//!
//! Used for frames (by the host) and for constants (by the compiler), so that both have one format.
//! Nothing here checks a type: a value that does not fit its type is left zero.

use crate::abi::ip;
use crate::layout::{StructLayout, shape, struct_layout};
use crate::types::Type;
use crate::value::Value;
use std::vec::Vec;

/// Bytes that will stand at a known address.
#[derive(Debug, Clone)]
pub struct Encoder {
    base: u32,
    bytes: Vec<u8>,
    relocations: Vec<u32>,
}

impl Encoder {
    /// An empty run of bytes that will stand at `base`, a multiple of 8.
    pub fn new(base: u32) -> Self {
        Self {
            base,
            bytes: Vec::new(),
            relocations: Vec::new(),
        }
    }

    /// The bytes written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, and the offsets of the 32-bit addresses among them that point into them.
    pub fn into_parts(self) -> (Vec<u8>, Vec<u32>) {
        (self.bytes, self.relocations)
    }

    /// Drops everything behind the first `length` bytes, to write another request behind a store.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.relocations.retain(|r| (*r as usize) < length);
    }

    /// The address behind the last byte.
    pub fn end(&self) -> u32 {
        self.base + u32::try_from(self.bytes.len()).unwrap_or(u32::MAX - self.base)
    }

    /// Appends `size` zero bytes at a multiple of `align` and returns their address.
    pub fn reserve(&mut self, size: u32, align: u32) -> u32 {
        let start = crate::layout::round_up(self.end(), align.max(1));
        self.bytes.resize((start - self.base + size) as usize, 0);
        start
    }

    /// Writes a 32-bit number at an address that was reserved.
    pub fn put(&mut self, address: u32, value: u32) {
        self.write(address, &value.to_le_bytes());
    }

    /// Writes an address where it was reserved; one that points into these bytes moves with them.
    pub fn put_address(&mut self, place: u32, value: u32) {
        if value >= self.base {
            self.relocations.push(place.wrapping_sub(self.base));
        }
        self.put(place, value);
    }

    fn write(&mut self, address: u32, data: &[u8]) {
        let start = address.wrapping_sub(self.base) as usize;
        if let Some(place) = self.bytes.get_mut(start..start + data.len()) {
            place.copy_from_slice(data);
        }
    }

    /// Writes a value behind what is there and returns its address.
    pub fn append(&mut self, ty: &Type, value: &Value) -> u32 {
        let shape = shape(ty);
        let address = self.reserve(shape.size, shape.align);
        self.value(address, ty, value);
        address
    }

    /// Appends 32-bit numbers and returns the address of the first.
    pub fn append_words(&mut self, words: &[u32]) -> u32 {
        let address = self.reserve(0, 4);
        for word in words {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        }
        address
    }

    /// Appends addresses and returns the address of the first.
    pub fn append_addresses(&mut self, addresses: &[u32]) -> u32 {
        let first = self.reserve(crate::layout::words(addresses.len()), 4);
        for (place, address) in (first..).step_by(4).zip(addresses) {
            self.put_address(place, *address);
        }
        first
    }

    /// Appends bytes and returns their address.
    pub fn append_bytes(&mut self, data: &[u8]) -> u32 {
        let address = self.end();
        self.bytes.extend_from_slice(data);
        address
    }

    /// Writes a value at an address that was reserved for its type.
    pub fn value(&mut self, address: u32, ty: &Type, value: &Value) {
        match (ty, value) {
            (_, Value::Bool(value)) => self.put(address, u32::from(*value)),
            (_, Value::Entity(reference)) => self.put_address(address, *reference),
            (_, Value::Integer(value)) => self.write(address, &value.to_le_bytes()),
            (_, Value::String(text)) => {
                let data = self.append_bytes(text.as_bytes());
                self.span(address, data, text.len());
            }
            (_, Value::Ip(value)) => {
                let bits = value.bits;
                self.write(address + ip::HIGH, &((bits >> 64) as u64).to_le_bytes());
                self.write(address + ip::LOW, &(bits as u64).to_le_bytes());
                self.put(address + ip::PREFIX, value.prefix);
                self.put(address + ip::FAMILY, if value.is_v6 { 6 } else { 4 });
            }
            (Type::Set(element), Value::Set(values)) => {
                let shape = shape(element);
                let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
                let data = self.reserve(count * shape.stride(), shape.align);
                let mut place = data;
                for value in values {
                    self.value(place, element, value);
                    place += shape.stride();
                }
                self.span(address, data, values.len());
            }
            (Type::Record(fields), Value::Record(values)) => {
                self.fields(
                    address,
                    &struct_layout(fields),
                    values.iter().map(Option::as_ref),
                );
            }
            (_, Value::Set(_) | Value::Record(_)) => {}
        }
    }

    /// Writes the fields of a struct and their presence bits, in the order of the layout.
    pub fn fields<'v>(
        &mut self,
        address: u32,
        layout: &StructLayout,
        values: impl Iterator<Item = Option<&'v Value>>,
    ) {
        let mut presence: Vec<u32> = Vec::new();
        for (field, value) in layout.fields.iter().zip(values) {
            if let Some(bit) = field.presence {
                let word = (bit / 32) as usize;
                if presence.len() <= word {
                    presence.resize(word + 1, 0);
                }
                if value.is_some()
                    && let Some(bits) = presence.get_mut(word)
                {
                    *bits |= 1 << (bit % 32);
                }
            }
            if let Some(value) = value {
                self.value(address + field.offset, &field.ty, value);
            }
        }
        let mut place = address;
        for bits in presence {
            self.put(place, bits);
            place += 4;
        }
    }

    fn span(&mut self, address: u32, data: u32, length: usize) {
        self.put_address(address, data);
        self.put(address + 4, u32::try_from(length).unwrap_or(u32::MAX));
    }
}
