//! `[tracing]`: where spans go, and of how many requests.

use anyhow::{Context, Result, bail};
use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::Scheme;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Spans by OTLP. Needs a restart to change.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracingConfig {
    /// The collector: `http://` or `https://`, host and port; the path is `/v1/traces` if there is
    /// none.
    pub endpoint: String,
    /// Headers of each export: a key that the collector asks for.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Resource attribute `service.name`.
    #[serde(default = "name")]
    pub service_name: String,
    /// The part of traces that is sampled, 0 to 1.
    #[serde(default = "all")]
    pub sampling_ratio: f64,
    /// Whether a request's `traceparent` says if it is sampled; else the ratio always does.
    #[serde(default = "yes")]
    pub parent_decides: bool,
    /// Spans that wait for their export; one more is dropped.
    #[serde(default = "queue")]
    pub queue_spans: usize,
    /// How long spans wait for others at most.
    #[serde(default = "interval")]
    pub interval_ms: u64,
    /// How long one export may take, and all that are left when the server stops.
    #[serde(default = "timeout")]
    pub timeout_ms: u64,
}

fn name() -> String {
    "privet".to_owned()
}

fn all() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

fn queue() -> usize {
    4096
}

fn interval() -> u64 {
    1_000
}

fn timeout() -> u64 {
    5_000
}

impl TracingConfig {
    pub(super) fn check(&self) -> Result<()> {
        self.uri()?;
        self.header_map()?;
        if self.service_name.is_empty() {
            bail!("tracing.service_name: the name is empty");
        }
        let ratio = self.sampling_ratio;
        if !(0.0..=1.0).contains(&ratio) {
            bail!("tracing.sampling_ratio: {ratio} is not between 0 and 1");
        }
        // The most that a queue of tokio's holds is far more than any memory.
        if !(1..=1 << 20).contains(&self.queue_spans) {
            let given = self.queue_spans;
            bail!("tracing.queue_spans: {given} is not between 1 and 1048576");
        }
        Ok(())
    }

    /// Where exports are posted.
    ///
    /// # Errors
    ///
    /// What is no such URL.
    pub fn uri(&self) -> Result<Uri> {
        let endpoint = &self.endpoint;
        let read = || {
            let uri: Uri = endpoint.parse()?;
            let is_web = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&uri.scheme());
            // A password would be sent nowhere, and be kept here.
            if !is_web || uri.authority().is_none_or(|a| a.as_str().contains('@')) {
                bail!("expected http:// or https:// and a host");
            }
            if uri.path() != "/" || uri.query().is_some() {
                return Ok(uri);
            }
            let mut parts = uri.into_parts();
            parts.path_and_query = Some("/v1/traces".parse()?);
            Ok(Uri::from_parts(parts)?)
        };
        read().with_context(|| format!("tracing.endpoint: `{endpoint}`"))
    }

    /// The headers of each export. No value is in an error.
    ///
    /// # Errors
    ///
    /// What is no header.
    pub fn header_map(&self) -> Result<HeaderMap> {
        let headers = self.headers.iter().map(|(name, value)| {
            let at = || format!("tracing.headers: `{name}`");
            let header: HeaderName = name.parse().with_context(at)?;
            let mut value = HeaderValue::from_str(value).with_context(at)?;
            value.set_sensitive(true);
            Ok((header, value))
        });
        headers.collect()
    }
}
