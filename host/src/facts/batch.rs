//! Facts that change with every call, written by handles: no name is looked up, nothing is parsed.
//!
//! A store names the entities and says who is in whom; a batch gives some of them their attributes,
//! fresh, for the length of one call, and adds the requests. Types are checked when a value is
//! written, required attributes when an entity is finished, so that what a batch and its store make
//! together is a valid frame. Values of other types than those here go through a store.

use super::entities::{Entities, EntityReference, length};
use crate::error::FactsError;
use crate::policy::Policy;
use privet_frame::abi::{entity, header};
use privet_frame::layout::{StructLayout, round_up, struct_layout};
use privet_frame::manifest::EntityKind;
use privet_frame::types::{Field, Type};

/// What a handle is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Entity(u32),
    Context(u32),
}

/// The types that a batch writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Bool,
    Integer,
    Text,
    Entity(u32),
    Entities(u32),
    Record,
    Other,
}

/// An attribute or context field, resolved once; `a.b` is the field `b` of the record `a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldHandle {
    owner: Owner,
    content: Content,
    /// Offset in the struct, or `None` when no policy reads it and it is not laid out.
    offset: Option<u32>,
    /// The word and the bit that say that it is there.
    presence: Option<(u32, u32)>,
    /// A bit for the check that nothing is missing.
    mark: u64,
}

/// The struct of an entity type or of a context, for writing.
#[derive(Debug, Clone, Copy)]
pub struct StructHandle {
    owner: Owner,
    size: u32,
    /// What must be written.
    required: u64,
    /// What must be written when a record is: its mark and the others.
    nested: [(u64, u64); 8],
    /// The context's field `view`, which the host sets.
    view: Option<FieldHandle>,
}

/// A view with its place in the store, for the requests of a [`Batch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewHandle {
    gate: u32,
    entity: EntityReference,
}

/// The fields of a struct, nested ones flattened.
struct Fields {
    found: Vec<(String, FieldHandle)>,
    required: u64,
    nested: Vec<(u64, u64)>,
}

impl Fields {
    fn add(&mut self, owner: Owner, path: &str, base: u32, layout: &StructLayout) -> u64 {
        let mut required = 0;
        for field in &layout.fields {
            let mark = 1_u64.checked_shl(length(self.found.len())).unwrap_or(0);
            let name = format!("{path}{}", field.name);
            let presence = field.presence.map(|bit| (base + bit / 32 * 4, bit % 32));
            let handle = FieldHandle {
                owner,
                content: content(&field.ty),
                offset: Some(base + field.offset),
                presence,
                mark,
            };
            self.found.push((name.clone(), handle));
            if presence.is_none() {
                required |= mark;
            }
            if let Type::Record(fields) = &field.ty {
                let inner = struct_layout(fields);
                let path = format!("{name}.");
                let needs = self.add(owner, &path, base + field.offset, &inner);
                self.nested.push((mark, needs));
            }
        }
        required
    }

    fn of(owner: Owner, layout: &StructLayout) -> Self {
        let mut fields = Self {
            found: Vec::new(),
            required: 0,
            nested: Vec::new(),
        };
        fields.required = fields.add(owner, "", 0, layout);
        fields
    }
}

fn content(ty: &Type) -> Content {
    match ty {
        Type::Bool => Content::Bool,
        Type::String => Content::Text,
        Type::Entity(ty) => Content::Entity(*ty),
        Type::Record(_) => Content::Record,
        Type::Set(element) => match element.as_ref() {
            Type::Entity(ty) => Content::Entities(*ty),
            _ => Content::Other,
        },
        _ if ty.is_integer() => Content::Integer,
        _ => Content::Other,
    }
}

fn declared<'f>(fields: &'f [Field], path: &str) -> Option<&'f Field> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let field = fields.iter().find(|f| f.name == name)?;
    match (rest, &field.ty) {
        (None, _) => Some(field),
        (Some(rest), Type::Record(fields)) => declared(fields, rest),
        _ => None,
    }
}

fn refuse<T>(what: impl std::fmt::Display) -> Result<T, FactsError> {
    Err(FactsError::new(what))
}

