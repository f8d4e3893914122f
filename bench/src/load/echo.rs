//! An `ext_proc` server that reads each body and gives it back: what the protocol itself costs.
//!
//! It answers the messages that `privet serve` answers, and decides nothing.

use super::accept;
use anyhow::Result;
use envoy_types::pb::envoy::config::core::v3::{HeaderValue, HeaderValueOption};
use envoy_types::pb::envoy::service::ext_proc::v3 as api;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::{
    ExternalProcessor, ExternalProcessorServer,
};
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request as Asked;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_response::Response as Said;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use tokio::sync::mpsc;
use tonic::codegen::Service as _;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

#[derive(Debug, Clone, Copy)]
struct Echo;

#[tonic::async_trait]
impl ExternalProcessor for Echo {
    type ProcessStream = ReceiverStream<Result<api::ProcessingResponse, Status>>;

    async fn process(
        &self,
        request: Request<Streaming<api::ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let mut incoming = request.into_inner();
        let (answers, stream) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                let response = message.request.map(said);
                let answer = api::ProcessingResponse {
                    response,
                    ..api::ProcessingResponse::default()
                };
                if answers.send(Ok(answer)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

fn said(asked: Asked) -> Said {
    match asked {
        Asked::RequestHeaders(_) => Said::RequestHeaders(api::HeadersResponse { response: None }),
        Asked::ResponseHeaders(_) => Said::ResponseHeaders(api::HeadersResponse { response: None }),
        Asked::RequestBody(_) => Said::RequestBody(api::BodyResponse { response: None }),
        Asked::ResponseBody(message) => Said::ResponseBody(api::BodyResponse {
            response: Some(echoed(message.body)),
        }),
        Asked::RequestTrailers(_) => Said::RequestTrailers(api::TrailersResponse::default()),
        Asked::ResponseTrailers(_) => Said::ResponseTrailers(api::TrailersResponse::default()),
    }
}

fn echoed(body: Vec<u8>) -> api::CommonResponse {
    let length = HeaderValueOption {
        header: Some(HeaderValue {
            key: "content-length".to_owned(),
            raw_value: body.len().to_string().into_bytes(),
            ..HeaderValue::default()
        }),
        ..HeaderValueOption::default()
    };
    api::CommonResponse {
        header_mutation: Some(api::HeaderMutation {
            set_headers: vec![length],
            remove_headers: Vec::new(),
        }),
        body_mutation: Some(api::BodyMutation {
            mutation: Some(api::body_mutation::Mutation::Body(body)),
        }),
        ..api::CommonResponse::default()
    }
}

/// Serves until the process ends, on as many threads as `privet serve` has.
///
/// # Errors
///
/// As [`accept::serve`].
pub fn serve(ready: impl FnMut(&str)) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    accept::serve(&runtime, "grpc", ready, |stream| {
        let service = service_fn(|request: hyper::Request<Incoming>| async {
            ExternalProcessorServer::new(Echo).call(request).await
        });
        async move {
            let builder = auto::Builder::new(TokioExecutor::new()).http2_only();
            builder.serve_connection(stream, service).await
        }
    })
}
