//! What the page asks for: the page itself, matrices, explanations, and changes of settings.
//!
//! A thin translation between HTTP and [`super::matrix`]; nothing is evaluated in the page.

use super::failure::{Answer, Failure, answer};
use super::matrix;
use super::pack::DemoPack;
use super::page;
use super::resumes::Resume;
use super::state::Demo;
use super::world::{Change, Settings};
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode, Uri};
use serde_json::{Value, json};

/// Answers a request for the page or its data.
pub fn respond(demo: &Demo, method: &Method, uri: &Uri, body: &[u8]) -> Answer {
    let query = Query(uri.query().unwrap_or_default());
    let result = match (method, uri.path()) {
        (&Method::GET | &Method::HEAD, path) => match path {
            "/" => return page(),
            "/api/demo" => Ok(describe(demo)),
            "/api/matrix" => ask(demo, &query, |a| {
                let mut value = matrix::matrix(a.pack, a.view, a.resume, &a.settings)?;
                if let Some(members) = value.as_object_mut() {
                    members.insert("revision".to_owned(), json!(demo.revision()));
                }
                Ok(Some(value))
            }),
            "/api/cell" => ask(demo, &query, |a| {
                match (query.get("viewer"), query.get("class")) {
                    (Some(viewer), Some(class)) if a.knows(viewer) => {
                        matrix::explain(a.pack, viewer, a.view, class, a.resume, &a.settings)
                    }
                    _ => Ok(None),
                }
            }),
            "/api/viewer" => ask(demo, &query, |a| match query.get("viewer") {
                Some(viewer) if a.knows(viewer) => {
                    matrix::viewer(a.pack, viewer, a.view, a.resume, &a.settings).map(Some)
                }
                _ => Ok(None),
            }),
            "/api/notices" => match query.get("resume").and_then(|r| demo.resume(r)) {
                Some(resume) => Ok(json!(demo.notices(resume.slug))),
                None => Err(Failure::Request),
            },
            _ => Err(Failure::NotFound),
        },
        (&Method::PUT, "/api/settings") => serde_json::from_slice(body)
            .map_err(|_| Failure::Request)
            .and_then(|change| set(demo, &query, Some(change))),
        (&Method::DELETE, "/api/settings") => set(demo, &query, None),
        (_, "/" | "/api/demo" | "/api/matrix" | "/api/cell" | "/api/viewer" | "/api/notices") => {
            Err(Failure::Method)
        }
        _ => Err(Failure::NotFound),
    };
    match result {
        Ok(value) => answer(
            StatusCode::OK,
            "application/json",
            value.to_string().into_bytes(),
        ),
        Err(failure) => failure.answer(),
    }
}

/// The page may load nothing and speak to nobody but the demo.
fn page() -> Answer {
    let mut page = answer(StatusCode::OK, "text/html; charset=utf-8", page::html());
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                  connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    page.headers_mut()
        .insert("content-security-policy", HeaderValue::from_static(policy));
    page
}

fn describe(demo: &Demo) -> Value {
    let packs = demo.packs.iter().map(|pack| {
        json!({
            "name": pack.name,
            "revision": pack.revision,
            "policies": pack.policy.manifest().policies.len(),
            "bytes": pack.policy.wasm_bytes(),
            "views": pack.views().collect::<Vec<_>>(),
            "view": pack.viewers.view(),
            "viewers": pack.viewers.names(),
        })
    });
    let resumes = demo.resumes();
    let resumes = resumes
        .iter()
        .map(|r| json!({ "name": r.slug, "title": r.title }));
    json!({
        "packs": packs.collect::<Vec<_>>(),
        "resumes": resumes.collect::<Vec<_>>(),
    })
}

/// What a query of the page names.
struct Asked<'d> {
    pack: &'d DemoPack,
    view: &'d str,
    resume: &'d Resume,
    settings: Settings,
}

impl Asked<'_> {
    fn knows(&self, viewer: &str) -> bool {
        self.pack.viewers.names().iter().any(|v| v == viewer)
    }
}

fn ask(
    demo: &Demo,
    query: &Query<'_>,
    answer: impl FnOnce(Asked<'_>) -> anyhow::Result<Option<Value>>,
) -> Result<Value, Failure> {
    let asked = || {
        let pack = demo.pack(query.get("pack")?)?;
        let view = query.get("view")?;
        let resume = demo.resume(query.get("resume")?)?;
        Some(Asked {
            pack,
            view: pack.views().find(|v| *v == view)?,
            resume,
            settings: demo.settings(resume.slug)?,
        })
    };
    let asked = asked().ok_or(Failure::Request)?;
    match answer(asked) {
        Ok(value) => value.ok_or(Failure::Request),
        Err(error) => {
            errln!("error: {error:#}");
            Err(Failure::Decision)
        }
    }
}

/// Changes settings. What names an unknown visibility or viewer changes nothing.
fn set(demo: &Demo, query: &Query<'_>, change: Option<Change>) -> Result<Value, Failure> {
    let resume = query.get("resume").and_then(|r| demo.resume(r));
    let resume = resume.ok_or(Failure::Request)?;
    let known = |viewer: &str| {
        let mut packs = demo.packs.iter();
        packs.any(|p| p.viewers.names().iter().any(|v| v == viewer))
    };
    if let Some(change) = &change {
        let visibility = change.visibility.as_deref();
        let employer = change.current_employer.as_deref();
        let viewers = change.applied.keys().chain(change.blocklisted.keys());
        if !visibility.is_none_or(|v| ["full", "partial", "private"].contains(&v))
            || !employer.is_none_or(|v| v.is_empty() || known(v))
            || !viewers.into_iter().all(|v| known(v))
        {
            return Err(Failure::Request);
        }
    }
    let revision = demo.change(resume.slug, change);
    Ok(json!({ "revision": revision.ok_or(Failure::Request)? }))
}

/// A query of names that need no escaping.
struct Query<'q>(&'q str);

impl<'q> Query<'q> {
    fn get(&self, key: &str) -> Option<&'q str> {
        let mut pairs = self.0.split('&').filter_map(|p| p.split_once('='));
        pairs.find(|(k, _)| *k == key).map(|(_, value)| value)
    }
}
