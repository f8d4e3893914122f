//! Decides whether bytes are a frame.
//!
//! A valid frame decodes to a request and entities, and the guest's answer on it is Cedar's answer
//! on what it decodes to. So everything that emitted code relies on is checked here: addresses in
//! bounds, references to entities of the right type, sets strictly ascending in the canonical order
//! (nested ones included), strings in UTF-8, ancestors closed, free of cycles and of types that the
//! schema admits above their descendants, literal actions in exactly their groups, nothing above an
//! entity that is missing.
//!
//! The check is driven by a layout table of 32-bit words; [`table`] names the words of its header. A
//! literal is its type. An entity type is a record node, the offset of its tags, the place of three
//! words (the tag's value node, the value's offset, the stride), and the place of what may stand
//! above it: whether it is a type of actions, a count, and as many types. A literal's groups are a
//! count and as many indices of literals, or [`NONE`] for what is no action. A signature is a
//! principal type, a resource type and a context node. An environment and a plan are the signature
//! that they answer. A node starts with its [`kind`]. Nothing here may allocate, recurse without
//! bound, or panic.

use crate::abi::{self, entity, header, ip};
use core::cmp::Ordering;
use core::fmt;

/// Absent place, node or presence bit.
pub const NONE: u32 = u32::MAX;

/// The header of a layout table: which word holds what. A place is the index of a list's first word.
pub mod table {
    /// The frame's address.
    pub const BASE: u32 = 0;
    /// Number of literal entities.
    pub const LITERALS: u32 = 1;
    /// Number of entity types.
    pub const TYPES: u32 = 2;
    /// Number of signatures.
    pub const SIGNATURES: u32 = 3;
    /// Place of the literals.
    pub const LITERAL_PLACE: u32 = 4;
    /// Place of the entity types.
    pub const TYPE_PLACE: u32 = 5;
    /// Place of the signatures.
    pub const SIGNATURE_PLACE: u32 = 6;
    /// Place of the literals' groups.
    pub const GROUP_PLACE: u32 = 7;
    /// Number of request environments.
    pub const ENVIRONMENTS: u32 = 8;
    /// Place of the environments.
    pub const ENVIRONMENT_PLACE: u32 = 9;
    /// Number of plans.
    pub const PLANS: u32 = 10;
    /// Place of the plans.
    pub const PLAN_PLACE: u32 = 11;
    /// Number of words in the header.
    pub const SIZE: u32 = 12;
    /// Number of words of an entity type.
    pub const TYPE_SIZE: u32 = 4;
}

/// First word of a node in the layout table.
pub mod kind {
    /// A 32-bit 0 or 1.
    pub const BOOL: u32 = 0;
    /// A 64-bit integer.
    pub const INTEGER: u32 = 1;
    /// Address and length of UTF-8 bytes.
    pub const STRING: u32 = 2;
    /// A reference; the entity type follows.
    pub const ENTITY: u32 = 3;
    /// Address and length of an array; the element's node and the stride follow.
    pub const SET: u32 = 4;
    /// A struct; size and number of fields follow, then offset, node and presence bit of each.
    pub const RECORD: u32 = 5;
    /// An address with its prefix.
    pub const IP: u32 = 6;
}

/// Types nest at most this deep; the compiler refuses deeper ones.
pub const MAX_TYPE_DEPTH: u32 = 64;

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidFrame {
    what: &'static str,
    address: u32,
}

impl InvalidFrame {
    /// What is wrong.
    pub fn what(&self) -> &'static str {
        self.what
    }
}

impl fmt::Display for InvalidFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid frame: {} at address {}",
            self.what, self.address
        )
    }
}

impl core::error::Error for InvalidFrame {}

type Check<T = ()> = Result<T, InvalidFrame>;

