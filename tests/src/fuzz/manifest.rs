//! The reader of manifests: any bytes are refused or read, and what is read encodes to a manifest
//! that reads the same.

use privet_frame::manifest::{Manifest, compress};

/// Reads the bytes as a manifest.
pub fn run(bytes: &[u8]) {
    // As they are, and as what a manifest's compression gives.
    check(bytes);
    check(&compress(bytes));
}

fn check(bytes: &[u8]) {
    let Ok(manifest) = Manifest::decode(bytes) else {
        return;
    };
    let encoded = manifest.encode().expect("a manifest encodes");
    assert_eq!(Manifest::decode(&encoded).ok(), Some(manifest));
}
