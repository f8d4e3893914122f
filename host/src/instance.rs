//! An instance of a guest: its memory, its exports, and what is loaded in it.
//!
//! The store of the last call stays in the guest's memory: the next call over the same store writes
//! the request alone. After an error the instance is dropped, because a trap may leave anything.
//! Nothing here knows what a frame means.

use crate::answer::{Decision, GateAnswer, Plan};
use crate::engine::DEADLINE_TICKS;
use crate::error::{CallError, Kind};
use crate::facts::entities::Entities;
use crate::facts::request::Request;
use crate::policy::Policy;
use privet_frame::abi::output;
use privet_frame::layout::round_up;
use wasmtime::{Memory, ResourceLimiter, Store, Trap, TypedFunc};

/// What wasmtime keeps for an instance: its limits.
#[derive(Debug)]
pub(crate) struct State {
    memory_bytes: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.memory_bytes)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= crate::engine::TABLE_ELEMENTS)
    }
}

/// A guest ready to answer. Use one on each thread.
pub struct Instance {
    policy: Policy,
    store: Store<State>,
    memory: Memory,
    authorize: TypedFunc<u32, u32>,
    plan: TypedFunc<(u32, u32), u32>,
    verify: TypedFunc<(), u32>,
    /// Identity of the store in the guest's memory.
    loaded: Option<u64>,
    broken: bool,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("policy", &self.policy)
            .field("loaded", &self.loaded)
            .finish_non_exhaustive()
    }
}

fn trapped(error: wasmtime::Error) -> CallError {
    CallError::new(match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Kind::Timeout,
        Some(trap) => Kind::Trap(trap.to_string()),
        None => Kind::Trap(format!("{error:#}")),
    })
}

impl Instance {
    pub(crate) fn new(policy: &Policy) -> Result<Self, CallError> {
        let memory_bytes = policy.engine().settings.memory_bytes;
        let mut store = Store::new(&policy.engine().wasmtime, State { memory_bytes });
        store.limiter(|state| state);
        store.set_epoch_deadline(DEADLINE_TICKS);
        let instance = policy.pre().instantiate(&mut store).map_err(trapped)?;
        let missing = |e: wasmtime::Error| CallError::new(Kind::Trap(format!("{e:#}")));
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or_else(|| CallError::new(Kind::Trap("the guest exports no memory".to_owned())))?;
        Ok(Self {
            policy: policy.clone(),
            authorize: instance
                .get_typed_func(&mut store, "privet_authorize")
                .map_err(missing)?,
            plan: instance
                .get_typed_func(&mut store, "privet_plan")
                .map_err(missing)?,
            verify: instance
                .get_typed_func(&mut store, "privet_verify")
                .map_err(missing)?,
            memory,
            store,
            loaded: None,
            broken: false,
        })
    }

    /// Decides one request.
    ///
    /// # Errors
    ///
    /// A trap, a deadline, facts that do not fit or that belong to another policy. An error denies.
    pub fn authorize(
        &mut self,
        entities: &Entities,
        request: &Request,
        action: u32,
    ) -> Result<Decision, CallError> {
        let environment = self
            .policy
            .environment(request.signature, action)
            .ok_or_else(|| {
                CallError::new(Kind::Request(
                    "the action does not apply to such a request".to_owned(),
                ))
            })?;
        self.enter(entities, request)?;
        let result = self.authorize.call(&mut self.store, environment);
        let allowed = self.leave(result)? != 0;
        let [permits, forbids, errors] = self.lists()?;
        Ok(Decision {
            policy: self.policy.clone(),
            allowed,
            permits,
            forbids,
            errors,
        })
    }

    /// Answers the gate of a view and every rung.
    ///
    /// # Errors
    ///
    /// As [`Instance::authorize`]; also when the view has no gate.
    pub fn plan(
        &mut self,
        entities: &Entities,
        request: &Request,
        view: &str,
    ) -> Result<Plan, CallError> {
        let unknown = |what: &str| CallError::new(Kind::Request(what.to_owned()));
        // The gate of one view must not open on facts that speak of another.
        if request.view.as_deref().is_some_and(|asked| asked != view) {
            return Err(unknown("the facts are for another view"));
        }
        let gates = &self.policy.manifest().gates;
        let view = (0..)
            .zip(gates)
            .find(|(_, g)| g.view == view)
            .map(|(i, _)| i)
            .ok_or_else(|| unknown("no gate admits such a view"))?;
        let plan = self
            .policy
            .plan(request.signature)
            .ok_or_else(|| unknown("no plan is made for such a viewer"))?;
        self.enter(entities, request)?;
        let result = self.plan.call(&mut self.store, (plan, view));
        self.leave(result)?;
        let base = self.policy.manifest().output_base;
        let classes = self.policy.manifest().classes.len();
        let rungs = self.bytes(base + output::SIZE, classes)?.to_vec();
        let gate = self.word(base + output::GATE)?;
        let low = self.word(base + output::OBLIGATIONS)?;
        let high = self.word(base + output::OBLIGATIONS + 4)?;
        let [mut satisfied, forbids, errors] = self.lists()?;
        satisfied.extend(forbids);
        Ok(Plan {
            policy: self.policy.clone(),
            plan,
            view,
            gate: GateAnswer::new(gate),
            rungs,
            obligations: u64::from(high) << 32 | u64::from(low),
            satisfied,
            errors,
        })
    }

