//! The memory layout of a type: sizes, alignments, offsets.
//!
//! The compiler and the host compute it from the same types with the same function, so it need not
//! be stored. Nothing here reads or writes a frame.

use crate::abi;
use crate::types::{Field, Type};
use std::string::String;
use std::vec::Vec;

/// Size and alignment in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Size in bytes.
    pub size: u32,
    /// Alignment in bytes, a power of two.
    pub align: u32,
}

impl Shape {
    /// Distance between two neighbours of this shape in an array.
    pub fn stride(self) -> u32 {
        round_up(self.size, self.align).max(1)
    }
}

/// The layout of a struct: a record, an entity's attributes, or a context.
///
/// Presence bits of the optional fields come first, in 32-bit words; the fields follow in the order
/// given, each at its natural alignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructLayout {
    /// Size in bytes.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
    /// The fields in their order.
    pub fields: Vec<FieldLayout>,
}

/// Where a field stands in its struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldLayout {
    /// The name, unescaped.
    pub name: String,
    /// The value's type.
    pub ty: Type,
    /// Offset in bytes from the start of the struct.
    pub offset: u32,
    /// Number of the presence bit, for an optional field: bit `n % 32` of word `n / 32`.
    pub presence: Option<u32>,
}

impl StructLayout {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&FieldLayout> {
        self.fields.iter().find(|f| f.name == name)
    }
}

/// Rounds `value` up to a multiple of `align`, a power of two.
pub fn round_up(value: u32, align: u32) -> u32 {
    (value + align - 1) & !(align - 1)
}

/// Size in bytes of so many 32-bit words.
pub(crate) fn words(count: usize) -> u32 {
    u32::try_from(count * 4).unwrap_or(u32::MAX)
}

/// The shape of a value of type `ty`.
pub fn shape(ty: &Type) -> Shape {
    let (size, align) = match ty {
        Type::Bool | Type::Entity(_) => (4, 4),
        Type::Long | Type::Decimal | Type::Datetime | Type::Duration => (8, 8),
        // Address and length.
        Type::String | Type::Set(_) => (8, 4),
        Type::Ip => (abi::ip::SIZE, 8),
        Type::Record(fields) => {
            let layout = struct_layout(fields);
            (layout.size, layout.align)
        }
    };
    Shape { size, align }
}

/// The layout of a struct with these fields.
pub fn struct_layout<'a>(fields: impl IntoIterator<Item = &'a Field> + Clone) -> StructLayout {
    let optional = fields.clone().into_iter().filter(|f| !f.required).count();
    let mut offset = u32::try_from(optional.div_ceil(32) * 4).unwrap_or(u32::MAX);
    let mut align = 4;
    let mut bit = 0;
    let mut layouts = Vec::new();
    for field in fields {
        let field_shape = shape(&field.ty);
        offset = round_up(offset, field_shape.align);
        align = align.max(field_shape.align);
        let presence = (!field.required).then(|| {
            bit += 1;
            bit - 1
        });
        layouts.push(FieldLayout {
            name: field.name.clone(),
            ty: field.ty.clone(),
            offset,
            presence,
        });
        offset += field_shape.size;
    }
    StructLayout {
        size: round_up(offset, align),
        align,
        fields: layouts,
    }
}
