//! What is live: a configuration with all that it refers to, loaded and checked. It is swapped whole.
//!
//! A request keeps the one it began with to its end, so each answer is wholly of one revision.

mod routes;

pub use routes::{Enforced, Route, RouteKind};

use crate::config::{Config, LimitsConfig, PackConfig, UpstreamConfig, ms};
use crate::identity::Identity;
use crate::packs::PackCache;
use crate::sinks::Sinks;
use crate::tls::Tls;
use crate::upstream::Upstream;
use crate::wait::blocking;
use anyhow::{Context, Result, bail};
use privet_gateway::facts::FactStore;
use privet_host::{Engine, Settings};
use routes::{authzen, load_route};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock};

/// A loaded configuration.
pub struct Live {
    /// The file.
    pub config: Config,
    /// Twelve digits of a digest over the configuration and all packs.
    pub revision: String,
    /// The routes, in the order of the file.
    pub routes: Vec<Route>,
    /// Every pack's name and revision.
    pub packs: BTreeMap<String, u64>,
    /// Who asks.
    pub identity: Identity,
    /// What is known.
    pub facts: Arc<RwLock<FactStore>>,
    /// What is done about obligations.
    pub sinks: Sinks,
    /// What the proxy stands before.
    pub upstream: Option<Upstream>,
    /// Packs that AuthZEN asks.
    pub authzen: Option<Enforced>,
    /// What doors speak TLS with.
    pub tls: Option<Tls>,
}

impl Live {
    /// The policies that some route or decision point asks, each once for each use.
    pub fn policies(&self) -> impl Iterator<Item = &privet_host::Policy> {
        let routes = self.routes.iter().filter_map(|r| match &r.kind {
            RouteKind::Enforced(enforced) => Some(enforced.as_ref()),
            RouteKind::Pass(_) => None,
        });
        routes.chain(&self.authzen).flat_map(|e| e.packs.policies())
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("revision", &self.revision)
            .field("packs", &self.packs)
            .finish_non_exhaustive()
    }
}

/// What outlives a reload: compiled packs, and facts that the admin endpoint took.
#[derive(Debug, Default)]
pub struct Loader {
    /// Whether nothing may be made or written.
    is_trial: bool,
    engine: Option<Compiled>,
    facts: Option<Arc<RwLock<FactStore>>>,
    revisions: BTreeMap<String, u64>,
    /// With its connections.
    upstream: Option<(UpstreamConfig, LimitsConfig, Upstream)>,
}

/// Packs that are compiled, with the engine that holds them to its limits: the one goes nowhere
/// without the other.
#[derive(Debug, Clone)]
struct Compiled {
    settings: Settings,
    engine: Engine,
    cache: PackCache,
}

impl Loader {
    /// One that makes and writes nothing: what it loads meets no obligation.
    pub fn trial() -> Self {
        Self {
            is_trial: true,
            ..Self::default()
        }
    }

    /// Loads a configuration and all that it refers to, and checks that it goes together. On an
    /// error nothing has changed.
    ///
    /// # Errors
    ///
    /// What is missing, broken, tampered with, older than what was live, or does not fit.
    pub async fn load(&mut self, config: Config) -> Result<Live> {
        let mut compiled = self.compiled(&config)?;
        let loaded = self.load_by(&mut compiled, config).await;
        // Packs that were compiled for a file that is refused are kept for the next try, but not
        // where they obey its limits.
        let is_kept = self.engine.as_ref().map(|e| &e.settings) == Some(&compiled.settings);
        if loaded.is_ok() || is_kept {
            self.engine = Some(compiled);
        }
        loaded
    }

