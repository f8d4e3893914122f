//! The configuration of `privet serve`: never panics, and what is taken listens somewhere, and takes
//! facts from this machine or from whom a certificate names.

use privet_server::config::{Config, TlsDoor};

/// Reads the bytes as a file, twice the same.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(config) = Config::parse(&text) else {
        return;
    };
    let server = &config.server;
    let doors = [&server.proxy, &server.decisions, &server.grpc, &server.spoe];
    assert!(doors.iter().any(|d| d.is_some()));
    let is_known = server.knows_callers(TlsDoor::Admin);
    assert!(
        server
            .admin
            .as_ref()
            .is_none_or(|a| a.is_local() || is_known)
    );
    assert!(!config.context.contains_key("now") && !config.context.contains_key("view"));
    let again = Config::parse(&text).expect("as before");
    assert_eq!(format!("{config:?}"), format!("{again:?}"));
}
