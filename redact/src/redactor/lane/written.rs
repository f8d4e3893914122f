//! What is written of a body: spans of it as they stand, and what belongs between two of them.
//!
//! What must never be here: what a rule says. A value comes with its place in the trie, which says
//! how the names around it are written.

use super::{Lane, Level};
use crate::rules::NodeId;

impl Lane<'_> {
    /// Adds the part of the body up to a position.
    #[inline]
    pub(super) fn copy(&mut self, to: usize) {
        let text = self.body.text.get(self.from..to);
        self.output.push_str(text.unwrap_or_default());
        self.from = to;
    }

    /// Writes what stands before a value: comma, name, colon, and the brackets of containers that
    /// show their first.
    #[inline]
    pub(super) fn separate(&mut self, level: &mut Level, node: NodeId, begins: usize) {
        let key = self.rules.set.trie.key(node);
        if self.opened > self.levels.len() {
            let skipped = usize::from(!std::mem::replace(&mut level.has_content, true));
            let key = key.get(skipped..).unwrap_or_default();
            if !self.has_between(key.len(), begins) {
                self.output.push_str(key);
            }
        } else {
            self.open(level, key, begins);
        }
    }

    /// The same, where brackets are to be written.
    fn open(&mut self, level: &mut Level, key: &str, begins: usize) {
        let trie = &self.rules.set.trie;
        let opened = self.opened;
        // What is open already; the root is in nothing.
        let outer = opened
            .checked_sub(1)
            .and_then(|outer| self.levels.get_mut(outer));
        let has_comma = outer.is_some_and(|outer| std::mem::replace(&mut outer.has_content, true));
        let written = |level: &Level, depth: usize| match level.node {
            _ if depth == 0 => "",
            Some(node) if depth == opened && has_comma => trie.key(node),
            Some(node) => without_comma(trie.key(node)),
            None => "",
        };
        let key = without_comma(key);
        let new = self.levels.iter_mut().skip(opened);
        let mut length = key.len();
        for (depth, level) in (opened..).zip(new.chain([&mut *level])) {
            level.has_content = true;
            length += written(level, depth).len() + 1;
        }
        self.opened = self.levels.len() + 1;
        if self.has_between(length, begins) {
            return;
        }
        let new = self.levels.iter().skip(opened).chain([&*level]);
        for (depth, level) in (opened..).zip(new) {
            self.output.push_str(written(level, depth));
            self.output.push(if level.is_object { '{' } else { '[' });
        }
        self.output.push_str(key);
    }

    /// Whether the body has what belongs between what was shown last and what begins now. If it has
    /// as much there, it has the same: nothing but these tokens, whose spelling is that of the rules,
    /// for a name with an escape does not come this far, and every other token or blank takes room.
    /// If not, it is to be written.
    #[inline]
    fn has_between(&mut self, length: usize, begins: usize) -> bool {
        let has = begins - self.to == length;
        if !has {
            self.copy(self.to);
            self.from = begins;
        }
        self.to = begins;
        has
    }

    /// The innermost container ends.
    #[inline]
    pub(super) fn end(&mut self, level: &Level, at: usize) {
        self.names = level.names;
        self.unknown_bytes = level.unknown_bytes;
        self.unknown.truncate(level.unknown);
        if self.levels.is_empty() && self.opened == 0 {
            self.output.push_str("{}");
            (self.from, self.to) = (at, at);
        } else if self.opened > self.levels.len() {
            self.opened -= 1;
            if self.to != at {
                self.copy(self.to);
                self.from = at;
            }
            // The bracket is the body's.
            self.to = at + 1;
        }
    }
}

fn without_comma(key: &str) -> &str {
    key.get(1..).unwrap_or_default()
}
