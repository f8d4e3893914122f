//! Packs from their folders, guests or bundles, and those that were loaded before.
//!
//! What is pinned by a digest is compared with it before anything of it is read.

use crate::config::PackConfig;
use anyhow::{Context, Result, bail};
use privet_gateway::enforce;
use privet_host::{Digest, Engine, Policy};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Packs that are kept compiled; a reload that goes back and forth needs two of each.
const KEPT: usize = 16;

/// Loaded packs by what they were loaded from. A copy shares them.
#[derive(Debug, Clone, Default)]
pub struct PackCache {
    kept: Vec<([u8; 32], Policy)>,
}

/// A digest over several things.
#[derive(Debug, Default)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Adds bytes, so that no two sequences of them give the same.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0
            .update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(bytes);
    }

    /// The digest.
    pub fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// Twelve digits of it.
    pub fn short(self) -> String {
        let digest = self.end();
        digest.iter().take(6).map(|b| format!("{b:02x}")).collect()
    }
}

impl PackCache {
    /// Loads a pack, or finds the one that was loaded from the same bytes.
    ///
    /// # Errors
    ///
    /// What is missing, does not compile, is not what its digest says, or has a rendering that the
    /// redactor does not know.
    pub fn load(&mut self, engine: &Engine, pack: &PackConfig) -> Result<(Policy, [u8; 32])> {
        let mut fingerprint = Fingerprint::default();
        let source = Source::read(pack, &mut fingerprint)?;
        let fingerprint = fingerprint.end();
        if let Some((_, policy)) = self.kept.iter().find(|(key, _)| *key == fingerprint) {
            return Ok((policy.clone(), fingerprint));
        }
        let policy = source.load(engine)?;
        enforce::check(policy.manifest()).context("the renderings")?;
        if policy.manifest().gates.is_empty() {
            bail!("no gate: a plain policy set is no pack");
        }
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push((fingerprint, policy.clone()));
        Ok((policy, fingerprint))
    }
}

enum Source {
    Folder(Box<privet_pack::Pack>),
    Wasm(Vec<u8>),
    Bundle(Vec<u8>, Digest),
}

impl Source {
    fn read(pack: &PackConfig, fingerprint: &mut Fingerprint) -> Result<Self> {
        let bytes = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
        let pinned = match &pack.digest {
            Some(digest) => Some(digest.parse::<Digest>().context("digest")?),
            None => None,
        };
        if let Some(folder) = &pack.folder {
            let pack = privet_pack::read(folder)?;
            fingerprint.add(format!("{:?}", pack.file).as_bytes());
            for file in pack.source.schema.iter().chain(&pack.source.policies) {
                fingerprint.add(file.name.as_bytes());
                fingerprint.add(file.text.as_bytes());
            }
            return Ok(Self::Folder(Box::new(pack)));
        }
        let (path, is_bundle) = match (&pack.wasm, &pack.bundle) {
            (Some(wasm), _) => (wasm, false),
            (None, Some(bundle)) => (bundle, true),
            (None, None) => bail!("no source"),
        };
        let content = bytes(path)?;
        if let Some(pinned) = &pinned
            && Digest::of(&content) != *pinned
        {
            bail!("{}: not the one whose digest is pinned", path.display());
        }
        fingerprint.add(&[u8::from(is_bundle)]);
        fingerprint.add(&content);
        match (is_bundle, pinned) {
            (false, _) => Ok(Self::Wasm(content)),
            (true, Some(digest)) => Ok(Self::Bundle(content, digest)),
            (true, None) => bail!("a bundle is machine code: pin its `digest`"),
        }
    }

    fn load(&self, engine: &Engine) -> Result<Policy> {
        Ok(match self {
            Self::Folder(pack) => {
                let compiled = privet_compiler::compile(&pack.source)?;
                engine.load(&compiled.wasm)?
            }
            Self::Wasm(wasm) => engine.load(wasm)?,
            Self::Bundle(bundle, digest) => engine.load_bundle(bundle, digest)?,
        })
    }
}
