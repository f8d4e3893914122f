//! Codings of a body (RFC 9110, 8.4.1) and how they are undone: whole, up to a limit, or not at all.
//!
//! Only what is one stream to its last byte is a body: whoever reads two out of the same bytes reads
//! something else than was enforced. What must never be here: output beyond the limit.

use serde::Deserialize;
use std::fmt;
use std::io::{self, Read};

/// A coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Coding {
    /// RFC 1952.
    #[serde(rename = "gzip")]
    Gzip,
    /// RFC 7932.
    #[serde(rename = "br")]
    Brotli,
    /// RFC 8878, with windows as RFC 9659 admits them in HTTP.
    #[serde(rename = "zstd")]
    Zstd,
}

/// The largest window of zstd that is taken (RFC 9659).
const ZSTD_WINDOW: u64 = 8 << 20;

/// Why a coding is not undone. No byte of the body is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodingError {
    /// It is not of the coding, is cut off, has a wrong check sum, or more behind its end.
    Broken,
    /// It would be larger than the limit.
    TooLarge,
}

impl fmt::Display for CodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broken => "the body is not of its coding",
            Self::TooLarge => "the body is larger than the limit when its coding is undone",
        })
    }
}

impl std::error::Error for CodingError {}

impl Coding {
    /// All that can be undone.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Brotli, Self::Zstd];

    /// The coding that `Content-Encoding` calls so, in any case of letters; `x-gzip` is gzip.
    pub fn from_name(name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name {
            _ if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            _ if is("br") => Some(Self::Brotli),
            _ if is("zstd") => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The body without its coding.
    ///
    /// # Errors
    ///
    /// As [`CodingError`] says; nothing of the body is given then.
    pub fn undo(self, body: &[u8], most_bytes: usize) -> Result<Vec<u8>, CodingError> {
        let mut rest = body;
        let whole = match self {
            Self::Gzip => read(flate2::bufread::GzDecoder::new(&mut rest), most_bytes)?,
            Self::Brotli => {
                // It reads ahead by its buffer: with one byte at a time it stops where it ends.
                let input = OneByOne(&mut rest);
                read(brotli_decompressor::Decompressor::new(input, 1), most_bytes)?
            }
            Self::Zstd => zstd(&mut rest, most_bytes)?,
        };
        match rest.is_empty() {
            true => Ok(whole),
            false => Err(CodingError::Broken),
        }
    }
}

/// All of a stream, if it is no longer than that.
fn read(stream: impl Read, most_bytes: usize) -> Result<Vec<u8>, CodingError> {
    let mut whole = Vec::new();
    let limit = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    let mut stream = stream.take(limit.saturating_add(1));
    let read = stream.read_to_end(&mut whole);
    if whole.len() > most_bytes {
        return Err(CodingError::TooLarge);
    }
    read.map(|_| whole).map_err(|_| CodingError::Broken)
}

struct OneByOne<'a, 'b>(&'a mut &'b [u8]);

impl Read for OneByOne<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match buffer.first_chunk_mut::<1>() {
            Some(one) => self.0.read(one),
            None => Ok(0),
        }
    }
}

fn zstd(rest: &mut &[u8], most_bytes: usize) -> Result<Vec<u8>, CodingError> {
    // A window is memory that is had before any output is: its size is looked at first.
    match window(rest) {
        Some(bytes) if bytes <= ZSTD_WINDOW => {}
        Some(_) => return Err(CodingError::TooLarge),
        None => return Err(CodingError::Broken),
    }
    let decoder = ruzstd::decoding::StreamingDecoder::new(&mut *rest);
    let mut decoder = decoder.map_err(|_| CodingError::Broken)?;
    let whole = read(&mut decoder, most_bytes)?;
    let decoder = decoder.into_frame_decoder();
    let said = decoder.get_checksum_from_data();
    match said.is_none() || said == decoder.get_calculated_checksum() {
        true => Ok(whole),
        false => Err(CodingError::Broken),
    }
}

