//! Whether a number survives RFC 8785, which writes every number as the shortest text of a double.
//!
//! `0.1` does, although no double is exactly a tenth: its shortest text is `0.1` again.
//! `12345678901234567890` does not: it would become `12345678901234567000`. The test is on decimal
//! values, so `1.50` and `15e-1` survive too. What must never be here: a rounding.

use crate::document::canonical;
use serde_json::Number;

/// Byte offset of the first number in a JSON text that its canonical form would change. The text
/// must be valid JSON.
pub(crate) fn first_inexact(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let rest = bytes.get(at..).unwrap_or_default();
                let length = rest.iter().take_while(|b| is_of_number(**b)).count();
                let token = text.get(at..at + length).unwrap_or_default();
                if !is_exact(token) {
                    return Some(at);
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The offset behind the string that starts at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += 1;
        match bytes.get(at) {
            Some(b'\\') => at += 1,
            Some(b'"') | None => return at + 1,
            Some(_) => {}
        }
    }
}

fn is_exact(token: &str) -> bool {
    let written = serde_json::from_str::<Number>(token)
        .ok()
        .and_then(|number| canonical(&number.into()).ok());
    let written = written.as_deref().map(std::str::from_utf8);
    match written {
        Some(Ok(written)) => Decimal::new(token) == Decimal::new(written),
        _ => false,
    }
}

/// A decimal number as digits without zeros around them, times a power of ten.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// None when the exponent is beyond all bounds.
    fn new(token: &str) -> Option<Self> {
        let (negative, token) = match token.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let (mantissa, exponent) = match token.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (token, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        if digits.is_empty() {
            // Zero is zero, whatever its sign and exponent.
            return Some(Self {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let trailing = all.len() - all.trim_end_matches('0').len();
        let shift = i64::try_from(trailing).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self {
            negative,
            digits: digits.to_owned(),
            exponent: i64::from(exponent) + shift,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{first_inexact, is_exact};

    #[test]
    fn numbers_that_survive() {
        for token in [
            "0",
            "-0",
            "0.0",
            "-0e9",
            "1",
            "-1",
            "0.1",
            "1.50",
            "15e-1",
            "1E3",
            "1e21",
            "1e+23",
            "100000000000000000000000",
            "9007199254740992",
            "-9007199254740991",
            "3.141592653589793",
            "1.7976931348623157e308",
            "5e-324",
            "0.000001",
            "1e-7",
        ] {
            assert!(is_exact(token), "{token}");
        }
    }

    #[test]
    fn numbers_that_do_not() {
        for token in [
            "9007199254740993",
            "12345678901234567890",
            "-12345678901234567890",
            "3.14159265358979323846",
            "0.12345678901234567890",
            "1e400",
            "-1e400",
            "1e-400",
            "1.0000000000000000000001",
            "1e99999999999999999999",
            "2.5e-324",
        ] {
            assert!(!is_exact(token), "{token}");
        }
    }

    #[test]
    fn strings_hold_no_numbers() {
        assert_eq!(
            first_inexact(r#"{"9007199254740993":"\"9007199254740993"}"#),
            None
        );
        assert_eq!(first_inexact(r#"["\\",9007199254740993]"#), Some(6));
        assert_eq!(first_inexact("1e400"), Some(0));
    }
}
