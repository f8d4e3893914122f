//! Lines to whoever runs the server, on the standard error.
//!
//! A full disk or a broken pipe there ends nothing: `eprintln!` would panic, and a fault of the log
//! would be one of the request. What must never be here: a value of a résumé, an id that only a
//! client wrote.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line, or does not.
pub(crate) fn tell(what: impl Display) {
    write(&mut io::stderr().lock(), what);
}

fn write(to: &mut impl Write, what: impl Display) {
    // One write, so that lines of several threads and processes stay whole.
    let _ = to.write_all(format!("privet: {what}\n").as_bytes());
}

/// A text as one line, whatever is in it: nobody can forge the next one.
pub(crate) fn one_line(what: impl Display) -> String {
    let text = what.to_string();
    match text.contains(char::is_control) {
        false => text,
        true => text
            .chars()
            .flat_map(|c| {
                let escaped = c.is_control().then(|| c.escape_default());
                let plain = escaped.is_none().then_some(c);
                escaped.into_iter().flatten().chain(plain)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_cannot_be_written_ends_nothing() {
        // No byte fits.
        let mut full: &mut [u8] = &mut [];
        write(&mut full, "a line");
    }

    #[test]
    fn a_line_is_one() {
        assert_eq!(one_line("a `b` 张"), "a `b` 张");
        assert_eq!(one_line("a\nprivet: b\u{85}"), "a\\nprivet: b\\u{85}");
    }
}
