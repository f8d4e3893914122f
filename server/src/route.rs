//! Paths: patterns with places, and the strict reading of what a client sends.
//!
//! A path that two servers could understand differently matches nothing: dot segments, empty ones,
//! encoded slashes, backslashes, control characters, wrong encodings, raw `?` and `#`. So a path that
//! passes can never be read as an enforced one further up.

use anyhow::bail;
use privet_gateway::failure::Failure;
use std::borrow::Cow;
use std::fmt::Write as _;

/// `/resumes/{resume}/files/{rest...}`, `/resumes/{resume}.json`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    /// A place and what follows it in its segment.
    Place(String, String),
    Rest(String),
}

/// The values of a pattern's places in a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<(String, Vec<String>)>);

impl Places {
    /// The value of a place that is one segment.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.0.iter().find(|(n, _)| n == name)?.1.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// What does not start with `/`, has an empty segment, half a place, or a name twice.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let Some(rest) = text.strip_prefix('/') else {
            bail!("a path starts with `/`");
        };
        let mut segments: Vec<Segment> = Vec::new();
        for part in rest.split('/') {
            if matches!(segments.last(), Some(Segment::Rest(_))) {
                bail!("`{{…...}}` comes last");
            }
            let place = part.strip_prefix('{').and_then(|p| p.split_once('}'));
            let segment = match place {
                Some((name, after)) => match (name.strip_suffix("..."), after) {
                    (Some(name), "") => Segment::Rest(name.to_owned()),
                    (None, after) if is_plain(after) => {
                        Segment::Place(name.to_owned(), after.to_owned())
                    }
                    _ => bail!("`{part}` is no place"),
                },
                // `/` alone is the root.
                None if part.is_empty() && rest.is_empty() => continue,
                None if part.is_empty() => bail!("an empty segment"),
                None => Segment::Text(part.to_owned()),
            };
            match &segment {
                Segment::Place(name, _) | Segment::Rest(name) => {
                    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                    if name.is_empty() || !name.chars().all(plain) {
                        bail!("`{part}` is no place");
                    }
                    if segments.iter().any(|s| s.name() == Some(name)) {
                        bail!("the place `{name}` stands twice");
                    }
                }
                Segment::Text(text) if !is_plain(text) => {
                    bail!("`{text}`: a place starts its segment, and text is written plainly");
                }
                Segment::Text(_) => {}
            }
            segments.push(segment);
        }
        Ok(Self { segments })
    }

    /// The names of the places.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.segments
            .iter()
            .filter_map(|s| s.name().map(String::as_str))
    }

    /// Whether there is a place of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }

    /// The places' values, if the segments of a path match.
    pub fn matches(&self, path: &[String]) -> Option<Places> {
        let mut places = Vec::new();
        let mut left = path;
        for segment in &self.segments {
            if let Segment::Rest(name) = segment {
                if left.is_empty() {
                    return None;
                }
                places.push((name.clone(), left.to_vec()));
                left = &[];
                continue;
            }
            let (first, rest) = left.split_first()?;
            match segment {
                Segment::Text(text) if text == first => {}
                Segment::Place(name, after) => {
                    let value = first
                        .strip_suffix(after.as_str())
                        .filter(|v| !v.is_empty())?;
                    places.push((name.clone(), vec![value.to_owned()]));
                }
                _ => return None,
            }
            left = rest;
        }
        left.is_empty().then_some(Places(places))
    }

    /// Whether a service that takes capital and small letters for the same may read a path as one of
    /// these.
    pub fn may_be(&self, path: &[String]) -> bool {
        let small = |text: &String| text.to_uppercase().to_lowercase();
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Text(text) => Segment::Text(small(text)),
            Segment::Place(name, after) => Segment::Place(name.clone(), small(after)),
            Segment::Rest(name) => Segment::Rest(name.clone()),
        });
        let pattern = Self {
            segments: segments.collect(),
        };
        let path: Vec<String> = path.iter().map(small).collect();
        pattern.matches(&path).is_some()
    }

    /// The path with values for the places, encoded anew.
    pub fn fill(&self, places: &Places) -> String {
        let mut path = String::new();
        let mut push = |segment: &str| {
            path.push('/');
            encode(segment, &mut path);
        };
        for segment in &self.segments {
            match segment.name() {
                None => {
                    if let Segment::Text(text) = segment {
                        push(text);
                    }
                }
                Some(name) => {
                    let values = places.0.iter().find(|(n, _)| n == name);
                    let after = match segment {
                        Segment::Place(_, after) => after.as_str(),
                        _ => "",
                    };
                    let values = values.into_iter().flat_map(|(_, v)| v);
                    values.for_each(|v| push(&format!("{v}{after}")));
                }
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        path
    }
}

impl Segment {
    fn name(&self) -> Option<&String> {
        match self {
            Self::Text(_) => None,
            Self::Place(name, _) | Self::Rest(name) => Some(name),
        }
    }
}

fn is_plain(text: &str) -> bool {
    !text.contains(['{', '}', '%', '?', '#'])
}

/// The decoded segments of a path; `None` if it could be read in two ways.
pub fn segments(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix('/')?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    rest.split('/')
        .map(|part| {
            let text = decode(part)?.into_owned();
            let odd = |c: char| matches!(c, '/' | '\\' | ';' | '%') || c.is_control();
            let dots = text.chars().all(|c| c == '.');
            // Written so, they begin what is no part of a path.
            let ends = part.contains(['?', '#']);
            (!dots && !ends && !text.contains(odd)).then_some(text)
        })
        .collect()
}

/// A parameter of a query: its value, or none.
///
/// # Errors
///
/// [`Failure::Request`] where it stands twice or is wrongly encoded.
pub fn parameter<'q>(query: &'q str, name: &str) -> Result<Option<Cow<'q, str>>, Failure> {
    let value = written(query, name)?;
    value
        .map(|value| decode(value).ok_or(Failure::Request))
        .transpose()
}

