//! Headers as Envoy's messages have them.
//!
//! Values are bytes (`raw_value`); an older Envoy sends text in `value`.

use envoy_types::pb::envoy::config::core::v3::header_value_option::HeaderAppendAction;
use envoy_types::pb::envoy::config::core::v3::{
    HeaderMap as Map, HeaderValue as Value, HeaderValueOption,
};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// The head of a message: ordinary headers, and those that start with a colon.
#[derive(Debug, Default)]
pub struct Head {
    /// The ordinary ones.
    pub headers: HeaderMap,
    /// `:method`, `:path`, `:status`.
    pub pseudo: Vec<(String, String)>,
}

impl Head {
    /// Reads a message's headers. One that is no header at all makes the whole head none.
    pub fn read(map: Option<&Map>) -> Option<Self> {
        let mut head = Self::default();
        for header in map.map(|m| m.headers.as_slice()).unwrap_or_default() {
            let value = match header.raw_value.is_empty() {
                true => header.value.as_bytes(),
                false => header.raw_value.as_slice(),
            };
            if header.key.starts_with(':') {
                let value = String::from_utf8(value.to_vec()).ok()?;
                head.pseudo.push((header.key.clone(), value));
                continue;
            }
            let name = HeaderName::from_bytes(header.key.as_bytes()).ok()?;
            head.headers
                .append(name, HeaderValue::from_bytes(value).ok()?);
        }
        Some(head)
    }

    /// A header that starts with a colon, if it stands once.
    pub fn pseudo(&self, name: &str) -> Option<&str> {
        let mut all = self.pseudo.iter().filter(|(n, _)| n == name);
        let (_, value) = all.next()?;
        all.next().is_none().then_some(value)
    }
}

/// Sets a header, in the place of any that is there.
pub fn set(name: &str, value: &[u8]) -> HeaderValueOption {
    HeaderValueOption {
        header: Some(Value {
            key: name.to_owned(),
            raw_value: value.to_vec(),
            ..Value::default()
        }),
        append_action: HeaderAppendAction::OverwriteIfExistsOrAdd as i32,
        ..HeaderValueOption::default()
    }
}

/// The headers of an answer of ours.
pub fn of(ours: &HeaderMap) -> Vec<HeaderValueOption> {
    ours.iter()
        .filter(|(name, _)| *name != hyper::header::CONTENT_LENGTH)
        .map(|(name, value)| set(name.as_str(), value.as_bytes()))
        .collect()
}
