//! Guests that have answered and wait for the next question over the same policy: to make one anew
//! and to write the facts into it again takes longer than most answers.
//!
//! A guest keeps facts between questions anyway ([`Instance`]), and none that trapped comes back.
//! What must never be here: a guest of another policy; more guests than the pool can spare.

use crate::error::CallError;
use crate::instance::{Guest, Instance};
use crate::policy::Policy;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;

/// How many guests wait, of all policies of an engine.
#[derive(Clone)]
pub(crate) struct Waiting {
    count: Arc<AtomicUsize>,
    /// A part of the pool: who finds no guest waiting needs room in it.
    most: usize,
}

impl Waiting {
    pub(crate) fn new(instances: u32) -> Self {
        Self {
            count: Arc::default(),
            most: instances as usize / 4,
        }
    }
}

/// The guests of one policy that wait.
pub(crate) struct Idle {
    guests: Mutex<Vec<Guest>>,
    /// No more than can answer at a time.
    most: usize,
    waiting: Waiting,
}

impl Idle {
    pub(crate) fn new(waiting: &Waiting) -> Self {
        Self {
            guests: Mutex::default(),
            most: available_parallelism().map_or(1, usize::from),
            waiting: waiting.clone(),
        }
    }

    fn take(&self) -> Option<Guest> {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let guest = guests.pop()?;
        self.waiting.count.fetch_sub(1, Ordering::Relaxed);
        Some(guest)
    }

    fn put(&self, guest: Guest) {
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        // Two who look at once may both find room: the rest of the pool is large enough for that.
        if guests.len() < self.most
            && self.waiting.count.load(Ordering::Relaxed) < self.waiting.most
        {
            self.waiting.count.fetch_add(1, Ordering::Relaxed);
            guests.push(guest);
        }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        let guests = self
            .guests
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        self.waiting
            .count
            .fetch_sub(guests.len(), Ordering::Relaxed);
    }
}

impl Policy {
    /// Asks an instance, one that has answered before if one waits: for gateways, where each
    /// question comes by itself.
    ///
    /// # Errors
    ///
    /// What the question gives, or that the pool is empty.
    pub fn ask<T>(
        &self,
        question: impl FnOnce(&mut Instance) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let mut instance = match self.idle().take() {
            Some(guest) => Instance::of(self, guest),
            None => self.instance()?,
        };
        let answer = question(&mut instance);
        if let Some(guest) = instance.into_guest() {
            self.idle().put(guest);
        }
        answer
    }
}
