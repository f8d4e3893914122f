//! Facts that change with every call, written by handles: no name is looked up, nothing is parsed.
//!
//! A store names the entities and says who is in whom; a batch gives some of them their attributes,
//! fresh, for the length of one call, and adds the requests. Types and required attributes are
//! checked when a handle is made, references when they are written, so that what a batch and its
//! store make together is a valid frame. Values of other types than those of
//! [`Attribute`](super::attribute::Attribute) go through a store.

use super::attribute::{Area, Attributes, Target, Written};
use super::entities::{Entities, EntityReference};
use super::handle::{OF_CONTEXT, StructHandle, ViewHandle, refuse};
use super::names::length;
use crate::error::FactsError;
use privet_frame::abi::{entity, header};
use privet_frame::layout::round_up;

/// Attributes and requests of one call. Clear it and use it again: it allocates only to grow.
#[derive(Debug, Clone)]
pub struct Batch {
    entities: Entities,
    signature: Option<u32>,
    view: Option<ViewHandle>,
    /// Address of the lists, behind the store; the structs follow them.
    base: u32,
    /// Words of sets and texts, and room behind them.
    lists: Vec<u32>,
    /// How many of them are used.
    used: usize,
    /// The structs, and zeros behind them.
    area: Vec<u8>,
    /// Where the structs end.
    end: usize,
    /// Entries of the store whose struct is in this batch, and where that starts among the structs.
    pub(crate) patches: Vec<(u32, u32)>,
    /// Principal and resource, and where the context starts among the structs.
    pub(crate) requests: Vec<[u32; 3]>,
    /// What the references of the store carry.
    store: u32,
    policy: u64,
    /// The signature that was found last, with the types that it is of.
    found: Option<([u32; 3], u32)>,
}

/// Room for this many structs more when there is none.
const MORE: usize = 8;

