//! An instance of a guest: its memory, its exports, and what is loaded in it.
//!
//! The store of the last call stays in the guest's memory: the next call over the same store writes
//! the request alone. After an error the instance is dropped, because a trap may leave anything.
//! Nothing here knows what a frame means.

use crate::answer::{Decision, DecisionRef, Output, Plan, PlanRef, Scope};
use crate::engine::DEADLINE_TICKS;
use crate::error::{CallError, Kind};
use crate::facts::batch::Batch;
use crate::facts::entities::Entities;
use crate::facts::names::length;
use crate::facts::request::Request;
use crate::policy::Policy;
use privet_frame::abi::output::Shape;
use privet_frame::abi::{entity, page};
use privet_frame::layout::round_up;
use wasmtime::{Memory, ResourceLimiter, Store, Trap, TypedFunc};

/// A guest of more memory does not wait for the next question.
const MOST_IDLE_BYTES: usize = 1 << 20;

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
    guest: Guest,
    broken: bool,
}

/// What there is of an instance beside its policy, which may wait for the next question.
pub(crate) struct Guest {
    store: Store<State>,
    memory: Memory,
    authorize: TypedFunc<(u32, u32, u32), u32>,
    plan: TypedFunc<(u32, u32, u32, u32), ()>,
    page: TypedFunc<(u32, u32, u32, u32, u32), ()>,
    verify: TypedFunc<(), u32>,
    /// Identity of the store in the guest's memory.
    loaded: Option<u64>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance")
            .field("policy", &self.policy)
            .field("loaded", &self.guest.loaded)
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
        let guest = Guest {
            authorize: instance
                .get_typed_func(&mut store, "privet_authorize")
                .map_err(missing)?,
            plan: instance
                .get_typed_func(&mut store, "privet_plan")
                .map_err(missing)?,
            page: instance
                .get_typed_func(&mut store, "privet_plan_page")
                .map_err(missing)?,
            verify: instance
                .get_typed_func(&mut store, "privet_verify")
                .map_err(missing)?,
            memory,
            store,
            loaded: None,
        };
        Ok(Self::of(policy, guest))
    }

    /// A guest of this very policy, which has answered before or never.
    pub(crate) fn of(policy: &Policy, guest: Guest) -> Self {
        Self {
            policy: policy.clone(),
            guest,
            broken: false,
        }
    }

    /// The guest, unless it trapped or its memory grew a lot.
    pub(crate) fn into_guest(self) -> Option<Guest> {
        let bytes = self.guest.memory.data_size(&self.guest.store);
        (!self.broken && bytes <= MOST_IDLE_BYTES).then_some(self.guest)
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
        Ok(self.decide(entities, request, action)?.to_owned())
    }

    /// Decides one request, and leaves the answer where the guest wrote it: nothing is allocated.
    ///
    /// # Errors
    ///
    /// As [`Instance::authorize`].
    pub fn decide(
        &mut self,
        entities: &Entities,
        request: &Request,
        action: u32,
    ) -> Result<DecisionRef<'_>, CallError> {
        let environment = self
            .policy
            .environment(request.signature, action)
            .ok_or_else(|| refused("the action does not apply to such a request"))?;
        let at = self.place(entities, request)?;
        let output = self.policy.manifest().output_base;
        let result = self
            .guest
            .authorize
            .call(&mut self.guest.store, (environment, at, output));
        let allowed = self.leave(result)? != 0;
        let scope = match self.policy.plan(request.signature) {
            Some(plan) => Scope::Action { plan, action },
            None => Scope::Environment(environment),
        };
        Ok(DecisionRef {
            policy: &self.policy,
            scope,
            allowed,
            output: self.output(output)?,
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
        Ok(self.disclose(entities, request, view)?.to_owned())
    }

    /// Answers as [`Instance::plan`] does, and leaves the answer where the guest wrote it: nothing
    /// is allocated.
    ///
    /// # Errors
    ///
    /// As [`Instance::plan`].
    pub fn disclose(
        &mut self,
        entities: &Entities,
        request: &Request,
        view: &str,
    ) -> Result<PlanRef<'_>, CallError> {
        let (plan, gate) = self.asked(request, view)?;
        let at = self.place(entities, request)?;
        let output = self.policy.manifest().output_base;
        let result = self
            .guest
            .plan
            .call(&mut self.guest.store, (plan, gate, at, output));
        self.leave(result)?;
        Ok(PlanRef {
            policy: &self.policy,
            plan,
            view: gate,
            output: self.output(output)?,
        })
    }

    /// Plans for several résumés over one store, in order; a search page, say. Requests of one
    /// signature are answered in one call.
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
        let requests: Vec<&Request> = requests.into_iter().collect();
        let mut plans = Vec::with_capacity(requests.len());
        for run in requests.chunk_by(|a, b| a.signature == b.signature) {
            let page = self.disclose_page(entities, run, view)?;
            plans.extend(page.iter().map(|plan| plan.to_owned()));
        }
        Ok(plans)
    }

    /// Plans for several résumés over one store in one call, left where the guest wrote them. All
    /// requests must have the principal, resource and context types of the first.
    ///
    /// # Errors
    ///
    /// As [`Instance::plan`]; also when a request has other types than the first.
    pub fn disclose_page(
        &mut self,
        entities: &Entities,
        requests: &[&Request],
        view: &str,
    ) -> Result<Page<'_>, CallError> {
        let Some(first) = requests.first() else {
            return Ok(Page::empty(&self.policy));
        };
        let (plan, gate) = self.asked(first, view)?;
        self.belongs(entities, first.store)?;
        let mut wanted = 0_usize;
        for request in requests {
            let asks_as_first = request.signature == first.signature && request.view == first.view;
            if !asks_as_first && self.asked(request, view)? != (plan, gate) {
                return Err(refused("the requests of a page differ in their types"));
            }
            if request.store != first.store {
                self.belongs(entities, request.store)?;
            }
            wanted += request.bytes.len().next_multiple_of(16);
        }
        self.load(entities)?;
        // The requests behind one another, each with its addresses moved.
        let start = first.base;
        let mut base = start;
        let mut parts = Vec::with_capacity(requests.len());
        let area = self.room(start, wanted)?;
        for request in requests {
            let place = area.get_mut((base - start) as usize..);
            let place = place.and_then(|area| area.get_mut(..request.bytes.len()));
            let memory = place.ok_or_else(out_of_bounds)?;
            let moved = base - request.base;
            memory.copy_from_slice(&request.bytes);
            if moved > 0 {
                for offset in &request.relocations {
                    let word = memory.get_mut(*offset as usize..);
                    if let Some(word) = word.and_then(<[u8]>::first_chunk_mut::<4>) {
                        *word = u32::from_le_bytes(*word).wrapping_add(moved).to_le_bytes();
                    }
                }
            }
            parts.push(
                request
                    .parts
                    .map(|p| if p >= request.base { p + moved } else { p }),
            );
            base = round_up(base + length(request.bytes.len()), 16);
        }
        let outputs = self.answer_page(plan, gate, base, &parts)?;
        self.page(plan, gate, length(parts.len()), outputs)
    }

    /// Plans for the requests of a batch, in order, in one call, left where the guest wrote them.
    ///
    /// # Errors
    ///
    /// As [`Instance::plan`]; a batch without a request.
    pub fn disclose_batch(&mut self, batch: &Batch) -> Result<Page<'_>, CallError> {
        let entities = batch.entities();
        self.belongs(entities, entities.identity())?;
        let (signature, view) = batch.asked().ok_or_else(|| refused("the batch is empty"))?;
        let plan = self.policy.plan(signature);
        let plan = plan.ok_or_else(|| refused("no plan is made for such a viewer"))?;
        let limit = self.guest.store.data().memory_bytes;
        // So the sums below cannot overflow.
        let wanted = batch.size().max(batch.requests.len());
        if wanted > limit.min(1 << 24) {
            return Err(CallError::new(Kind::Memory { wanted, limit }));
        }
        self.load(entities)?;
        let shape = self.policy.manifest().output();
        let count = length(batch.requests.len());
        let placed = batch.placed();
        let ((lists, words), (structs, bytes)) = (placed.lists, placed.structs);
        // Behind the batch the parts of the requests, then the outputs.
        let parts = round_up(placed.end, 16);
        let outputs = round_up(parts + count * page::STRIDE, 16);
        let size = shape.size();
        let wanted = (outputs - lists) as usize + count as usize * size as usize;
        // Until the store is whole again it must not be taken for itself.
        let loaded = self.guest.loaded.take();
        let area = self.room(lists, wanted)?;
        let (to_words, _) = area.as_chunks_mut();
        for (place, word) in to_words.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        let start = (structs - lists) as usize;
        let place = area.get_mut(start..start + bytes.len());
        place.ok_or_else(out_of_bounds)?.copy_from_slice(bytes);
        let places = area.get_mut((parts - lists) as usize..);
        let (places, _) = places.unwrap_or_default().as_chunks_mut();
        for (place, [principal, resource, context]) in places.iter_mut().zip(&batch.requests) {
            write_parts(place, [*principal, *resource, structs + context]);
        }
        let memory = self.guest.memory.data_mut(&mut self.guest.store);
        for (entry, start) in &batch.patches {
            patch(memory, *entry, (structs + start).to_le_bytes())?;
        }
        let first = parts - page::FIRST;
        let result = self
            .guest
            .page
            .call(&mut self.guest.store, (plan, view, first, count, outputs));
        self.leave(result)?;
        let memory = self.guest.memory.data_mut(&mut self.guest.store);
        let frame_base = self.policy.manifest().frame_base;
        for (entry, _) in &batch.patches {
            let place = (entry + entity::DATA - frame_base) as usize;
            let original = entities.bytes().get(place..);
            let word = original.and_then(<[u8]>::first_chunk::<4>);
            patch(memory, *entry, *word.ok_or_else(out_of_bounds)?)?;
        }
        self.guest.loaded = loaded;
        self.page(plan, view, count, outputs)
    }

    /// Runs the guest's own check over a frame's bytes, as the component's door does.
    ///
    /// # Errors
    ///
    /// When the check itself fails to run, or the bytes do not fit.
    pub fn verify(&mut self, frame: &[u8]) -> Result<bool, CallError> {
        self.guest.loaded = None;
        self.usable()?;
        self.write(self.policy.manifest().frame_base, frame)?;
        self.guest.store.set_epoch_deadline(DEADLINE_TICKS);
        let result = self.guest.verify.call(&mut self.guest.store, ());
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

    /// The plan and the gate that a request asks for.
    fn asked(&self, request: &Request, view: &str) -> Result<(u32, u32), CallError> {
        // The gate of one view must not open on facts that speak of another.
        if request.view.as_deref().is_some_and(|asked| asked != view) {
            return Err(refused("the facts are for another view"));
        }
        let gates = (0..).zip(&self.policy.manifest().gates);
        let gate = gates.into_iter().find(|(_, g)| g.view == view);
        let (gate, _) = gate.ok_or_else(|| refused("no gate admits such a view"))?;
        let plan = self.policy.plan(request.signature);
        let plan = plan.ok_or_else(|| refused("no plan is made for such a viewer"))?;
        Ok((plan, gate))
    }

    /// Facts must be of this policy, and a request of its store.
    fn belongs(&self, entities: &Entities, store: u64) -> Result<(), CallError> {
        if entities.policy().is(&self.policy) && store == entities.identity() {
            return Ok(());
        }
        Err(refused("the facts belong to another policy or store"))
    }

    /// Puts the store in place, unless it is there.
    fn load(&mut self, entities: &Entities) -> Result<(), CallError> {
        self.usable()?;
        if self.guest.loaded != Some(entities.identity()) {
            self.guest.loaded = None;
            self.write(self.policy.manifest().frame_base, entities.bytes())?;
            self.guest.loaded = Some(entities.identity());
        }
        self.guest.store.set_epoch_deadline(DEADLINE_TICKS);
        Ok(())
    }

    /// Puts store and request in place; returns the address that a decision is given.
    fn place(&mut self, entities: &Entities, request: &Request) -> Result<u32, CallError> {
        self.belongs(entities, request.store)?;
        self.load(entities)?;
        let length = round_up(length(request.bytes.len()), 4);
        let memory = self.room(request.base, (length + page::STRIDE) as usize)?;
        let (bytes, rest) = memory
            .split_at_mut_checked(request.bytes.len())
            .ok_or_else(out_of_bounds)?;
        bytes.copy_from_slice(&request.bytes);
        let place = rest.last_chunk_mut::<12>().ok_or_else(out_of_bounds)?;
        write_parts(place, request.parts);
        Ok(request.base + length - page::FIRST)
    }

    /// Asks one plan for many requests whose facts are in place; parts and outputs go to `base`.
    /// Returns the address of the outputs.
    fn answer_page(
        &mut self,
        plan: u32,
        gate: u32,
        base: u32,
        parts: &[[u32; 3]],
    ) -> Result<u32, CallError> {
        let shape = self.policy.manifest().output();
        let count = length(parts.len());
        let outputs = round_up(base + count * page::STRIDE, 16);
        let end = u64::from(outputs) + u64::from(count) * u64::from(shape.size());
        let wanted = usize::try_from(end).unwrap_or(usize::MAX) - base as usize;
        let memory = self.room(base, wanted)?;
        let (places, _) = memory.as_chunks_mut::<12>();
        for (place, parts) in places.iter_mut().zip(parts) {
            write_parts(place, *parts);
        }
        let first = base - page::FIRST;
        let result = self
            .guest
            .page
            .call(&mut self.guest.store, (plan, gate, first, count, outputs));
        self.leave(result)?;
        Ok(outputs)
    }

    /// The plans at an address of the guest's memory.
    fn page(&self, plan: u32, view: u32, count: u32, outputs: u32) -> Result<Page<'_>, CallError> {
        let shape = self.policy.manifest().output();
        let memory = self.guest.memory.data(&self.guest.store);
        let start = outputs as usize;
        let area = memory.get(start..start + count as usize * shape.size() as usize);
        Ok(Page {
            policy: &self.policy,
            plan,
            view,
            shape,
            count,
            outputs: area.ok_or_else(out_of_bounds)?,
        })
    }

    fn leave<T>(&mut self, result: wasmtime::Result<T>) -> Result<T, CallError> {
        result.map_err(|error| {
            self.broken = true;
            trapped(error)
        })
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), CallError> {
        self.room(address, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// So many bytes of the guest's memory, which grows where it must.
    fn room(&mut self, address: u32, bytes: usize) -> Result<&mut [u8], CallError> {
        let start = address as usize;
        let end = start.saturating_add(bytes);
        let size = self.guest.memory.data_size(&self.guest.store);
        if end > size {
            let limit = self.guest.store.data().memory_bytes;
            let pages = u64::try_from((end - size).div_ceil(65536)).unwrap_or(u64::MAX);
            if self
                .guest
                .memory
                .grow(&mut self.guest.store, pages)
                .is_err()
            {
                return Err(CallError::new(Kind::Memory { wanted: end, limit }));
            }
        }
        let memory = self.guest.memory.data_mut(&mut self.guest.store);
        memory.get_mut(start..end).ok_or_else(out_of_bounds)
    }

    fn output(&self, address: u32) -> Result<Output<'_>, CallError> {
        let memory = self.guest.memory.data(&self.guest.store);
        let shape = self.policy.manifest().output();
        Output::at(memory, shape, address).ok_or_else(out_of_bounds)
    }
}

