//! Facts that change with every call, written by handles: no name is looked up, nothing is parsed.
//!
//! A store names the entities and says who is in whom; a batch gives some of them their attributes,
//! fresh, for the length of one call, and adds the requests. Types are checked when a value is
//! written, required attributes when an entity is finished, so that what a batch and its store make
//! together is a valid frame. Values of other types than those here go through a store.

use super::entities::{Entities, EntityReference};
use super::handle::{
    BOOL, Content, ENTITIES, ENTITY, FieldHandle, INTEGER, NOT_LAID_OUT, OF_CONTEXT, RECORD,
    StructHandle, TEXT, ViewHandle, refuse,
};
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
    /// Address of the first byte, behind the store.
    base: u32,
    pub(crate) bytes: Vec<u8>,
    /// Entries of the store whose struct is in this batch.
    pub(crate) patches: Vec<(u32, u32)>,
    pub(crate) requests: Vec<[u32; 3]>,
    /// Whether a struct was begun and not finished.
    open: bool,
    /// What the references of the store carry.
    store: u32,
    /// The signature that was found last, with the types that it is of.
    found: Option<([u32; 3], u32)>,
}

const OTHER_FIELD: &str = "a field of another struct or type";

/// A struct that is being written.
#[derive(Debug)]
pub struct Writer<'b> {
    batch: &'b mut Batch,
    shape: &'b StructHandle,
    /// Where the struct starts in the batch's bytes.
    start: usize,
    written: u64,
    /// The mark of what the request has set.
    kept: u64,
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
            bytes: Vec::new(),
            patches: Vec::new(),
            requests: Vec::new(),
            open: false,
            store: entities.short_identity(),
            found: None,
        }
    }

    /// Drops everything but the store.
    #[inline]
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.patches.clear();
        self.requests.clear();
        self.open = false;
        self.signature = None;
        self.view = None;
    }

    /// Begins the attributes of an entity that the store names. They take the place of those that
    /// the store has, until the call is over; who the entity is in stays as the store has it.
    ///
    /// # Errors
    ///
    /// An entity of another store or type.
    #[inline(always)]
    pub fn entity<'b>(
        &'b mut self,
        entity: EntityReference,
        shape: &'b StructHandle,
    ) -> Result<Writer<'b>, FactsError> {
        if self.type_of(entity) != Some(shape.owner) {
            return refuse("an entity of another store or type");
        }
        let start = self.begin(shape);
        self.patches.push((entity.address, self.address(start)));
        Ok(self.writer(shape, start))
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

    #[inline]
    fn address(&self, start: usize) -> u32 {
        self.base.saturating_add(length(start))
    }

    /// Begins a request: who asks, for what, how; the context follows. The context's `view` is set
    /// here, so that the gate of one view never opens on facts that speak of another.
    ///
    /// # Errors
    ///
    /// Entities of another store, or of types for which no plan is made; requests of other types
    /// or another view than the first.
    #[inline(always)]
    pub fn request<'b>(
        &'b mut self,
        principal: EntityReference,
        resource: EntityReference,
        view: ViewHandle,
        shape: &'b StructHandle,
    ) -> Result<Writer<'b>, FactsError> {
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
        let context = shape.owner & !OF_CONTEXT;
        let signature = self.signature_of([principal_type, resource_type, context]);
        if signature.is_none() || self.signature.is_some_and(|s| Some(s) != signature) {
            return refuse("no plan for these types, or not that of the first request");
        }
        self.signature = signature;
        self.view = Some(view);
        let start = self.begin(shape);
        let context = self.address(start);
        self.requests
            .push([principal.address, resource.address, context]);
        let mut writer = self.writer(shape, start);
        if let Some(field) = shape.view {
            writer.reference(field, view.entity)?;
            writer.kept = field.mark;
        }
        Ok(writer)
    }

    /// The store.
    #[inline]
    pub fn entities(&self) -> &Entities {
        &self.entities
    }

    /// Signature and gate of the requests, when everything begun is finished.
    pub(crate) fn asked(&self) -> Option<(u32, u32)> {
        let asked = (self.signature?, self.view?.gate);
        Some(asked).filter(|_| !self.open)
    }

    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    /// The frame of one of the requests, as the component's door takes it.
    pub fn frame(&self, request: usize) -> Option<Vec<u8>> {
        let parts = self.requests.get(request)?;
        let base = self.entities.policy().manifest().frame_base;
        let mut frame = self.entities.bytes().to_vec();
        frame.resize((self.base - base) as usize, 0);
        frame.extend_from_slice(&self.bytes);
        let mut put = |address: u32, value: u32| {
            let place = frame.get_mut((address - base) as usize..);
            if let Some(word) = place.and_then(<[u8]>::first_chunk_mut::<4>) {
                *word = value.to_le_bytes();
            }
        };
        for (entry, data) in &self.patches {
            put(entry + entity::DATA, *data);
        }
        let [principal, resource, context] = *parts;
        for (offset, value) in [
            (header::LENGTH, self.base - base + length(self.bytes.len())),
            (header::REQUEST_TABLE, self.base),
            (header::PRINCIPAL, principal),
            (header::RESOURCE, resource),
            (header::CONTEXT, context),
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

    /// Room for a struct, zeroed; returns where it starts.
    #[inline(always)]
    fn begin(&mut self, shape: &StructHandle) -> usize {
        let start = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(start + shape.size as usize, 0);
        self.open = true;
        start
    }

    #[inline(always)]
    fn writer<'b>(&'b mut self, shape: &'b StructHandle, start: usize) -> Writer<'b> {
        Writer {
            batch: self,
            shape,
            start,
            written: 0,
            kept: 0,
        }
    }
}

// Each of these is a handful of instructions where it is inlined, and many more where it is not.
impl Writer<'_> {
    /// Writes a `Bool`.
    ///
    /// # Errors
    ///
    /// A field of another struct or type; so too below.
    #[inline(always)]
    pub fn boolean(&mut self, field: FieldHandle, value: bool) -> Result<(), FactsError> {
        self.put(field, BOOL, u32::from(value).to_le_bytes())
    }

    /// Writes a `Long`, or the number behind a `datetime`, `duration` (milliseconds) or `decimal`
    /// (ten-thousandths).
    #[inline(always)]
    pub fn integer(&mut self, field: FieldHandle, value: i64) -> Result<(), FactsError> {
        self.put(field, INTEGER, value.to_le_bytes())
    }

    /// Writes a reference. The context's `view` is set by [`Batch::request`] alone.
    #[inline(always)]
    pub fn entity(&mut self, field: FieldHandle, value: EntityReference) -> Result<(), FactsError> {
        if self.written & self.kept & field.mark != 0 {
            return refuse("`view` is set by the request");
        }
        self.reference(field, value)
    }

    #[inline(always)]
    fn reference(&mut self, field: FieldHandle, value: EntityReference) -> Result<(), FactsError> {
        if value.store != self.batch.store {
            return refuse("an entity of another store");
        }
        let content = ENTITY | u64::from(value.ty);
        self.put(field, content, value.address.to_le_bytes())
    }

    /// Writes a set of references.
    #[inline]
    pub fn entities(
        &mut self,
        field: FieldHandle,
        values: &[EntityReference],
    ) -> Result<(), FactsError> {
        if field.owner != self.shape.owner || field.content & !u64::from(u32::MAX) != ENTITIES {
            return refuse("a field of another struct, or no set of entities");
        }
        if field.offset == NOT_LAID_OUT {
            return Ok(());
        }
        let start = self.batch.bytes.len().next_multiple_of(4);
        self.batch.bytes.resize(start + values.len() * 4, 0);
        let places = self.batch.bytes.get_mut(start..).unwrap_or_default();
        let (places, _) = places.as_chunks_mut();
        let (mut last, mut ascending, mut fits) = (0, true, true);
        for (place, value) in places.iter_mut().zip(values) {
            fits &=
                value.store == self.batch.store && ENTITIES | u64::from(value.ty) == field.content;
            ascending &= value.address > last;
            last = value.address;
            *place = last.to_le_bytes();
        }
        if !fits {
            return refuse("an entity of another store or type");
        }
        let count = match ascending {
            true => length(values.len()),
            false => self.sort(start),
        };
        self.span(field, start, count)
    }

    /// Writes a `String`.
    #[inline]
    pub fn text(&mut self, field: FieldHandle, value: &str) -> Result<(), FactsError> {
        if field.owner != self.shape.owner || field.content != TEXT {
            return refuse(OTHER_FIELD);
        }
        if field.offset == NOT_LAID_OUT {
            return Ok(());
        }
        let start = self.batch.bytes.len();
        self.batch.bytes.extend_from_slice(value.as_bytes());
        self.span(field, start, length(value.len()))
    }

    /// Says that a record is there; its fields are written by handles of their own.
    #[inline(always)]
    pub fn record(&mut self, field: FieldHandle) -> Result<(), FactsError> {
        self.put(field, RECORD, [])
    }

    /// Ends the struct.
    ///
    /// # Errors
    ///
    /// When a required attribute was not written, or a field of a record that is not there.
    #[inline(always)]
    pub fn finish(self) -> Result<(), FactsError> {
        let mut missing = self.shape.required & !self.written;
        for (record, needs) in self.shape.nested.iter().take(self.shape.records) {
            if self.written & record != 0 {
                missing |= needs & !self.written;
            }
        }
        if missing != 0 {
            return refuse("a required attribute is missing");
        }
        self.batch.open = false;
        Ok(())
    }

    /// Checks the field, notes that it is there, writes the value.
    #[inline(always)]
    fn put<const N: usize>(
        &mut self,
        field: FieldHandle,
        content: Content,
        value: [u8; N],
    ) -> Result<(), FactsError> {
        if field.owner != self.shape.owner || field.content != content {
            return refuse(OTHER_FIELD);
        }
        if field.offset == NOT_LAID_OUT {
            return Ok(());
        }
        self.written |= field.mark;
        let area = self.batch.bytes.get_mut(self.start..).unwrap_or_default();
        if let Some(byte) = area.get_mut(field.presence as usize) {
            *byte |= field.bit;
        }
        let place = area.get_mut(field.offset as usize..);
        if let Some(place) = place.and_then(<[u8]>::first_chunk_mut::<N>) {
            *place = value;
        }
        Ok(())
    }

    /// Writes where something variable stands, and how long it is.
    #[inline(always)]
    fn span(&mut self, field: FieldHandle, start: usize, count: u32) -> Result<(), FactsError> {
        let word = u64::from(self.batch.address(start)) | u64::from(count) << 32;
        self.put(field, field.content, word.to_le_bytes())
    }

    /// Puts the set that was written last in ascending order, each reference once.
    fn sort(&mut self, start: usize) -> u32 {
        let tail = self.batch.bytes.get(start..).unwrap_or_default();
        let (words, _) = tail.as_chunks::<4>();
        let mut sorted: Vec<u32> = words.iter().map(|w| u32::from_le_bytes(*w)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        self.batch.bytes.truncate(start);
        for word in &sorted {
            self.batch.bytes.extend_from_slice(&word.to_le_bytes());
        }
        length(sorted.len())
    }
}
