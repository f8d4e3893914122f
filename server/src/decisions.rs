//! Decisions over HTTP, for gateways that ask before they let a request through: what each of them
//! sends is translated to a request, and the table of failures back.
//!
//! Only peers of the configuration are answered. No body of a résumé is known here.

mod authzen;
mod check;

pub use check::{decide, whole};

use crate::answer::{Answer, answer, failed};
use crate::listen::Peer;
use crate::server::Server;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use privet_gateway::failure::Failure;
use std::sync::Arc;

/// Answers a gateway.
pub async fn respond(server: Arc<Server>, peer: Peer, request: Request<Incoming>) -> Answer {
    if !is_peer(&server, peer) {
        return failed(Failure::Forbidden);
    }
    let live = server.live();
    let path = request.uri().path();
    if let Some(name) = path.strip_prefix("/failures/") {
        return failed(Failure::from_name(name).unwrap_or(Failure::NotFound));
    }
    if path == authzen::METADATA || path.starts_with("/access/v1/") {
        return authzen::respond(&server, &live, request).await;
    }
    match path {
        "/forward_auth" => check::respond(&server, &live, peer, &request, check::Style::Forward),
        "/auth_request" => check::respond(&server, &live, peer, &request, check::Style::Nginx),
        _ if path.starts_with("/ext_authz/") => {
            check::respond(&server, &live, peer, &request, check::Style::Envoy)
        }
        "/" if *request.method() == Method::GET => {
            answer(StatusCode::OK, "text/plain", b"privet decisions\n".to_vec())
        }
        _ => failed(Failure::NotFound),
    }
}

/// Whether a peer may ask.
pub fn is_peer(server: &Server, peer: Peer) -> bool {
    match peer {
        Peer::Tcp(address) => server.live().config.server.peers.contains(address),
        Peer::Unix => true,
        Peer::Unknown => false,
    }
}
