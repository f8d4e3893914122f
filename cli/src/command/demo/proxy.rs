//! The enforcing proxy: `/PACK/RESUME` under a viewer's name gives what the viewer may see.
//!
//! The order is what keeps it tight. Who asks and how is settled before anything about a résumé is
//! known; the gate answers before the upstream is asked; and the body is enforced whole before its
//! first byte is sent. A résumé behind a closed gate and one that does not exist are the same bytes.
//!
//! **Not for production**: the viewer is whom the client says it is (`super::world`).

use super::failure::{Answer, Failure, answer};
use super::fetch;
use super::state::Demo;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use privet_host::GateAnswer;
use std::sync::Arc;

/// The header that names the viewer.
pub const VIEWER: &str = "x-demo-viewer";

/// What the log says of a request.
#[derive(Debug, Default)]
pub struct Told {
    pub viewer: String,
    pub obligations: Vec<String>,
    pub why: String,
}

/// Whether a path is the proxy's: `/PACK/resumes/NAME`.
pub fn route(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.strip_prefix('/')?.splitn(3, '/');
    let (pack, word, name) = (parts.next()?, parts.next()?, parts.next()?);
    (word == "resumes").then_some((pack, name))
}

/// Answers a request for a résumé of a [`route`].
pub async fn respond(
    demo: &Arc<Demo>,
    route: (&str, &str),
    request: &Parts,
    told: &mut Told,
) -> Answer {
    match enforce(demo, route, request, told).await {
        Ok(body) => answer(StatusCode::OK, "application/json", body),
        Err(failure) => failure.answer(),
    }
}

async fn enforce(
    demo: &Arc<Demo>,
    (pack, name): (&str, &str),
    request: &Parts,
    told: &mut Told,
) -> Result<Vec<u8>, Failure> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(Failure::Method);
    }
    let pack = demo.pack(pack).ok_or(Failure::NotFound)?;
    let viewer = viewer(&request.headers).ok_or(Failure::Viewer)?;
    if !pack.viewers.names().iter().any(|v| v == viewer) {
        return Err(Failure::Viewer);
    }
    told.viewer = viewer.to_owned();
    let view = view(request.uri.query())?;
    if !pack.views().any(|v| v == view) {
        return Err(Failure::View);
    }
    let settings = demo.settings(name).ok_or(Failure::NotFound)?;
    let resume = demo.served(name).ok_or(Failure::NotFound)?;
    let decided = pack.answer(viewer, view, resume, &settings).map_err(|e| {
        told.why = format!("{e:#}");
        Failure::Decision
    })?;
    let decided = decided.ok_or(Failure::Viewer)?;
    let owed = decided.plan.obligations();
    told.obligations = owed.into_iter().map(str::to_owned).collect();
    match decided.plan.gate() {
        GateAnswer::Open => {}
        closed => {
            told.why = decided.plan.gate_reasons().join(", ");
            return Err(match closed {
                GateAnswer::Forbidden => Failure::Forbidden,
                GateAnswer::NotFound | GateAnswer::Open => Failure::NotFound,
            });
        }
    }
    let document = fetch::document(demo.resumes(), name)
        .await
        .map_err(|(failure, why)| {
            told.why = why;
            failure
        })?;
    let body = decided.sent(pack, &document).map_err(|e| {
        told.why = e.to_string();
        Failure::Upstream
    })?;
    // Told before the first byte leaves.
    if request.method == Method::GET && told.obligations.iter().any(|o| o == "notify-candidate") {
        demo.notify(pack, viewer, view, name, &document, &body);
    }
    Ok(body)
}

/// The one viewer that the headers name.
fn viewer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(VIEWER).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}

/// The view in a query: `view=NAME` and nothing else, `detail` if there is no query.
fn view(query: Option<&str>) -> Result<&str, Failure> {
    match query {
        None | Some("") => Ok("detail"),
        Some(query) => query
            .strip_prefix("view=")
            .filter(|v| !v.contains('&'))
            .ok_or(Failure::View),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, route, view};

    #[test]
    fn only_resumes_of_packs_are_the_proxys() {
        assert_eq!(route("/liepin/resumes/a"), Some(("liepin", "a")));
        assert_eq!(route("/liepin/resumes/a/b"), Some(("liepin", "a/b")));
        assert_eq!(route("/liepin/resumes"), None);
        assert_eq!(route("/api/matrix"), None);
        assert_eq!(route("*"), None);
    }

    #[test]
    fn a_query_is_one_view() {
        assert_eq!(view(None), Ok("detail"));
        assert_eq!(view(Some("view=card")), Ok("card"));
        for query in ["view=card&view=detail", "now=1", "view", "view=a&now=1"] {
            assert_eq!(view(Some(query)), Err(Failure::View), "{query}");
        }
    }
}
