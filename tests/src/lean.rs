//! A guest without what a comparison does not call, so that it compiles in a fraction of the time.
//!
//! The functions that are reached from the doors of the host stay as they are; the component's
//! exports, the check of frames and what only they need trap. Everything else is copied.

use std::collections::BTreeSet;
use wasm_encoder::{CodeSection, Function, Module, RawSection};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// The exports that a comparison calls.
const DOORS: [&str; 3] = ["privet_authorize", "privet_plan", "privet_plan_page"];

/// The lean form of a guest.
pub fn lean(wasm: &[u8]) -> Vec<u8> {
    let payloads: Vec<Payload<'_>> = Parser::new(0)
        .parse_all(wasm)
        .collect::<Result<_, _>>()
        .expect("a module");
    let mut bodies: Vec<FunctionBody<'_>> = Vec::new();
    let mut waiting: Vec<u32> = Vec::new();
    for payload in &payloads {
        match payload {
            Payload::CodeSectionEntry(body) => bodies.push(body.clone()),
            Payload::ExportSection(reader) => {
                for export in reader.clone() {
                    let export = export.expect("an export");
                    if DOORS.contains(&export.name) {
                        waiting.push(export.index);
                    }
                }
            }
            _ => {}
        }
    }
    let mut live = BTreeSet::new();
    while let Some(index) = waiting.pop() {
        if !live.insert(index) {
            continue;
        }
        let mut operators = bodies[index as usize].get_operators_reader().expect("code");
        while !operators.eof() {
            if let Operator::Call { function_index } = operators.read().expect("an operator") {
                waiting.push(function_index);
            }
        }
    }
    let mut module = Module::new();
    for payload in &payloads {
        if let Payload::CodeSectionStart { .. } = payload {
            let mut code = CodeSection::new();
            for (index, body) in (0..).zip(&bodies) {
                if live.contains(&index) {
                    code.raw(body.as_bytes());
                } else {
                    let mut stub = Function::new([]);
                    stub.instructions().unreachable().end();
                    code.function(&stub);
                }
            }
            module.section(&code);
        } else if let Some((id, range)) = payload.as_section() {
            module.section(&RawSection {
                id,
                data: &wasm[range.start as usize..range.end as usize],
            });
        }
    }
    module.finish()
}