/// The same as it was written: a `+` may be a blank to who reads it.
///
/// # Errors
///
/// As [`parameter`].
pub fn written<'q>(query: &'q str, name: &str) -> Result<Option<&'q str>, Failure> {
    let mut found = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decode(key).ok_or(Failure::Request)? == name {
            decode(value).ok_or(Failure::Request)?;
            if found.replace(value).is_some() {
                return Err(Failure::Request);
            }
        }
    }
    Ok(found)
}

fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// Writes a text so that it is one segment, or one value of a query.
pub fn encode(text: &str, into: &mut String) {
    encode_but(text, b"", into);
}

/// Writes a value of a query as it was written there, but for what might end it: to some readers `;`
/// does.
pub fn keep(value: &str, into: &mut String) {
    encode_but(value, b"%+!$'()*,:@/?=", into);
}

fn encode_but(text: &str, kept: &[u8], into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                into.push(char::from(byte));
            }
            byte if kept.contains(&byte) => into.push(char::from(byte)),
            // Writing to a string does not fail.
            byte => drop(write!(into, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_paths() {
        let matched = |pattern: &str, path: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            let places = pattern.matches(&segments(path)?)?;
            Some((places.get("id").map(str::to_owned), pattern.fill(&places)))
        };
        assert_eq!(
            matched("/r/{id}", "/r/a-1"),
            Some((Some("a-1".into()), "/r/a-1".into()))
        );
        let encoded = matched("/r/{id}", "/r/%E5%BC%A0%20x");
        assert_eq!(
            encoded,
            Some((Some("张 x".into()), "/r/%E5%BC%A0%20x".into()))
        );
        let suffixed = matched("/r/{id}.json", "/r/a.b.json");
        assert_eq!(suffixed, Some((Some("a.b".into()), "/r/a.b.json".into())));
        assert_eq!(matched("/r/{id}.json", "/r/.json"), None);
        assert_eq!(matched("/", "/"), Some((None, "/".into())));
        assert_eq!(
            matched("/s/{id...}", "/s/a/b"),
            Some((None, "/s/a/b".into()))
        );
        for (pattern, path) in [
            ("/r/{id}", "/r"),
            ("/r/{id}", "/r/"),
            ("/r/{id}", "/r/a/b"),
            ("/r/{id}", "/R/a"),
            ("/r/{id}", "//r/a"),
            ("/s/{id...}", "/s"),
            ("/s/{id...}", "/s/../r/a"),
            ("/s/{id...}", "/s/%2e%2e/r/a"),
            ("/s/{id...}", "/s/a%2Fb"),
            ("/s/{id...}", "/s/a%5Cb"),
            ("/s/{id...}", "/s/..;/r"),
            ("/s/{id...}", "/s/%00"),
            ("/s/{id...}", "/s/%"),
            ("/s/{id...}", "/s/%252e%252e/r"),
            ("/s/{id...}", "/s/%ff"),
            ("/r/{id}", "/r/a?b"),
            ("/r/{id}", "/r/a#b"),
            ("/s/{id...}", "/s/a//b"),
            ("/s/{id...}", "s/a"),
        ] {
            assert_eq!(matched(pattern, path), None, "{pattern} {path}");
        }
    }

    #[test]
    fn letters_of_any_size() {
        for (pattern, path, may_be) in [
            ("/r/{id}", "/R/a", true),
            ("/r/{id}.json", "/r/a.JSON", true),
            ("/kin/{all...}", "/\u{212A}in/x/y", true),
            ("/r/{id}", "/r/a/b", false),
            ("/search", "/searches", false),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.may_be(&segments(path).unwrap()), may_be, "{path}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for text in [
            "",
            "r",
            "/r//x",
            "/{}",
            "/{a}/{a}",
            "/{a...}/b",
            "/x{a}",
            "/%41",
            "/{a b}",
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_is_kept_as_it_was_written() {
        for (query, kept) in [
            ("q=java+dev&p=1", "java+dev"),
            ("q=c%2B%2b%20x", "c%2B%2b%20x"),
            ("q=a;p=2", "a%3Bp=2"),
            ("q=张", "%E5%BC%A0"),
            ("q", ""),
        ] {
            let mut text = String::new();
            keep(written(query, "q").unwrap().unwrap(), &mut text);
            assert_eq!(text, kept, "{query}");
        }
        for query in ["q=%zz", "q=%ff", "q=1&q=2"] {
            assert_eq!(written(query, "q"), Err(Failure::Request), "{query}");
        }
    }

    #[test]
    fn a_parameter_stands_once() {
        assert_eq!(parameter("a=1&b=%E5%BC%A0", "b"), Ok(Some("张".into())));
        assert_eq!(parameter("", "a"), Ok(None));
        for query in ["a=1&a=2", "a=1&%61=2", "a=%zz", "%zz=1"] {
            assert_eq!(parameter(query, "a"), Err(Failure::Request), "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_written_so_that_it_reads_the_same(path in "/?([a-z./;%0-9A-F\\\\张\u{0}]|/){0,24}") {
            if let Some(read) = segments(&path) {
                for segment in &read {
                    assert!(!segment.is_empty() && segment != "." && segment != "..");
                    assert!(!segment.contains(['/', '\\', ';', '%', '\u{0}']));
                }
                if let Some(places) = Pattern::parse("/{all...}").unwrap().matches(&read) {
                    let written = Pattern::parse("/{all...}").unwrap().fill(&places);
                    assert_eq!(segments(&written), Some(read), "{path} {written}");
                    assert!(written.parse::<hyper::Uri>().is_ok(), "{written}");
                }
            }
        }

        #[test]
        fn a_value_survives_a_query(value in ".{0,12}") {
            let mut query = "a=".to_owned();
            encode(&value, &mut query);
            assert_eq!(parameter(&query, "a"), Ok(Some(value.into())));
        }
    }
}
