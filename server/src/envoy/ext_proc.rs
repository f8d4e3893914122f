//! `ext_proc`: decisions when a request comes, bodies when its answer does.
//!
//! Envoy must send request headers, response headers and the buffered response body. Whatever comes
//! in another order ends the stream, and Envoy, told to, then fails closed. A local answer of
//! Envoy's own passes here too: it is answered by the table of failures, never as it is.

mod said;

use super::headers::{self, Head};
use crate::answer::revised;
use crate::ask::{Incoming, Matched};
use crate::enforce::Case;
use crate::listen::Peer;
use crate::live::{Enforced, Live, RouteKind};
use crate::metrics::Door;
use crate::proxy::{enforced, shown, target};
use crate::server::Server;
use envoy_types::pb::envoy::service::ext_proc::v3 as api;
use envoy_types::pb::envoy::service::ext_proc::v3::external_processor_server::ExternalProcessor;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_request::Request as Asked;
use envoy_types::pb::envoy::service::ext_proc::v3::processing_response::Response as Said;
use hyper::body::Bytes;
use hyper::{Method, Uri, header};
use privet_gateway::coding::Coding;
use privet_gateway::decide::{Decision, Question};
use privet_gateway::exchange;
use privet_gateway::failure::Failure;
use std::fmt;
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
        let mut incoming = request.into_inner();
        let (answers, stream) = mpsc::channel(1);
        let mut exchange = Exchange::new(Arc::clone(&self.server), self.peer);
        // Where this ends without an answer, by a panic too, the stream ends and Envoy refuses.
        tokio::spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                let answer = match message.request {
                    Some(asked) => exchange.step(asked),
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

/// One request and its answer, wholly of one revision: what Envoy's messages are answered with.
pub struct Exchange {
    server: Arc<Server>,
    live: Arc<Live>,
    peer: Peer,
    state: State,
}

enum State {
    /// Nothing came yet.
    Fresh,
    /// Nothing is enforced.
    Passing,
    /// A question stands; the decision too, unless it waits for the body.
    Asked(Box<Pending>),
    /// The answer was admitted, and its body is awaited, in a coding that is undone first.
    Admitted(Box<Pending>, Option<Coding>),
    /// All was said.
    Done,
}

struct Pending {
    path: String,
    is_head: bool,
    question: Question,
    decision: Option<Decision>,
}

type Step = Result<Said, Status>;

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

impl Exchange {
    /// An exchange of which nothing came yet.
    pub fn new(server: Arc<Server>, peer: Peer) -> Self {
        Self {
            live: server.live(),
            server,
            peer,
            state: State::Fresh,
        }
    }

    /// The answer to the next message.
    ///
    /// # Errors
    ///
    /// A message that must not come now; the stream then ends.
    pub fn step(&mut self, asked: Asked) -> Step {
        let state = std::mem::replace(&mut self.state, State::Done);
        match (state, asked) {
            (State::Fresh, Asked::RequestHeaders(message)) => Ok(self.request(&message)),
            (State::Fresh, Asked::ResponseHeaders(message)) => Ok(said::local(&message)),
            (State::Asked(pending), Asked::ResponseHeaders(message)) => {
                Ok(self.response(pending, &message))
            }
            (State::Admitted(pending, coding), Asked::ResponseBody(message)) => {
                Ok(self.body(&pending, coding, message.body))
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
        match self.ask(message) {
            Ok((state, said)) => {
                self.state = state;
                said
            }
            Err(failure) => self.refused(failure),
        }
    }

    fn ask(&self, message: &api::HttpHeaders) -> Result<(State, Said), Failure> {
        let head = Head::read(message.headers.as_ref()).ok_or(Failure::Request)?;
        let method: Method = head
            .pseudo(":method")
            .and_then(|m| m.parse().ok())
            .ok_or(Failure::Request)?;
        let uri: Uri = head
            .pseudo(":path")
            .filter(|p| p.starts_with('/'))
            .and_then(|p| p.parse().ok())
            .ok_or(Failure::Request)?;
        let matched = self.live.route(uri.path())?;
        let route = match &matched.route.kind {
            RouteKind::Pass(methods) if methods.contains(&method) => {
                let said = Said::RequestHeaders(api::HeadersResponse { response: None });
                return Ok((State::Passing, said));
            }
            RouteKind::Pass(_) => return Err(Failure::Method),
            RouteKind::Enforced(route) => route,
        };
        if !message.end_of_stream {
            return Err(Failure::Request);
        }
        let incoming = Incoming {
            method: &method,
            path: uri.path(),
            query: uri.query(),
            headers: &head.headers,
            peer: self.peer,
        };
        let question = self.live.question(route, &matched.places, incoming)?;
        let waits = self.live.config.facts.envelope.is_some() || route.list.is_some();
        let decision = match waits {
            true => None,
            false => Some(self.case(route).decide_open(question.clone())?),
        };
        let said = self.upward(&matched, &head, uri.query())?;
        let pending = Pending {
            path: uri.path().to_owned(),
            is_head: method == Method::HEAD,
            question,
            decision,
        };
        Ok((State::Asked(Box::new(pending)), said))
    }

    /// What goes up: the path of the configuration, no condition, no range, no coding.
    fn upward(
        &self,
        matched: &Matched<'_>,
        head: &Head,
        query: Option<&str>,
    ) -> Result<Said, Failure> {
        let path = target(matched, query)?;
        let conditions = [
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE,
            header::RANGE,
        ];
        let removed = conditions
            .iter()
            .filter(|name| head.headers.contains_key(*name));
        let mut remove: Vec<String> = removed.map(|n| n.as_str().to_owned()).collect();
        remove.extend(
            self.live
                .identity
                .secret_headers()
                .into_iter()
                .map(str::to_owned),
        );
        let set = vec![
            headers::set(":path", path.as_bytes()),
            headers::set("accept", b"application/json"),
            headers::set("accept-encoding", b"identity"),
        ];
        Ok(Said::RequestHeaders(said::head(said::mutation(
            set, remove,
        ))))
    }

    fn response(&mut self, pending: Box<Pending>, message: &api::HttpHeaders) -> Said {
        match self.admit(&pending, message) {
            Ok((said, coding)) => {
                self.state = match pending.is_head {
                    true => State::Done,
                    false => State::Admitted(pending, coding),
                };
                said
            }
            Err(failure) => self.refused(failure),
        }
    }

    fn admit(
        &self,
        pending: &Pending,
        message: &api::HttpHeaders,
    ) -> Result<(Said, Option<Coding>), Failure> {
        let head = Head::read(message.headers.as_ref()).ok_or(Failure::Upstream)?;
        let all = |name: &header::HeaderName| {
            let values = head.headers.get_all(name).iter();
            let list = values
                .map(|v| v.to_str().unwrap_or("?"))
                .collect::<Vec<_>>()
                .join(",");
            head.headers.contains_key(name).then_some(list)
        };
        let (content_type, codings) = (all(&header::CONTENT_TYPE), all(&header::CONTENT_ENCODING));
        let status = head
            .pseudo(":status")
            .and_then(|s| s.parse().ok())
            .unwrap_or(0);
        let admitted = exchange::Head {
            status,
            content_type: content_type.as_deref(),
            content_encoding: codings.as_deref(),
        }
        .admit(&self.live.config.limits.codings);
        let route = self.route(&pending.path)?;
        let case = self.case(route);
        let coding = admitted.inspect_err(|failure| {
            let why = format!("status {status}, or a body that is no plain JSON");
            case.upstream_failed(pending.decision.as_ref(), &pending.question, *failure, &why);
        })?;
        match (&pending.decision, pending.is_head, message.end_of_stream) {
            (Some(decision), true, _) => case.admit(decision)?,
            // Without a body there is no item to decide, and no envelope.
            (None, true, _) if route.list.is_none() => return Err(Failure::Decision),
            (_, true, _) => {}
            (_, false, true) => return Err(Failure::Upstream),
            (_, false, false) => {}
        }
        let answer = shown(Vec::new(), &pending.question.view, true);
        let answer = revised(answer, &self.live.revision);
        let ours = headers::of(&answer);
        let kept = |name: &header::HeaderName| answer.headers().contains_key(name);
        let remove = head
            .headers
            .keys()
            .filter(|n| !kept(n))
            .map(|n| n.as_str().to_owned());
        if pending.is_head {
            self.server.metrics.answer(Door::ExtProc, None);
        }
        let mutation = said::mutation(ours, remove.collect());
        Ok((Said::ResponseHeaders(said::head(mutation)), coding))
    }

    fn body(&self, pending: &Pending, coding: Option<Coding>, body: Vec<u8>) -> Said {
        match self.enforce(pending, coding, body) {
            Ok(body) => {
                self.server.metrics.answer(Door::ExtProc, None);
                said::body(body)
            }
            Err(failure) => self.refused(failure),
        }
    }

    fn enforce(
        &self,
        pending: &Pending,
        coding: Option<Coding>,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        let case = self.case(self.route(&pending.path)?);
        let most = self.live.config.limits.response_body_bytes;
        let failed = |why: &dyn std::fmt::Display| {
            let (decision, question) = (pending.decision.as_ref(), &pending.question);
            case.upstream_failed(decision, question, Failure::Upstream, &why.to_string());
            Failure::Upstream
        };
        let body = match coding {
            None if body.len() > most => return Err(failed(&"the body is larger than the limit")),
            None => body,
            Some(coding) => coding.undo(&body, most).map_err(|e| failed(&e))?,
        };
        enforced(
            &case,
            pending.question.clone(),
            pending.decision.as_ref(),
            &Bytes::from(body),
            false,
        )
    }

    fn route(&self, path: &str) -> Result<&Enforced, Failure> {
        match &self.live.route(path)?.route.kind {
            RouteKind::Enforced(route) => Ok(route),
            RouteKind::Pass(_) => Err(Failure::Internal),
        }
    }

    fn case<'a>(&'a self, enforced: &'a Enforced) -> Case<'a> {
        Case {
            live: &self.live,
            enforced,
            door: Door::ExtProc,
            metrics: &self.server.metrics,
        }
    }

    fn refused(&self, failure: Failure) -> Said {
        self.server.metrics.answer(Door::ExtProc, Some(failure));
        said::immediate(failure)
    }
}