/// The window of a zstd frame in bytes (RFC 8878, 3.1.1.1). One without a window of its own is as
/// large as its content, which the limit bounds.
fn window(frame: &[u8]) -> Option<u64> {
    let (magic, rest) = frame.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*magic) != 0xFD2F_B528 {
        return None;
    }
    let (descriptor, rest) = rest.split_first()?;
    if descriptor & 0x20 != 0 {
        let bytes = match descriptor >> 6 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => 8,
        };
        let mut size = [0; 8];
        size.get_mut(..bytes)?.copy_from_slice(rest.get(..bytes)?);
        return Some(u64::from_le_bytes(size));
    }
    let window = rest.first()?;
    let base = 1_u64 << (10 + u32::from(window >> 3));
    Some(base + base / 8 * u64::from(window & 7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        ruzstd::encoding::compress_to_vec(text, level)
    }

    /// `{"a": "xxx…"}`, by brotli's own program.
    const BROTLI: &[u8] = include_bytes!("coding/body.br");

    fn all(text: &[u8]) -> [(Coding, Vec<u8>); 2] {
        [(Coding::Gzip, gzip(text)), (Coding::Zstd, zstd(text))]
    }

    #[test]
    fn a_body_is_what_it_was_before() {
        let text = r#"{"basics": {"name": "张三丰"}}"#.repeat(50);
        for (coding, coded) in all(text.as_bytes()) {
            assert_eq!(coding.undo(&coded, text.len()).unwrap(), text.as_bytes());
            let short = coding.undo(&coded, text.len() - 1);
            assert_eq!(short, Err(CodingError::TooLarge), "{coding:?}");
        }
        let text = Coding::Brotli.undo(BROTLI, 1 << 20).unwrap();
        assert!(text.starts_with(b"{\"a\": \"xxx") && text.ends_with(b"x\"}"));
        assert_eq!(Coding::Brotli.undo(BROTLI, text.len()).as_ref(), Ok(&text));
        let short = Coding::Brotli.undo(BROTLI, text.len() - 1);
        assert_eq!(short, Err(CodingError::TooLarge));
    }

    #[test]
    fn a_bomb_is_refused() {
        let zeros = vec![b' '; 64 << 20];
        for (coding, coded) in all(&zeros) {
            assert!(coded.len() < 1 << 20, "{coding:?}");
            assert_eq!(coding.undo(&coded, 8 << 20), Err(CodingError::TooLarge));
        }
        // A window of 3.75 TiB, and a content that says to be as large.
        for head in [[0x00, 0xff, 0, 0, 0], [0xe0, 0xff, 0xff, 0xff, 0xff]] {
            let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd];
            frame.extend(head);
            frame.extend([0xff; 16]);
            assert_eq!(
                Coding::Zstd.undo(&frame, 1 << 20),
                Err(CodingError::TooLarge)
            );
        }
    }

    #[test]
    fn what_is_cut_off_changed_or_followed_is_refused() {
        let text = br#"{"a": [1, 2, 3], "b": "some text, some text"}"#;
        let mut cases = all(text).to_vec();
        cases.push((Coding::Brotli, BROTLI.to_vec()));
        for (coding, coded) in cases {
            let whole = coding.undo(&coded, 1 << 20).unwrap();
            for end in 0..coded.len() {
                let cut = coding.undo(coded.get(..end).unwrap(), 1 << 20);
                assert_eq!(cut, Err(CodingError::Broken), "{coding:?} {end}");
            }
            for more in [&coded[..], b"\0", b"{}"] {
                let twice = [&coded[..], more].concat();
                assert_eq!(coding.undo(&twice, 1 << 20), Err(CodingError::Broken));
            }
            // Brotli has no check sum: something else may come out, and is enforced as it is.
            for place in 0..coded.len() {
                let mut changed = coded.clone();
                changed[place] ^= 1;
                let undone = coding.undo(&changed, 1 << 20);
                if coding == Coding::Gzip && place > 9 {
                    assert!(undone.is_err(), "{place}");
                }
                assert!(undone.is_err() || undone.is_ok_and(|u| u.len() <= 1 << 20));
            }
            assert!(!whole.is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_undone_within_the_limit_or_refused(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
            most in 0_usize..2000,
        ) {
            for coding in Coding::ALL {
                let undone = coding.undo(&bytes, most);
                assert!(undone.is_err() || undone.is_ok_and(|u| u.len() <= most));
            }
        }
    }
}
