//! `ext_proc`: decisions when a request comes, bodies when its answer does.
//!
//! Envoy must send request headers, response headers and the buffered response body. Whatever comes
//! in another order ends the stream, and Envoy, told to, then fails closed. A local answer of
//! Envoy's own passes here too: it is answered by the table of failures, never as it is.

mod said;

use super::headers::{self, Head};
use crate::exchange::{self, Verdict};
use crate::listen::Peer;
use crate::metrics::Door;
use crate::server::Server;
use crate::trace::{Span, Tracer};
use envoy_types::pb::envoy::service::ext_proc::v3 as api;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessor;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request as Asked;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_response::Response as Said;
use hyper::header::HeaderMap;
use privet_gateway::failure::Failure;
use std::sync::Arc;
use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// The service, for one connection's peer.
#[derive(Debug)]
pub struct Processor {
    /// What is live.
    pub server: Arc<Server>,
    /// Who is at the other end.
    pub peer: Peer,
}

#[tonic::async_trait]
impl ExternalProcessor for Processor {
    type ProcessStream = ReceiverStream<Result<api::ProcessingResponse, Status>>;

    async fn process(
        &self,
        request: Request<Streaming<api::ProcessingRequest>>,
    ) -> Result<Response<Self::ProcessStream>, Status> {
        let (metadata, _, mut incoming) = request.into_parts();
        let (answers, stream) = mpsc::channel(1);
        let mut exchange = Exchange::new(Arc::clone(&self.server), self.peer);
        exchange.metadata = metadata.into_headers();
        // Where this ends without an answer, by a panic too, the stream ends and Envoy refuses.
        tokio::spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                let answer = match message.request {
                    Some(asked) => exchange.step(asked).await,
                    None => Err(Status::invalid_argument("an empty message")),
                };
                let is_last = answer.is_err();
                let answer = answer.map(|said| api::ProcessingResponse {
                    response: Some(said),
                    ..api::ProcessingResponse::default()
                });
                if answers.send(answer).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// One stream of messages: what Envoy asks about one exchange, and what it is answered with.
#[derive(Debug)]
pub struct Exchange {
    exchange: exchange::Exchange,
    tracer: Option<Arc<Tracer>>,
    peer: Peer,
    /// Of the stream: Envoy's own span is named there.
    metadata: HeaderMap,
    state: State,
}

/// What was said last.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing.
    Fresh,
    /// That nothing is enforced.
    Passing,
    /// Where the request goes.
    Asked,
    /// That the answer's body may come.
    Admitted,
    /// All.
    Done,
}

/// What is said, or why the stream ends.
pub type Step = Result<Said, Status>;

impl Exchange {
    /// An exchange of which nothing came yet.
    pub fn new(server: Arc<Server>, peer: Peer) -> Self {
        Self {
            tracer: server.tracer.clone(),
            metadata: HeaderMap::new(),
            exchange: exchange::Exchange::new(server, Door::ExtProc),
            peer,
            state: State::Fresh,
        }
    }

    /// The answer to the next message; others go on while this waits for the disk.
    ///
    /// # Errors
    ///
    /// A message that must not come now; the stream then ends.
    pub async fn step(&mut self, asked: Asked) -> Step {
        let state = std::mem::replace(&mut self.state, State::Done);
        match (state, asked) {
            (State::Fresh, Asked::RequestHeaders(message)) => Ok(self.request(&message)),
            (State::Fresh, Asked::ResponseHeaders(message)) => Ok(said::local(&message)),
            (State::Asked, Asked::ResponseHeaders(message)) => Ok(self.response(&message)),
            (State::Admitted, Asked::ResponseBody(message)) => {
                let body = self.exchange.body_later(message.body).await;
                Ok(body.map_or_else(said::immediate, said::body))
            }
            (State::Done, Asked::ResponseTrailers(message)) => Ok(said::no_trailers(&message)),
            (State::Passing, asked) => {
                self.state = State::Passing;
                Ok(said::as_it_is(&asked))
            }
            _ => Err(Status::failed_precondition(
                "unexpected: send request headers, response headers and the buffered response body",
            )),
        }
    }

    fn request(&mut self, message: &api::HttpHeaders) -> Said {
        let mut head = Head::read(message.headers.as_ref());
        if let Some(head) = &mut head {
            Span::adopt(self.tracer.as_ref(), &self.metadata, &mut head.headers);
        }
        let read = head.as_ref().and_then(|head| {
            let (method, target) = (head.pseudo(":method")?, head.pseudo(":path")?);
            Some((method, target, &head.headers))
        });
        let Some((method, target, headers)) = read else {
            return said::immediate(self.exchange.fail(Failure::Request, "no head"));
        };
        let verdict = self.exchange.request(exchange::Asked {
            method,
            target,
            headers,
            peer: self.peer,
            has_body: !message.end_of_stream,
        });
        match verdict {
            Ok(Verdict::Pass(remove)) => {
                self.state = State::Passing;
                Said::RequestHeaders(said::head(said::without(&remove, Vec::new())))
            }
            Ok(Verdict::Forward(upward)) => {
                self.state = State::Asked;
                let mut set = vec![headers::set(":path", upward.target.as_bytes())];
                let ours = upward.set();
                set.extend(ours.map(|(n, v)| headers::set(n.as_str(), v.as_bytes())));
                Said::RequestHeaders(said::head(said::without(&upward.remove, set)))
            }
            Err(refusal) => said::immediate(refusal),
        }
    }

    fn response(&mut self, message: &api::HttpHeaders) -> Said {
        let Some(head) = Head::read(message.headers.as_ref()) else {
            return said::immediate(self.exchange.fail(Failure::Upstream, "no head"));
        };
        let status = head.pseudo(":status").and_then(|s| s.parse().ok());
        let has_body = !message.end_of_stream;
        let shown = self
            .exchange
            .response(status.unwrap_or(0), &head.headers, has_body);
        match shown {
            Ok(ours) => {
                self.state = match has_body {
                    true => State::Admitted,
                    false => State::Done,
                };
                let removed = head.headers.keys().filter(|n| !ours.contains_key(*n));
                let removed: Vec<_> = removed.cloned().collect();
                let mutation = said::without(&removed, headers::of(&ours));
                Said::ResponseHeaders(said::head(mutation))
            }
            Err(refusal) => said::immediate(refusal),
        }
    }
}
