//! A loaded guest with its manifest and the layouts that follow from it.
//!
//! Everything that a decision needs is resolved here once. Nothing here reads facts.

use crate::engine::Engine;
use crate::error::{CallError, LoadError};
use crate::facts::names::Uid;
use crate::idle::Idle;
use crate::instance::Instance;
use privet_frame::layout::StructLayout;
use privet_frame::manifest::{EntityLayout, Manifest, SECTION};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::{InstancePre, Linker, Module};

/// A loaded policy. Cloning shares it.
#[derive(Clone)]
pub struct Policy {
    inner: Arc<Inner>,
}

struct Inner {
    identity: u64,
    engine: Engine,
    pre: InstancePre<crate::instance::State>,
    manifest: Manifest,
    layout_table: Vec<u8>,
    entities: Vec<EntityLayout>,
    contexts: Vec<StructLayout>,
    /// The index of each signature's environment for each action, and of its plan.
    environments: Vec<Vec<Option<u32>>>,
    signatures: HashMap<(u32, u32, u32), u32>,
    plans: Vec<Option<u32>>,
    wasm_bytes: usize,
    idle: Idle,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("name", &self.manifest().name)
            .field("revision", &self.manifest().revision)
            .finish_non_exhaustive()
    }
}

impl Policy {
    pub(crate) fn load(engine: &Engine, wasm: &[u8]) -> Result<Self, LoadError> {
        let manifest = Manifest::decode(section(wasm)?)
            .map_err(|_| LoadError::new("the manifest is not one of this version"))?;
        let module = Module::new(&engine.wasmtime, wasm)
            .map_err(|e| LoadError::new(format!("not a WebAssembly module: {e:#}")))?;
        Self::link(engine, &module, manifest, wasm.len())
    }

    /// A policy from a compiled module and its manifest.
    pub(crate) fn link(
        engine: &Engine,
        module: &Module,
        manifest: Manifest,
        wasm_bytes: usize,
    ) -> Result<Self, LoadError> {
        if let Some(import) = module.imports().next() {
            return Err(LoadError::new(format!(
                "a guest imports nothing, this one imports `{}.{}`",
                import.module(),
                import.name()
            )));
        }
        let pre = Linker::new(&engine.wasmtime)
            .instantiate_pre(module)
            .map_err(|e| LoadError::new(format!("cannot be instantiated: {e:#}")))?;
        let schema = &manifest.schema;
        let signatures = manifest.signatures.iter().zip(0..);
        let mut environments = vec![Vec::new(); manifest.signatures.len()];
        for (environment, index) in manifest.environments.iter().zip(0..) {
            if let Some(actions) = environments.get_mut(environment.signature as usize) {
                let action = environment.action as usize;
                if actions.len() <= action {
                    actions.resize(action + 1, None);
                }
                if let Some(place) = actions.get_mut(action) {
                    *place = Some(index);
                }
            }
        }
        let mut plans = vec![None; manifest.signatures.len()];
        for (plan, index) in manifest.plans.iter().zip(0..) {
            if let Some(place) = plans.get_mut(plan.signature as usize) {
                *place = Some(index);
            }
        }
        static IDENTITY: AtomicU64 = AtomicU64::new(1);
        let inner = Inner {
            identity: IDENTITY.fetch_add(1, Ordering::Relaxed),
            layout_table: privet_frame::table::encode(&manifest)
                .into_iter()
                .flat_map(u32::to_le_bytes)
                .collect(),
            entities: schema.entity_types.iter().map(|t| t.layout()).collect(),
            contexts: schema.contexts.iter().map(|c| c.layout()).collect(),
            environments,
            signatures: signatures
                .map(|(s, i)| ((s.principal, s.resource, s.context), i))
                .collect(),
            plans,
            idle: Idle::new(&engine.waiting),
            engine: engine.clone(),
            pre,
            manifest,
            wasm_bytes,
        };
        let policy = Self {
            inner: Arc::new(inner),
        };
        // A first instance shows that the exports are there.
        policy.instance().map_err(LoadError::new)?;
        Ok(policy)
    }

    /// A fresh instance, out of the engine's pool.
    ///
    /// # Errors
    ///
    /// When the pool is empty.
    pub fn instance(&self) -> Result<Instance, CallError> {
        Instance::new(self)
    }

    pub(crate) fn idle(&self) -> &Idle {
        &self.inner.idle
    }

    /// What the guest says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// A number that no other policy has that this process loads: what was read for one policy is not
    /// taken for another.
    pub fn identity(&self) -> u64 {
        self.inner.identity
    }

    /// Size of the guest in bytes.
    pub fn wasm_bytes(&self) -> usize {
        self.inner.wasm_bytes
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn pre(&self) -> &InstancePre<crate::instance::State> {
        &self.inner.pre
    }

    pub(crate) fn layout_table(&self) -> &[u8] {
        &self.inner.layout_table
    }

    pub(crate) fn entity_layout(&self, ty: u32) -> Option<&EntityLayout> {
        self.inner.entities.get(ty as usize)
    }

    pub(crate) fn context_layout(&self, context: u32) -> Option<&StructLayout> {
        self.inner.contexts.get(context as usize)
    }

    /// Whether two handles are to the same loaded policy.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    pub(crate) fn environment(&self, signature: u32, action: u32) -> Option<u32> {
        let actions = self.inner.environments.get(signature as usize)?;
        actions.get(action as usize).copied().flatten()
    }

    pub(crate) fn signature(&self, principal: u32, resource: u32, context: u32) -> Option<u32> {
        self.inner
            .signatures
            .get(&(principal, resource, context))
            .copied()
    }

    pub(crate) fn plan(&self, signature: u32) -> Option<u32> {
        self.inner.plans.get(signature as usize).copied().flatten()
    }

    /// The name of an entity as messages show it.
    pub(crate) fn describe(&self, uid: Uid<'_>) -> String {
        let types = &self.manifest().schema.entity_types;
        let name = types.get(uid.ty as usize).map_or("?", |t| t.name.as_str());
        format!("{name}::{:?}", uid.id)
    }
}

/// The manifest's bytes. A module is a header and sections of a number, a length and a content.
pub(crate) fn section(wasm: &[u8]) -> Result<&[u8], LoadError> {
    let no_guest = || LoadError::new("no manifest: not a guest that Privet compiled");
    let mut rest = wasm.strip_prefix(b"\0asm\x01\0\0\0").ok_or_else(no_guest)?;
    while let Some((&id, tail)) = rest.split_first() {
        let (length, tail) = leb128(tail).ok_or_else(no_guest)?;
        let (content, next) = tail.split_at_checked(length).ok_or_else(no_guest)?;
        if id == 0 {
            let (length, name) = leb128(content).ok_or_else(no_guest)?;
            let (name, data) = name.split_at_checked(length).ok_or_else(no_guest)?;
            if name == SECTION.as_bytes() {
                return Ok(data);
            }
        }
        rest = next;
    }
    Err(no_guest())
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(i + 1..)?));
        }
    }
    None
}
