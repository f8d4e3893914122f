//! Which answers of an upstream may be enforced at all: whole `200`s in JSON, plain or in a coding
//! that is undone, and nothing else.
//!
//! The rule is the same for every gateway. Nothing here reads a body.

use crate::coding::Coding;
use crate::failure::Failure;

/// What is known of an upstream's answer before its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Head<'a> {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`, all of them in one list.
    pub content_encoding: Option<&'a str>,
}

impl Head<'_> {
    /// Whether the body may be enforced, and the coding that is to be undone first. `undone` are those
    /// that are undone at all.
    ///
    /// # Errors
    ///
    /// What the client is told instead; never a body of the upstream's.
    pub fn admit(&self, undone: &[Coding]) -> Result<Option<Coding>, Failure> {
        match self.status {
            200 => {}
            404 | 410 => return Err(Failure::NotFound),
            408 | 504 => return Err(Failure::Timeout),
            _ => return Err(Failure::Upstream),
        }
        if !self.content_type.is_some_and(is_json) {
            return Err(Failure::Upstream);
        }
        // Plain text was asked for. Nobody codes a résumé twice but to hide something.
        let codings = self
            .content_encoding
            .into_iter()
            .flat_map(|all| all.split(','));
        let mut codings = codings
            .map(str::trim)
            .filter(|coding| !coding.eq_ignore_ascii_case("identity"));
        let (Some(coding), None) = (codings.next(), codings.next()) else {
            return match self.content_encoding.is_none_or(is_identity) {
                true => Ok(None),
                false => Err(Failure::Upstream),
            };
        };
        let coding = Coding::from_name(coding).filter(|c| undone.contains(c));
        coding.map(Some).ok_or(Failure::Upstream)
    }
}

fn is_identity(all: &str) -> bool {
    let mut codings = all.split(',').map(str::trim);
    codings.all(|coding| coding.eq_ignore_ascii_case("identity"))
}

/// `application/json` or a type with the suffix `+json` (RFC 6839), in UTF-8.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json = essence == "application/json"
        || (essence.starts_with("application/")
            && essence.ends_with("+json")
            && essence != crate::failure::MEDIA_TYPE);
    let utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    is_json && parts.all(utf8)
}

#[cfg(test)]
mod tests {
    use super::Head;
    use crate::coding::Coding;
    use crate::failure::Failure;

    #[test]
    fn only_whole_plain_json_is_enforced() {
        let head = |status, content_type, content_encoding| {
            Head {
                status,
                content_type,
                content_encoding,
            }
            .admit(&[])
        };
        let json = Some("application/json");
        for content_type in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"; v=1",
            "application/resume+json",
        ] {
            assert_eq!(
                head(200, Some(content_type), None),
                Ok(None),
                "{content_type}"
            );
        }
        for content_type in [
            "text/html",
            "application/json; charset=utf-16",
            "application/problem+json",
            "application/jsonp",
            "text/json",
            "",
        ] {
            let refused = head(200, Some(content_type), None);
            assert_eq!(refused, Err(Failure::Upstream), "{content_type}");
        }
        assert_eq!(head(200, None, None), Err(Failure::Upstream));
        assert_eq!(head(200, json, Some("identity")), Ok(None));
        for coding in ["gzip", "br", "zstd", "identity, gzip", ""] {
            assert_eq!(
                head(200, json, Some(coding)),
                Err(Failure::Upstream),
                "{coding}"
            );
        }
        let undone = |content_encoding| {
            Head {
                status: 200,
                content_type: json,
                content_encoding: Some(content_encoding),
            }
            .admit(&[Coding::Gzip, Coding::Zstd])
        };
        for (coding, expected) in [
            ("gzip", Ok(Some(Coding::Gzip))),
            ("identity, GZIP", Ok(Some(Coding::Gzip))),
            ("zstd", Ok(Some(Coding::Zstd))),
            ("identity", Ok(None)),
            ("br", Err(Failure::Upstream)),
            ("gzip, gzip", Err(Failure::Upstream)),
            ("gzip, br", Err(Failure::Upstream)),
            ("deflate", Err(Failure::Upstream)),
            ("gzip,", Err(Failure::Upstream)),
            ("", Err(Failure::Upstream)),
        ] {
            assert_eq!(undone(coding), expected, "{coding}");
        }
        for status in [201, 203, 204, 206, 301, 304, 400, 403, 500, 503] {
            assert_eq!(head(status, json, None), Err(Failure::Upstream), "{status}");
        }
        for status in [404, 410] {
            assert_eq!(head(status, json, None), Err(Failure::NotFound));
        }
        assert_eq!(head(504, json, None), Err(Failure::Timeout));
    }
}
