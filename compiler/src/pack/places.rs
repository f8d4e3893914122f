//! Where the schema declares an action, so that a fault has a caret under it.
//!
//! Cedar's schema in its JSON form has no positions. This looks for the words in the text and is
//! used for messages only: where it finds nothing, a message has no caret. Nothing is decided here.

use crate::error::{Caret, CompileError};
use crate::source::SourceFile;
use std::ops::Range;

/// The schema's files, searched for declarations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) files: &'a [SourceFile],
}

impl<'a> Places<'a> {
    /// The name in an action's declaration.
    fn action(self, name: &str) -> Option<(&'a SourceFile, Range<usize>)> {
        self.files
            .iter()
            .find_map(|file| Some((file, declaration(&file.text, name)?)))
    }

    /// An annotation of an action, from `@` to `)`.
    fn annotation(self, name: &str, key: &str) -> Option<(&'a SourceFile, Range<usize>)> {
        let (file, name) = self.action(name)?;
        let before = file.text.get(..name.start)?;
        // Between the declaration before and this one.
        let keyword = before.rfind("action ")?;
        let start = file.text.get(..keyword)?.rfind("\naction ").unwrap_or(0);
        let block = file.text.get(start..keyword)?;
        let at = start + block.find(&format!("@{key}"))?;
        let end = file
            .text
            .get(at..keyword)?
            .find("\")")
            .map_or(keyword, |e| at + e + 2);
        Some((file, at..end))
    }

    /// A fault with a caret under an annotation, or else under the action's name.
    pub(crate) fn fault(self, name: &str, key: &str, message: String, label: &str) -> CompileError {
        let found = self.annotation(name, key).or_else(|| self.action(name));
        match found {
            Some((file, range)) => CompileError::fault(
                message,
                Caret {
                    file,
                    range,
                    label: label.to_owned(),
                },
            ),
            None => CompileError::pack(message),
        }
    }
}

/// The range of the name in `action a, name, c in …`.
fn declaration(text: &str, name: &str) -> Option<Range<usize>> {
    for (at, keyword) in text.match_indices("action ") {
        let starts = text.get(..at)?.chars().next_back();
        if !starts.is_none_or(|c| c.is_whitespace() || c == ')') {
            continue;
        }
        let from = at + keyword.len();
        let rest = text.get(from..)?;
        let ends = [" in ", " in[", "appliesTo", "attributes", "{", ";", "\n@"];
        let end = ends.iter().filter_map(|e| rest.find(e)).min();
        let names = rest.get(..end.unwrap_or(rest.len()))?;
        let mut offset = from;
        for part in names.split(',') {
            let trimmed = part.trim().trim_matches('"');
            if trimmed == name {
                let start = offset + part.find(trimmed)?;
                return Some(start..start + trimmed.len());
            }
            offset += part.len() + 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_and_their_annotations_are_found() {
        let file = SourceFile {
            name: "s".to_owned(),
            text: "// action a is first\n@fields(\"$.a; $.b\")\naction a;\n@rank(\"1\") @rendering(\"x\")\naction b, \"c d\" in [a] appliesTo { principal: [A] };".to_owned(),
        };
        let files = [file];
        let places = Places { files: &files };
        let text = |found: Option<(&SourceFile, Range<usize>)>| {
            found.map(|(f, r)| f.text.get(r).unwrap().to_owned())
        };
        assert_eq!(text(places.action("c d")).as_deref(), Some("c d"));
        assert_eq!(text(places.action("d")), None);
        assert_eq!(
            text(places.annotation("b", "rank")).as_deref(),
            Some("@rank(\"1\")")
        );
        assert_eq!(
            text(places.annotation("a", "fields")).as_deref(),
            Some("@fields(\"$.a; $.b\")")
        );
    }
}
