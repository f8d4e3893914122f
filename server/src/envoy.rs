//! Envoy's filters over gRPC: `ext_authz` (decisions) and `ext_proc` (decisions and bodies).
//!
//! Both are served on one listener, by TCP or a Unix socket, to the configured peers only. Messages
//! are those of Envoy's API; what they mean is decided elsewhere.

mod ext_authz;
pub mod ext_proc;
mod headers;

use crate::answer::{Answer, failed};
use crate::decisions::is_peer;
use crate::listen::Peer;
use crate::server::Server;
use envoy_types::pb::envoy::service::auth::v3::authorization_server::AuthorizationServer;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessorServer;
use ext_authz::Authorizer;
use ext_proc::Processor;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use privet_gateway::failure::Failure;
use std::convert::Infallible;
use std::sync::Arc;
use tonic::codegen::Service;

/// What a message may have beside its body.
const ROOM: usize = 1 << 20;

/// Answers a call of Envoy's.
pub async fn respond(server: Arc<Server>, peer: Peer, request: Request<Incoming>) -> Answer {
    if !is_peer(&server, peer) {
        return failed(Failure::Forbidden);
    }
    let most = server
        .live()
        .config
        .limits
        .response_body_bytes
        .saturating_add(ROOM);
    let path = request.uri().path();
    if path.starts_with("/envoy.service.auth.v3.Authorization/") {
        let authorizer = AuthorizationServer::new(Authorizer { server, peer });
        return call(authorizer.max_decoding_message_size(most), request).await;
    }
    if path.starts_with("/envoy.service.ext_proc.v3.ExternalProcessor/") {
        let processor = ExternalProcessorServer::new(Processor { server, peer })
            .max_decoding_message_size(most)
            .max_encoding_message_size(usize::MAX);
        return call(processor, request).await;
    }
    failed(Failure::NotFound)
}

async fn call<S>(mut service: S, request: Request<Incoming>) -> Answer
where
    S: Service<
            Request<Incoming>,
            Response = hyper::Response<tonic::body::Body>,
            Error = Infallible,
        >,
{
    // A service of tonic's is always ready.
    match service.call(request).await {
        Ok(response) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
        Err(never) => match never {},
    }
}
