//! Reads Cedar's extension values from text: `decimal`, `ip`, `datetime`, `duration`.
//!
//! Exactly the forms that Cedar accepts (its `extensions/*.rs`), for constants in policies and for
//! facts. Only parsing; the operations are emitted or in the guest's runtime.

pub use crate::address::Address;
use std::net::IpAddr;
use std::str::FromStr;
use std::string::{String, ToString};

/// Reads a `decimal`: optional minus, digits, a point, one to four digits. The result counts
/// ten-thousandths.
pub fn decimal(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let (whole, fraction) = digits.split_once('.')?;
    if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 4 {
        return None;
    }
    let mut all = String::from(whole);
    all.push_str(fraction);
    all.extend(std::iter::repeat_n('0', 4 - fraction.len()));
    signed(negative, &all)
}

/// Reads an `ipaddr`: an address in the syntax of Rust's `IpAddr`, perhaps with `/prefix`.
pub fn ip(text: &str) -> Option<Address> {
    // Cedar's bound: the longest IPv6 address with its prefix.
    if text.len() > 43 {
        return None;
    }
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    // `::ffff:1.2.3.4` is refused: no dotted part in an IPv6 address.
    if address.contains(':') && address.contains('.') {
        return None;
    }
    let address = IpAddr::from_str(address).ok()?;
    let (bits, width, is_v6) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32, false),
        IpAddr::V6(v6) => (v6.to_bits(), 128, true),
    };
    let prefix = match prefix {
        None => width,
        Some(text) => {
            let canonical = all_digits(text) && (text.len() == 1 || !text.starts_with('0'));
            let value = text.parse::<u32>().ok().filter(|p| *p <= width)?;
            canonical.then_some(value)?
        }
    };
    Some(Address {
        bits,
        prefix,
        is_v6,
    })
}

/// Reads a `datetime`: a date, or a date and a time with its zone. Milliseconds since 1970.
pub fn datetime(text: &str) -> Option<i64> {
    let mut rest = text;
    let year = digits(&mut rest, 4)?;
    let month = after(&mut rest, '-').and_then(|()| digits(&mut rest, 2))?;
    let day = after(&mut rest, '-').and_then(|()| digits(&mut rest, 2))?;
    let days = days_from_civil(year, month, day)?;
    let midnight = days * 86_400_000;
    if rest.is_empty() {
        return Some(midnight);
    }
    let hour = after(&mut rest, 'T').and_then(|()| digits(&mut rest, 2))?;
    let minute = after(&mut rest, ':').and_then(|()| digits(&mut rest, 2))?;
    let second = after(&mut rest, ':').and_then(|()| digits(&mut rest, 2))?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match after(&mut rest, '.') {
        Some(()) => digits(&mut rest, 3)?,
        None => 0,
    };
    let zone = match rest {
        "Z" => 0,
        _ => {
            let negative = rest.starts_with('-');
            if !negative && !rest.starts_with('+') {
                return None;
            }
            rest = rest.get(1..)?;
            let hours = digits(&mut rest, 2)?;
            let minutes = digits(&mut rest, 2)?;
            if hours > 23 || minutes > 59 || !rest.is_empty() {
                return None;
            }
            let offset = (hours * 60 + minutes) * 60_000;
            if negative { -offset } else { offset }
        }
    };
    Some(midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fraction - zone)
}

/// Reads a `duration`: an optional minus, then days, hours, minutes, seconds, milliseconds, each at
/// most once, in that order, one at least. Milliseconds.
pub fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = sign(text);
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    for (unit, factor) in [
        ("d", 86_400_000_i128),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ] {
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at_checked(count)?;
        let unit_length = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        if number.is_empty() || tail.get(..unit_length)? != unit {
            continue;
        }
        total = total.checked_add(
            number
                .parse::<u64>()
                .ok()
                .map(i128::from)?
                .checked_mul(factor)?,
        )?;
        rest = tail.get(unit_length..)?;
    }
    if !rest.is_empty() {
        return None;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn signed(negative: bool, digits: &str) -> Option<i64> {
    let mut text = String::from(if negative { "-" } else { "" });
    text.push_str(digits);
    text.parse().ok()
}

fn after(rest: &mut &str, mark: char) -> Option<()> {
    *rest = rest.strip_prefix(mark)?;
    Some(())
}

fn digits(rest: &mut &str, count: usize) -> Option<i64> {
    let (number, tail) = rest.split_at_checked(count)?;
    if !all_digits(number) {
        return None;
    }
    *rest = tail;
    number.to_string().parse().ok()
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, for years 0 to 9999.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    // The year starts in March, so that the leap day is its last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        assert_eq!(decimal("1.0"), Some(10_000));
        assert_eq!(decimal("-0.0001"), Some(-1));
        assert_eq!(decimal("922337203685477.5807"), Some(i64::MAX));
        assert_eq!(decimal("-922337203685477.5808"), Some(i64::MIN));
        for wrong in [
            "1",
            "1.",
            ".1",
            "1.00000",
            "+1.0",
            "922337203685477.5808",
            "1.0 ",
            "",
        ] {
            assert_eq!(decimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn datetimes() {
        assert_eq!(datetime("1970-01-01"), Some(0));
        assert_eq!(datetime("2000-02-29T00:00:00.001Z"), Some(951_782_400_001));
        assert_eq!(datetime("1970-01-01T01:00:00+0100"), Some(0));
        assert_eq!(datetime("0000-01-01"), Some(-62_167_219_200_000));
        for wrong in [
            "1970-1-1",
            "2001-02-29",
            "1970-01-01T00:00:00",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.1Z",
            "1970-01-01T00:00:00+2400",
        ] {
            assert_eq!(datetime(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1d2h3m4s5ms"), Some(93_784_005));
        assert_eq!(duration("-1ms"), Some(-1));
        assert_eq!(duration("5ms"), Some(5));
        assert_eq!(duration("5m"), Some(300_000));
        for wrong in [
            "",
            "-",
            "1",
            "1h1d",
            "1s1s",
            "1x",
            "9223372036854775808ms",
            "1 d",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(ip("10.0.0.1").map(|a| a.prefix), Some(32));
        assert_eq!(ip("::1/64").map(|a| (a.prefix, a.is_v6)), Some((64, true)));
        for wrong in [
            "1.2.3",
            "01.2.3.4",
            "1.2.3.4/33",
            "1.2.3.4/08",
            "::ffff:1.2.3.4",
            "[::1]",
            "fe80::1%eth0",
            "",
        ] {
            assert_eq!(ip(wrong), None, "{wrong}");
        }
    }
}
