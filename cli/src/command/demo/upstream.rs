//! The upstream that the demo stands before: it serves the résumés as a careless service does.
//!
//! Its answers carry what a gateway must not let pass (a validator, a file name, a link, a cookie),
//! it obeys conditions and ranges, and for some names it misbehaves. It is reached through memory,
//! not through a port: there is no way to it but the proxy. Nothing is protected here.

use super::resumes::{Fault, Resume, fault};
use http_body_util::{Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

type UpstreamBody = Either<Full<Bytes>, Broken>;

/// A body that ends with its connection before all of it has been sent.
#[derive(Debug)]
pub struct Broken {
    first: Option<Bytes>,
}

impl Body for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(match self.first.take() {
            Some(bytes) => Ok(Frame::data(bytes)),
            None => Err(io::ErrorKind::ConnectionReset.into()),
        }))
    }
}

/// Answers a request for `/resumes/NAME`.
pub async fn serve(resumes: &[Resume], request: Request<Incoming>) -> Response<UpstreamBody> {
    let name = request.uri().path().strip_prefix("/resumes/");
    let name = name.unwrap_or_default();
    if request.method() != Method::GET {
        return response(StatusCode::METHOD_NOT_ALLOWED, Bytes::new());
    }
    let first = resumes.first().map(|r| r.document.as_ref());
    if let (Some(fault), Some(document)) = (fault(name), first) {
        if fault == Fault::Silent {
            std::future::pending::<()>().await;
        }
        return misbehave(fault, document);
    }
    let Some(resume) = resumes.iter().find(|r| r.slug == name) else {
        return response(StatusCode::NOT_FOUND, Bytes::new());
    };
    let document = Bytes::from(resume.document.to_vec());
    let asked = |name| request.headers().get::<HeaderName>(name);
    if asked(header::IF_NONE_MATCH).is_some() {
        return response(StatusCode::NOT_MODIFIED, Bytes::new());
    }
    if asked(header::RANGE).is_some() {
        let part = document.slice(..document.len().min(64));
        return response(StatusCode::PARTIAL_CONTENT, part);
    }
    response(StatusCode::OK, document)
}

/// An answer with all the headers through which a résumé leaks.
fn response(status: StatusCode, body: Bytes) -> Response<UpstreamBody> {
    let mut response = Response::new(Either::Left(Full::new(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let all = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ETAG, "\"13800138000\""),
        (header::LAST_MODIFIED, "Tue, 20 Apr 2021 10:00:00 GMT"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename*=UTF-8''%E5%BC%A0%E4%B8%89%E4%B8%B0.pdf",
        ),
        (header::LINK, "<tel:+8613800138000>; rel=alternate"),
        (header::SET_COOKIE, "candidate=zhangsanfeng"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (HeaderName::from_static("x-candidate"), "13800138000"),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn misbehave(fault: Fault, document: &[u8]) -> Response<UpstreamBody> {
    let text = String::from_utf8_lossy(document).into_owned();
    let member = |more: &str| format!("{{{more},{}", text.trim_start().trim_start_matches('{'));
    let half = text.len() / 2;
    let ok = |body: String| response(StatusCode::OK, Bytes::from(body));
    match fault {
        Fault::NotJson => ok(format!("<html><body>{text}</body></html>")),
        Fault::NotAnObject => ok(format!("[{text}]")),
        Fault::Truncated => {
            let bytes = document.get(..half).unwrap_or_default();
            response(StatusCode::OK, Bytes::copy_from_slice(bytes))
        }
        Fault::TooDeep => {
            let deep = format!("\"deep\":{}{}", "[".repeat(200), "]".repeat(200));
            ok(member(&deep))
        }
        Fault::DuplicateKeys => ok(member("\"b\\u0061sics\":{\"phone\":\"13800138000\"}")),
        Fault::TooLarge => ok(member(&format!("\"padding\":\"{}\"", "x".repeat(9 << 20)))),
        Fault::NotUtf8 => {
            let mut bytes = member("\"padding\":\"").into_bytes();
            if let Some(at) = bytes.iter().position(|b| *b == b',') {
                bytes.insert(at, 0xff);
            }
            response(StatusCode::OK, Bytes::from(bytes))
        }
        Fault::Trailing => ok(format!("{text}{text}")),
        Fault::KnownValue => ok(text.replace("后端工程师\"", "后端工程师 138-0013-8000\"")),
        Fault::Empty | Fault::Silent => ok(String::new()),
        Fault::Short => {
            let first = Bytes::copy_from_slice(document.get(..half).unwrap_or_default());
            let (mut parts, _) = response(StatusCode::OK, Bytes::new()).into_parts();
            let length = HeaderValue::from(document.len());
            parts.headers.insert(header::CONTENT_LENGTH, length);
            Response::from_parts(parts, Either::Right(Broken { first: Some(first) }))
        }
        Fault::Failure => response(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(text)),
        Fault::Redirect => {
            let mut found = response(StatusCode::FOUND, Bytes::from(text));
            let target = HeaderValue::from_static("/resumes/13800138000");
            found.headers_mut().insert(header::LOCATION, target);
            found
        }
        Fault::Partial => response(StatusCode::PARTIAL_CONTENT, Bytes::from(text)),
        Fault::Encoded => {
            let mut encoded = ok(text);
            let coding = HeaderValue::from_static("gzip");
            encoded
                .headers_mut()
                .insert(header::CONTENT_ENCODING, coding);
            encoded
        }
        Fault::WrongType => {
            let mut page = ok(text);
            let html = HeaderValue::from_static("text/html");
            page.headers_mut().insert(header::CONTENT_TYPE, html);
            page
        }
    }
}
