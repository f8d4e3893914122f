//! The service behind the gateways: bodies from a folder, held in memory, one thread.
//!
//! `/resumes/NAME` gives `NAME.json`, and so does `/plain/NAME`, for a gateway that passes a path as it
//! is. Nothing is compressed, cached or decided here.

use super::accept;
use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

type Bodies = Arc<HashMap<String, Bytes>>;

fn read(folder: &Path) -> Result<Bodies> {
    let mut bodies = HashMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|n| n.to_str());
        if let (Some(name), Some("json")) = (name, path.extension().and_then(|e| e.to_str())) {
            bodies.insert(name.to_owned(), std::fs::read(&path)?.into());
        }
    }
    Ok(Arc::new(bodies))
}

fn answer(bodies: &Bodies, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let name = ["/resumes/", "/plain/"]
        .iter()
        .find_map(|p| path.strip_prefix(p));
    let body = name.and_then(|n| bodies.get(n)).cloned();
    let status = match body {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    };
    let mut response = Response::new(Full::new(body.unwrap_or_default()));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Serves until the process ends.
///
/// # Errors
///
/// A folder that cannot be read, and as [`accept::serve`].
pub fn serve(folder: &Path, ready: impl FnMut(&str)) -> Result<()> {
    let bodies = read(folder)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    accept::serve(&runtime, "upstream", ready, |stream| {
        let bodies = Arc::clone(&bodies);
        let service = service_fn(move |request| {
            let response = answer(&bodies, &request);
            async move { Ok::<_, Infallible>(response) }
        });
        hyper::server::conn::http1::Builder::new().serve_connection(stream, service)
    })
}