    async fn load_by(&mut self, compiled: &mut Compiled, config: Config) -> Result<Live> {
        let mut digest = crate::packs::Fingerprint::default();
        digest.add(format!("{config:?}").as_bytes());
        // Compiling takes long.
        let policies = blocking(|| self.policies(compiled, &config, &mut digest))?;
        let routes = config.routes.iter().map(|route| {
            let loaded = load_route(&config, route, &policies);
            loaded.with_context(|| format!("route `{}`", route.path))
        });
        let routes = routes.collect::<Result<Vec<_>>>()?;
        let packs: BTreeMap<String, u64> = policies
            .iter()
            .map(|(name, policy)| (name.clone(), policy.manifest().revision))
            .collect();
        let live = Live {
            revision: digest.short(),
            routes,
            identity: Identity::load(&config.identity).await?,
            facts: blocking(|| self.facts(&config))?,
            sinks: match self.is_trial {
                true => Sinks::check(&config.obligations)?,
                false => Sinks::open(&config.obligations)?,
            },
            upstream: self.upstream(&config)?,
            authzen: authzen(&config, &policies)?,
            tls: Tls::load(&config.server)?,
            packs: packs.clone(),
            config,
        };
        if let Some(upstream) = &live.upstream {
            let mut secret = live.secret_headers().into_iter();
            if let Some(name) = secret.find(|name| upstream.forwards(name)) {
                bail!("upstream.forward_headers: `{name}` says who asks, and never goes up");
            }
        }
        self.facts = Some(Arc::clone(&live.facts));
        self.revisions.extend(packs);
        let config = &live.config;
        let upstream = config.upstream.clone().zip(live.upstream.clone());
        self.upstream = upstream.map(|(wanted, made)| (wanted, config.limits.clone(), made));
        Ok(live)
    }

    fn policies(
        &self,
        compiled: &mut Compiled,
        config: &Config,
        digest: &mut crate::packs::Fingerprint,
    ) -> Result<BTreeMap<String, privet_host::Policy>> {
        let mut policies = BTreeMap::new();
        for pack in &config.packs {
            let (policy, fingerprint) = compiled
                .cache
                .load(&compiled.engine, pack)
                .with_context(|| format!("pack `{}`", pack.name))?;
            let revision = policy.manifest().revision;
            self.not_older(pack, revision)?;
            digest.add(&fingerprint);
            policies.insert(pack.name.clone(), policy);
        }
        Ok(policies)
    }

    /// An engine is kept while its limits are the same, so that packs stay compiled.
    fn compiled(&self, config: &Config) -> Result<Compiled> {
        let settings = settings(config);
        match &self.engine {
            Some(compiled) if compiled.settings == settings => Ok(compiled.clone()),
            _ => Ok(Compiled {
                engine: Engine::new(settings).context("limits of guests")?,
                cache: PackCache::default(),
                settings,
            }),
        }
    }

    /// An upstream is kept while its settings are the same, and so are its connections.
    fn upstream(&self, config: &Config) -> Result<Option<Upstream>> {
        let Some(wanted) = &config.upstream else {
            return Ok(None);
        };
        if let Some((upstream, limits, kept)) = &self.upstream
            && upstream == wanted
            && *limits == config.limits
        {
            return Ok(Some(kept.clone()));
        }
        Upstream::new(wanted, &config.limits).map(Some)
    }

    fn not_older(&self, pack: &PackConfig, revision: u64) -> Result<()> {
        let live = self.revisions.get(&pack.name).copied().unwrap_or(0);
        if revision < live {
            bail!(
                "pack `{}`: revision {revision} is older than the live one, {live}",
                pack.name
            );
        }
        if revision < pack.min_revision {
            let least = pack.min_revision;
            bail!(
                "pack `{}`: revision {revision} is older than `min_revision`, {least}",
                pack.name
            );
        }
        Ok(())
    }

    /// Facts of the file. Where the admin endpoint may change them, the file is only the start.
    fn facts(&self, config: &Config) -> Result<Arc<RwLock<FactStore>>> {
        if let (true, Some(facts)) = (config.facts.admin, &self.facts) {
            return Ok(Arc::clone(facts));
        }
        let store = match &config.facts.file {
            Some(file) => {
                let text = std::fs::read(file);
                let text = text.with_context(|| format!("facts.file: {}", file.display()))?;
                FactStore::from_json(&text)
                    .with_context(|| format!("facts.file: {}", file.display()))?
            }
            None => FactStore::default(),
        };
        Ok(Arc::new(RwLock::new(store)))
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        memory_bytes: config.limits.guest_memory_bytes,
        instances: config.limits.guest_instances,
        deadline: ms(config.limits.decision_ms),
        ..Settings::default()
    }
}
