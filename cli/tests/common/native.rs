//! Programs in C over the library that the workspace's build leaves: shared, or static.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A library of this workspace, or an example of it.
pub fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.parent().expect("its folder");
    let found = [folder.join(name), folder.join("..").join(name)]
        .into_iter()
        .find(|p| p.is_file());
    found.unwrap_or_else(|| panic!("{name} was not built: run the tests of the whole workspace"))
}

pub fn capi() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.join("capi").canonicalize().expect("the folder")
}

/// What a program said, on both streams.
pub fn text(output: &Output) -> String {
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// How a program gets the library.
#[derive(Debug, Clone, Copy)]
pub enum Link {
    Shared,
    /// With what docs/gateways/c.md says beside it.
    Static,
}

/// Compiles a C program of `capi/`.
pub fn compile(source: &str, out: &Path, link: Link, flags: &[&str]) {
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-g"])
        .args(flags)
        .arg("-I")
        .arg(capi().join("include"))
        .arg(capi().join(source));
    match link {
        Link::Shared => {
            let library = built("libprivet.so");
            let folder = library.parent().expect("a folder").display().to_string();
            cc.args(["-L", &folder, "-lprivet"]);
            // Before LD_LIBRARY_PATH, in which an older build's library may stand.
            cc.arg(format!("-Wl,--disable-new-dtags,-rpath,{folder}"));
        }
        Link::Static => {
            cc.arg(built("libprivet.a")).args(native_libraries());
            // A third of a gigabyte comes in, most of it for debuggers.
            cc.arg("-Wl,--gc-sections,--strip-debug");
        }
    }
    let compiled = cc.arg("-o").arg(out).output().expect("cc is here");
    assert!(compiled.status.success(), "{}", text(&compiled));
}

/// The flags that the page names after the static library.
fn native_libraries() -> Vec<String> {
    let page = capi().join("../docs/gateways/c.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let flags = page.lines().find_map(|line| {
        let flags = line.split("libprivet.a ").nth(1)?;
        flags
            .strip_prefix("-l")
            .map(|_| flags.split(" -o").next())?
    });
    let flags = flags.expect("the page's line that links the static library");
    flags.split_whitespace().map(str::to_owned).collect()
}
