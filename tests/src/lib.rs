//! What the tests share: the oracle, random facts, random policies, where shared data is.
//!
//! Cedar's own interpreter is the oracle; nothing here decides what is right. A test that wants data
//! which a stranger's machine lacks takes its folder from the environment and says when it is
//! skipped.

pub mod compare;
pub mod corpus;
pub mod coverage;
pub mod damage;
pub mod facts;
pub mod frame_reader;
pub mod fuzz;
pub mod generate;
pub mod lean;
pub mod oracle;
pub mod packs;
pub mod random;
pub mod typed;

use std::path::PathBuf;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder that an environment variable names; says so when there is none.
pub fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED: {variable} names no folder");
    }
    folder
}

/// A plain policy set as the compiler takes it, with Cedar's own semantics.
pub fn policy_set(schema: &str, policies: &str) -> privet_compiler::Source {
    let file = |name: &str, text: &str| privet_compiler::SourceFile {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    privet_compiler::Source {
        name: "test".to_owned(),
        revision: 1,
        strict: false,
        kind: privet_compiler::Kind::PolicySet,
        schema: vec![file("schema.cedarschema", schema)],
        policies: vec![file("policies.cedar", policies)],
    }
}

/// An engine with a deadline that a busy machine does not reach.
pub fn engine() -> privet_host::Engine {
    let settings = privet_host::Settings {
        deadline: std::time::Duration::from_secs(10),
        ..privet_host::Settings::default()
    };
    privet_host::Engine::new(settings).expect("an engine")
}

/// The same, for guests that answer a few requests only: compiling them takes longer than asking.
pub fn quick_engine() -> privet_host::Engine {
    let settings = privet_host::Settings {
        deadline: std::time::Duration::from_secs(10),
        optimise: false,
        ..privet_host::Settings::default()
    };
    privet_host::Engine::new(settings).expect("an engine")
}

/// Runs a test on a stack that Cedar's recursive evaluator finds large enough.
pub fn with_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(test);
    if let Err(panic) = thread.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}
