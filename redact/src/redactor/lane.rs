//! The fast way through a body that is there as a whole and is as bodies are.
//!
//! It gives the output or nothing at all. Nothing means that something was not plain (an error, a
//! limit in sight, an escape in a name, very many members), and then the
//! [`Tokenizer`](crate::json::Tokenizer) goes through the body from its beginning and decides. So
//! every error comes from one place, and tests hold the two ways to the same output.
//!
//! What must never be here: an error, or an output where the other way has another.

mod written;

use std::borrow::Cow;

use super::shown::{Shown, shown, takes};
use crate::json::{ScalarKind, Whole, text};
use crate::rules::{Action, Ends, NodeId, Rules, Trie};
use crate::settings::Settings;

/// Objects with more members that no rule knows are left to the other way.
const UNKNOWN: usize = 16;

/// The output for a whole body, if there is nothing special about it.
pub(super) fn whole(rules: &Rules, settings: &Settings, body: &[u8]) -> Option<String> {
    if body.len() > settings.max_body_bytes {
        return None;
    }
    let body = Whole::new(body)?;
    let mut lane = Lane {
        body,
        rules,
        settings,
        output: String::with_capacity(body.text.len().min(settings.max_output_bytes)),
        from: 0,
        to: 0,
        levels: Vec::with_capacity(16),
        opened: 0,
        unknown: Vec::with_capacity(UNKNOWN),
        unknown_bytes: 0,
        names: 0,
    };
    lane.run()?;
    lane.copy(lane.to);
    (lane.output.len() <= settings.max_output_bytes).then_some(lane.output)
}

struct Lane<'b> {
    body: Whole<'b>,
    rules: &'b Rules,
    settings: &'b Settings,
    /// The output so far is this and, behind it, the body from `from` to `to`. What `to` stands
    /// behind in the body is what was shown last.
    output: String,
    from: usize,
    to: usize,
    /// The open containers around the innermost one.
    levels: Vec<Level>,
    /// How many containers, from the root, have been written.
    opened: usize,
    /// Names that no rule knows, of all open objects: hash and place.
    unknown: Vec<(u64, usize, usize)>,
    unknown_bytes: usize,
    /// Names in all open objects.
    names: usize,
}

#[derive(Clone, Copy)]
struct Level {
    node: Option<NodeId>,
    is_object: bool,
    has_content: bool,
    /// Members known to the rules, by their numbers.
    known: u64,
    /// What the objects around have of `Lane::unknown`, `Lane::unknown_bytes` and `Lane::names`.
    unknown: usize,
    unknown_bytes: usize,
    names: usize,
}

impl Level {
    /// What it ends with.
    #[inline(always)]
    fn bracket(&self) -> u8 {
        if self.is_object { b'}' } else { b']' }
    }
}

