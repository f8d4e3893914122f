//! Links emitted functions into the runtime module.
//!
//! The runtime's only imports are the hooks, and imported and defined functions share one index
//! space: the hooks become the first defined functions, everything else keeps its index, and the
//! calls become direct. Emitted helpers and conditions follow behind. Runtime functions that this
//! guest never reaches become a single `unreachable`, so that indices stay and bytes go. Constants
//! stand behind the runtime's own data. Nothing here knows a policy.

use crate::emit::MemoryMap;
use crate::emit::body::Body;
use crate::error::CompileError;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, ExportKind, ExportSection,
    FunctionSection, GlobalSection, MemorySection, MemoryType, Module, TableSection, TypeSection,
    ValType,
};
use wasmparser::{Operator, Parser, Payload};

/// The compiled runtime, see `guest/`.
static RUNTIME: &[u8] = include_bytes!("../../guest/runtime.wasm");

/// Bytes of a page of linear memory.
const PAGE: u32 = 65536;

/// The hooks in the order of the runtime's imports.
const HOOKS: [&str; 3] = ["constant", "authorize", "plan"];

/// Index of the hook `plan`.
pub(crate) const PLAN_HOOK: u32 = 2;

/// What emitted code needs to know of the runtime.
#[derive(Debug, Clone)]
pub(crate) struct Runtime {
    /// Number of functions; the first appended one has this index.
    pub(crate) functions: u32,
    /// First address behind the runtime's own data.
    pub(crate) free: u32,
    pub(crate) string_equal: u32,
    pub(crate) string_compare: u32,
    pub(crate) like: u32,
    pub(crate) is_in: u32,
    pub(crate) is_in_set: u32,
    pub(crate) find_tag: u32,
    pub(crate) ip_in_range: u32,
    pub(crate) ip_loopback: u32,
    pub(crate) ip_multicast: u32,
    pub(crate) multiply_overflows: u32,
}

/// What is put into the runtime.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    /// One body a hook, in the order of [`HOOKS`].
    pub(crate) hooks: [Body; 3],
    /// The function behind the export `privet_plan_page`.
    pub(crate) page: u32,
    pub(crate) functions: &'a [Body],
    pub(crate) constants: &'a [u8],
    pub(crate) map: MemoryMap,
    pub(crate) manifest: &'a [u8],
}

fn broken(what: impl std::fmt::Display) -> CompileError {
    CompileError::internal(format!("runtime module: {what}"))
}

impl Runtime {
    /// Reads the runtime's exports.
    pub(crate) fn read() -> Result<Self, CompileError> {
        let mut exports = BTreeMap::new();
        let mut globals = Vec::new();
        let mut functions = 0;
        for payload in Parser::new(0).parse_all(RUNTIME) {
            match payload.map_err(broken)? {
                Payload::ImportSection(imports) => functions += imports.count(),
                Payload::FunctionSection(reader) => functions += reader.count(),
                Payload::GlobalSection(reader) => {
                    for global in reader {
                        let mut operators =
                            global.map_err(broken)?.init_expr.get_operators_reader();
                        globals.push(match operators.read().map_err(broken)? {
                            Operator::I32Const { value } => value.cast_unsigned(),
                            _ => 0,
                        });
                    }
                }
                Payload::ExportSection(reader) => {
                    for export in reader {
                        let export = export.map_err(broken)?;
                        exports.insert(export.name.to_owned(), export.index);
                    }
                }
                _ => {}
            }
        }
        let find = |name: &str| {
            let index = exports.get(name).copied();
            index.ok_or_else(|| broken(format!("`{name}` is not exported")))
        };
        let heap_base = globals.get(find("__heap_base")? as usize).copied();
        Ok(Self {
            functions,
            free: heap_base
                .ok_or_else(|| broken("no heap base"))?
                .next_multiple_of(16),
            string_equal: find("rt_string_equal")?,
            string_compare: find("rt_string_compare")?,
            like: find("rt_like")?,
            is_in: find("rt_in")?,
            is_in_set: find("rt_in_set")?,
            find_tag: find("rt_find_tag")?,
            ip_in_range: find("rt_ip_in_range")?,
            ip_loopback: find("rt_ip_loopback")?,
            ip_multicast: find("rt_ip_multicast")?,
            multiply_overflows: find("rt_multiply_overflows")?,
        })
    }
}

/// Whether an export of the runtime is for the linker only.
fn is_internal(name: &str) -> bool {
    name.starts_with("rt_") || name.starts_with("__") || name.starts_with("cabi_realloc_")
}

/// Function types of a module, each once.
struct Types {
    section: TypeSection,
    known: BTreeMap<(Vec<u8>, Vec<u8>), u32>,
}

impl Types {
    fn index(&mut self, body: &Body) -> u32 {
        let key = |types: &[ValType]| types.iter().map(|t| u8::from(*t == ValType::I64)).collect();
        let next = self.section.len();
        let Self { section, known } = self;
        *known
            .entry((key(&body.params), key(&body.results)))
            .or_insert_with(|| {
                section
                    .ty()
                    .function(body.params.iter().copied(), body.results.iter().copied());
                next
            })
    }
}

