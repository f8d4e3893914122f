//! A loaded pack that can be swapped while others ask it.

use crate::status::{Error, Status};
use arc_swap::ArcSwap;
use privet_gateway::enforce;
use privet_host::{Digest, Engine, Policy};
use std::sync::{Arc, Mutex, PoisonError};

/// A pack. Facts and plans keep the one they were made with.
#[derive(Debug)]
pub struct LivePolicy {
    engine: Engine,
    live: ArcSwap<Policy>,
    reloading: Mutex<()>,
}

impl LivePolicy {
    pub(crate) fn load(engine: &Engine, bytes: &[u8], digest: Option<&str>) -> Result<Self, Error> {
        let policy = load(engine, bytes, digest)?;
        Ok(Self {
            engine: engine.clone(),
            live: ArcSwap::from_pointee(policy),
            reloading: Mutex::default(),
        })
    }

    /// On an error what was live stays live.
    pub(crate) fn reload(&self, bytes: &[u8], digest: Option<&str>) -> Result<(), Error> {
        // One at a time: between the comparison and the swap no newer one may come.
        let _alone = self
            .reloading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let policy = load(&self.engine, bytes, digest)?;
        let (given, live) = (policy.manifest().revision, self.revision());
        if given < live {
            let text = format_args!("revision {given} is older than the live one, {live}");
            return Err(Error::new(Status::Load, text));
        }
        self.live.store(Arc::new(policy));
        Ok(())
    }

    pub(crate) fn revision(&self) -> u64 {
        self.live.load().manifest().revision
    }

    pub(crate) fn get(&self) -> Policy {
        Policy::clone(&self.live.load())
    }
}

/// A bundle is machine code: it is loaded by its digest alone.
fn load(engine: &Engine, bytes: &[u8], digest: Option<&str>) -> Result<Policy, Error> {
    let policy = match digest {
        Some(digest) => engine.load_bundle(bytes, &digest.parse::<Digest>()?)?,
        None => engine.load(bytes)?,
    };
    enforce::check(policy.manifest()).map_err(|e| Error::new(Status::Load, e))?;
    Ok(policy)
}
