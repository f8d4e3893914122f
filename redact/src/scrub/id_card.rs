//! Chinese identity card numbers: 18 characters (GB 11643-1999), or the older 15 digits.
//!
//! What must never be here: the check digit as a condition. A mistyped number tells the birth date
//! all the same.

use super::context;
use super::finding::{FindingKind, Hit};
use super::innocent::Strength;
use super::numbers::{Gap, Numbers};
use super::phone::hit;

pub(crate) fn find(numbers: &Numbers<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (first, last, digits) in numbers.runs(Gap::Loose, 18) {
        let Some((_, to)) = numbers.span(first, last) else {
            continue;
        };
        let after = numbers.text.run(to, |c| matches!(c, ' ' | '-'));
        let has_check_letter = after - to <= 2
            && matches!(numbers.text.at(after), 'x' | '×')
            && !numbers.text.at(after + 1).is_ascii_alphanumeric();
        let rule = match digits.len() {
            18 if is_valid(&digits) => "checksum",
            17 if has_check_letter && is_valid(&format!("{digits}x")) => "checksum",
            17 if has_check_letter && has_birth_date(&digits, 6..10) => "birth-date",
            18 if has_birth_date(&digits, 6..10) => "birth-date",
            15 if has_birth_date(&digits, 6..8) => "fifteen-digits",
            4..=8 if is_announced(numbers, first, last) => "announced",
            _ => continue,
        };
        let joins = rule != "checksum" && numbers.joins_a_date(first, last);
        if joins || numbers.is_outweighed(first, last, Strength::Strong) {
            continue;
        }
        if let Some(mut hit) = hit(numbers, first, last, FindingKind::IdCard, rule) {
            if digits.len() == 17 {
                hit.to = after + 1;
            }
            hits.push(hit);
        }
    }
    hits
}

/// The end of a number, or the beginning, that is called so.
fn is_announced(numbers: &Numbers<'_>, first: usize, last: usize) -> bool {
    let Some((from, to)) = numbers.span(first, last) else {
        return false;
    };
    let is_whole =
        !numbers.text.before(from).is_ascii_digit() && !numbers.text.at(to).is_ascii_digit();
    is_whole && context::is_part_of_id_card(numbers.text, from)
}

/// Whether the last of 18 characters checks the others (ISO 7064, MOD 11-2).
pub(crate) fn is_valid(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &str = "10x98765432";
    let digits = number.chars().zip(WEIGHTS);
    let sum: u32 = digits
        .map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight)
        .sum();
    let check = CHECKS.chars().nth(usize::try_from(sum % 11).unwrap_or(0));
    let is_region = matches!(number.as_bytes().first(), Some(b'1'..=b'9'));
    is_region && check == number.chars().nth(17)
}

/// Whether a region and a birth date stand where they must; years have two digits or four.
fn has_birth_date(digits: &str, year: std::ops::Range<usize>) -> bool {
    let number = |range| -> u32 {
        let part: Option<&str> = digits.get(range);
        part.and_then(|part| part.parse().ok()).unwrap_or(0)
    };
    let is_year = year.len() == 2 || (1900..2100).contains(&number(year.clone()));
    let month = number(year.end..year.end + 2);
    let day = number(year.end + 2..year.end + 4);
    (11..=91).contains(&number(0..2))
        && is_year
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
}
