//! Asking an upstream. Of a client's request only what is listed goes up; for enforced routes only a
//! whole body in JSON comes down, plain or in a coding that is undone here.
//!
//! Connections are kept and reused. What must never be here: a condition or a range of a client's,
//! a wish for a coding.

use crate::answer::{Body, whole};
use crate::config::{LimitsConfig, UpstreamConfig, ms};
use crate::trace::Span;
use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Method, Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use privet_gateway::coding::Coding;
use privet_gateway::exchange::Head;
use privet_gateway::failure::Failure;
use std::time::Duration;

/// An upstream with its connections.
#[derive(Debug, Clone)]
pub struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    /// Of routes that pass: what a client can make an upstream send there, and send late, is never
    /// the beginning of an answer that is enforced.
    passing: Client<HttpsConnector<HttpConnector>, Body>,
    is_http2: bool,
    scheme: Scheme,
    authority: Authority,
    host: HeaderValue,
    forward: Vec<HeaderName>,
    patience: Duration,
    most_bytes: usize,
    codings: Vec<Coding>,
}

pub(crate) fn connector(connect: Duration) -> Result<HttpsConnector<HttpConnector>> {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(connect));
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let builder = HttpsConnectorBuilder::new().with_native_roots();
    let builder = builder.context("the certificates of this machine")?;
    Ok(builder.https_or_http().enable_http1().wrap_connector(tcp))
}

/// Scheme and authority of a URL.
fn origin(url: &str) -> Result<(Scheme, Authority, Uri)> {
    let uri: Uri = url.parse().with_context(|| format!("`{url}`"))?;
    match (uri.scheme(), uri.authority()) {
        (Some(scheme), Some(authority)) if [Scheme::HTTP, Scheme::HTTPS].contains(scheme) => {
            Ok((scheme.clone(), authority.clone(), uri))
        }
        _ => bail!("`{url}`: expected http:// or https:// and a host"),
    }
}

impl Upstream {
    /// An upstream; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// A URL of another kind, or with a path; a header that is none.
    pub fn new(config: &UpstreamConfig, limits: &LimitsConfig) -> Result<Self> {
        let (scheme, authority, uri) = origin(&config.url).context("upstream.url")?;
        if uri.path_and_query().is_some_and(|p| p.as_str() != "/") {
            bail!(
                "upstream.url: `{}` has a path; routes have `upstream_path`",
                config.url
            );
        }
        let names = config.forward_headers.iter().map(|name| {
            let header: HeaderName = name.parse().with_context(|| format!("`{name}`"))?;
            match is_ours(&header) {
                true => bail!("`{name}` is the proxy's own"),
                false => Ok(header),
            }
        });
        let mut client = Client::builder(TokioExecutor::new());
        client
            .http2_only(config.http2)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .http1_max_buf_size(limits.request_head_bytes.max(8192));
        Ok(Self {
            client: client.build(connector(ms(limits.connect_ms))?),
            passing: client.build(connector(ms(limits.connect_ms))?),
            is_http2: config.http2,
            host: HeaderValue::from_str(authority.as_str()).context("upstream.url")?,
            scheme,
            authority,
            forward: names
                .collect::<Result<_>>()
                .context("upstream.forward_headers")?,
            patience: ms(limits.upstream_ms),
            most_bytes: limits.response_body_bytes,
            codings: limits.codings.clone(),
        })
    }

    /// Whether a client's header goes up on enforced routes.
    pub fn forwards(&self, name: &str) -> bool {
        let mut forward = self.forward.iter();
        forward.any(|header| header.as_str().eq_ignore_ascii_case(name))
    }

