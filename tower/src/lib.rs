//! Privet as a layer of tower: what `privet.toml` enforces, before a service of yours.
//!
//! ```no_run
//! use privet_server::inside::Inside;
//! use privet_tower::PrivetLayer;
//! use std::sync::Arc;
//! use tower_layer::Layer;
//!
//! # fn serve<S>(service: S) -> Result<(), Box<dyn std::error::Error>> {
//! let inside = Arc::new(Inside::open("privet.toml".as_ref())?);
//! let service = PrivetLayer::new(inside).layer(service);
//! # Ok(())
//! # }
//! ```
//!
//! A request is decided before the service sees it; the service gets the path that the route's
//! `upstream_path` says. Its whole answer is enforced before the first byte goes out. Where it
//! fails, answers late or breaks off, the client gets the row of that failure (late is an error whose
//! cause is an [`io::ErrorKind::TimedOut`]): put timeouts *inside* this layer, and anything that compresses, caches or logs bodies *outside*.
//!
//! The client's address, for `identity.headers`, is the [`Peer`] among the request's extensions;
//! without one no header is believed. What must never be here: a decision, a body that was not
//! enforced.

#![forbid(unsafe_code)]

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use privet_gateway::failure::Failure;
pub use privet_server::exchange::Refusal;
use privet_server::exchange::{Asked, Exchange, Verdict};
use privet_server::inside::Inside;
pub use privet_server::listen::Peer;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// What goes wrong with a body that passes.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An answer's body: an enforced one, a refusal's, or one that passes.
pub type AnswerBody = UnsyncBoxBody<Bytes, BoxError>;

/// Puts [`Privet`] before services.
#[derive(Debug, Clone)]
pub struct PrivetLayer {
    inside: Arc<Inside>,
}

impl PrivetLayer {
    /// A layer over a loaded configuration; `inside.reload()` works on all that were made of it.
    pub fn new(inside: Arc<Inside>) -> Self {
        Self { inside }
    }
}

impl<S> Layer<S> for PrivetLayer {
    type Service = Privet<S>;

    fn layer(&self, service: S) -> Privet<S> {
        Privet {
            inside: Arc::clone(&self.inside),
            service,
        }
    }
}

/// A service behind Privet.
#[derive(Debug, Clone)]
pub struct Privet<S> {
    inside: Arc<Inside>,
    service: S,
}

impl<S, A, B> Service<Request<A>> for Privet<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    A: Body + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<AnswerBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        // The one that is ready is taken; a clone may not be.
        let clone = self.service.clone();
        let mut service = std::mem::replace(&mut self.service, clone);
        let mut exchange = self.inside.exchange();
        Box::pin(async move {
            let is_head = request.method() == Method::HEAD;
            let request = match asked(&mut exchange, request) {
                Ok(request) => request,
                Err(refusal) => return Ok(refused(refusal, is_head)),
            };
            if exchange.is_passing() {
                let passed = service.call(request).await?;
                return Ok(passed.map(|body| body.map_err(Into::into).boxed_unsync()));
            }
            let called = service.call(request).await.map_err(Into::<BoxError>::into);
            let shown = match called {
                Ok(response) => enforced(&mut exchange, response, is_head).await,
                Err(error) => Err(broken(&mut exchange, error.as_ref())),
            };
            Ok(shown.unwrap_or_else(|refusal| refused(refusal, is_head)))
        })
    }
}

/// Decides a request, and rewrites it to what the service gets.
fn asked<A: Body>(exchange: &mut Exchange, mut request: Request<A>) -> Result<Request<A>, Refusal> {
    let target = request.uri().path_and_query();
    let verdict = exchange.request(Asked {
        method: request.method().as_str(),
        target: target.map_or("", |t| t.as_str()),
        headers: request.headers(),
        peer: request
            .extensions()
            .get::<Peer>()
            .copied()
            .unwrap_or(Peer::Unknown),
        has_body: !request.body().is_end_stream(),
    })?;
    match verdict {
        Verdict::Pass(removed) => {
            for name in removed {
                request.headers_mut().remove(name);
            }
        }
        Verdict::Forward(upward) => {
            for name in &upward.remove {
                request.headers_mut().remove(name);
            }
            request
                .headers_mut()
                .extend(upward.set().map(|(n, v)| (Some(n), v)));
            let mut parts = request.uri().clone().into_parts();
            parts.path_and_query = upward.target.parse().ok();
            match Uri::from_parts(parts) {
                Ok(uri) => *request.uri_mut() = uri,
                Err(_) => return Err(exchange.fail(Failure::Request, "no target")),
            }
        }
    }
    Ok(request)
}

async fn enforced<B>(
    exchange: &mut Exchange,
    response: Response<B>,
    is_head: bool,
) -> Result<Response<AnswerBody>, Refusal>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (parts, body) = response.into_parts();
    let has_body = !body.is_end_stream();
    let mut headers = exchange.response(parts.status.as_u16(), &parts.headers, has_body)?;
    if is_head {
        return Ok(answer(StatusCode::OK, headers, Vec::new()));
    }
    let whole = Limited::new(body, exchange.body_limit()).collect().await;
    let whole = whole.map_err(|error| broken(exchange, error.as_ref()))?;
    let body = exchange.body_later(whole.to_bytes()).await?;
    headers.insert(CONTENT_LENGTH, body.len().into());
    Ok(answer(StatusCode::OK, headers, body))
}

/// What a failure of the service becomes; late is one whose cause is `ErrorKind::TimedOut`.
fn broken(exchange: &mut Exchange, error: &(dyn Error + Send + Sync + 'static)) -> Refusal {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let known = error.downcast_ref::<io::Error>();
        if known.is_some_and(|e| e.kind() == io::ErrorKind::TimedOut) {
            return exchange.fail(Failure::Timeout, "late");
        }
        cause = error.source();
    }
    // An error's own text may have a URL in it, or a value.
    exchange.fail(Failure::Upstream, "the service failed")
}

/// A refusal; a HEAD gets its headers alone, the length of the body among them.
fn refused(refusal: Refusal, is_head: bool) -> Response<AnswerBody> {
    let status = StatusCode::from_u16(refusal.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match is_head {
        true => Vec::new(),
        false => refusal.body(),
    };
    answer(status, refusal.headers(), body)
}

fn answer(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Response<AnswerBody> {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    let mut answer = Response::new(body.boxed_unsync());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}
