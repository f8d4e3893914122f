//! Guests that misbehave: a compiled pack whose plans trap, or never end.

use crate::scene::Scene;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use wasm_encoder::{CodeSection, Function, Instruction, Module, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

/// The shipped pack, as it is and broken.
pub struct Guests {
    pub good: Vec<u8>,
    pub trapping: Vec<u8>,
    pub endless: Vec<u8>,
}

impl Guests {
    pub fn get() -> Self {
        let good = compiled();
        let loops = [
            Instruction::Loop(wasm_encoder::BlockType::Empty),
            Instruction::Br(0),
            Instruction::End,
            Instruction::Unreachable,
        ];
        Self {
            trapping: replaced(&good, &[Instruction::Unreachable]),
            endless: replaced(&good, &loops),
            good,
        }
    }
}

/// What `privet build` makes of the shipped pack.
pub fn compiled() -> Vec<u8> {
    let name = format!("guest-{:?}.wasm", std::thread::current().id());
    let name = name.replace(['(', ')'], "-");
    let out = format!("{}-{name}", std::process::id());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(out);
    let built = Command::new(env!("CARGO_BIN_EXE_privet"))
        .arg("build")
        .arg(crate::http::root().join("policies/liepin"))
        .arg("--output")
        .arg(&out)
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let wasm = std::fs::read(&out).expect("a guest");
    let _ = std::fs::remove_file(out);
    wasm
}

/// The module with another body in the functions that plan.
fn replaced(wasm: &[u8], body: &[Instruction<'_>]) -> Vec<u8> {
    let mut planning = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(exports) = payload.expect("a module") {
            for export in exports {
                let export = export.expect("an export");
                if export.kind == ExternalKind::Func && export.name.starts_with("privet_plan") {
                    planning.push(export.index);
                }
            }
        }
    }
    assert!(planning.len() >= 2, "{planning:?}");
    let (mut module, mut code, mut left, mut index) = (Module::new(), CodeSection::new(), 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.expect("a module");
        match &payload {
            Payload::CodeSectionStart { count, .. } => left = *count,
            Payload::CodeSectionEntry(entry) => {
                // A guest imports nothing, so functions are counted from 0.
                if planning.contains(&index) {
                    let mut function = Function::new([]);
                    for instruction in body {
                        function.instruction(instruction);
                    }
                    function.instruction(&Instruction::End);
                    code.function(&function);
                } else {
                    code.raw(entry.as_bytes());
                }
                index += 1;
                left -= 1;
                if left == 0 {
                    module.section(&code);
                }
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let place = |at| usize::try_from(at).expect("a place");
                    let data = &wasm[place(range.start)..place(range.end)];
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    module.finish()
}

/// A configuration whose pack is `pack.wasm`, watched; the third résumé's facts do not fit into the
/// guest's memory.
pub fn broken_config(guest: &[u8]) -> Scene {
    let scene = Scene::prepare(&[
        ("decision_ms = 10000", "decision_ms = 1000"),
        ("#limits", "guest_memory_bytes = 1048576"),
        ("[server]", "[server]\nwatch_seconds = 1"),
    ]);
    let text = scene.read("privet.toml");
    let line = text.lines().find(|l| l.starts_with("folder = "));
    scene.edit(line.expect("the folder"), "wasm = \"pack.wasm\"");
    scene.write_bytes("pack.wasm", guest);
    scene.write("facts.json", &too_large_facts().to_string());
    scene
}

/// Facts of which the third résumé's do not fit into a mebibyte.
pub fn too_large_facts() -> serde_json::Value {
    let mut facts = crate::scene::facts();
    for entity in facts["entities"].as_array_mut().expect("entities") {
        if entity["uid"]["id"] == "resume-3" && entity["uid"]["type"] == "Resume" {
            let all = (0..90_000).map(|n| json!({"type": "Company", "id": format!("c{n}")}));
            entity["attrs"]["audience"] = all.collect();
        }
    }
    facts
}
