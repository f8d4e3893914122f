//! Routes with the packs that they ask, and what must hold between the two.
//!
//! Nothing is asked here, and no request is known.

use crate::config::{Config, QueryView, RouteConfig, ViewConfig};
use crate::route::Pattern;
use anyhow::{Context, Result, bail};
use hyper::Method;
use privet_gateway::combine::Packs;
use privet_gateway::list::Shape;
use privet_host::Policy;
use std::collections::BTreeMap;

/// A route with its pattern.
#[derive(Debug)]
pub struct Route {
    /// Which paths.
    pub pattern: Pattern,
    /// The pattern as it is written: what a route is called.
    pub name: String,
    /// The upstream's path.
    pub upstream: Pattern,
    /// Parameters of the query that go up.
    pub forward_query: Vec<String>,
    /// What happens.
    pub kind: RouteKind,
}

impl Route {
    /// Whether it passes paths that the configuration does not name one by one.
    pub fn is_open(&self) -> bool {
        let has_places = self.pattern.names().next().is_some();
        let is_mapped = self.upstream != self.pattern;
        matches!(self.kind, RouteKind::Pass(_)) && has_places && !is_mapped
    }
}

/// What happens on a route.
#[derive(Debug)]
pub enum RouteKind {
    /// Nothing is enforced, for these methods.
    Pass(Vec<Method>),
    /// A plan is made and the body is rewritten by it.
    Enforced(Box<Enforced>),
}

/// How a route is enforced.
#[derive(Debug)]
pub struct Enforced {
    /// Who decides.
    pub packs: Packs,
    /// The type of the résumé's entity.
    pub resource_type: String,
    /// The place of the path with its id.
    pub resource_id: Option<String>,
    /// The view.
    pub view: ViewConfig,
    /// How a page is made up, if it is one.
    pub list: Option<Shape>,
}

impl Enforced {
    /// Whether the packs have a gate for a view.
    pub fn has_view(&self, view: &str) -> bool {
        let mut policies = self.packs.policies().iter();
        policies.all(|p| p.manifest().gates.iter().any(|g| g.view == view))
    }

    /// Whether a pack declares an entity type.
    pub fn declares(&self, entity_type: &str) -> bool {
        let mut policies = self.packs.policies().iter();
        policies.any(|p| p.manifest().entity_type(entity_type).is_some())
    }
}

/// A route of the file.
pub(super) fn load_route(
    config: &Config,
    route: &RouteConfig,
    policies: &BTreeMap<String, Policy>,
) -> Result<Route> {
    let pattern = Pattern::parse(&route.path)?;
    let upstream = match &route.upstream_path {
        Some(path) => Pattern::parse(path)?,
        None => pattern.clone(),
    };
    let kind = if route.pass {
        let methods = route.methods.iter().map(|m| {
            let method = Method::from_bytes(m.as_bytes());
            method.with_context(|| format!("`{m}` is no method"))
        });
        let methods = methods.collect::<Result<Vec<_>>>()?;
        RouteKind::Pass(match methods.is_empty() {
            true => vec![Method::GET, Method::HEAD],
            false => methods,
        })
    } else {
        RouteKind::Enforced(Box::new(load_enforced(config, route, policies)?))
    };
    Ok(Route {
        pattern,
        name: route.path.clone(),
        upstream,
        forward_query: route.forward_query.clone(),
        kind,
    })
}

fn load_enforced(
    config: &Config,
    route: &RouteConfig,
    policies: &BTreeMap<String, Policy>,
) -> Result<Enforced> {
    let named = route.packs.iter().filter_map(|name| policies.get(name));
    let packs = Packs::new(named.cloned().collect())?;
    let view = route.view.clone().context("no view")?;
    let list = route.list.as_ref().map(|l| l.shape()).transpose()?;
    let enforced = Enforced {
        packs,
        resource_type: route.resource_type.clone(),
        resource_id: route.resource_id.clone(),
        view,
        list,
    };
    let (ViewConfig::Fixed(named)
    | ViewConfig::Query(QueryView {
        default: Some(named),
        ..
    })) = &enforced.view
    else {
        return check_members(config, enforced);
    };
    if !enforced.has_view(named) {
        bail!("view: the packs have no gate for `{named}`");
    }
    check_members(config, enforced)
}

/// The packs that AuthZEN asks; its action is the view.
pub(super) fn authzen(
    config: &Config,
    policies: &BTreeMap<String, Policy>,
) -> Result<Option<Enforced>> {
    let Some(authzen) = &config.authzen else {
        return Ok(None);
    };
    let named = authzen.packs.iter().filter_map(|name| policies.get(name));
    Ok(Some(Enforced {
        packs: Packs::new(named.cloned().collect()).context("authzen.packs")?,
        resource_type: String::new(),
        resource_id: None,
        view: ViewConfig::Fixed(String::new()),
        list: None,
    }))
}

/// An envelope and a list's id are written by the gateway, so no class may be there.
fn check_members(config: &Config, enforced: Enforced) -> Result<Enforced> {
    let mut reserved: Vec<&str> = Vec::new();
    reserved.extend(config.facts.envelope.as_deref());
    if let Some(list) = &enforced.list
        && list.document.is_empty()
    {
        reserved.extend(list.id.first().map(String::as_str));
    }
    for policy in enforced.packs.policies() {
        for class in &policy.manifest().classes {
            for field in &class.fields {
                let path: privet_redact::Path = field.parse()?;
                if let Some(privet_redact::Segment::Name(name)) = path.segments().first()
                    && reserved.contains(&name.as_str())
                {
                    bail!(
                        "the class `{}` has `{field}`, which is an envelope or an id",
                        class.id
                    );
                }
            }
        }
    }
    Ok(enforced)
}
