//! The parser of [`Path`](super::Path).
//!
//! What must never be here: leniency. A path that is nearly right would be a
//! rule that never matches, or matches what its author did not mean.

use std::fmt;

use super::Segment;
use crate::json::text;

/// Why a text is not a [`Path`](super::Path), and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsePathError {
    problem: &'static str,
    offset: usize,
}

impl ParsePathError {
    /// Bytes of the text before the place of the error.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for ParsePathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} of the path", self.problem, self.offset)
    }
}

impl std::error::Error for ParsePathError {}

/// Whether a name may be written `.name` (RFC 9535 section 2.5.1.1).
pub(super) fn is_shorthand(name: &str) -> bool {
    name.starts_with(is_name_first) && name.chars().all(is_name_char)
}

fn is_name_first(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_name_char(character: char) -> bool {
    is_name_first(character) || character.is_ascii_digit()
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

pub(super) fn parse(path: &str) -> Result<Vec<Segment>, ParsePathError> {
    let error = |problem, rest: &str| ParsePathError {
        problem,
        offset: path.len() - rest.len(),
    };
    let Some(mut rest) = path.strip_prefix('$') else {
        return Err(error("expected '$'", path));
    };
    let mut segments = Vec::new();
    while !rest.is_empty() {
        // RFC 9535 allows blanks before a segment and inside its brackets, but
        // not after the last one.
        let segment = rest.trim_start_matches(is_blank);
        if segment.starts_with("..") {
            return Err(error("descendants ('..') are not supported", segment));
        }
        if let Some(after_dot) = segment.strip_prefix('.') {
            let end = after_dot
                .find(|character| !is_name_char(character))
                .unwrap_or(after_dot.len());
            let (name, after) = after_dot.split_at_checked(end).unwrap_or((after_dot, ""));
            if after_dot.starts_with('*') {
                return Err(error("'.*' is not supported, write '[*]'", segment));
            }
            if !name.starts_with(is_name_first) {
                return Err(error("expected a name after '.'", after_dot));
            }
            segments.push(Segment::Name(name.to_owned()));
            rest = after;
        } else if let Some(after_bracket) = segment.strip_prefix('[') {
            let selector = after_bracket.trim_start_matches(is_blank);
            let (segment, after) = if let Some(after) = selector.strip_prefix('*') {
                (Segment::AnyItem, after)
            } else if let Some(quote @ ('\'' | '"')) = selector.chars().next() {
                let (name, after) =
                    quoted(selector, quote).map_err(|(problem, rest)| error(problem, rest))?;
                (Segment::Name(name), after)
            } else {
                let problem = match selector.chars().next() {
                    Some('?') => "filters are not supported",
                    Some('0'..='9' | '-' | ':') => "indexes and slices are not supported",
                    _ => "expected '*' or a quoted name",
                };
                return Err(error(problem, selector));
            };
            let after = after.trim_start_matches(is_blank);
            let Some(after_bracket) = after.strip_prefix(']') else {
                let problem = match after.chars().next() {
                    Some(',') => "several selectors in one segment are not supported",
                    _ => "expected ']'",
                };
                return Err(error(problem, after));
            };
            segments.push(segment);
            rest = after_bracket;
        } else {
            return Err(error("expected '.' or '['", segment));
        }
    }
    Ok(segments)
}

/// The name that `text` starts with, and what follows its closing quote.
fn quoted(text: &str, quote: char) -> Result<(String, &str), (&'static str, &str)> {
    let mut name = String::new();
    let mut rest = text.strip_prefix(quote).unwrap_or(text);
    loop {
        let mut characters = rest.chars();
        match characters.next() {
            None => return Err(("a quoted name does not end", rest)),
            Some('\0'..' ') => return Err(("control characters must be escaped", rest)),
            Some('\\') => {
                let escaped = characters.as_str();
                // JSON's escapes, but of the quotes only the one in use.
                let own = escaped.strip_prefix(quote).map(|after| (quote, after));
                let (character, after) = own
                    .or_else(|| {
                        text::escape(escaped)
                            .filter(|(character, _)| *character != '"' || escaped.starts_with('u'))
                    })
                    .ok_or(("not an escape of RFC 9535", rest))?;
                name.push(character);
                rest = after;
            }
            Some(character) => {
                rest = characters.as_str();
                if character == quote {
                    return Ok((name, rest));
                }
                name.push(character);
            }
        }
    }
}
