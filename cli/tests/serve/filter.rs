//! The filter of Envoy's module over a stream that declines what it is told: whatever stays is the
//! service's, so nothing goes on.

use crate::scene::{Scene, viewer_headers};
use crate::upstream::document;
use hyper::header::HeaderMap;
use privet_envoy::filter::{Filter, Head, Next, Stream};
use privet_server::exchange::Refusal;
use privet_server::inside::Inside;
use std::collections::BTreeMap;

/// What a stream does not do.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Declined {
    Nothing,
    RequestHeaders,
    ResponseHeaders,
    Trailers,
    Drain,
    Append,
}

type Headers = BTreeMap<String, Vec<u8>>;

struct Declining {
    what: Declined,
    request: Headers,
    response: Headers,
    trailers: usize,
    body: Vec<u8>,
    refused: Option<u16>,
}

fn head(headers: &Headers) -> Option<Head> {
    let mut head = Head::default();
    for (name, value) in headers {
        head.add(name.as_bytes(), value)?;
    }
    Some(head)
}

fn set(headers: &mut Headers, name: &str, value: Option<&[u8]>) {
    match value {
        Some(value) => headers.insert(name.to_owned(), value.to_vec()),
        None => headers.remove(name),
    };
}

impl Stream for Declining {
    fn peer(&self) -> Vec<u8> {
        b"127.0.0.1:4711".to_vec()
    }

    fn request(&self) -> Option<Head> {
        head(&self.request)
    }

    fn response(&self) -> Option<Head> {
        head(&self.response)
    }

    fn set_request(&mut self, name: &str, value: Option<&[u8]>) -> bool {
        let does = self.what != Declined::RequestHeaders;
        if does {
            set(&mut self.request, name, value);
        }
        does
    }

    fn set_response(&mut self, name: &str, value: Option<&[u8]>) -> bool {
        let does = self.what != Declined::ResponseHeaders;
        if does {
            set(&mut self.response, name, value);
        }
        does
    }

    fn drop_trailers(&mut self) -> bool {
        if self.what != Declined::Trailers {
            self.trailers = 0;
        }
        self.trailers == 0
    }

    fn body_size(&self) -> usize {
        self.body.len()
    }

    fn body(&self) -> Vec<u8> {
        self.body.clone()
    }

    fn drain_body(&mut self) {
        if self.what != Declined::Drain {
            self.body.clear();
        }
    }

    fn append_body(&mut self, body: &[u8]) {
        if self.what != Declined::Append {
            self.body.extend_from_slice(body);
        }
    }

    fn answer(&mut self, refusal: Refusal) {
        self.refused = Some(refusal.status());
    }

    fn count(&mut self, _: &str) {}
}

/// One stream from its request to its trailers, or until it goes no further.
fn streamed(inside: &Inside, what: Declined) -> Declining {
    let owned = |(name, value): (&str, &str)| (name.to_lowercase(), value.as_bytes().to_vec());
    let pseudo = [(":method", "GET"), (":path", "/resumes/resume-1")];
    let viewer = viewer_headers("other-job-recruiter");
    let answer = [
        (":status", "200"),
        ("content-type", "application/json"),
        ("x-candidate", "13800138000"),
    ];
    let mut stream = Declining {
        what,
        request: pseudo.into_iter().chain(viewer).map(owned).collect(),
        response: answer.into_iter().map(owned).collect(),
        trailers: 1,
        body: Vec::new(),
        refused: None,
    };
    let mut filter = Filter::new(inside);
    if filter.request(&mut stream, true) == Next::Stop {
        return stream;
    }
    filter.response(&mut stream, false);
    if stream.refused.is_none() {
        stream.body = document().into_bytes();
        filter.body(&mut stream, false);
        filter.trailers(&mut stream);
    }
    stream
}

#[test]
fn what_envoy_declines_is_a_refusal() {
    let scene = Scene::prepare(&[("#limits", "guest_instances = 8")]);
    let inside = Inside::open(&scene.folder.join("privet.toml")).expect("loads");
    let shown = streamed(&inside, Declined::Nothing);
    assert_eq!((shown.refused, shown.trailers), (None, 0));
    let body = String::from_utf8_lossy(&shown.body);
    assert!(
        body.contains("张**") && !body.contains("13800138000"),
        "{body}"
    );
    let response = head(&shown.response).map(|h| h.headers).unwrap_or_default();
    let length = |headers: &HeaderMap| headers["content-length"].to_str().map(str::to_owned);
    assert_eq!(
        length(&response).expect("text"),
        shown.body.len().to_string()
    );
    assert!(!response.contains_key("x-candidate"));
    for what in [
        Declined::RequestHeaders,
        Declined::ResponseHeaders,
        Declined::Trailers,
        Declined::Drain,
        Declined::Append,
    ] {
        assert_eq!(streamed(&inside, what).refused, Some(500), "{what:?}");
    }
}