    /// Plans for several résumés over one store, in order; a search page, say.
    ///
    /// # Errors
    ///
    /// The first error; the page is then refused whole.
    pub fn plan_many<'r>(
        &mut self,
        entities: &Entities,
        requests: impl IntoIterator<Item = &'r Request>,
        view: &str,
    ) -> Result<Vec<Plan>, CallError> {
        requests
            .into_iter()
            .map(|request| self.plan(entities, request, view))
            .collect()
    }

    /// Runs the guest's own check over a frame's bytes, as the component's door does.
    ///
    /// # Errors
    ///
    /// When the check itself fails to run, or the bytes do not fit.
    pub fn verify(&mut self, frame: &[u8]) -> Result<bool, CallError> {
        self.loaded = None;
        self.usable()?;
        self.write(self.policy.manifest().frame_base, frame)?;
        self.store.set_epoch_deadline(DEADLINE_TICKS);
        let result = self.verify.call(&mut self.store, ());
        Ok(self.leave(result)? == 0)
    }

    fn usable(&self) -> Result<(), CallError> {
        if self.broken {
            return Err(CallError::new(Kind::Trap(
                "this instance trapped before".to_owned(),
            )));
        }
        Ok(())
    }

    /// Puts the frame in place and sets the deadline.
    fn enter(&mut self, entities: &Entities, request: &Request) -> Result<(), CallError> {
        self.usable()?;
        let foreign = !entities.policy().is(&self.policy) || request.store != entities.identity();
        if foreign {
            return Err(CallError::new(Kind::Request(
                "the facts belong to another policy or store".to_owned(),
            )));
        }
        let base = self.policy.manifest().frame_base;
        if self.loaded != Some(entities.identity()) {
            self.loaded = None;
            self.write(base, entities.bytes())?;
            self.loaded = Some(entities.identity());
        }
        self.write(base, &request.header)?;
        self.write(request.base, &request.bytes)?;
        self.store.set_epoch_deadline(DEADLINE_TICKS);
        Ok(())
    }

    fn leave<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, CallError> {
        result.map_err(|error| {
            self.broken = true;
            trapped(error)
        })
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), CallError> {
        let end = address as usize + bytes.len();
        let size = self.memory.data_size(&self.store);
        if end > size {
            let limit = self.store.data().memory_bytes;
            let pages = (end - size).div_ceil(65536);
            let pages = u64::try_from(pages).unwrap_or(u64::MAX);
            if self.memory.grow(&mut self.store, pages).is_err() {
                return Err(CallError::new(Kind::Memory { wanted: end, limit }));
            }
        }
        self.memory
            .write(&mut self.store, address as usize, bytes)
            .map_err(|e| CallError::new(Kind::Frame(e.to_string())))
    }

    fn bytes(&self, address: u32, length: usize) -> Result<&[u8], CallError> {
        let start = address as usize;
        let memory = self.memory.data(&self.store);
        let bytes = memory.get(start..start + length);
        bytes.ok_or_else(|| CallError::new(Kind::Frame("the output is out of bounds".to_owned())))
    }

    fn word(&self, address: u32) -> Result<u32, CallError> {
        let bytes = self.bytes(address, 4)?.try_into();
        bytes
            .map(u32::from_le_bytes)
            .map_err(|_| CallError::new(Kind::Frame("the output is cut short".to_owned())))
    }

    /// The three lists of the output: satisfied permits, satisfied forbids, errors.
    fn lists(&self) -> Result<[Vec<u32>; 3], CallError> {
        let manifest = self.policy.manifest();
        let base = manifest.output_base;
        let classes = u32::try_from(manifest.classes.len()).unwrap_or(u32::MAX);
        let start = base + output::SIZE + round_up(classes, 8);
        let room = manifest.list_capacity;
        let list = |counter: u32| -> Result<Vec<u32>, CallError> {
            let count = self.word(base + counter)?.min(room);
            let address = start + counter / 4 * room * 4;
            let bytes = self.bytes(address, count as usize * 4)?;
            let (words, _) = bytes.as_chunks::<4>();
            Ok(words.iter().map(|w| u32::from_le_bytes(*w)).collect())
        };
        Ok([
            list(output::PERMITS)?,
            list(output::FORBIDS)?,
            list(output::ERRORS)?,
        ])
    }
}