impl Entities {
    /// A view, for the requests of a [`Batch`].
    ///
    /// # Errors
    ///
    /// A view without a gate, or that this store does not name; a literal of the policies is always
    /// named.
    pub fn view(&self, view: &str) -> Result<ViewHandle, FactsError> {
        let policy = self.policy();
        let gates = (0..).zip(&policy.manifest().gates);
        let gate = gates.into_iter().find(|(_, g)| g.view == view);
        let types = policy.manifest().schema.entity_types.iter();
        let entity = types.filter_map(|t| match &t.kind {
            EntityKind::Enumerated(ids) if t.name == "View" || t.name.ends_with("::View") => ids
                .iter()
                .any(|id| id == view)
                .then(|| self.find(&t.name, view))?,
            _ => None,
        });
        match (gate, entity.into_iter().next()) {
            (Some((gate, _)), Some(entity)) => Ok(ViewHandle { gate, entity }),
            _ => refuse(format_args!(
                "no gate admits the view `{view}`, or the store does not name it"
            )),
        }
    }
}

impl Policy {
    /// The struct of an entity type, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// A type that is not declared, or one with more laid-out fields than a batch can check.
    pub fn entity_struct(&self, entity_type: &str) -> Result<StructHandle, FactsError> {
        let Some(ty) = self.manifest().entity_type(entity_type) else {
            return refuse(format_args!(
                "the entity type `{entity_type}` is not declared"
            ));
        };
        match self.entity_layout(ty) {
            // Tags are a table of their own.
            Some(layout) if layout.tags.is_none() => {
                structure(Owner::Entity(ty), layout.size, &layout.attributes)
            }
            _ => refuse(format_args!(
                "`{entity_type}` has tags: give it through a store"
            )),
        }
    }

    /// The struct of the context of the plans for these types, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// When no plan is made for these types, or the context has too many fields.
    pub fn context_struct(
        &self,
        principal: &str,
        resource: &str,
    ) -> Result<StructHandle, FactsError> {
        let context = self.planned_context(principal, resource)?;
        match self.context_layout(context) {
            Some(layout) => {
                let owner = Owner::Context(context);
                let view = self.context_field(principal, resource, "view").ok();
                let shape = structure(owner, layout.size, layout)?;
                Ok(StructHandle { view, ..shape })
            }
            None => refuse("no such context type"),
        }
    }

    fn planned_context(&self, principal: &str, resource: &str) -> Result<u32, FactsError> {
        let manifest = self.manifest();
        let (principal_type, resource_type) = (
            manifest.entity_type(principal),
            manifest.entity_type(resource),
        );
        let planned = manifest.plans.iter();
        let mut planned = planned.filter_map(|p| manifest.signatures.get(p.signature as usize));
        let signature = planned
            .find(|s| Some(s.principal) == principal_type && Some(s.resource) == resource_type);
        match signature {
            Some(signature) => Ok(signature.context),
            None => refuse(format_args!(
                "no plan is made for `{principal}` and `{resource}`"
            )),
        }
    }

    /// An attribute of an entity type, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// An attribute that is not declared.
    pub fn entity_field(&self, entity_type: &str, path: &str) -> Result<FieldHandle, FactsError> {
        let types = &self.manifest().schema.entity_types;
        let ty = self.manifest().entity_type(entity_type);
        let declared_type = ty.and_then(|ty| Some((ty, types.get(ty as usize)?)));
        let known = declared_type.and_then(|(ty, t)| match &t.kind {
            EntityKind::Standard { attributes, .. } => {
                let layout = self.entity_layout(ty)?;
                let field = declared(attributes, path)?;
                Some(handle(Owner::Entity(ty), &layout.attributes, field, path))
            }
            _ => None,
        });
        match known {
            Some(handle) => Ok(handle),
            None => refuse(format_args!("`{entity_type}` has no attribute `{path}`")),
        }
    }

    /// A field of the context of the plans for these types, for a [`Batch`].
    ///
    /// # Errors
    ///
    /// A field that is not declared; types without a plan.
    pub fn context_field(
        &self,
        principal: &str,
        resource: &str,
        path: &str,
    ) -> Result<FieldHandle, FactsError> {
        let context = self.planned_context(principal, resource)?;
        let known = self.manifest().schema.contexts.get(context as usize);
        let known = known.and_then(|c| {
            let layout = self.context_layout(context)?;
            let field = declared(&c.fields, path)?;
            Some(handle(Owner::Context(context), layout, field, path))
        });
        match known {
            Some(handle) => Ok(handle),
            None => refuse(format_args!("the context has no field `{path}`")),
        }
    }
}