/// The plans of a page, where the guest wrote them.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    policy: &'a Policy,
    plan: u32,
    view: u32,
    shape: Shape,
    count: u32,
    outputs: &'a [u8],
}

impl<'a> Page<'a> {
    fn empty(policy: &'a Policy) -> Self {
        Self {
            policy,
            plan: 0,
            view: 0,
            shape: policy.manifest().output(),
            count: 0,
            outputs: &[],
        }
    }

    /// The plans in the order of the requests.
    pub fn iter(&self) -> impl Iterator<Item = PlanRef<'a>> + 'a {
        let page = *self;
        (0..page.count).filter_map(move |index| {
            let output = Output::at(page.outputs, page.shape, index * page.shape.size())?;
            Some(PlanRef {
                policy: page.policy,
                plan: page.plan,
                view: page.view,
                output,
            })
        })
    }
}

#[cold]
fn refused(what: &str) -> CallError {
    CallError::new(Kind::Request(what.to_owned()))
}

#[cold]
fn out_of_bounds() -> CallError {
    CallError::new(Kind::Frame("out of the guest's memory".to_owned()))
}

/// Sets the address of an entity's struct.
#[inline]
fn patch(memory: &mut [u8], entry: u32, data: [u8; 4]) -> Result<(), CallError> {
    let place = memory.get_mut((entry + entity::DATA) as usize..);
    let word = place.and_then(<[u8]>::first_chunk_mut::<4>);
    *word.ok_or_else(out_of_bounds)? = data;
    Ok(())
}

#[inline]
fn write_parts(place: &mut [u8; 12], parts: [u32; 3]) {
    let (words, _) = place.as_chunks_mut::<4>();
    for (word, part) in words.iter_mut().zip(parts) {
        *word = part.to_le_bytes();
    }
}
