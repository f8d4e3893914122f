//! Chinese numerals with place value: `一百三十八` is 138, `八千` 8000.
//!
//! What must never be here: Arabic digits before `万` or `亿`. Those are amounts, and stay in
//! figures.

use super::fold::Folded;
use super::glyphs::{han_digit, han_power};

/// A number read at a position: its digits and where it ends.
pub(crate) struct Numeral {
    pub(crate) digits: String,
    pub(crate) to: usize,
}

/// Reads one numeral at a position: a number with place value if there is one, else one digit.
/// None if there is neither.
pub(crate) fn read(text: &Folded, from: usize) -> Option<Numeral> {
    if let Some(number) = placed(text, from) {
        return Some(number);
    }
    let digit = han_digit(text.at(from))?;
    Some(Numeral {
        digits: digit.to_string(),
        to: from + 1,
    })
}

/// A number with at least one unit, read by descending powers.
fn placed(text: &Folded, from: usize) -> Option<Numeral> {
    // A leading zero is dialled, not counted.
    if han_digit(text.at(from)) == Some(0) {
        return None;
    }
    let mut at = from;
    let (mut total, mut section): (u64, u64) = (0, 0);
    let mut last_power = u32::MAX;
    let mut has_unit = false;
    let mut after_zero = false;
    loop {
        let digit = han_digit(text.at(at));
        let power_after = han_power(text.at(at + 1));
        match (digit, power_after) {
            (Some(0), _) if has_unit => {
                // A zero inside the number, if more of it follows.
                let next = text.at(at + 1);
                let goes_on = han_digit(next).is_some_and(|d| d > 0) || han_power(next) == Some(1);
                if !goes_on || after_zero {
                    break;
                }
                after_zero = true;
                at += 1;
            }
            (Some(digit), Some(power)) if power < 4 && power < last_power => {
                section += u64::from(digit) * 10u64.pow(power);
                last_power = power;
                has_unit = true;
                after_zero = false;
                at += 2;
            }
            (Some(digit), Some(power)) if power >= 4 => {
                section += u64::from(digit);
                at += 1;
                after_zero = false;
            }
            // `十三`: the one is not written.
            (None, _) if han_power(text.at(at)) == Some(1) && last_power > 1 => {
                section += 10;
                last_power = 1;
                has_unit = true;
                after_zero = false;
                at += 1;
            }
            (None, _) => match han_power(text.at(at)) {
                Some(power @ (4 | 8)) if section > 0 || total > 0 => {
                    let unit = 10u64.pow(power);
                    total = match power {
                        8 => (total + section).checked_mul(unit)?,
                        _ => total + section.checked_mul(unit)?,
                    };
                    section = 0;
                    last_power = u32::MAX;
                    has_unit = true;
                    at += 1;
                }
                _ => break,
            },
            // The last digit, after tens or a zero.
            (Some(digit), None) if has_unit && (last_power == 1 || after_zero) && digit > 0 => {
                section += u64::from(digit);
                at += 1;
                break;
            }
            _ => break,
        }
    }
    has_unit.then(|| Numeral {
        digits: (total + section).to_string(),
        to: at,
    })
}

/// The zeros that a unit right after Arabic digits writes: `8千`.
pub(crate) fn trailing_zeros(character: char) -> Option<&'static str> {
    match han_power(character)? {
        1 => Some("0"),
        2 => Some("00"),
        3 => Some("000"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_values() {
        for (text, digits, rest) in [
            ("一百三十八零零", "138", 2),
            ("八千", "8000", 0),
            ("八千零十三", "8013", 0),
            ("十三", "13", 0),
            ("二十一", "21", 0),
            ("三", "3", 0),
            ("一百三十八亿零一十三万八千", "13800138000", 0),
            ("一千三百八十", "1380", 0),
            ("一三八", "1", 2),
            ("八千八", "8000", 1),
            ("一万", "10000", 0),
        ] {
            let folded = Folded::new(text);
            let read = read(&folded, 0).unwrap();
            assert_eq!(
                (read.digits.as_str(), folded.len() - read.to),
                (digits, rest),
                "{text}"
            );
        }
        assert!(read(&Folded::new("百度"), 0).is_none());
    }
}
