//! From a request of any protocol to a question: route, caller, view, context.
//!
//! What a client says is only its path, what it declares from a list, and its credentials. No fact
//! comes from here.

use crate::config::{ContextConfig, ViewConfig};
use crate::identity::{Caller, single};
use crate::listen::Peer;
use crate::live::{Enforced, Live, Route, RouteKind};
use crate::route::{self, Places};
use hyper::Method;
use hyper::header::HeaderMap;
use privet_gateway::decide::Question;
use privet_gateway::failure::Failure;
use privet_gateway::uid::Uid;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// A request, as every protocol can tell it.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path, still encoded.
    pub path: &'r str,
    /// The query without `?`.
    pub query: Option<&'r str>,
    /// The headers.
    pub headers: &'r HeaderMap,
    /// Who sent it.
    pub peer: Peer,
}

/// A route that matched, with the values of its places.
#[derive(Debug)]
pub struct Matched<'l> {
    /// The route.
    pub route: &'l Route,
    /// The places.
    pub places: Places,
}

impl Live {
    /// The route of a path, by the first pattern that matches.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] where there is none, and where a route with places would pass what an
    /// enforced one asks the service for, in whatever letters.
    pub fn route(&self, path: &str) -> Result<Matched<'_>, Failure> {
        let segments = route::segments(path).ok_or(Failure::NotFound)?;
        let mut routes = self.routes.iter();
        let found = routes.find_map(|route| {
            let places = route.pattern.matches(&segments)?;
            Some(Matched { route, places })
        });
        let found = found.ok_or(Failure::NotFound)?;
        match found.route.is_open() && self.is_enforced(&segments) {
            true => Err(Failure::NotFound),
            false => Ok(found),
        }
    }

    /// Whether a path may be read as one that is enforced, here or further up.
    fn is_enforced(&self, segments: &[String]) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|route| {
            let is_enforced = matches!(route.kind, RouteKind::Enforced(_));
            is_enforced && (route.pattern.may_be(segments) || route.upstream.may_be(segments))
        })
    }

    /// The headers of a request that say who asks, and for which job: they never go up.
    pub fn secret_headers(&self) -> Vec<&str> {
        let context = self.config.context.values();
        let trusted = context.filter_map(|c| c.trusted_header.as_deref());
        let mut headers = self.identity.secret_headers();
        headers.extend(trusted);
        headers
    }

    /// The methods of a path.
    pub fn methods(&self, path: &str) -> Vec<Method> {
        match self.route(path).map(|matched| &matched.route.kind) {
            Ok(RouteKind::Pass(methods)) => methods.clone(),
            _ => vec![Method::GET, Method::HEAD],
        }
    }

    /// What a request asks on an enforced route. The résumé of a list's question is its item's, so
    /// it has an empty id until then.
    ///
    /// # Errors
    ///
    /// Another method than GET and HEAD, a caller who is not believed, a view that is unknown, a
    /// parameter that stands twice, an id that is too long.
    pub fn question(
        &self,
        enforced: &Enforced,
        places: &Places,
        request: Incoming<'_>,
    ) -> Result<Question, Failure> {
        if !matches!(*request.method, Method::GET | Method::HEAD) {
            return Err(Failure::Method);
        }
        let caller = self.identity.caller(request.headers, request.peer)?;
        let view = self.view(enforced, request)?;
        let id = match &enforced.resource_id {
            Some(place) => places.get(place).ok_or(Failure::NotFound)?,
            None => "",
        };
        let most = self.config.limits.id_bytes;
        if id.len() > most {
            return Err(Failure::NotFound);
        }
        if caller.principal.id.len() > most {
            return Err(Failure::Unauthenticated);
        }
        Ok(Question {
            resource: Uid::new(&enforced.resource_type, id),
            view,
            context: self.context(&caller, places, request)?,
            principal: caller.principal,
            now: now(),
        })
    }

    fn view(&self, enforced: &Enforced, request: Incoming<'_>) -> Result<String, Failure> {
        let view = match &enforced.view {
            ViewConfig::Fixed(view) => view.clone(),
            ViewConfig::Query(from) => {
                let query = request.query.unwrap_or_default();
                let named = route::parameter(query, &from.query)?;
                match (named, &from.default) {
                    (Some(view), _) => view.into_owned(),
                    (None, Some(default)) => default.clone(),
                    (None, None) => return Err(Failure::Request),
                }
            }
        };
        match enforced.has_view(&view) {
            true => Ok(view),
            false => Err(Failure::Request),
        }
    }

    /// The parts of the context that the request brings.
    fn context(
        &self,
        caller: &Caller,
        places: &Places,
        request: Incoming<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let mut context = Map::new();
        for (name, config) in &self.config.context {
            if let Some(set) = &config.set {
                let ids = set.iter().map(|id| Uid::new(&config.entity, id).to_json());
                context.insert(name.clone(), ids.collect());
                continue;
            }
            let id = part(config, caller, places, request)?;
            let admitted = |id: &String| {
                let listed = config.values.as_ref().is_none_or(|v| v.contains(id));
                listed && !id.is_empty() && id.len() <= self.config.limits.id_bytes
            };
            if let Some(id) = id.filter(admitted) {
                context.insert(name.clone(), Uid::new(&config.entity, id).to_json());
            }
        }
        Ok(context)
    }
}

/// The id that a source of the context gives.
fn part(
    config: &ContextConfig,
    caller: &Caller,
    places: &Places,
    request: Incoming<'_>,
) -> Result<Option<String>, Failure> {
    let header = |name: &str| {
        let value = single(request.headers, name).map_err(|_| Failure::Request)?;
        Ok(value.map(str::to_owned))
    };
    if let Some(claim) = &config.claim {
        let value = caller.claims.get(claim).and_then(Value::as_str);
        return Ok(value.map(str::to_owned));
    }
    if let Some(name) = &config.trusted_header {
        return match caller.is_trusted {
            true => header(name),
            false => Ok(None),
        };
    }
    if let Some(name) = &config.declared_header {
        return header(name);
    }
    if let Some(name) = &config.query {
        let query = request.query.unwrap_or_default();
        let value = route::parameter(query, name)?;
        return Ok(value.map(std::borrow::Cow::into_owned));
    }
    let place = config.path.as_ref().and_then(|p| places.get(p));
    Ok(place.map(str::to_owned))
}

/// Milliseconds since 1970. A clock before that is broken, and denies what depends on the time.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
