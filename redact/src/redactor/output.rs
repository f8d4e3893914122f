//! The output being written: compact JSON whose containers open when their
//! first visible value comes.
//!
//! What must never be here: a container that shows nothing. Whether it was
//! empty, removed or of another type must not be visible; only the root stays.

use crate::error::{Kind, Limit, RedactError};
use crate::rules::{NodeId, Trie};

/// The containers that are open in the body, and the bytes for the sink.
pub(super) struct Output {
    levels: Vec<Level>,
    /// How many of the levels, from the root, have been written.
    opened: usize,
    bytes: Vec<u8>,
    taken: usize,
    limit: usize,
}

struct Level {
    /// What may be shown below; none if nothing may.
    node: Option<NodeId>,
    is_object: bool,
    has_content: bool,
}

impl Output {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            levels: Vec::new(),
            opened: 0,
            bytes: Vec::new(),
            taken: 0,
            limit,
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    /// The innermost container: what may be shown below, and is it an object?
    #[inline]
    pub(super) fn innermost(&self) -> Option<(NodeId, bool)> {
        let level = self.levels.last()?;
        Some((level.node?, level.is_object))
    }

    /// A container begins in the body. It is not written yet.
    pub(super) fn begin(&mut self, node: Option<NodeId>, is_object: bool) {
        self.levels.push(Level {
            node,
            is_object,
            has_content: false,
        });
    }

    /// The innermost container ends in the body.
    pub(super) fn end(&mut self) {
        if self.levels.len() == 1 && self.opened == 0 {
            self.bytes.push(b'{');
            self.opened = 1;
        }
        let is_opened = self.opened == self.levels.len();
        if let Some(level) = self.levels.pop()
            && is_opened
        {
            self.opened -= 1;
            self.bytes.push(if level.is_object { b'}' } else { b']' });
        }
    }

    /// Shows a value of the innermost container.
    pub(super) fn value(
        &mut self,
        trie: &Trie,
        node: NodeId,
        value: &[u8],
        offset: usize,
    ) -> Result<(), RedactError> {
        if self.opened == self.levels.len() {
            if let Some(around) = self.levels.last_mut() {
                separate(&mut self.bytes, around, trie, node);
            }
            return self.finish(value, offset);
        }
        let mut around: Option<&mut Level> = None;
        let innermost_opened = self.opened.saturating_sub(1);
        for (depth, level) in self.levels.iter_mut().enumerate().skip(innermost_opened) {
            if depth >= self.opened {
                if let (Some(around), Some(node)) = (around, level.node) {
                    separate(&mut self.bytes, around, trie, node);
                }
                self.bytes.push(if level.is_object { b'{' } else { b'[' });
            }
            around = Some(level);
        }
        if let Some(around) = around {
            separate(&mut self.bytes, around, trie, node);
        }
        self.opened = self.levels.len();
        self.finish(value, offset)
    }

    #[inline]
    fn finish(&mut self, value: &[u8], offset: usize) -> Result<(), RedactError> {
        self.bytes.extend_from_slice(value);
        // What is still to come are the closing brackets of the open levels.
        let total = self.taken + self.bytes.len() + self.opened;
        if total > self.limit {
            let kind = Kind::Limit(Limit::OutputBytes, self.limit);
            return Err(RedactError::new(kind, offset));
        }
        Ok(())
    }

    /// Makes room for an output of about so many bytes.
    pub(super) fn expect(&mut self, bytes: usize) {
        self.bytes.reserve(bytes.min(self.limit));
    }

    /// The bytes that are not delivered.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// They are delivered.
    pub(super) fn clear(&mut self) {
        self.taken += self.bytes.len();
        self.bytes.clear();
    }

    /// The bytes that are not delivered, for keeps.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[inline]
fn separate(bytes: &mut Vec<u8>, around: &mut Level, trie: &Trie, node: NodeId) {
    let key = trie.key(node);
    // The first member and item go without the comma.
    let skipped = usize::from(!std::mem::replace(&mut around.has_content, true));
    bytes.extend_from_slice(key.get(skipped..).unwrap_or_default().as_bytes());
}
