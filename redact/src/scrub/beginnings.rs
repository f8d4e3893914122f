//! [`Beginnings`]: whether one of many words of small Latin letters may begin somewhere, by three
//! letters at once.
//!
//! What must never be here: an answer that is taken for a find. A word of the list may always begin
//! where it does; others may seem to.

/// A bit for each third letter, at the place of the first two.
pub(super) struct Beginnings(Box<[u32; PLACES]>);

/// Enough for every number of a pair.
const PLACES: usize = 32 * 32;

/// The place of a pair of letters, small or capital.
#[inline]
fn place(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

impl Beginnings {
    /// Of words of two letters at least; shorter ones are left out.
    pub(super) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut beginnings = Self(Box::new([0; PLACES]));
        for word in words {
            let (first, second, thirds) = match word.as_bytes() {
                [first, second, third, ..] => (*first, *second, 1 << (third & 31)),
                // What comes behind two letters is not looked at yet.
                [first, second] => (*first, *second, u32::MAX),
                _ => continue,
            };
            if let Some(bits) = beginnings.0.get_mut(place(first, second)) {
                *bits |= thirds;
            }
        }
        beginnings
    }

    /// Whether a word may be that begins so, with two letters. A third byte that is no letter may be
    /// taken for one, and then the word is looked at for nothing.
    #[inline]
    pub(super) fn may_begin(&self, [first, second, third]: [u8; 3]) -> bool {
        let bits = self.0.get(place(first, second)).copied();
        bits.unwrap_or(u32::MAX) >> (third & 31) & 1 == 1
    }
}