/// Checks that `frame`, whose first byte has the address that the layout table names, is a valid
/// frame. `table` holds the layout table's words in little-endian order.
///
/// # Errors
///
/// [`InvalidFrame`] says what is wrong and at which address.
pub fn verify(frame: &[u8], table: &[u8]) -> Check {
    let base = word(table, self::table::BASE).ok_or(InvalidFrame {
        what: "no layout table",
        address: 0,
    })?;
    Verifier { frame, base, table }.run()
}

/// Whether the request environment of that index answers frames of that signature.
pub fn environment_answers(layout: &[u8], environment: u32, signature: u32) -> bool {
    answers(layout, table::ENVIRONMENTS, environment, signature)
}

/// Whether the plan of that index answers frames of that signature.
pub fn plan_answers(layout: &[u8], plan: u32, signature: u32) -> bool {
    answers(layout, table::PLANS, plan, signature)
}

fn answers(layout: &[u8], list: u32, index: u32, signature: u32) -> bool {
    let place = word(layout, list + 1).and_then(|place| place.checked_add(index));
    word(layout, list).is_some_and(|count| index < count)
        && place.and_then(|place| word(layout, place)) == Some(signature)
}

/// The frame's address and signature count are read from the header of the table.
struct Verifier<'a> {
    frame: &'a [u8],
    base: u32,
    table: &'a [u8],
}

fn word(bytes: &[u8], index: u32) -> Option<u32> {
    at(bytes, index.checked_mul(4)?)
}

fn at(bytes: &[u8], offset: u32) -> Option<u32> {
    let start = offset as usize;
    let slice = bytes.get(start..start.checked_add(4)?)?;
    Some(u32::from_le_bytes(slice.try_into().ok()?))
}

fn bad<T>(what: &'static str, address: u32) -> Check<T> {
    Err(InvalidFrame { what, address })
}

