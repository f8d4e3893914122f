//! [`Path`]: the subset of JSONPath (RFC 9535) that one streaming pass can
//! match.
//!
//! What must never be here: selectors that need a look back or ahead, such as
//! an index from the end, a filter or a descendant.

mod parse;

use std::fmt;
use std::str::FromStr;

pub use parse::ParsePathError;

/// A parsed path: `$`, then names and `[*]`.
///
/// The shapes of a name are `.name`, `['name']` and `["name"]`, with the escapes
/// of RFC 9535 section 2.3.1.1. `[*]` stands for the items of an array; unlike
/// RFC 9535 it does not stand for the members of an object, because a rule must
/// not match a name that nobody wrote down.
///
/// `Display` gives one canonical form: `.name` where RFC 9535 allows the
/// shorthand, else the normalised `['name']` of its section 2.7.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    segments: Vec<Segment>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The member of an object with exactly this name, unescaped.
    Name(String),
    /// Every item of an array.
    AnyItem,
}

impl Path {
    /// The steps from the root, none for `$`.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self {
            segments: segments.into_iter().collect(),
        }
    }
}

impl FromStr for Path {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, ParsePathError> {
        parse::parse(text).map(Self::from_iter)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for segment in &self.segments {
            match segment {
                Segment::AnyItem => f.write_str("[*]")?,
                Segment::Name(name) if parse::is_shorthand(name) => write!(f, ".{name}")?,
                Segment::Name(name) => {
                    f.write_str("['")?;
                    for character in name.chars() {
                        match character {
                            '\u{8}' => f.write_str("\\b")?,
                            '\t' => f.write_str("\\t")?,
                            '\n' => f.write_str("\\n")?,
                            '\u{c}' => f.write_str("\\f")?,
                            '\r' => f.write_str("\\r")?,
                            '\'' => f.write_str("\\'")?,
                            '\\' => f.write_str("\\\\")?,
                            '\0'..' ' => write!(f, "\\u{:04x}", u32::from(character))?,
                            _ => write!(f, "{character}")?,
                        }
                    }
                    f.write_str("']")?;
                }
            }
        }
        Ok(())
    }
}