fn structure(owner: Owner, size: u32, layout: &StructLayout) -> Result<StructHandle, FactsError> {
    let fields = Fields::of(owner, layout);
    let mut nested = [(0, 0); 8];
    if fields.found.len() > 64 || fields.nested.len() > nested.len() {
        return refuse("more fields than a batch can check: give it through a store");
    }
    for (place, pair) in nested.iter_mut().zip(fields.nested) {
        *place = pair;
    }
    Ok(StructHandle {
        owner,
        size: round_up(size.max(4), 8),
        required: fields.required,
        nested,
        view: None,
    })
}

fn handle(owner: Owner, layout: &StructLayout, field: &Field, path: &str) -> FieldHandle {
    let found = Fields::of(owner, layout).found;
    match found.into_iter().find(|(name, _)| name == path) {
        Some((_, handle)) => handle,
        None => FieldHandle {
            owner,
            content: content(&field.ty),
            offset: None,
            presence: None,
            mark: 0,
        },
    }
}

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
}

/// A struct that is being written.
#[derive(Debug)]
pub struct Writer<'b> {
    batch: &'b mut Batch,
    shape: StructHandle,
    start: u32,
    written: u64,
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
        }
    }

    /// Drops everything but the store.
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
    pub fn entity(
        &mut self,
        entity: EntityReference,
        shape: &StructHandle,
    ) -> Result<Writer<'_>, FactsError> {
        let ty = self.entities.type_of(entity);
        if ty.map(Owner::Entity) != Some(shape.owner) {
            return refuse("an entity of another store or type");
        }
        let start = self.begin(shape);
        self.patches.push((entity.address, start));
        Ok(self.writer(shape, start))
    }

    /// Begins a request: who asks, for what, how; the context follows. The context's `view` is set
    /// here, so that the gate of one view never opens on facts that speak of another.
    ///
    /// # Errors
    ///
    /// Entities of another store, or of types for which no plan is made; requests of other types
    /// or another view than the first.
    pub fn request(
        &mut self,
        principal: EntityReference,
        resource: EntityReference,
        view: ViewHandle,
        shape: &StructHandle,
    ) -> Result<Writer<'_>, FactsError> {
        if self.view.is_some_and(|v| v != view) {
            return refuse("the requests of a batch are for one view");
        }
        let types = (
            self.entities.type_of(principal),
            self.entities.type_of(resource),
        );
        let (Owner::Context(context), (Some(principal_type), Some(resource_type))) =
            (shape.owner, types)
        else {
            return refuse("entities of another store, or no context");
        };
        let policy = self.entities.policy();
        let signature = policy.signature(principal_type, resource_type, context);
        if signature.is_none() || self.signature.is_some_and(|s| Some(s) != signature) {
            return refuse("no plan for these types, or not that of the first request");
        }
        self.signature = signature;
        self.view = Some(view);
        let start = self.begin(shape);
        self.requests
            .push([principal.address, resource.address, start]);
        let mut writer = self.writer(shape, start);
        if let Some(field) = shape.view {
            writer.reference(field, view.entity)?;
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

    fn begin(&mut self, shape: &StructHandle) -> u32 {
        let start = round_up(self.base + length(self.bytes.len()), 8);
        let end = (start - self.base + shape.size) as usize;
        self.bytes.resize(end, 0);
        self.open = true;
        start
    }

    fn writer(&mut self, shape: &StructHandle, start: u32) -> Writer<'_> {
        Writer {
            batch: self,
            shape: *shape,
            start,
            written: 0,
        }
    }
}

