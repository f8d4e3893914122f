//! Key files and their permissions.
//!
//! What must never be here: a private key in a message.

use crate::support::KEY;
use privet_watermark::PrivateKey;
use std::fs;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn a_key_file_is_made_once_and_read_back() {
    let path = path("key.json");
    let key = PrivateKey::generate().expect("a key");
    key.write_new(&path).expect("written");
    assert_eq!(
        PrivateKey::read(&path).expect("read").public_jwk(),
        key.public_jwk()
    );
    let error = key.write_new(&path).unwrap_err().to_string();
    assert!(error.contains("key.json"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let path = path("open-key.json");
    fs::write(&path, KEY).expect("written");
    for (mode, is_refused) in [
        (0o644, true),
        (0o640, true),
        (0o602, true),
        (0o600, false),
        (0o400, false),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        let read = PrivateKey::read(&path);
        assert_eq!(read.is_err(), is_refused, "{mode:o}");
        if let Err(error) = read {
            assert!(error.to_string().contains("600"), "{error}");
        }
    }
    PrivateKey::generate()
        .expect("a key")
        .write_new(&{
            fs::remove_file(&path).expect("removed");
            path.clone()
        })
        .expect("written");
    assert_eq!(
        fs::metadata(&path).expect("a file").permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn messages_name_the_file_and_not_the_key() {
    let path = path("broken-key.json");
    fs::write(&path, KEY.replace("\"x\":\"1", "\"x\":\"2")).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    let error = PrivateKey::read(&path).unwrap_err().to_string();
    assert!(
        error.contains("broken-key.json") && !error.contains("nWGx"),
        "{error}"
    );
}