/// The finished core module.
pub(crate) fn link(parts: &Parts<'_>) -> Result<Vec<u8>, CompileError> {
    let mut same = RoundtripReencoder;
    let mut module = Module::new();
    let mut types = Types {
        section: TypeSection::new(),
        known: BTreeMap::new(),
    };
    let mut functions = FunctionSection::new();
    let mut tables = TableSection::new();
    let mut memories = MemorySection::new();
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    let mut elements = ElementSection::new();
    let mut data = DataSection::new();
    let mut bodies: Vec<wasmparser::FunctionBody<'_>> = Vec::new();
    let mut roots: BTreeSet<u32> = BTreeSet::new();
    let mut custom: Vec<(&str, &[u8])> = Vec::new();
    let mut runtime_types = Vec::new();
    for payload in Parser::new(0).parse_all(RUNTIME) {
        match payload.map_err(broken)? {
            Payload::TypeSection(reader) => {
                same.parse_type_section(&mut types.section, reader)
                    .map_err(broken)?;
            }
            Payload::ImportSection(reader) => {
                let names: Vec<&str> = reader
                    .into_imports()
                    .map(|i| i.map(|i| i.name))
                    .collect::<Result<_, _>>()
                    .map_err(broken)?;
                if names != HOOKS {
                    return Err(broken(format!("imports {names:?}, not the hooks")));
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    runtime_types.push(ty.map_err(broken)?);
                }
            }
            Payload::TableSection(reader) => {
                same.parse_table_section(&mut tables, reader)
                    .map_err(broken)?;
            }
            Payload::MemorySection(_) => {
                let pages = (parts.map.frame + PAGE).div_ceil(PAGE);
                memories.memory(MemoryType {
                    minimum: pages.into(),
                    maximum: None,
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                });
            }
            Payload::GlobalSection(reader) => {
                same.parse_global_section(&mut globals, reader)
                    .map_err(broken)?;
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export.map_err(broken)?;
                    if is_internal(export.name) {
                        continue;
                    }
                    let kind = match export.kind {
                        wasmparser::ExternalKind::Func => {
                            roots.insert(export.index);
                            ExportKind::Func
                        }
                        wasmparser::ExternalKind::Memory => ExportKind::Memory,
                        _ => continue,
                    };
                    exports.export(export.name, kind, export.index);
                }
            }
            Payload::StartSection { .. } => return Err(broken("has a start function")),
            Payload::ElementSection(reader) => {
                for element in reader.clone() {
                    if let wasmparser::ElementItems::Functions(items) =
                        element.map_err(broken)?.items
                    {
                        for index in items {
                            roots.insert(index.map_err(broken)?);
                        }
                    }
                }
                same.parse_element_section(&mut elements, reader)
                    .map_err(broken)?;
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            Payload::DataSection(reader) => {
                same.parse_data_section(&mut data, reader).map_err(broken)?;
            }
            Payload::CustomSection(reader) if reader.name().starts_with("component-type") => {
                custom.push((reader.name(), reader.data()));
            }
            _ => {}
        }
    }
    // Indices: hooks first, then the runtime's own functions, then what was emitted.
    for hook in &parts.hooks {
        functions.function(types.index(hook));
    }
    for ty in runtime_types {
        functions.function(ty);
    }
    for body in parts.functions {
        functions.function(types.index(body));
    }
    let emitted = parts.hooks.iter().chain(parts.functions);
    roots.extend(emitted.flat_map(Body::callees));
    let live = reachable(&bodies, roots)?;
    let mut code = CodeSection::new();
    for hook in &parts.hooks {
        code.function(&hook.finish());
    }
    for (index, body) in (crate::schema::count(HOOKS.len())..).zip(&bodies) {
        if live.contains(&index) {
            code.raw(body.as_bytes());
        } else {
            let mut stub = wasm_encoder::Function::new([]);
            stub.instructions().unreachable().end();
            code.function(&stub);
        }
    }
    for body in parts.functions {
        code.function(&body.finish());
    }
    for (index, name) in (0..).zip(HOOKS).skip(1) {
        exports.export(&format!("privet_{name}"), ExportKind::Func, index);
    }
    exports.export("privet_plan_page", ExportKind::Func, parts.page);
    if !parts.constants.is_empty() {
        let offset = ConstExpr::i32_const(parts.map.constants.cast_signed());
        data.active(0, &offset, parts.constants.iter().copied());
    }
    module.section(&types.section);
    module.section(&functions);
    module.section(&tables);
    module.section(&memories);
    module.section(&globals);
    module.section(&exports);
    module.section(&elements);
    module.section(&code);
    module.section(&data);
    custom.push((privet_frame::manifest::SECTION, parts.manifest));
    for (name, data) in custom {
        module.section(&CustomSection {
            name: Cow::Borrowed(name),
            data: Cow::Borrowed(data),
        });
    }
    Ok(module.finish())
}

/// The functions that can be called from `roots`.
fn reachable(
    bodies: &[wasmparser::FunctionBody<'_>],
    roots: BTreeSet<u32>,
) -> Result<BTreeSet<u32>, CompileError> {
    let mut live = BTreeSet::new();
    let mut waiting: Vec<u32> = roots.into_iter().collect();
    while let Some(index) = waiting.pop() {
        if !live.insert(index) {
            continue;
        }
        let Some(body) = (index as usize)
            .checked_sub(HOOKS.len())
            .and_then(|i| bodies.get(i))
        else {
            continue;
        };
        let mut operators = body.get_operators_reader().map_err(broken)?;
        while !operators.eof() {
            if let Operator::Call { function_index } = operators.read().map_err(broken)? {
                waiting.push(function_index);
            }
        }
    }
    Ok(live)
}
