//! Routes: which paths there are, and what is enforced on each.

use super::Config;
use crate::route::Pattern;
use anyhow::{Context, Result, bail};
use privet_gateway::list::Shape;
use serde::Deserialize;

/// A path and what is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Segments, of which `{name}` matches one, and a last `{name...}` all that follow.
    pub path: String,
    /// The packs that decide; the stricter answer of several.
    #[serde(default)]
    pub packs: Vec<String>,
    /// The type of the résumé's entity.
    #[serde(default = "resume")]
    pub resource_type: String,
    /// The place in the path with the résumé's id; not for lists.
    pub resource_id: Option<String>,
    /// The view, or where it comes from.
    pub view: Option<ViewConfig>,
    /// How a page of several is made up.
    pub list: Option<ListConfig>,
    /// Nothing is enforced: what the upstream says goes to the client as it is. For paths without
    /// personal data.
    #[serde(default)]
    pub pass: bool,
    /// The methods of a route that passes; an enforced one has GET and HEAD.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The upstream's path, with the same places; the client's if absent.
    pub upstream_path: Option<String>,
    /// Parameters of the query that go up; all others stay behind.
    #[serde(default)]
    pub forward_query: Vec<String>,
}

fn resume() -> String {
    "Resume".to_owned()
}

/// `view = "detail"`, or `view = { query = "view", default = "detail" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ViewConfig {
    /// The route has one view.
    Fixed(String),
    /// The client says which.
    Query(QueryView),
}

/// The view that a client names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryView {
    /// The parameter.
    pub query: String,
    /// The view without it.
    pub default: Option<String>,
}

/// How a page of several résumés is made up. Places are JSONPaths of names: `$.data.items`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListConfig {
    /// The list.
    pub items: String,
    /// The résumé's id, from an item.
    pub id: String,
    /// The résumé, from an item; the item itself if absent.
    pub document: Option<String>,
    /// Numbers of results.
    #[serde(default)]
    pub totals: Vec<String>,
    /// Other numbers that pass.
    #[serde(default)]
    pub keep: Vec<String>,
    /// The most items.
    #[serde(default = "two_hundred")]
    pub max_items: usize,
}

fn two_hundred() -> usize {
    200
}

impl ListConfig {
    /// The shape that the core reads.
    ///
    /// # Errors
    ///
    /// A place that is no path of names.
    pub fn shape(&self) -> Result<Shape> {
        let all = |paths: &[String]| paths.iter().map(|p| names(p)).collect::<Result<Vec<_>>>();
        let shape = Shape {
            items: names(&self.items)?,
            id: names(&self.id)?,
            document: match &self.document {
                Some(path) => names(path)?,
                None => Vec::new(),
            },
            totals: all(&self.totals)?,
            keep: all(&self.keep)?,
            max_items: self.max_items,
        };
        if shape.id.is_empty() {
            bail!("list.id: it needs a name");
        }
        Ok(shape)
    }
}

/// The names of a JSONPath.
fn names(path: &str) -> Result<Vec<String>> {
    if path == "$" {
        return Ok(Vec::new());
    }
    let parsed: privet_redact::Path = path.parse().with_context(|| format!("`{path}`"))?;
    let name = |segment: &privet_redact::Segment| match segment {
        privet_redact::Segment::Name(name) => Ok(name.as_str().to_owned()),
        privet_redact::Segment::AnyItem => bail!("`{path}`: names only"),
    };
    parsed.segments().iter().map(name).collect()
}

impl RouteConfig {
    pub(super) fn check(&self, config: &Config) -> Result<()> {
        let pattern = Pattern::parse(&self.path)?;
        if let Some(path) = &self.upstream_path {
            let upstream = Pattern::parse(path).context("upstream_path")?;
            if let Some(name) = upstream.names().find(|n| !pattern.has(n)) {
                bail!("upstream_path: the path has no `{{{name}}}`");
            }
        }
        if self.pass {
            let enforced = self.view.is_some() || self.list.is_some() || !self.packs.is_empty();
            if enforced || self.resource_id.is_some() {
                bail!(
                    "it passes, so nothing is enforced: no `packs`, `view`, `list`, `resource_id`"
                );
            }
            return Ok(());
        }
        if !self.methods.is_empty() {
            bail!("methods: an enforced route has GET and HEAD");
        }
        if self.packs.is_empty() {
            bail!("packs: none decides; `pass = true` for a path without personal data");
        }
        let known = |name: &&String| config.packs.iter().any(|p| p.name == **name);
        if let Some(name) = self.packs.iter().find(|n| !known(n)) {
            bail!("packs: there is no pack `{name}`");
        }
        if self.view.is_none() {
            bail!("view: which one?");
        }
        match (&self.list, &self.resource_id) {
            (Some(list), None) => drop(list.shape().context("list")?),
            (None, Some(id)) if pattern.has(id) => {}
            (None, Some(id)) => bail!("resource_id: the path has no `{{{id}}}`"),
            (None, None) => bail!("resource_id: which place of the path has the résumé's id?"),
            (Some(_), Some(_)) => bail!("a list's ids are in its items: no `resource_id`"),
        }
        Ok(())
    }
}