impl Verifier<'_> {
    fn run(&self) -> Check {
        let base = self.base;
        if self.load(base + header::MAGIC)? != abi::FRAME_MAGIC {
            return bad("no frame", base);
        }
        let length = self.load(base + header::LENGTH)?;
        if length as usize != self.frame.len() {
            return bad("length does not match", base + header::LENGTH);
        }
        let store = base + header::SIZE;
        let store_count = self.load(base + header::STORE_ENTITIES)?;
        let request = self.load(base + header::REQUEST_TABLE)?;
        let request_count = self.load(base + header::REQUEST_ENTITIES)?;
        let literals = self.word(table::LITERALS)?;
        if store_count < literals {
            return bad("literal entities missing", base + header::STORE_ENTITIES);
        }
        self.array(store, store_count, entity::SIZE, 4)?;
        self.array(request, request_count, entity::SIZE, 4)?;
        if request_count > 0 && request < store + store_count * entity::SIZE {
            return bad("entity tables overlap", base + header::REQUEST_TABLE);
        }
        for i in 0..store_count {
            let address = store + i * entity::SIZE;
            if i < literals
                && self.load(address + entity::TYPE)?
                    != self.word(self.word(table::LITERAL_PLACE)? + i)?
            {
                return bad("literal entity of another type", address);
            }
            self.entity(address)?;
        }
        for i in 0..request_count {
            self.entity(request + i * entity::SIZE)?;
        }
        let signature = self.load(base + header::SIGNATURE)?;
        if signature >= self.word(table::SIGNATURES)? {
            return bad("unknown signature", base + header::SIGNATURE);
        }
        let place = self.word(table::SIGNATURE_PLACE)? + signature * 3;
        self.reference(self.load(base + header::PRINCIPAL)?, self.word(place)?)?;
        self.reference(self.load(base + header::RESOURCE)?, self.word(place + 1)?)?;
        let context = self.load(base + header::CONTEXT)?;
        self.value(self.word(place + 2)?, context, 0)
    }

    fn entity(&self, address: u32) -> Check {
        let ty = self.load(address + entity::TYPE)?;
        if ty >= self.word(table::TYPES)? {
            return bad("unknown entity type", address + entity::TYPE);
        }
        let place = self.word(table::TYPE_PLACE)? + ty * table::TYPE_SIZE;
        let data = self.load(address + entity::DATA)?;
        if data != 0 {
            self.value(self.word(place)?, data, 0)?;
            let tags = self.word(place + 1)?;
            if tags != NONE {
                self.tags(data.saturating_add(tags), self.word(place + 2)?)?;
            }
        }
        self.ancestors(address)?;
        self.above(address, data == 0, self.word(place + 3)?)
    }

    /// What stands above an entity whose ancestors are in bounds: types that the schema admits, the
    /// groups of a literal action, nothing above an entity that is missing.
    fn above(&self, address: u32, missing: bool, place: u32) -> Check {
        let (is_action, admitted) = (self.word(place)? == 1, self.word(place + 1)?);
        let (list, count) = self.span(address + entity::ANCESTORS)?;
        if missing && count > 0 && !is_action {
            return bad("an entity that is missing has ancestors", address);
        }
        let first = self.base + header::SIZE;
        let literals = self.word(table::LITERALS)?;
        let literal = |address: u32| (address - first) / entity::SIZE;
        let groups = match literal(address) < literals {
            true => self.word(self.word(table::GROUP_PLACE)? + literal(address))?,
            false => NONE,
        };
        let mut found = 0;
        for i in 0..count {
            let ancestor = self.load(list + i * 4)?;
            let ty = self.load(ancestor + entity::TYPE)?;
            if !self.listed(place + 2, admitted, ty)? {
                return bad("an ancestor of a type that cannot be one", address);
            }
            if groups != NONE && literal(ancestor) < literals {
                if !self.listed(groups + 1, self.word(groups)?, literal(ancestor))? {
                    return bad("an action in a group that is not its own", address);
                }
                found += 1;
            }
        }
        if groups != NONE && found != self.word(groups)? {
            return bad("an action outside of one of its groups", address);
        }
        Ok(())
    }

    /// Whether a list of the layout table holds a word.
    fn listed(&self, place: u32, count: u32, wanted: u32) -> Check<bool> {
        for i in 0..count {
            if self.word(place + i)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Strictly ascending references that do not hold the entity itself and hold the ancestors of
    /// each ancestor: closed and without cycles.
    fn ancestors(&self, address: u32) -> Check {
        let (list, count) = self.span(address + entity::ANCESTORS)?;
        self.array(list, count, 4, 4)?;
        let mut previous = 0;
        for i in 0..count {
            let ancestor = self.load(list + i * 4)?;
            self.known(ancestor)?;
            if ancestor == address {
                return bad("an entity is its own ancestor", address);
            }
            if ancestor <= previous {
                return bad("ancestors out of order", list);
            }
            previous = ancestor;
            let (theirs, their_count) = self.span(ancestor + entity::ANCESTORS)?;
            self.array(theirs, their_count, 4, 4)?;
            let mut mine = 0;
            for j in 0..their_count {
                let wanted = self.load(theirs + j * 4)?;
                while mine < count && self.load(list + mine * 4)? < wanted {
                    mine += 1;
                }
                if mine >= count || self.load(list + mine * 4)? != wanted {
                    return bad("ancestors are not closed", address);
                }
            }
        }
        Ok(())
    }

    fn tags(&self, address: u32, place: u32) -> Check {
        let (entries, count) = self.span(address)?;
        let (node, value, stride) = (
            self.word(place)?,
            self.word(place + 1)?,
            self.word(place + 2)?,
        );
        self.array(entries, count, stride, 4)?;
        for i in 0..count {
            let entry = entries + i * stride;
            self.string(entry)?;
            self.value(node, entry + value, 0)?;
            if i > 0 && self.compare_strings(entry - stride, entry)? != Ordering::Less {
                return bad("tags out of order", entry);
            }
        }
        Ok(())
    }

    fn value(&self, node: u32, address: u32, depth: u32) -> Check {
        if depth > MAX_TYPE_DEPTH {
            return bad("type nested too deep", address);
        }
        match self.word(node)? {
            kind::BOOL => match self.load(address)? {
                0 | 1 => Ok(()),
                _ => bad("a boolean is neither 0 nor 1", address),
            },
            kind::INTEGER => self.load64(address).map(drop),
            kind::STRING => self.string(address),
            kind::ENTITY => self.reference(self.load(address)?, self.word(node + 1)?),
            kind::IP => self.ip(address),
            kind::SET => {
                let (elements, count) = self.span(address)?;
                let (element, stride) = (self.word(node + 1)?, self.word(node + 2)?);
                self.array(elements, count, stride, 4)?;
                for i in 0..count {
                    let current = elements + i * stride;
                    self.value(element, current, depth + 1)?;
                    if i > 0
                        && self.compare(element, current - stride, current, depth)?
                            != Ordering::Less
                    {
                        return bad("set out of order", current);
                    }
                }
                Ok(())
            }
            kind::RECORD => {
                self.array(address, 1, self.word(node + 1)?, 4)?;
                for i in 0..self.word(node + 2)? {
                    let place = node + 3 + i * 3;
                    if self.present(address, self.word(place + 2)?)? {
                        self.value(
                            self.word(place + 1)?,
                            address + self.word(place)?,
                            depth + 1,
                        )?;
                    }
                }
                Ok(())
            }
            _ => bad("corrupt layout table", address),
        }
    }

    /// The canonical order; it must be the one of the emitted comparisons.
    fn compare(&self, node: u32, a: u32, b: u32, depth: u32) -> Check<Ordering> {
        if depth > MAX_TYPE_DEPTH {
            return bad("type nested too deep", a);
        }
        Ok(match self.word(node)? {
            kind::BOOL | kind::ENTITY => self.load(a)?.cmp(&self.load(b)?),
            kind::INTEGER => self
                .load64(a)?
                .cast_signed()
                .cmp(&self.load64(b)?.cast_signed()),
            kind::STRING => self.compare_strings(a, b)?,
            kind::IP => {
                let key = |p: u32| -> Check<(u32, u32, u64, u64)> {
                    Ok((
                        self.load(p + ip::FAMILY)?,
                        self.load(p + ip::PREFIX)?,
                        self.load64(p + ip::HIGH)?,
                        self.load64(p + ip::LOW)?,
                    ))
                };
                key(a)?.cmp(&key(b)?)
            }
            kind::SET => {
                let ((list_a, count_a), (list_b, count_b)) = (self.span(a)?, self.span(b)?);
                let (element, stride) = (self.word(node + 1)?, self.word(node + 2)?);
                let mut order = count_a.cmp(&count_b);
                let mut i = 0;
                while order == Ordering::Equal && i < count_a {
                    let offset = i * stride;
                    order = self.compare(element, list_a + offset, list_b + offset, depth + 1)?;
                    i += 1;
                }
                order
            }
            kind::RECORD => {
                for i in 0..self.word(node + 2)? {
                    let place = node + 3 + i * 3;
                    let presence = self.word(place + 2)?;
                    let (has_a, has_b) = (self.present(a, presence)?, self.present(b, presence)?);
                    let offset = self.word(place)?;
                    let order = match (has_a, has_b) {
                        (true, true) => {
                            let field = self.word(place + 1)?;
                            self.compare(field, a + offset, b + offset, depth + 1)?
                        }
                        _ => has_a.cmp(&has_b),
                    };
                    if order != Ordering::Equal {
                        return Ok(order);
                    }
                }
                Ordering::Equal
            }
            _ => return bad("corrupt layout table", a),
        })
    }

    /// Shorter strings first, then bytewise.
    fn compare_strings(&self, a: u32, b: u32) -> Check<Ordering> {
        let (text_a, text_b) = (self.text(a)?, self.text(b)?);
        Ok(text_a
            .len()
            .cmp(&text_b.len())
            .then_with(|| text_a.cmp(text_b)))
    }

    fn string(&self, address: u32) -> Check {
        match core::str::from_utf8(self.text(address)?) {
            Ok(_) => Ok(()),
            Err(_) => bad("a string is not UTF-8", address),
        }
    }

    fn text(&self, address: u32) -> Check<&[u8]> {
        let (text, length) = self.span(address)?;
        self.array(text, length, 1, 1)?;
        let start = text.wrapping_sub(self.base) as usize;
        match self.frame.get(start..start.saturating_add(length as usize)) {
            Some(bytes) => Ok(bytes),
            None => bad("out of bounds", address),
        }
    }

    fn ip(&self, address: u32) -> Check {
        let family = self.load(address + ip::FAMILY)?;
        let prefix = self.load(address + ip::PREFIX)?;
        let (high, low) = (
            self.load64(address + ip::HIGH)?,
            self.load64(address + ip::LOW)?,
        );
        let valid = match family {
            4 => prefix <= 32 && high == 0 && low <= u64::from(u32::MAX),
            6 => prefix <= 128,
            _ => false,
        };
        if valid {
            Ok(())
        } else {
            bad("no IP address", address)
        }
    }

    fn present(&self, address: u32, bit: u32) -> Check<bool> {
        if bit == NONE {
            return Ok(true);
        }
        Ok(self.load(address.saturating_add(bit / 32 * 4))? >> (bit % 32) & 1 == 1)
    }

    /// A reference to an entity of type `ty`.
    fn reference(&self, reference: u32, ty: u32) -> Check {
        self.known(reference)?;
        if self.load(reference + entity::TYPE)? == ty {
            Ok(())
        } else {
            bad("a reference to an entity of another type", reference)
        }
    }

    /// A reference must be the address of an entry in one of the two tables.
    fn known(&self, reference: u32) -> Check {
        let base = self.base;
        let tables = [
            (
                base + header::SIZE,
                self.load(base + header::STORE_ENTITIES)?,
            ),
            (
                self.load(base + header::REQUEST_TABLE)?,
                self.load(base + header::REQUEST_ENTITIES)?,
            ),
        ];
        for (table, count) in tables {
            if let Some(offset) = reference.checked_sub(table)
                && offset % entity::SIZE == 0
                && offset / entity::SIZE < count
            {
                return Ok(());
            }
        }
        bad("a reference to no entity", reference)
    }

    /// Checks that an array lies in the frame and is aligned.
    fn array(&self, address: u32, count: u32, stride: u32, align: u32) -> Check {
        if count == 0 {
            return Ok(());
        }
        let bytes = u64::from(count) * u64::from(stride);
        let start = u64::from(address);
        let (first, end) = (
            u64::from(self.base),
            u64::from(self.base) + self.frame.len() as u64,
        );
        if start < first || start + bytes > end {
            return bad("out of bounds", address);
        }
        if !address.is_multiple_of(align) {
            return bad("not aligned", address);
        }
        Ok(())
    }

    /// Address and length at `address`.
    fn span(&self, address: u32) -> Check<(u32, u32)> {
        Ok((self.load(address)?, self.load(address.saturating_add(4))?))
    }

    fn load(&self, address: u32) -> Check<u32> {
        let value = address
            .checked_sub(self.base)
            .and_then(|o| at(self.frame, o));
        value.ok_or(InvalidFrame {
            what: "out of bounds",
            address,
        })
    }

    fn load64(&self, address: u32) -> Check<u64> {
        let low = self.load(address)?;
        let high = self.load(address.saturating_add(4))?;
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn word(&self, index: u32) -> Check<u32> {
        word(self.table, index).ok_or(InvalidFrame {
            what: "corrupt layout table",
            address: index,
        })
    }
}