impl Writer<'_> {
    /// Writes a `Bool`.
    ///
    /// # Errors
    ///
    /// A field of another struct or type; so too below.
    #[inline]
    pub fn boolean(&mut self, field: FieldHandle, value: bool) -> Result<(), FactsError> {
        self.check(field, Content::Bool)?;
        self.put(field, u32::from(value).to_le_bytes())
    }

    /// Writes a `Long`, or the number behind a `datetime`, `duration` (milliseconds) or `decimal`
    /// (ten-thousandths).
    #[inline]
    pub fn integer(&mut self, field: FieldHandle, value: i64) -> Result<(), FactsError> {
        self.check(field, Content::Integer)?;
        self.put(field, value.to_le_bytes())
    }

    /// Writes a reference. The context's `view` is set by [`Batch::request`] alone.
    #[inline]
    pub fn entity(&mut self, field: FieldHandle, value: EntityReference) -> Result<(), FactsError> {
        if self.shape.view == Some(field) {
            return refuse("`view` is set by the request");
        }
        self.reference(field, value)
    }

    #[inline]
    fn reference(&mut self, field: FieldHandle, value: EntityReference) -> Result<(), FactsError> {
        match self.batch.entities.type_of(value) {
            Some(ty) => self.check(field, Content::Entity(ty))?,
            None => return refuse("an entity of another store"),
        }
        self.put(field, value.address.to_le_bytes())
    }

    /// Writes a set of references.
    #[inline]
    pub fn entities(
        &mut self,
        field: FieldHandle,
        values: &[EntityReference],
    ) -> Result<(), FactsError> {
        let Content::Entities(ty) = field.content else {
            return refuse("the field is no set of entities");
        };
        self.check(field, field.content)?;
        let Some(offset) = field.offset else {
            return Ok(());
        };
        self.mark(field);
        let first = round_up(self.batch.base + length(self.batch.bytes.len()), 4);
        self.batch
            .bytes
            .resize((first - self.batch.base) as usize, 0);
        let (mut last, mut count, mut ascending) = (0, 0_u32, true);
        for value in values {
            if self.batch.entities.type_of(*value) != Some(ty) {
                return refuse("an entity of another store or type");
            }
            ascending &= value.address > last;
            last = value.address;
            self.batch.bytes.extend_from_slice(&last.to_le_bytes());
            count += 1;
        }
        if !ascending {
            count = self.sort(first);
        }
        self.span(offset, first, count)
    }

    /// Writes a `String`.
    pub fn text(&mut self, field: FieldHandle, value: &str) -> Result<(), FactsError> {
        self.check(field, Content::Text)?;
        let Some(offset) = field.offset else {
            return Ok(());
        };
        self.mark(field);
        let first = self.batch.base + length(self.batch.bytes.len());
        self.batch.bytes.extend_from_slice(value.as_bytes());
        self.span(offset, first, length(value.len()))
    }

    /// Says that a record is there; its fields are written by handles of their own.
    pub fn record(&mut self, field: FieldHandle) -> Result<(), FactsError> {
        self.check(field, Content::Record)?;
        self.mark(field);
        Ok(())
    }

    /// Ends the struct.
    ///
    /// # Errors
    ///
    /// When a required attribute was not written, or a field of a record that is not there.
    pub fn finish(self) -> Result<(), FactsError> {
        let missing = self.shape.required & !self.written;
        let nested = self.shape.nested.iter();
        let incomplete = nested
            .filter(|(record, _)| self.written & record != 0)
            .any(|(_, needs)| needs & !self.written != 0);
        if missing != 0 || incomplete {
            return refuse("a required attribute is missing");
        }
        self.batch.open = false;
        Ok(())
    }

    #[inline]
    fn check(&self, field: FieldHandle, content: Content) -> Result<(), FactsError> {
        if field.owner == self.shape.owner && field.content == content {
            return Ok(());
        }
        refuse("a field of another struct or type")
    }

    /// Notes that a field is written, in the struct where it is optional.
    #[inline]
    fn mark(&mut self, field: FieldHandle) {
        self.written |= field.mark;
        if let Some((word, bit)) = field.presence
            && let Some(byte) = self.at(word + bit / 8)
        {
            *byte |= 1 << (bit % 8);
        }
    }

    #[inline]
    fn put<const N: usize>(
        &mut self,
        field: FieldHandle,
        value: [u8; N],
    ) -> Result<(), FactsError> {
        if let Some(offset) = field.offset {
            self.mark(field);
            self.store(offset, value);
        }
        Ok(())
    }

    #[inline]
    fn store<const N: usize>(&mut self, offset: u32, value: [u8; N]) {
        let start = (self.start - self.batch.base + offset) as usize;
        let place = self.batch.bytes.get_mut(start..);
        if let Some(place) = place.and_then(<[u8]>::first_chunk_mut::<N>) {
            *place = value;
        }
    }

    fn at(&mut self, offset: u32) -> Option<&mut u8> {
        let place = (self.start - self.batch.base + offset) as usize;
        self.batch.bytes.get_mut(place)
    }

    fn span(&mut self, offset: u32, first: u32, count: u32) -> Result<(), FactsError> {
        let word = u64::from(first) | u64::from(count) << 32;
        self.store(offset, word.to_le_bytes());
        Ok(())
    }

    /// Puts the set that was written last in ascending order, each reference once.
    fn sort(&mut self, first: u32) -> u32 {
        let start = (first - self.batch.base) as usize;
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
