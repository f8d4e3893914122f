//! Which characters are Chinese, in the two senses that matter.
//!
//! What must never be here: what a character means.

/// One of the block *CJK Unified Ideographs*, U+4E00 to U+9FFF: three bytes of UTF-8 that begin with
/// E4 to E9. Nearly all of a Chinese text is of it, NFKC leaves it as it is, and numerals and cues are
/// of it.
#[inline]
pub(crate) fn is_unified(character: char) -> bool {
    matches!(character, '\u{4E00}'..='\u{9FFF}')
}

/// A Chinese character of any block, rare ones and those kept for compatibility too, and the zero
/// that is a circle.
#[inline]
pub(crate) fn is_ideograph(character: char) -> bool {
    is_unified(character)
        || matches!(character, '〇' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}')
}
