//! One configuration of wasmtime, and the clock that ends what runs too long.
//!
//! Everything that a policy may not do is decided here. The ticker holds the engine weakly, so it
//! ends with the last handle.

use crate::error::LoadError;
use crate::idle::Waiting;
use crate::policy::Policy;
use std::thread;
use std::time::Duration;
use wasmtime::{
    Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, RegallocAlgorithm,
};

/// Limits of what guests may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Linear memory of an instance in bytes; facts must fit.
    pub memory_bytes: usize,
    /// Instances that may exist at a time.
    pub instances: u32,
    /// Whether machine code is optimised when a guest is loaded. Without it loading is quicker and
    /// every answer slower: for tests, which ask each of many guests little.
    pub optimise: bool,
    /// How long one call may take. Measured in ticks of a tenth of it, so a call may run up to a
    /// tenth longer.
    pub deadline: Duration,
}

impl Default for Settings {
    /// 16 MiB, 1,000 instances, 100 ms: a decision takes microseconds, so the deadline only ends
    /// what is broken.
    fn default() -> Self {
        Self {
            memory_bytes: 16 << 20,
            instances: 1000,
            optimise: true,
            deadline: Duration::from_millis(100),
        }
    }
}

/// Elements of a guest's function table; the runtime has a handful.
pub(crate) const TABLE_ELEMENTS: usize = 64;

/// Ticks of a deadline.
pub(crate) const DEADLINE_TICKS: u64 = 10;

/// Compiles and runs guests.
#[derive(Clone)]
pub struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) settings: Settings,
    pub(crate) waiting: Waiting,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with these limits.
    ///
    /// # Errors
    ///
    /// When the machine cannot reserve what the limits ask for.
    pub fn new(settings: Settings) -> Result<Self, LoadError> {
        let mut pool = PoolingAllocationConfig::default();
        pool.total_core_instances(settings.instances)
            .total_memories(settings.instances)
            .total_tables(settings.instances)
            .table_elements(TABLE_ELEMENTS)
            .max_memory_size(settings.memory_bytes);
        let mut config = Config::new();
        config
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
            // Every address that a guest can form is reserved, so that no access is checked in code:
            // what is not the guest's is not mapped. A thousand instances take 4 TiB of 128 TiB. Behind
            // it room for the offsets of fields, which are small: without it addresses are compared
            // again, and a plan takes an eighth longer.
            .memory_reservation(1 << 32)
            .memory_guard_size(65536)
            // Inlining by Cranelift changes nothing that is seen: what is worth it is emitted so.
            .cranelift_opt_level(OptLevel::Speed)
            // The deadline, for 6 % of a page's time.
            .epoch_interruption(true);
        if !settings.optimise {
            config
                .cranelift_opt_level(OptLevel::None)
                .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
        }
        let wasmtime = wasmtime::Engine::new(&config).map_err(LoadError::new)?;
        let weak = wasmtime.weak();
        let tick = settings.deadline / u32::try_from(DEADLINE_TICKS).unwrap_or(1);
        thread::Builder::new()
            .name("privet-deadline".to_owned())
            .spawn(move || {
                loop {
                    thread::sleep(tick);
                    match weak.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(LoadError::new)?;
        Ok(Self {
            wasmtime,
            settings,
            waiting: Waiting::new(settings.instances),
        })
    }

    /// Compiles a guest and reads its manifest.
    ///
    /// # Errors
    ///
    /// When the bytes are no guest: no manifest, an import, a missing export, not valid WebAssembly.
    pub fn load(&self, wasm: &[u8]) -> Result<Policy, LoadError> {
        Policy::load(self, wasm)
    }
}
