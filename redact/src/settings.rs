//! The limits of one enforcement and how its output is delivered.
//!
//! What must never be here: anything about a particular body or rule. Every
//! limit is a number of something countable; exceeding one is an error.

/// Limits and delivery of one [`Redactor`](crate::Redactor).
///
/// Memory in use, the rules aside, is at most
///
/// - held: twice `max_output_bytes`, because a buffer grows by doubling;
///   streaming: twice what 64 KiB of the body become;
/// - with [known values](crate::known::Known): what
///   [`scan_json`](crate::known::Known::scan_json) keeps of the output, twice
///   its bytes for most, forty times where it is nothing but short values with
///   digits or ligatures of many letters; and the output once more where a value
///   is cut out of it;
/// - plus twice `max_token_bytes`, and what a transform or the search makes of
///   one value: a hundred times its bytes at the most, each character with where
///   it came from;
/// - plus `max_open_name_bytes` and 16 bytes for each of `max_open_names`,
/// - plus 128 bytes for each of `max_depth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Objects and arrays that may be open at once, the root included.
    /// Default 64.
    pub max_depth: usize,
    /// Bytes of the whole body. Default 8 MiB.
    pub max_body_bytes: usize,
    /// Bytes, as written and quotes included, of one member name or of one
    /// value that is shown or transformed. Values that are removed are not kept
    /// and not counted. Default 1 MiB.
    pub max_token_bytes: usize,
    /// Member names in all the objects that are open at once; they are
    /// remembered to refuse duplicates. Default 65 536.
    pub max_open_names: usize,
    /// Bytes of those of these names that no rule knows at their place, the
    /// index over large objects included. Default 4 MiB.
    pub max_open_name_bytes: usize,
    /// Bytes of the whole output: a short value may become a longer one.
    /// Default 16 MiB.
    pub max_output_bytes: usize,
    /// When output reaches the sink. Default [`Delivery::Held`].
    pub delivery: Delivery,
}

/// When output reaches the sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing before [`end`](crate::Redactor::end) has seen a valid whole body.
    #[default]
    Held,
    /// After each [`write`](crate::Redactor::write), and within one after every
    /// 64 KiB, up to the last whole value. A later error leaves the sink with an unfinished, unparsable
    /// prefix of what the rules allow.
    Streaming,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_depth: 64,
            max_body_bytes: 8 << 20,
            max_token_bytes: 1 << 20,
            max_open_names: 1 << 16,
            max_open_name_bytes: 4 << 20,
            max_output_bytes: 16 << 20,
            delivery: Delivery::Held,
        }
    }
}
