//! The request: what is asked, what is decided before the service is, and what goes up.

use super::{Asked, Exchange, Pending, State, Upward, Verdict};
use crate::ask::{Incoming, Matched};
use crate::decisions::whole;
use crate::live::RouteKind;
use crate::proxy::target;
use crate::trace;
use hyper::Method;
use hyper::header::{self, HeaderMap, HeaderName};
use privet_gateway::failure::Failure;
use std::sync::Arc;

impl Exchange {
    pub(super) fn ask(&self, asked: Asked<'_>) -> Result<(State, Verdict), Failure> {
        let method: Method = asked.method.parse().map_err(|_| Failure::Request)?;
        let uri = whole(asked.target)?;
        let matched = self.live.route(uri.path())?;
        self.span.route(&method, &matched.route.name);
        let route = match &matched.route.kind {
            RouteKind::Pass(methods) if methods.contains(&method) => {
                return Ok((State::Passing, Verdict::Pass(self.secret(asked.headers))));
            }
            RouteKind::Pass(_) => return Err(Failure::Method),
            RouteKind::Enforced(route) => route,
        };
        // A body is no part of a question, and might hide another request.
        if asked.has_body {
            return Err(Failure::Request);
        }
        let incoming = Incoming {
            method: &method,
            path: uri.path(),
            query: uri.query(),
            headers: asked.headers,
            peer: asked.peer,
        };
        let place = self.server.place(&self.live)?;
        let question = Arc::new(self.live.question(route, &matched.places, incoming)?);
        let waits = self.live.config.facts.envelope.is_some() || route.list.is_some();
        let decision = match waits {
            true => None,
            false => Some(self.case(route).decide_open(Arc::clone(&question))?),
        };
        let upward = self.upward(&matched, asked.headers, uri.query())?;
        let pending = Pending {
            path: uri.path().to_owned(),
            is_head: method == Method::HEAD,
            question,
            decision,
            _place: place,
        };
        Ok((State::Asked(Box::new(pending)), Verdict::Forward(upward)))
    }

    /// The headers of a request that say who asks: they never go up.
    fn secret(&self, headers: &HeaderMap) -> Vec<HeaderName> {
        let names = self.live.secret_headers().into_iter();
        let names = names.filter_map(|n| HeaderName::from_bytes(n.as_bytes()).ok());
        names.filter(|n| headers.contains_key(n)).collect()
    }

    /// What goes up: the path of the configuration, no condition, no range, no coding.
    fn upward(
        &self,
        matched: &Matched<'_>,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Upward, Failure> {
        let conditions = [
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE,
            header::RANGE,
        ];
        let mut remove = self.secret(headers);
        remove.extend(conditions.into_iter().filter(|n| headers.contains_key(n)));
        let traceparent = self.span.traceparent();
        if self.server.tracer.is_some() && trace::Parent::of(headers).is_none() {
            let names = [trace::TRACEPARENT, trace::TRACESTATE].into_iter();
            let names = names.filter(|n| traceparent.is_none() || *n != trace::TRACEPARENT);
            remove.extend(names.filter(|n| headers.contains_key(n)));
        }
        Ok(Upward {
            target: target(matched, query)?,
            traceparent,
            remove,
        })
    }
}
