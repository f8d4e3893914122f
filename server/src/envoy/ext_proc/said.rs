//! What is said to Envoy: messages, and nothing of how they come about.

use super::super::headers::{self, Head};
use crate::exchange::{Refusal, local as row};
use envoy_types::pb::envoy::config::core::v3::HeaderValueOption;
use envoy_types::pb::envoy::service::ext_proc::v3 as api;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request as Asked;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_response::Response as Said;
use envoy_types::pb::envoy::r#type::v3::HttpStatus;
use hyper::header::HeaderName;

/// Headers are set, and others taken out.
pub fn without(remove: &[HeaderName], set: Vec<HeaderValueOption>) -> api::HeaderMutation {
    let remove = remove.iter().map(|n| n.as_str().to_owned());
    mutation(set, remove.collect())
}

fn mutation(set: Vec<HeaderValueOption>, remove: Vec<String>) -> api::HeaderMutation {
    api::HeaderMutation {
        set_headers: set,
        remove_headers: remove,
    }
}

/// A head goes on with other headers.
pub fn head(mutation: api::HeaderMutation) -> api::HeadersResponse {
    api::HeadersResponse {
        response: Some(api::CommonResponse {
            header_mutation: Some(mutation),
            ..api::CommonResponse::default()
        }),
    }
}

/// Another body goes on.
pub fn body(body: Vec<u8>) -> Said {
    let length = body.len().to_string();
    let length = headers::set("content-length", length.as_bytes());
    Said::ResponseBody(api::BodyResponse {
        response: Some(api::CommonResponse {
            header_mutation: Some(mutation(vec![length], Vec::new())),
            body_mutation: Some(api::BodyMutation {
                mutation: Some(api::body_mutation::Mutation::Body(body)),
            }),
            ..api::CommonResponse::default()
        }),
    })
}

/// Trailers go on without any that came: they say nothing of a held body, and might say something of
/// the candidate.
pub fn no_trailers(message: &api::HttpTrailers) -> Said {
    let head = Head::read(message.trailers.as_ref()).unwrap_or_default();
    let remove = head.headers.keys().map(|n| n.as_str().to_owned());
    Said::ResponseTrailers(api::TrailersResponse {
        header_mutation: Some(mutation(Vec::new(), remove.collect())),
    })
}

/// An answer of Envoy's own, an earlier filter's refusal say: the row of that status, since nothing
/// of it was decided here.
pub fn local(message: &api::HttpHeaders) -> Said {
    let head = Head::read(message.headers.as_ref()).unwrap_or_default();
    let status = head.pseudo(":status").and_then(|s| s.parse::<u16>().ok());
    immediate(Refusal {
        failure: row(status.unwrap_or(0)),
    })
}

/// An answer of ours, whatever else Envoy has.
pub fn immediate(refusal: Refusal) -> Said {
    Said::ImmediateResponse(api::ImmediateResponse {
        status: Some(HttpStatus {
            code: i32::from(refusal.status()),
        }),
        headers: Some(api::HeaderMutation {
            set_headers: headers::of(&refusal.headers()),
            remove_headers: Vec::new(),
        }),
        body: refusal.body(),
        ..api::ImmediateResponse::default()
    })
}

/// Nothing is changed.
pub fn as_it_is(asked: &Asked) -> Said {
    let headers = api::HeadersResponse { response: None };
    let body = api::BodyResponse { response: None };
    let trailers = api::TrailersResponse {
        header_mutation: None,
    };
    match asked {
        Asked::RequestHeaders(_) => Said::RequestHeaders(headers),
        Asked::ResponseHeaders(_) => Said::ResponseHeaders(headers),
        Asked::RequestBody(_) => Said::RequestBody(body),
        Asked::ResponseBody(_) => Said::ResponseBody(body),
        Asked::RequestTrailers(_) => Said::RequestTrailers(trailers),
        Asked::ResponseTrailers(_) => Said::ResponseTrailers(trailers),
    }
}
