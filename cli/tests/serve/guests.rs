//! Guests that misbehave: a compiled pack whose plans trap, or never end.

use crate::faults::{LOOP, TRAP, broken};
use crate::scene::Scene;
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// The shipped pack, as it is and broken.
pub struct Guests {
    pub good: Vec<u8>,
    pub trapping: Vec<u8>,
    pub endless: Vec<u8>,
}

impl Guests {
    pub fn get() -> Self {
        let good = compiled();
        Self {
            trapping: broken(&good, TRAP),
            endless: broken(&good, LOOP),
            good,
        }
    }
}

/// What `privet build` makes of the shipped pack.
pub fn compiled() -> Vec<u8> {
    compiled_pack(&crate::http::root().join("policies/liepin"))
}

/// A copy of a shipped pack in a scene's folder; gives its `pack.toml`.
pub fn copied_pack(scene: &Scene, pack: &str) -> String {
    let policies = crate::http::root().join("policies");
    let policies = policies.canonicalize().expect("policies");
    let (from, to) = (policies.join(pack), scene.folder.join(pack));
    std::fs::create_dir_all(&to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
    let text = scene.read(&format!("{pack}/pack.toml"));
    let text = text.replace("\"../", &format!("\"{}/", policies.display()));
    scene.write(&format!("{pack}/pack.toml"), &text);
    text
}

/// The shipped pack with one policy more, of the same revision: either may take the other's place.
pub fn without_names(scene: &Scene) -> Vec<u8> {
    copied_pack(scene, "liepin");
    let forbid = "@id(\"other\") forbid (principal, action in Action::\"name\", resource);";
    scene.write("liepin/other.cedar", forbid);
    compiled_pack(&scene.folder.join("liepin"))
}

/// What it makes of a pack in a folder.
pub fn compiled_pack(folder: &Path) -> Vec<u8> {
    let name = format!("guest-{:?}.wasm", std::thread::current().id());
    let name = name.replace(['(', ')'], "-");
    let out = format!("{}-{name}", std::process::id());
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(out);
    let built = Command::new(env!("CARGO_BIN_EXE_privet"))
        .arg("build")
        .arg(folder)
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

/// A configuration whose pack is `pack.wasm`, watched; the third résumé's facts do not fit into the
/// guest's memory.
pub fn broken_config(guest: &[u8]) -> Scene {
    let scene = Scene::prepare(&[
        ("decision_ms = 10000", "decision_ms = 1000"),
        ("#limits", "guest_memory_bytes = 1048576"),
        ("[server]", "[server]\nwatch_seconds = 1"),
    ]);
    with_guest(&scene, guest);
    scene.write("facts.json", &too_large_facts().to_string());
    scene
}

/// Makes the pack of a configuration `pack.wasm`.
pub fn with_guest(scene: &Scene, guest: &[u8]) {
    let text = scene.read("privet.toml");
    let line = text.lines().find(|l| l.starts_with("folder = "));
    scene.edit(line.expect("the folder"), "wasm = \"pack.wasm\"");
    scene.write_bytes("pack.wasm", guest);
}

/// Facts of which the third résumé's do not fit into a mebibyte.
pub fn too_large_facts() -> serde_json::Value {
    let mut facts = crate::scene::facts();
    for entity in facts["entities"].as_array_mut().expect("entities") {
        if entity["uid"]["id"] == "resume-3" && entity["uid"]["type"] == "Resume" {
            entity["attrs"]["audience"] = too_many_companies();
        }
    }
    facts
}

/// References that do not fit into a mebibyte.
pub fn too_many_companies() -> serde_json::Value {
    let all = (0..90_000).map(|n| json!({"type": "Company", "id": format!("c{n}")}));
    all.collect()
}
