//! Frames of HAProxy's agent protocol: never panics, and a question that is read has the parts that
//! can be sent on: a path, and headers without line ends.

use privet_server::spoe;

/// Reads the bytes as a frame with its length in front, and with the right length in front.
pub fn run(bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    for frame in [bytes.to_vec(), [&length[..], bytes].concat()] {
        let asked = spoe::questions(&frame).unwrap_or_default();
        for (_, _, query, headers) in asked.into_iter().flatten() {
            assert!(query.is_none_or(|q| !q.is_empty()));
            for value in headers.values() {
                assert!(!value.as_bytes().contains(&b'\n'));
            }
        }
    }
}
