//! For whoever runs the server: health, metrics, reload, facts. On loopback, on a Unix
//! socket, or with a certificate over TLS, and not for pages in a browser.
//!
//! Facts go in and are never given out again: they hold true values.

use crate::answer::{Answer, answer, failed, json as answer_json, not_allowed};
use crate::config::{TlsDoor, ms};
use crate::live::Live;
use crate::server::Server;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::{Method, Request, StatusCode};
use privet_gateway::facts::{FactStore, FactsFileError};
use privet_gateway::failure::Failure;
use privet_gateway::strict;
use privet_gateway::uid::Uid;
use privet_host::Entities;
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

/// Answers a request of whoever runs the server.
pub async fn respond(server: Arc<Server>, request: Request<Incoming>) -> Answer {
    // A certificate was shown, or the request comes from this machine.
    let is_known = server.live().config.server.knows_callers(TlsDoor::Admin);
    let is_page = request.headers().contains_key(header::ORIGIN);
    if is_page || !(is_known || is_local(request.headers())) {
        return failed(Failure::Forbidden);
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let live = server.live();
    match (&method, path.as_str()) {
        (&Method::GET | &Method::HEAD, "/livez") => text(StatusCode::OK, "live\n"),
        (&Method::GET | &Method::HEAD, "/readyz") => match server.is_ready() {
            true => text(StatusCode::OK, "ready\n"),
            false => text(StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        },
        (&Method::GET, "/metrics") => answer(
            StatusCode::OK,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            server.metrics.text().into_bytes(),
        ),
        (&Method::GET, "/revision") => answer_json(
            StatusCode::OK,
            &json!({ "revision": live.revision, "packs": live.packs }),
        ),
        (&Method::POST, "/reload") => match server.reload().await {
            Ok(revision) => answer_json(StatusCode::OK, &json!({ "revision": revision })),
            Err(error) => {
                let error = format!("{error:#}");
                let stays = json!({ "error": error, "revision": server.live().revision });
                answer_json(StatusCode::CONFLICT, &stays)
            }
        },
        (_, path) if path == "/facts" || path.starts_with("/facts/") => {
            facts(&live, &method, path, request).await
        }
        _ => failed(Failure::NotFound),
    }
}

fn text(status: StatusCode, text: &str) -> Answer {
    answer(status, "text/plain", text.as_bytes().to_vec())
}

/// Whether a request names this machine. A page of another site that a browser here shows would bring
/// another host's name (DNS rebinding), or an origin.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    let name = host.map(|h| h.rsplit_once(':').map_or(h, |(name, _)| name));
    let name = name.map(|n| n.trim_matches(['[', ']']));
    name.is_none_or(|n| {
        n == "localhost"
            || n.parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
    })
}

/// `PUT` and `DELETE` of `/facts/entities/TYPE/ID`, `/facts/resources/TYPE/ID` and
/// `/facts/pairs/TYPE/ID/TYPE/ID`; `POST /facts` adds a whole document in one step.
async fn facts(live: &Live, method: &Method, path: &str, request: Request<Incoming>) -> Answer {
    if !live.config.facts.admin {
        return failed(Failure::NotFound);
    }
    let Some(segments) = crate::route::segments(path) else {
        return failed(Failure::NotFound);
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let limits = &live.config.limits;
    let body = Limited::new(request.into_body(), limits.request_body_bytes).collect();
    let body = match tokio::time::timeout(ms(limits.request_body_ms), body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return failed(Failure::TooLarge),
        Err(_) => return failed(Failure::Request),
    };
    let value = match *method {
        Method::DELETE => Value::Null,
        Method::PUT | Method::POST => match strict::parse(&body) {
            Ok(value) => value,
            Err(error) => return unprocessable(&error),
        },
        _ if path == "/facts" => return not_allowed(&[Method::POST]),
        _ => return not_allowed(&[Method::PUT, Method::DELETE]),
    };
    change(live, method, &segments, &value)
}

fn change(live: &Live, method: &Method, segments: &[&str], value: &Value) -> Answer {
    let is_put = *method == Method::PUT;
    let changed = match (method, segments) {
        (&Method::POST, ["facts"]) => FactStore::from_value(value).and_then(|added| {
            added.check()?;
            for entity in value
                .get("entities")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                admitted(live, entity)?;
            }
            write(live, |facts| facts.extend(added));
            Ok(true)
        }),
        (&Method::PUT | &Method::DELETE, ["facts", "entities", entity_type, id]) => {
            let uid = Uid::new(*entity_type, *id);
            match is_put {
                true if value.get("uid").and_then(Uid::from_json).as_ref() != Some(&uid) => {
                    return unprocessable(&"`uid` is not that of the path");
                }
                true => admitted(live, value)
                    .and_then(|()| write(live, |facts| facts.put_entity("entity", value))),
                false => Ok(write(live, |facts| facts.remove(&uid))),
            }
        }
        (&Method::PUT | &Method::DELETE, ["facts", "resources", entity_type, id]) => {
            let uid = Uid::new(*entity_type, *id);
            match is_put {
                true => usable(|facts| facts.put_about("resource", uid.clone(), value))
                    .and_then(|()| write(live, |facts| facts.put_about("resource", uid, value))),
                false => Ok(write(live, |facts| facts.remove_about(&uid))),
            }
        }
        (&Method::PUT | &Method::DELETE, ["facts", "pairs", a, b, c, d]) => {
            let (principal, resource) = (Uid::new(*a, *b), Uid::new(*c, *d));
            match is_put {
                true => {
                    let put = |facts: &mut FactStore| {
                        facts.put_between("pair", principal.clone(), resource.clone(), value)
                    };
                    usable(put).and_then(|()| write(live, put))
                }
                false => Ok(write(live, |facts| {
                    facts.remove_between(&principal, &resource)
                })),
            }
        }
        _ => return failed(Failure::NotFound),
    };
    match changed {
        Ok(_) if *method != Method::DELETE => answer_json(StatusCode::OK, &json!({})),
        Ok(true) => answer_json(StatusCode::OK, &json!({})),
        Ok(false) => failed(Failure::NotFound),
        Err(error) => unprocessable(&error),
    }
}

fn write<T>(live: &Live, change: impl FnOnce(&mut FactStore) -> T) -> T {
    change(&mut live.facts.write().unwrap_or_else(PoisonError::into_inner))
}

/// Whether what is put could be used, found out in a store of its own.
fn usable(
    put: impl FnOnce(&mut FactStore) -> Result<bool, FactsFileError>,
) -> Result<(), FactsFileError> {
    let mut alone = FactStore::default();
    put(&mut alone)?;
    alone.check()
}

/// Whether the schemas of all packs admit an entity: a wrong one would deny later, and nobody would
/// know why.
fn admitted(live: &Live, entity: &Value) -> Result<(), FactsFileError> {
    let text = Value::Array(vec![entity.clone()]).to_string();
    for policy in live.policies() {
        Entities::from_json(policy, &text).map_err(|e| FactsFileError::schema(&e))?;
    }
    Ok(())
}

fn unprocessable(error: &dyn std::fmt::Display) -> Answer {
    let error = json!({ "error": error.to_string() });
    answer_json(StatusCode::UNPROCESSABLE_ENTITY, &error)
}
