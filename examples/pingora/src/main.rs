//! A proxy on Pingora that enforces in its own process:
//! `privet-pingora-example privet.toml 127.0.0.1:8090 127.0.0.1:9000`.
//!
//! What is enforced is answered in Pingora's request filter, over Pingora's own connections to the
//! service: its later phases hand a body on in pieces, after the status has been sent, and a body
//! that cannot be enforced must be a 502. What passes goes through Pingora as ever.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use http::header::CONTENT_LENGTH;
use pingora_core::connectors::http::Connector;
use pingora_core::protocols::http::client::HttpSession;
use pingora_core::server::Server;
use pingora_core::server::configuration::ServerConf;
use pingora_core::upstreams::peer::HttpPeer;
use pingora_core::{Error, ErrorType, Result};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::{ProxyHttp, Session, http_proxy_service};
use privet_gateway::failure::Failure;
use privet_server::exchange::{Asked, Exchange, Refusal, Upward, Verdict};
use privet_server::inside::Inside;
use privet_server::listen::Peer;
use std::time::Duration;

struct Enforcing {
    inside: Inside,
    service: HttpPeer,
    connector: Connector,
}

#[async_trait]
impl ProxyHttp for Enforcing {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(&self, _: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        Ok(Box::new(self.service.clone()))
    }

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> Result<bool> {
        let mut exchange = self.inside.exchange();
        let client = session.client_addr().and_then(|a| a.as_inet().copied());
        let has_body = !session.is_body_empty();
        let head = session.req_header();
        let verdict = exchange.request(Asked {
            method: head.method.as_str(),
            target: str::from_utf8(head.raw_path()).unwrap_or_default(),
            headers: &head.headers,
            peer: client.map_or(Peer::Unknown, |a| Peer::Tcp(a.ip())),
            has_body,
        });
        let answer = match verdict {
            Ok(Verdict::Pass(removed)) => {
                for name in removed {
                    session.req_header_mut().remove_header(&name);
                }
                return Ok(false);
            }
            Ok(Verdict::Forward(upward)) => self.enforced(&mut exchange, head, upward).await?,
            Err(refusal) => Err(refusal),
        };
        send(session, answer).await?;
        Ok(true)
    }
}

/// The head and the body of an answer that is shown.
type Shown = (ResponseHeader, Bytes);

impl Enforcing {
    /// Asks the service, and enforces its whole answer.
    async fn enforced(
        &self,
        exchange: &mut Exchange,
        asked: &RequestHeader,
        upward: Upward,
    ) -> Result<Result<Shown, Refusal>> {
        let mut head = asked.clone();
        for name in &upward.remove {
            head.remove_header(name);
        }
        for (name, value) in upward.set() {
            head.insert_header(name, value)?;
        }
        head.set_raw_path(upward.target.as_bytes())?;
        let is_head = head.method == Method::HEAD;
        let (mut service, _) = match self.connector.get_http_session(&self.service).await {
            Ok(connected) => connected,
            Err(error) => return Ok(Err(failed(exchange, &error))),
        };
        let answer = match ask(&mut service, head, exchange, is_head).await {
            Ok(answer) => answer,
            // The connection is given up.
            Err(error) => return Ok(Err(failed(exchange, &error))),
        };
        if service.response_done() {
            let idle = Some(Duration::from_secs(30));
            self.connector
                .release_http_session(service, &self.service, idle)
                .await;
        }
        Ok(answer)
    }
}

async fn ask(
    service: &mut HttpSession,
    head: RequestHeader,
    exchange: &mut Exchange,
    is_head: bool,
) -> Result<Result<Shown, Refusal>> {
    service.set_read_timeout(Some(Duration::from_secs(3)));
    service.write_request_header(Box::new(head)).await?;
    service.finish_request_body().await?;
    service.read_response_header().await?;
    let Some(head) = service.response_header() else {
        return Error::e_explain(ErrorType::InvalidHTTPHeader, "no head");
    };
    let ours = match exchange.response(head.status.as_u16(), &head.headers, !is_head) {
        Ok(ours) => ours,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut body = Vec::new();
    if !is_head {
        while let Some(piece) = service.read_response_body().await? {
            body.extend_from_slice(&piece);
            if body.len() > exchange.body_limit() {
                return Ok(Err(exchange.fail(Failure::Upstream, "too long a body")));
            }
        }
        body = match exchange.body_later(body).await {
            Ok(body) => body,
            Err(refusal) => return Ok(Err(refusal)),
        };
    }
    let mut shown = ResponseHeader::build(200, Some(ours.len() + 1))?;
    for (name, value) in &ours {
        shown.append_header(name, value)?;
    }
    if !is_head {
        shown.insert_header(CONTENT_LENGTH, body.len())?;
    }
    Ok(Ok((shown, body.into())))
}

/// What a failure of the service becomes.
fn failed(exchange: &mut Exchange, error: &Error) -> Refusal {
    let failure = match error.etype() {
        ErrorType::ReadTimedout | ErrorType::ConnectTimedout | ErrorType::WriteTimedout => {
            Failure::Timeout
        }
        _ => Failure::Upstream,
    };
    exchange.fail(failure, error.etype().as_str())
}

async fn send(session: &mut Session, answer: Result<Shown, Refusal>) -> Result<()> {
    let (head, body) = match answer {
        Ok(shown) => shown,
        Err(refusal) => {
            let mut head = ResponseHeader::build(refusal.status(), None)?;
            for (name, value) in &refusal.headers() {
                head.append_header(name, value)?;
            }
            (head, refusal.body().into())
        }
    };
    let is_head = session.req_header().method == Method::HEAD;
    session
        .write_response_header(Box::new(head), is_head)
        .await?;
    if !is_head {
        session.write_response_body(Some(body), true).await?;
    }
    Ok(())
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, listen, service] = arguments.as_slice() else {
        return Err("usage: privet-pingora-example privet.toml LISTEN UPSTREAM".into());
    };
    // Pingora waits five minutes after SIGTERM; an example need not.
    let settings = ServerConf {
        grace_period_seconds: Some(1),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, settings);
    server.bootstrap();
    let enforcing = Enforcing {
        // After `bootstrap`, which may fork.
        inside: Inside::open(config.as_ref())?,
        service: HttpPeer::new(service.as_str(), false, String::new()),
        connector: Connector::new(None),
    };
    let mut proxy = http_proxy_service(&server.configuration, enforcing);
    proxy.add_tcp(listen);
    server.add_service(proxy);
    server.run_forever();
}
