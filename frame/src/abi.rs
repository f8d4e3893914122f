//! Addresses and numbers that the emitted code, the guest runtime and the host share.
//!
//! All values are little-endian. An address is absolute in the guest's linear memory, so that
//! emitted code loads without adding a base; the frame of a pack always starts at the same
//! address, which the manifest records. Nothing here may depend on a particular schema.

/// First word of every frame: the bytes `PVT1`.
pub const FRAME_MAGIC: u32 = u32::from_le_bytes(*b"PVT1");

/// Offsets of the header's 32-bit words from the start of the frame.
pub mod header {
    /// [`super::FRAME_MAGIC`].
    pub const MAGIC: u32 = 0;
    /// Length of the whole frame in bytes.
    pub const LENGTH: u32 = 4;
    /// Number of entries in the store's entity table, which starts at [`SIZE`].
    pub const STORE_ENTITIES: u32 = 8;
    /// Address of the request's own entity table: entities that only the request names.
    pub const REQUEST_TABLE: u32 = 12;
    /// Number of entries in the request's entity table.
    pub const REQUEST_ENTITIES: u32 = 16;
    /// Reference to the principal.
    pub const PRINCIPAL: u32 = 20;
    /// Reference to the resource.
    pub const RESOURCE: u32 = 24;
    /// Address of the context's struct.
    pub const CONTEXT: u32 = 28;
    /// Index of the request signature: principal type, resource type and context type.
    pub const SIGNATURE: u32 = 32;
    /// Size of the header in bytes; the store's entity table follows.
    pub const SIZE: u32 = 64;
}

/// One entry of an entity table. A reference to an entity is the address of its entry, so two
/// references are equal exactly when the entities are.
pub mod entity {
    /// Address of the entity's struct, or 0 when the entity is not in the store.
    pub const DATA: u32 = 0;
    /// Address of the ancestors: references, strictly ascending.
    pub const ANCESTORS: u32 = 4;
    /// Number of ancestors.
    pub const ANCESTOR_COUNT: u32 = 8;
    /// Index of the entity's type in the manifest.
    pub const TYPE: u32 = 12;
    /// Size of an entry in bytes.
    pub const SIZE: u32 = 16;
}

/// What a policy's condition returns.
pub mod outcome {
    /// The condition is false.
    pub const FALSE: i32 = 0;
    /// The condition is true.
    pub const TRUE: i32 = 1;
    /// The evaluation erred; Cedar then skips the policy and reports it.
    pub const ERROR: i32 = 2;
}

/// Offsets in the output area.
///
/// An answer is about *entries*: the policies of one request environment, or of one plan, in the
/// order that the manifest gives. The first entries have a bit each: behind the fixed part and the
/// rungs (rounded up to 8 bytes) stand the 64-bit words of those that are satisfied, then the words
/// of those that erred, as many each as the manifest says. The other entries are found through
/// tables; those that are satisfied, and those that erred, are in two lists of 32-bit numbers
/// behind the words.
pub mod output {
    /// Length of the list of satisfied entries.
    pub const SATISFIED: u32 = 0;
    /// Length of the list of entries that erred.
    pub const ERRED: u32 = 4;
    /// [`super::gate`] of the view asked for; plans only.
    pub const GATE: u32 = 8;
    /// Bit mask over the manifest's obligations (64 bits); plans only.
    pub const OBLIGATIONS: u32 = 16;
    /// Size of the fixed part; the rungs follow, one byte a class.
    pub const SIZE: u32 = 24;
    /// The rung of a class in which nothing is allowed.
    pub const NO_RUNG: u8 = 0xff;

    /// Where the parts of an output stand, in bytes from its start.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Shape {
        /// Number of classes.
        pub classes: u32,
        /// Number of words of each kind.
        pub words: u32,
        /// Room of each list.
        pub room: u32,
    }

    impl Shape {
        /// Offset of a word of satisfied entries.
        #[inline]
        pub const fn satisfied(self, word: u32) -> u32 {
            SIZE + self.classes.next_multiple_of(8) + word * 8
        }

        /// Offset of a word of entries that erred.
        #[inline]
        pub const fn erred(self, word: u32) -> u32 {
            self.satisfied(self.words + word)
        }

        /// Offset of the list of satisfied entries.
        #[inline]
        pub const fn satisfied_list(self) -> u32 {
            self.erred(self.words)
        }

        /// Offset of the list of entries that erred.
        #[inline]
        pub const fn erred_list(self) -> u32 {
            self.satisfied_list() + self.room * 4
        }

        /// Size of the whole.
        #[inline]
        pub const fn size(self) -> u32 {
            (self.erred_list() + self.room * 4).next_multiple_of(16)
        }
    }
}

/// What a page's plans find for each request: three 32-bit words, its principal, resource and
/// context, at the offsets of [`header`] from an address 20 bytes before them.
pub mod page {
    use super::header;

    /// From the address that a plan is given to the first word.
    pub const FIRST: u32 = header::PRINCIPAL;
    /// Distance between two requests in bytes.
    pub const STRIDE: u32 = 12;
}

/// How the gate of a view answered.
pub mod gate {
    /// The view is admitted.
    pub const OPEN: u32 = 0;
    /// Not admitted, and the viewer may not learn that the résumé exists.
    pub const NOT_FOUND: u32 = 1;
    /// Not admitted, and the viewer is told so.
    pub const FORBIDDEN: u32 = 2;
}

/// Size in bytes of a value of type `ipaddr`: high 64 bits, low 64 bits, family and prefix, padding.
pub mod ip {
    /// High half of the address; zero for IPv4.
    pub const HIGH: u32 = 0;
    /// Low half of the address; an IPv4 address is its 32 bits.
    pub const LOW: u32 = 8;
    /// Prefix length in bits.
    pub const PREFIX: u32 = 16;
    /// 4 or 6.
    pub const FAMILY: u32 = 20;
    /// Size in bytes.
    pub const SIZE: u32 = 24;
}
