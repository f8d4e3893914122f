//! Precompiled guests: machine code that loads without a compiler.
//!
//! Loading machine code that somebody forged is running it. So a bundle is loaded only by whoever
//! knows its digest, and the digest of the whole bundle is compared before anything else of it is
//! read. A bundle of another format or another version of wasmtime is refused; build it again. This
//! is the one file of this crate in which `unsafe` may be.
//!
//! ```text
//! magic (8) · format (4) · length of the manifest (4) · size of policy.wasm (4) · manifest · code
//! ```

use crate::engine::Engine;
use crate::error::LoadError;
use crate::policy::Policy;
use privet_frame::manifest::Manifest;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

const MAGIC: &[u8; 8] = b"PVTbndl\0";
const FORMAT: u32 = 1;

/// SHA-256 of a bundle. It must come by another way than the bundle: from a configuration that is
/// reviewed, or from a signed release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a bundle.
    pub fn of(bundle: &[u8]) -> Self {
        Self(Sha256::digest(bundle).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = LoadError;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, LoadError> {
        let wrong = || LoadError::new("a digest is 64 hexadecimal digits");
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut digest = [0; 32];
        if pairs.len() != digest.len() || !rest.is_empty() {
            return Err(wrong());
        }
        for (byte, pair) in digest.iter_mut().zip(pairs) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(digest))
    }
}

impl Engine {
    /// Compiles a guest to machine code for this engine's settings and this kind of processor.
    ///
    /// # Errors
    ///
    /// When the bytes are no guest.
    pub fn precompile(&self, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
        let manifest = crate::policy::section(wasm)?;
        // What will not load must not be built.
        self.load(wasm)?;
        let code = self
            .wasmtime
            .precompile_module(wasm)
            .map_err(|e| LoadError::new(format!("cannot be precompiled: {e:#}")))?;
        let mut bundle = MAGIC.to_vec();
        for number in [FORMAT, length(manifest.len())?, length(wasm.len())?] {
            bundle.extend(number.to_le_bytes());
        }
        bundle.extend_from_slice(manifest);
        bundle.extend(code);
        Ok(bundle)
    }

    /// Loads a bundle whose digest is known.
    ///
    /// # Errors
    ///
    /// When the bundle has another digest, is of another format, or was built by another version of
    /// wasmtime or for other settings. Nothing of it is read before the digest is compared.
    pub fn load_bundle(&self, bundle: &[u8], digest: &Digest) -> Result<Policy, LoadError> {
        if Digest::of(bundle) != *digest {
            return Err(LoadError::new(
                "the bundle is not the one whose digest is pinned",
            ));
        }
        let cut = || LoadError::new("the bundle is cut short");
        let rest = bundle
            .strip_prefix(MAGIC)
            .ok_or_else(|| LoadError::new("no bundle that Privet built"))?;
        let (numbers, rest) = rest.split_at_checked(12).ok_or_else(cut)?;
        let (numbers, _) = numbers.as_chunks::<4>();
        let [format, manifest, wasm] = numbers else {
            return Err(cut());
        };
        let format = u32::from_le_bytes(*format);
        if format != FORMAT {
            return Err(LoadError::new(format!(
                "the bundle has format {format}, this host reads {FORMAT}: build it again"
            )));
        }
        let (manifest, code) = rest
            .split_at_checked(u32::from_le_bytes(*manifest) as usize)
            .ok_or_else(cut)?;
        let manifest = Manifest::decode(manifest)
            .map_err(|_| LoadError::new("the manifest is not one of this version"))?;
        #[expect(unsafe_code, reason = "machine code whose digest the caller pinned")]
        // SAFETY: the bytes are those that `precompile` made: their digest was compared. wasmtime
        // itself refuses code of another version or for other settings.
        let module = unsafe { wasmtime::Module::deserialize(&self.wasmtime, code) };
        let module =
            module.map_err(|e| LoadError::new(format!("the bundle does not fit: {e:#}")))?;
        Policy::link(self, &module, manifest, u32::from_le_bytes(*wasm) as usize)
    }
}

fn length(length: usize) -> Result<u32, LoadError> {
    u32::try_from(length).map_err(|_| LoadError::new("more than 4 GiB"))
}