impl Lane<'_> {
    #[inline(always)]
    fn level(&self, node: Option<NodeId>, is_object: bool) -> Level {
        Level {
            node,
            is_object,
            has_content: false,
            known: 0,
            unknown: self.unknown.len(),
            unknown_bytes: self.unknown_bytes,
            names: self.names,
        }
    }

    /// Goes through the body.
    fn run(&mut self) -> Option<()> {
        let body = self.body;
        let ends = body.string_ends();
        let trie = &self.rules.set.trie;
        let (at, b'{') = body.token(0)? else {
            return None;
        };
        if self.settings.max_depth == 0 {
            return None;
        }
        let mut level = self.level(Some(Trie::ROOT), true);
        let (mut at, mut byte) = body.token(at + 1)?;
        let mut is_empty = byte == level.bracket();
        loop {
            if !is_empty {
                // A member or an item.
                let node = if level.is_object {
                    if byte != b'"' {
                        return None;
                    }
                    let (end, has_escape) = body.string_end(at, &ends)?;
                    if has_escape || end - at > self.settings.max_token_bytes {
                        return None;
                    }
                    let node = self.member(&mut level, at + 1, end - 1)?;
                    let (colon, b':') = body.token(end)? else {
                        return None;
                    };
                    (at, byte) = body.token(colon + 1)?;
                    node
                } else {
                    level.node.and_then(|around| trie.items(around))
                };
                let begins = at;
                let (kind, has_escape) = match byte {
                    b'"' => {
                        let (end, has_escape) = body.string_end(at, &ends)?;
                        at = end;
                        (ScalarKind::String, has_escape)
                    }
                    b'{' | b'[' => {
                        self.levels.push(level);
                        if self.levels.len() >= self.settings.max_depth {
                            return None;
                        }
                        level = self.level(node, byte == b'{');
                        (at, byte) = body.token(at + 1)?;
                        is_empty = byte == level.bracket();
                        continue;
                    }
                    b'-' | b'0'..=b'9' => {
                        at = body.number_end(at)?;
                        (ScalarKind::Number, false)
                    }
                    _ => {
                        at = body.literal_end(at)?;
                        (ScalarKind::Literal, false)
                    }
                };
                if let Some(node) = node {
                    self.scalar(&mut level, node, (kind, has_escape), (begins, at))?;
                }
                (at, byte) = body.token(at)?;
            }
            // Behind a value, or at the end of an empty container.
            while byte != b',' || is_empty {
                if byte != level.bracket() {
                    return None;
                }
                self.end(&level, at);
                match self.levels.pop() {
                    Some(around) => level = around,
                    None => return (body.after_blanks(at + 1) == body.text.len()).then_some(()),
                }
                is_empty = false;
                (at, byte) = body.token(at + 1)?;
            }
            (at, byte) = body.token(at + 1)?;
        }
    }

    /// A member begins, its name without quotes from one position to another: where the trie stands
    /// for its value.
    #[inline]
    fn member(&mut self, level: &mut Level, from: usize, to: usize) -> Option<Option<NodeId>> {
        if self.names >= self.settings.max_open_names {
            return None;
        }
        self.names += 1;
        let begins = self.body.text.as_bytes().get(from..)?;
        let name = begins.get(..to.checked_sub(from)?)?;
        let ends = Ends::at_beginning(begins, name);
        let trie = &self.rules.set.trie;
        let member = level
            .node
            .and_then(|around| trie.member(around, ends, name));
        if let Some(member) = member
            && let Some(bit) = u32::try_from(member.number)
                .ok()
                .and_then(|number| 1_u64.checked_shl(number))
        {
            let is_new = level.known & bit == 0;
            level.known |= bit;
            return is_new.then_some(member.node);
        }
        let hash = ends.hash();
        let own = self.unknown.get(level.unknown..)?;
        let is_there = |(other, from, to): &(u64, usize, usize)| {
            *other == hash && self.body.bytes(*from, *to) == name
        };
        if own.len() >= UNKNOWN || own.iter().any(is_there) {
            return None;
        }
        self.unknown.push((hash, from, to));
        self.unknown_bytes += name.len();
        let is_within = self.unknown_bytes <= self.settings.max_open_name_bytes;
        is_within.then(|| member.and_then(|member| member.node))
    }

    /// A scalar of the innermost container, at a place that some rule names.
    #[inline(always)]
    fn scalar(
        &mut self,
        level: &mut Level,
        node: NodeId,
        (kind, has_escape): (ScalarKind, bool),
        (begins, ends): (usize, usize),
    ) -> Option<()> {
        let Some(action) = self.rules.set.trie.action(node) else {
            return Some(());
        };
        if *action != Action::Reveal || has_escape {
            return self.changed(level, (node, action), (kind, has_escape), (begins, ends));
        }
        // What most are, and nothing but this.
        self.separate(level, node, begins);
        self.to = ends;
        (ends - begins <= self.settings.max_token_bytes).then_some(())
    }

    /// The same, where what is shown has to be found.
    #[inline(never)]
    fn changed(
        &mut self,
        level: &mut Level,
        (node, action): (NodeId, &Action),
        (kind, has_escape): (ScalarKind, bool),
        (begins, ends): (usize, usize),
    ) -> Option<()> {
        if !takes(action, kind) {
            return Some(());
        }
        if ends - begins > self.settings.max_token_bytes {
            return None;
        }
        let body = self.body.text;
        let text = || match kind {
            ScalarKind::String if has_escape => text::unescape(body.get(begins + 1..ends - 1)?),
            ScalarKind::String => Some(Cow::Borrowed(body.get(begins + 1..ends - 1)?)),
            _ => Some(Cow::Borrowed(body.get(begins..ends)?)),
        };
        match shown(self.rules, action, has_escape, text) {
            Shown::Nothing => return Some(()),
            Shown::AsItIs => {
                self.separate(level, node, begins);
                self.to = ends;
                return Some(());
            }
            Shown::Json(value) => {
                self.separate(level, node, begins);
                self.copy(begins);
                self.output.push_str(value);
            }
            Shown::Text(value) => {
                self.separate(level, node, begins);
                self.copy(begins);
                text::encode_into(&value, &mut self.output);
            }
        }
        (self.from, self.to) = (ends, ends);
        (self.output.len() <= self.settings.max_output_bytes).then_some(())
    }
}
