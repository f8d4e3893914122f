//! `privet check` on every folder of `tests/check`: a small pack with a mistake, and what is printed.
//!
//! `BLESS=1` writes what is printed now; read it before committing.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn check_says_what_is_wrong_and_where() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let bless = std::env::var_os("BLESS").is_some();
    let mut names: Vec<String> = fs::read_dir(root.join("tests/check"))
        .expect("cases")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() > 20, "{names:?}");
    let mut wrong = Vec::new();
    for name in names {
        let folder = format!("tests/check/{name}");
        let output = Command::new(env!("CARGO_BIN_EXE_privet"))
            .current_dir(&root)
            .args(["check", &folder])
            // The diagnostics' look depends on the terminal.
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect("runs");
        let sound = name.starts_with("sound");
        assert_eq!(output.status.success(), sound, "{name}");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8(printed).expect("UTF-8");
        let file = root.join(&folder).join("expected.txt");
        if bless {
            fs::write(&file, &printed).expect("written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != printed {
            wrong.push(format!(
                "{name}:\n--- expected\n{expected}--- printed\n{printed}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
