//! Where output goes.
//!
//! What must never be here: failure. A sink that can fail (a socket) keeps its
//! own error and reports it after [`end`](crate::Redactor::end).

/// Receives output in order. Implemented for `Vec<u8>` and for every
/// `FnMut(&[u8])`.
pub trait OutputSink {
    /// Takes the next bytes. Pieces are not aligned to values.
    fn write(&mut self, bytes: &[u8]);
}

impl OutputSink for Vec<u8> {
    fn write(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<F: FnMut(&[u8])> OutputSink for F {
    fn write(&mut self, bytes: &[u8]) {
        self(bytes);
    }
}