/// The parts of a batch as they stand in a guest's memory, at their addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'b> {
    /// Sets and texts, and their address.
    pub(crate) lists: (u32, &'b [u32]),
    pub(crate) structs: (u32, &'b [u8]),
    /// Address behind the structs.
    pub(crate) end: u32,
}

impl Batch {
    /// An empty batch over a store.
    pub fn new(entities: &Entities) -> Self {
        let base = entities.policy().manifest().frame_base + length(entities.bytes().len());
        Self {
            entities: entities.clone(),
            signature: None,
            view: None,
            base: round_up(base, 16),
            lists: Vec::new(),
            used: 0,
            area: Vec::new(),
            end: 0,
            patches: Vec::new(),
            requests: Vec::new(),
            store: entities.short_identity(),
            policy: entities.policy().identity(),
            found: None,
        }
    }

    /// Drops everything but the store.
    #[inline]
    pub fn clear(&mut self) {
        self.used = 0;
        self.area.get_mut(..self.end).unwrap_or_default().fill(0);
        self.end = 0;
        self.patches.clear();
        self.requests.clear();
        self.signature = None;
        self.view = None;
    }

    /// Gives an entity that the store names its attributes. They take the place of those that the
    /// store has, until the call is over; who the entity is in stays as the store has it.
    ///
    /// # Errors
    ///
    /// An entity of another store or type, also among the attributes; a handle of another policy.
    /// The batch is then as it was.
    #[inline(always)]
    pub fn entity<A: Attributes>(
        &mut self,
        entity: EntityReference,
        shape: &StructHandle<A>,
        attributes: <A as Written>::Given<'_>,
    ) -> Result<(), FactsError> {
        if self.type_of(entity) != Some(shape.owner) {
            return refuse("an entity of another store or type");
        }
        let start = self.write(shape, None, attributes)?;
        self.patches.push((entity.address, start));
        Ok(())
    }

    /// The type of a reference, if it is one of the store.
    #[inline(always)]
    fn type_of(&self, reference: EntityReference) -> Option<u32> {
        (reference.store == self.store).then_some(reference.ty)
    }

    /// The signature of these types, which hardly ever differ from one request to the next.
    #[inline]
    fn signature_of(&mut self, types: [u32; 3]) -> Option<u32> {
        if let Some((known, signature)) = self.found
            && known == types
        {
            return Some(signature);
        }
        let [principal, resource, context] = types;
        let policy = self.entities.policy();
        let signature = policy.signature(principal, resource, context)?;
        self.found = Some((types, signature));
        Some(signature)
    }

    /// Adds a request: who asks, for what, how, and the context. The context's `view` is set here, so
    /// that the gate of one view never opens on facts that speak of another.
    ///
    /// # Errors
    ///
    /// Entities of another store, or of types for which no plan is made; requests of other types
    /// or another view than the first; a handle of another policy. The batch is then as it was.
    #[inline(always)]
    pub fn request<A: Attributes>(
        &mut self,
        principal: EntityReference,
        resource: EntityReference,
        view: ViewHandle,
        shape: &StructHandle<A>,
        context: <A as Written>::Given<'_>,
    ) -> Result<(), FactsError> {
        if self.view.is_some_and(|v| v != view) {
            return refuse("the requests of a batch are for one view");
        }
        let types = (self.type_of(principal), self.type_of(resource));
        let (Some(principal_type), Some(resource_type)) = types else {
            return refuse("entities of another store");
        };
        if shape.owner & OF_CONTEXT == 0 {
            return refuse("the struct of an entity where a context's was expected");
        }
        let types = [principal_type, resource_type, shape.owner & !OF_CONTEXT];
        let signature = self.signature_of(types);
        if signature.is_none() || self.signature.is_some_and(|s| Some(s) != signature) {
            return refuse("no plan for these types, or not that of the first request");
        }
        let start = self.write(shape, Some(view), context)?;
        self.signature = signature;
        self.view = Some(view);
        self.requests
            .push([principal.address, resource.address, start]);
        Ok(())
    }

    /// Writes a struct, or nothing; returns where among the structs it starts.
    #[inline(always)]
    fn write<A: Attributes>(
        &mut self,
        shape: &StructHandle<A>,
        view: Option<ViewHandle>,
        given: <A as Written>::Given<'_>,
    ) -> Result<u32, FactsError> {
        if shape.policy != self.policy {
            return refuse("a handle of another policy");
        }
        let start = self.end;
        if self.area.len() < start + size_of::<Area>() {
            self.grow();
        }
        let area = self.area.get_mut(start..).unwrap_or_default();
        let Some(area) = area.first_chunk_mut() else {
            return refuse("no room for a struct");
        };
        let mut target = Target {
            slots: &shape.slots,
            area,
            lists: &mut self.lists,
            used: self.used,
            base: self.base,
            store: self.store,
            wrong: 0,
        };
        A::write(Some(given), &mut 0, &mut target);
        if let (Some(slot), Some(view)) = (shape.view, view) {
            target.reference(slot, view.entity);
        }
        if target.wrong != 0 {
            target.area.fill(0);
            return refuse("an attribute refers to an entity of another store or type");
        }
        self.used = target.used;
        self.end = start + shape.size as usize;
        Ok(length(start))
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let wanted = self.end + MORE * size_of::<Area>();
        self.area.resize(wanted.max(self.area.len() * 2), 0);
    }

    /// The parts at their addresses.
    pub(crate) fn placed(&self) -> Placed<'_> {
        let lists = self.lists.get(..self.used).unwrap_or_default();
        let structs = self.area.get(..self.end).unwrap_or_default();
        let behind = self.base.saturating_add(length(size_of_val(lists)));
        let start = behind.checked_next_multiple_of(16).unwrap_or(u32::MAX);
        Placed {
            lists: (self.base, lists),
            structs: (start, structs),
            end: start.saturating_add(length(structs.len())),
        }
    }

    /// How many bytes its parts take.
    pub(crate) fn size(&self) -> usize {
        self.used.saturating_mul(4).saturating_add(self.end)
    }

    /// The store.
    #[inline]
    pub fn entities(&self) -> &Entities {
        &self.entities
    }

    /// Signature and gate of the requests.
    pub(crate) fn asked(&self) -> Option<(u32, u32)> {
        Some((self.signature?, self.view?.gate))
    }

    /// The frame of one of the requests, as the component's door takes it.
    pub fn frame(&self, request: usize) -> Option<Vec<u8>> {
        let [principal, resource, context] = *self.requests.get(request)?;
        let base = self.entities.policy().manifest().frame_base;
        let placed = self.placed();
        let ((lists, words), (structs, bytes)) = (placed.lists, placed.structs);
        let mut frame = self.entities.bytes().to_vec();
        frame.resize((lists - base) as usize, 0);
        frame.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        frame.resize((structs - base) as usize, 0);
        frame.extend_from_slice(bytes);
        let mut put = |address: u32, value: u32| {
            let place = frame.get_mut((address - base) as usize..);
            if let Some(word) = place.and_then(<[u8]>::first_chunk_mut::<4>) {
                *word = value.to_le_bytes();
            }
        };
        for (entry, start) in &self.patches {
            put(entry + entity::DATA, structs + start);
        }
        for (offset, value) in [
            (header::LENGTH, placed.end - base),
            (header::REQUEST_TABLE, lists),
            (header::PRINCIPAL, principal),
            (header::RESOURCE, resource),
            (header::CONTEXT, structs + context),
            (header::SIGNATURE, self.signature.unwrap_or(u32::MAX)),
        ] {
            put(base + offset, value);
        }
        Some(frame)
    }

    /// Checks every request with its store as the guest would check a frame.
    ///
    /// # Errors
    ///
    /// What is wrong with it; a frame that a batch made is valid.
    pub fn verify(&self) -> Result<(), FactsError> {
        let table = self.entities.policy().layout_table();
        for frame in (0..self.requests.len()).filter_map(|i| self.frame(i)) {
            privet_frame::verify::verify(&frame, table).map_err(FactsError::new)?;
        }
        Ok(())
    }
}
