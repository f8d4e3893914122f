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

impl Utf8 {
    /// Checks the next chunk; `consumed` bytes came before it.
    ///
    /// # Errors
    ///
    /// The offset in the body of the first byte that belongs to no character.
    pub(super) fn check(&mut self, chunk: &[u8], consumed: usize) -> Result<(), usize> {
        let begins = consumed.saturating_sub(self.length);
        let mut rest = chunk;
        while self.length > 0 {
            let Some((byte, after)) = rest.split_first() else {
                return Ok(());
            };
            let place = self.begun.get_mut(self.length).ok_or(begins)?;
            *place = *byte;
            self.length += 1;
            rest = after;
            match std::str::from_utf8(self.begun.get(..self.length).unwrap_or_default()) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(begins),
            }
        }
        let Err(error) = simdutf8::compat::from_utf8(rest) else {
            return Ok(());
        };
        let good = error.valid_up_to();
        let at = consumed.saturating_add(chunk.len() - rest.len() + good);
        match (error.error_len(), rest.get(good..)) {
            (None, Some(begun)) => {
                let place = self.begun.get_mut(..begun.len()).ok_or(at)?;
                place.copy_from_slice(begun);
                self.length = begun.len();
                Ok(())
            }
            _ => Err(at),
        }
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
                        for cut in 0..=bytes.len() {
                            let mut utf8 = Utf8::default();
                            let (head, tail) = bytes.split_at(cut);
                            let given = utf8.check(head, 0).and_then(|()| utf8.check(tail, cut));
                            assert_eq!(given, expected, "{bytes:x?} cut at {cut}");
                        }
                        let mut utf8 = Utf8::default();
                        let given = bytes
                            .chunks(1)
                            .enumerate()
                            .try_for_each(|(at, byte)| utf8.check(byte, at));
                        assert_eq!(given, expected, "{bytes:x?} byte by byte");
                    }
                }
            }
        }
    }
}
