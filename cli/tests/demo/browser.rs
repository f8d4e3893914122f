//! The demo's page in a real browser: `tests/browser/` clicks through it.
//!
//! It needs node, Chromium and the package of `tests/browser/package.json` (`npm ci` there). Where
//! one is missing the test says so and is skipped, but never where `CI` is set.

use crate::client::{Demo, root};
use std::path::Path;
use std::process::Command;

#[test]
fn the_page_does_what_it_must_in_a_browser() {
    let folder = root().join("tests/browser");
    let chromium =
        std::env::var("PRIVET_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let node = Command::new("node").arg("--version").output().is_ok();
    let missing = [
        (node, "node"),
        (Path::new(&chromium).exists(), chromium.as_str()),
        (
            folder.join("node_modules/playwright-core").exists(),
            "the package playwright-core; run `npm ci` in tests/browser",
        ),
    ]
    .into_iter()
    .find_map(|(there, what)| (!there).then_some(what));
    if let Some(missing) = missing {
        assert!(std::env::var_os("CI").is_none(), "not here: {missing}");
        eprintln!("SKIPPED: not here: {missing}");
        return;
    }
    let demo = Demo::start(&[]);
    let output = Command::new("node")
        .arg(folder.join("run.js"))
        .arg(demo.url())
        .env("CHROMIUM", chromium)
        .output()
        .expect("node runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{told}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}\n{}", demo.log());
    assert!(told.contains(" checks hold"), "{told}");
}