    fn uri(&self, path_and_query: &str) -> Result<Uri, Failure> {
        let uri = Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path_and_query)
            .build();
        uri.map_err(|_| Failure::Request)
    }

    /// The whole document at a path, if it may be enforced. What went wrong is for the log.
    ///
    /// # Errors
    ///
    /// What the client is told, and why.
    pub async fn document(
        &self,
        path: &str,
        from: &HeaderMap,
        span: &Span,
    ) -> Result<Bytes, (Failure, String)> {
        match tokio::time::timeout(self.patience, self.exchange(path, from, span)).await {
            Ok(result) => result,
            Err(_) => Err((Failure::Timeout, "no whole answer in time".to_owned())),
        }
    }

    async fn exchange(
        &self,
        path: &str,
        from: &HeaderMap,
        span: &Span,
    ) -> Result<Bytes, (Failure, String)> {
        let refused = |what: &dyn std::fmt::Display| (Failure::Upstream, what.to_string());
        let mut request = Request::get(self.uri(path).map_err(|f| (f, "no path".to_owned()))?)
            .body(whole(Bytes::new()))
            .map_err(|e| refused(&e))?;
        let headers = request.headers_mut();
        for name in &self.forward {
            for value in from.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        span.hand_on(from, headers);
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let sent = self.client.request(request).await;
        let response = sent.map_err(|e| refused(&crate::upstream::causes(&e)))?;
        let all = |name: &HeaderName| {
            let values = response.headers().get_all(name).iter();
            let texts = values.map(|v| v.to_str().unwrap_or("?"));
            let list = texts.collect::<Vec<_>>().join(",");
            response.headers().contains_key(name).then_some(list)
        };
        let (content_type, content_encoding) =
            (all(&header::CONTENT_TYPE), all(&header::CONTENT_ENCODING));
        let head = Head {
            status: response.status().as_u16(),
            content_type: content_type.as_deref(),
            content_encoding: content_encoding.as_deref(),
        };
        span.status(head.status);
        let coding = head.admit(&self.codings).map_err(|failure| {
            let status = head.status;
            (
                failure,
                format!("status {status}, or a body that is no plain JSON"),
            )
        })?;
        let body = Limited::new(response.into_body(), self.most_bytes);
        let whole = body.collect().await.map_err(|e| refused(&e))?.to_bytes();
        match coding {
            None => Ok(whole),
            Some(coding) => {
                let undone = coding.undo(&whole, self.most_bytes);
                undone.map(Bytes::from).map_err(|e| refused(&e))
            }
        }
    }

    /// Sends a request of a route that passes, and gives the answer as it comes.
    ///
    /// # Errors
    ///
    /// What the client is told.
    pub async fn pass(
        &self,
        path: &str,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, Failure> {
        let is_head = request.method() == Method::HEAD;
        *request.uri_mut() = self.uri(path)?;
        *request.version_mut() = hyper::Version::HTTP_11;
        let headers = request.headers_mut();
        hop_by_hop(headers);
        misleading(headers);
        headers.insert(header::HOST, self.host.clone());
        // An upstream that sends a body all the same would begin the next answer with it.
        if is_head && !self.is_http2 {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let sent = tokio::time::timeout(self.patience, self.passing.request(request)).await;
        let mut response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => return Err(Failure::Upstream),
            Err(_) => return Err(Failure::Timeout),
        };
        hop_by_hop(response.headers_mut());
        Ok(response)
    }
}

/// An error with what is behind it.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Headers that must not be forwarded on an enforced route, whatever the configuration says.
fn is_ours(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(name)
        || [
            header::HOST,
            header::ACCEPT,
            header::ACCEPT_ENCODING,
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::RANGE,
            header::IF_RANGE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
        ]
        .contains(name)
}

const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Takes out what is between two neighbours only (RFC 9110, 7.6.1).
fn hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Headers by which some services take another path or method than the request's.
const OVERRIDES: [&str; 7] = [
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];

/// Takes out what would make another request of this one further up, and names with an underline,
/// which some services read as those with a hyphen.
fn misleading(headers: &mut HeaderMap) {
    let names = headers.keys();
    let is_misleading =
        |name: &&HeaderName| name.as_str().contains('_') || OVERRIDES.contains(&name.as_str());
    let misleading: Vec<HeaderName> = names.filter(is_misleading).cloned().collect();
    for name in misleading {
        headers.remove(name);
    }
}

/// A small document: a key set. By `https:`, or by `http:` from this machine.
///
/// # Errors
///
/// A URL of another kind, an answer but 200, one that is late or too large.
pub async fn get(url: &str, patience: Duration, most_bytes: usize) -> Result<Bytes> {
    let (scheme, _, uri) = origin(url)?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let local = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
    if scheme == Scheme::HTTP && !local {
        bail!("`{url}`: keys come by https, or from this machine");
    }
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(connector(patience)?);
    let request = Request::get(uri).body(whole(Bytes::new()))?;
    let exchange = async {
        let response = client
            .request(request)
            .await
            .map_err(|e| anyhow::anyhow!(causes(&e)))?;
        if response.status() != hyper::StatusCode::OK {
            bail!("status {}", response.status());
        }
        let body = Limited::new(response.into_body(), most_bytes)
            .collect()
            .await;
        Ok(body.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes())
    };
    tokio::time::timeout(patience, exchange)
        .await
        .context("no answer in time")?
}
