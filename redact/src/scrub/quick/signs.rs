//! Signs of ASCII in the quick look that an address or a link may be known by, and what stands around
//! them.
//!
//! What must never be here: a sign that is passed over because it is rare.

use super::super::domain::{is_provider, is_top};
use super::super::email::{is_glued, stands_for_at};
use super::{Quick, is_alphanumeric};

/// So many signs are not passed over to what stands behind them.
const MANY_SIGNS: usize = 64;

impl Quick<'_> {
    /// Whether the letters that end here end in a domain.
    pub(super) fn is_domain(&self, end: usize) -> bool {
        let before = self.bytes.get(..end).unwrap_or_default();
        matches!(
            before,
            [.., b'c' | b'C', b'o' | b'O', b'm' | b'M'] | [.., b'c' | b'C', b'n' | b'N']
        ) && self.is_glued(end)
    }

    /// A full stop before what may be the end of a domain.
    pub(super) fn is_dot(&self, at: usize) -> bool {
        if !self.byte(at + 1).is_ascii_alphanumeric() {
            // `example . com`, `example[.]com`
            return (is_part_sign(self.before(at)) || self.is_after_bracket(at))
                && (is_part_sign(self.byte(at + 1)) || self.is_bracket(at + 1));
        }
        let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let rest = self.bytes.get(at + 1..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !is_label(byte))
            .unwrap_or(rest.len());
        let label = self.text.get(at + 1..at + 1 + length).unwrap_or_default();
        let has_path = self.byte(at + 1 + length) == b'/';
        let is_web = self
            .bytes
            .get(at.saturating_sub(3)..at)
            .is_some_and(|w| w.eq_ignore_ascii_case(b"www"));
        // `g . c o m`, `x.c o m`: single letters may be a label.
        is_web
            || length == 1
            || (has_path && length <= 6)
            || (length <= 14 && is_top(&label.to_ascii_lowercase()))
            || label
                .get(..4)
                .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    }

    /// Whether the sign from one position to another may be the dot between two parts of a domain.
    pub(super) fn is_between_parts(&self, at: usize, end: usize) -> bool {
        (self.before(at).is_ascii() || self.is_after_bracket(at))
            && (self.byte(end).is_ascii() || self.is_bracket(end))
    }

    /// A wide round bracket.
    pub(super) fn is_bracket(&self, at: usize) -> bool {
        let three = self.bytes.get(at..at + 3).unwrap_or_default();
        matches!(three, [0xEF, 0xBC, 0x88 | 0x89])
    }

    pub(super) fn is_after_bracket(&self, at: usize) -> bool {
        at.checked_sub(3).is_some_and(|at| self.is_bracket(at))
    }

    pub(super) fn is_encoded(&self, at: usize) -> bool {
        super::super::encoded::read(self.text.get(at..).unwrap_or_default()).is_some()
    }

    /// `zhang163com`, where the letters end.
    pub(super) fn is_glued(&self, end: usize) -> bool {
        let before = self.bytes.get(..end).unwrap_or_default();
        let length = before
            .iter()
            .rev()
            .take(32)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            .count();
        let run = self.text.get(end - length..end).unwrap_or_default();
        is_glued(&run.to_ascii_lowercase())
    }

    /// `zhang#gmail`: with a domain behind it the full stop there is enough.
    pub(super) fn is_sign(&self, at: usize) -> bool {
        stands_for_at(char::from(self.byte(at))) && self.is_before_provider(at + 1)
    }

    /// `at gmail`
    pub(super) fn is_before_provider(&self, end: usize) -> bool {
        let rest = self.text.get(end..).unwrap_or_default();
        let mut characters = rest.char_indices().take(MANY_SIGNS);
        let Some((from, _)) = characters.find(|(_, c)| is_alphanumeric(*c)) else {
            // More may come behind so many signs, and they are not read again for each of them.
            return rest.chars().nth(MANY_SIGNS).is_some();
        };
        let rest = rest.get(from..).unwrap_or_default();
        let length = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        is_provider(&rest.get(..length).unwrap_or_default().to_ascii_lowercase())
    }
}

/// What may stand between a part of a domain and its dot.
fn is_part_sign(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'_'
    )
}

#[cfg(test)]
mod tests {
    use super::super::{Class, class};
    use super::*;

    /// The class of a byte is a table, the signs are another file's: they must be the same.
    #[test]
    fn signs_are_those_of_addresses() {
        for byte in 0x20..0x7F {
            let is_sign = matches!(class(byte), Class::Sign | Class::Encoded);
            let is_encoded = matches!(byte, b'%' | b'\\');
            assert_eq!(is_sign && !is_encoded, stands_for_at(char::from(byte)));
        }
    }
}
