//! Whether the body is UTF-8 (RFC 3629), a chunk at a time.
//!
//! What must never be here: JSON. Where a chunk cuts a character, its beginning
//! is kept and the next chunk completes it.

/// A character that the last chunk has begun.
#[derive(Default)]
pub(super) struct Utf8 {
    begun: [u8; 4],
    length: usize,
}

/// Bytes that belong to no character.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The offset in the body of the first of them.
    pub(super) offset: usize,
    /// Bytes of the chunk before the one that cannot go on, which one that reads
    /// byte by byte has seen before it fails.
    pub(super) seen: usize,
}

impl Utf8 {
    /// Checks the next chunk; `consumed` bytes came before it.
    pub(super) fn check(&mut self, chunk: &[u8], consumed: usize) -> Result<(), Malformed> {
        let begins = consumed.saturating_sub(self.length);
        let mut seen = 0;
        while self.length > 0 {
            let malformed = Malformed {
                offset: begins,
                seen,
            };
            let Some(byte) = chunk.get(seen) else {
                return Ok(());
            };
            let Some(place) = self.begun.get_mut(self.length) else {
                return Err(malformed);
            };
            *place = *byte;
            self.length += 1;
            seen += 1;
            match std::str::from_utf8(self.begun.get(..self.length).unwrap_or_default()) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(malformed),
            }
        }
        let rest = chunk.get(seen..).unwrap_or_default();
        let Err(error) = simdutf8::compat::from_utf8(rest) else {
            return Ok(());
        };
        seen += error.valid_up_to();
        let begun = chunk.get(seen..).unwrap_or_default();
        let offset = consumed.saturating_add(seen);
        let Some(malformed) = error.error_len() else {
            if let Some(place) = self.begun.get_mut(..begun.len()) {
                place.copy_from_slice(begun);
                self.length = begun.len();
            }
            return Ok(());
        };
        // A first byte that no character begins with is not seen as a beginning.
        let first = begun.get(..1).map(std::str::from_utf8);
        if let Some(Err(error)) = first
            && error.error_len().is_none()
        {
            seen += malformed;
        }
        Err(Malformed { offset, seen })
    }
}

#[cfg(test)]
mod tests {
    use super::Utf8;

    /// At every split the answer is that of the standard library, and the offset
    /// is where the bad character begins.
    #[test]
    fn is_what_the_standard_library_says_at_every_split() {
        let edges = [
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE4, 0xFF,
        ];
        for lead in 0x80..=u8::MAX {
            for second in edges {
                for third in edges {
                    for fourth in edges {
                        let bytes = [b'a', lead, second, third, fourth, b'a', b'a', b'a'];
                        let expected = match std::str::from_utf8(&bytes) {
                            Ok(_) => Ok(()),
                            Err(error) => Err(error.valid_up_to()),
                        };
                        // Where the error is, and where one sees it.
                        let check = |utf8: &mut Utf8, chunk: &[u8], consumed: usize| {
                            let checked = utf8.check(chunk, consumed);
                            checked.map_err(|m| (m.offset, consumed + m.seen))
                        };
                        let mut utf8 = Utf8::default();
                        let single = bytes
                            .chunks(1)
                            .enumerate()
                            .try_for_each(|(at, byte)| check(&mut utf8, byte, at));
                        assert_eq!(single.map_err(|(offset, _)| offset), expected);
                        for cut in 0..=bytes.len() {
                            let mut utf8 = Utf8::default();
                            let (head, tail) = bytes.split_at(cut);
                            let given = check(&mut utf8, head, 0)
                                .and_then(|()| check(&mut utf8, tail, cut));
                            assert_eq!(given, single, "{bytes:x?} cut at {cut}");
                        }
                    }
                }
            }
        }
    }
}
