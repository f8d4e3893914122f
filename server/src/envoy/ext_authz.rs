//! `ext_authz` over gRPC: a request is let through, or answered by the table of failures.

use super::headers;
use crate::answer::{REVISION, failed};
use crate::ask::Incoming;
use crate::decisions::{decide, whole};
use crate::listen::Peer;
use crate::metrics::Door;
use crate::server::Server;
use crate::trace::Span;
use envoy_types::pb::envoy::service::auth::v3::authorization_server::Authorization;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;
use envoy_types::pb::envoy::service::auth::v3::{
    CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse,
};
use envoy_types::pb::envoy::r#type::v3::HttpStatus;
use envoy_types::pb::google::rpc;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use privet_gateway::failure::Failure;
use std::sync::Arc;
use tonic::{Request, Response, Status};

/// The service, for one connection's peer.
#[derive(Debug)]
pub struct Authorizer {
    pub server: Arc<Server>,
    pub peer: Peer,
}

#[tonic::async_trait]
impl Authorization for Authorizer {
    async fn check(
        &self,
        request: Request<CheckRequest>,
    ) -> Result<Response<CheckResponse>, Status> {
        let live = self.server.live();
        let decided = read(request.get_ref()).and_then(|(method, uri, mut headers)| {
            // Envoy's span, in which it asks, is nearer than the one that its client asked in.
            let metadata = request.metadata().as_ref();
            Span::adopt(self.server.tracer.as_ref(), metadata, &mut headers);
            let incoming = Incoming {
                method: &method,
                path: uri.path(),
                query: uri.query(),
                headers: &headers,
                peer: self.peer,
            };
            decide(&self.server, &live, incoming, Door::ExtAuthz)
        });
        self.server
            .metrics
            .answer(Door::ExtAuthz, decided.as_ref().err().copied());
        let (code, answer) = match decided {
            Ok(_) => (
                0,
                HttpResponse::OkResponse(OkHttpResponse {
                    response_headers_to_add: Vec::new(),
                    headers: vec![headers::set(REVISION.as_str(), live.revision.as_bytes())],
                    ..OkHttpResponse::default()
                }),
            ),
            Err(failure) => (
                failure.row().grpc,
                HttpResponse::DeniedResponse(denied(failure)),
            ),
        };
        Ok(Response::new(CheckResponse {
            status: Some(rpc::Status {
                code,
                ..rpc::Status::default()
            }),
            http_response: Some(answer),
            ..CheckResponse::default()
        }))
    }
}

/// The client's request.
fn read(check: &CheckRequest) -> Result<(Method, Uri, HeaderMap), Failure> {
    let attributes = check.attributes.as_ref();
    let http = attributes
        .and_then(|a| a.request.as_ref())
        .and_then(|r| r.http.as_ref());
    let http = http.ok_or(Failure::Request)?;
    let mut headers = HeaderMap::new();
    let several = http.header_map.as_ref().map(|map| &map.headers);
    for header in several
        .into_iter()
        .flatten()
        .filter(|h| !h.key.starts_with(':'))
    {
        let value = match header.raw_value.is_empty() {
            true => header.value.as_bytes(),
            false => &header.raw_value,
        };
        append(&mut headers, &header.key, value)?;
    }
    for (name, value) in http.headers.iter().filter(|(n, _)| !n.starts_with(':')) {
        append(&mut headers, name, value.as_bytes())?;
    }
    let method = http.method.parse().map_err(|_| Failure::Request)?;
    Ok((method, whole(&http.path)?, headers))
}

fn append(headers: &mut HeaderMap, name: &str, value: &[u8]) -> Result<(), Failure> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Request)?;
    let value = HeaderValue::from_bytes(value).map_err(|_| Failure::Request)?;
    headers.append(name, value);
    Ok(())
}

fn denied(failure: Failure) -> DeniedHttpResponse {
    DeniedHttpResponse {
        status: Some(HttpStatus {
            code: i32::from(failure.row().status),
        }),
        headers: headers::of(failed(failure).headers()),
        body: String::from_utf8(failure.body()).unwrap_or_default(),
    }
}
