//! A private key's file: readable and writable by its owner alone.
//!
//! What must never be here: an existing file written over, or one that others can read accepted.

use super::PrivateKey;
use crate::error::KeyError;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// A longer file is no key.
const MAX_BYTES: u64 = 16 << 10;

impl PrivateKey {
    /// Reads a key's file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, that others than its owner may read or write (on Unix), or that
    /// is no key. The message names the file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let at = |what: &dyn std::fmt::Display| {
            KeyError::new(format_args!("{}: {what}", path.display()))
        };
        let file = File::open(path).map_err(|e| at(&e))?;
        check_permissions(&file).map_err(|e| at(&e))?;
        let mut text = Zeroizing::new(String::new());
        let read = file.take(MAX_BYTES).read_to_string(&mut text);
        read.map_err(|e| at(&e))?;
        Self::from_jwk(&text).map_err(|e| at(&e))
    }

    /// Writes the key to a new file that its owner alone may read (mode 0600 on Unix).
    ///
    /// # Errors
    ///
    /// A file that exists, or cannot be written. The message names the file.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut file| {
            file.write_all(self.to_jwk().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|e| KeyError::new(format_args!("{}: {e}", path.display())))
    }
}

#[cfg(unix)]
fn check_permissions(file: &File) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(KeyError::new)?;
    let mode = metadata.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(KeyError::new(format_args!(
            "others than its owner may use this private key: its mode is {mode:03o}, it must be 600"
        ))),
    }
}

#[cfg(not(unix))]
fn check_permissions(_: &File) -> Result<(), KeyError> {
    Ok(())
}
