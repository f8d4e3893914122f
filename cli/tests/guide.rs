//! `docs/packs.md` is true: its blocks make a pack, and its commands print what it says. The pages
//! about operation list every limit and every metric.
//!
//! A fence's second word is the file that the block belongs to; blocks of one file are joined. In a
//! `console` block the lines after a command are its output, up to a line `…`.

#[path = "common/blocks.rs"]
mod blocks;

use blocks::blocks;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_guide_to_packs_is_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/packs.md");
    let page = fs::read_to_string(page).expect("the page");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let _ = fs::remove_dir_all(&folder);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut commands = 0;
    // Files first: a command may need one that stands below it.
    for (info, text) in blocks(&page) {
        if let Some((_, file)) = info.split_once(' ') {
            *files.entry(file.to_owned()).or_default() += &[&text, "\n"].concat();
        }
    }
    for (file, text) in &files {
        let path = folder.join("small").join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    for (info, text) in blocks(&page) {
        if info != "console" {
            continue;
        }
        let (command, expected) = text.split_once('\n').expect("a command");
        let words: Vec<&str> = command.split_whitespace().collect();
        let Some((["$", "privet"], arguments)) = words.split_first_chunk::<2>() else {
            panic!("no command: {command}");
        };
        let output = Command::new(env!("CARGO_BIN_EXE_privet"))
            .current_dir(&folder)
            .args(arguments)
            .output()
            .expect("runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {errors}");
        match expected.strip_suffix("…\n") {
            Some(start) => assert!(printed.starts_with(start), "{command}:\n{printed}"),
            None => assert_eq!(expected, printed, "{command}"),
        }
        commands += 1;
    }
    assert!(commands >= 5 && files.len() >= 5);
}

/// What whoever runs the server looks up is all there.
#[test]
fn limits_and_metrics_are_all_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = |path: &str| fs::read_to_string(root.join(path)).expect("a file");
    let (code, page) = (text("server/src/config/limits.rs"), text("docs/limits.md"));
    let keys = code.lines().filter_map(|l| l.trim().strip_prefix("pub "));
    let keys = keys.filter_map(|l| l.split_once(": ").map(|(key, _)| key));
    let keys: Vec<&str> = keys.collect();
    for key in &keys {
        assert!(
            page.contains(&format!("| `{key}`")),
            "docs/limits.md: {key}"
        );
    }
    let (code, page) = (text("server/src/metrics.rs"), text("docs/deploy.md"));
    let names = code.split("registry.register(").skip(1);
    let names: Vec<&str> = names.filter_map(|call| call.split('"').nth(1)).collect();
    for name in &names {
        assert!(
            page.contains(&format!("`privet_{name}")),
            "docs/deploy.md: {name}"
        );
    }
    assert!(keys.len() > 10 && names.len() > 8, "{keys:?} {names:?}");
}
