//! How many requests are enforced at a time. Each holds a whole body, so they are counted where
//! connections and streams are not enough.
//!
//! Nobody waits here: one too many is told so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Places for requests.
#[derive(Debug, Default)]
pub(crate) struct Room {
    taken: Arc<AtomicUsize>,
}

/// The place of a request, as long as it is kept.
#[derive(Debug)]
pub(crate) struct Place {
    taken: Arc<AtomicUsize>,
}

impl Room {
    /// A place, if fewer than `most` are taken.
    pub(crate) fn place(&self, most: usize) -> Option<Place> {
        let place = Place {
            taken: Arc::clone(&self.taken),
        };
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let room = Room::default();
        let first = room.place(2);
        let second = room.place(2);
        assert!(first.is_some() && second.is_some() && room.place(2).is_none());
        drop(first);
        assert!(room.place(2).is_some());
    }
}
