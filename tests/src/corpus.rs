//! A sample of Cedar's conformance corpus as frames with the answers that the cases name, for doors
//! other than the host's own.

use privet_frame::manifest::EntityUid;
use privet_host::{Entities, Request};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A compiled case.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    pub wasm: Vec<u8>,
    pub requests: Vec<Asked>,
}

/// A frame, the environment to answer it in, and the answer.
#[derive(Debug)]
pub struct Asked {
    pub frame: Vec<u8>,
    pub environment: u32,
    pub allowed: bool,
    /// Places among the environment's policies of those that err, ascending.
    pub errors: Vec<u32>,
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|e| e == "json") {
            files.push(path);
        }
    }
}

/// About so many cases that compile, spread over the corpus.
pub fn sample(root: &Path, count: usize) -> Vec<Case> {
    let mut files = Vec::new();
    find(root, &mut files);
    files.retain(|p| !p.to_string_lossy().ends_with("entities.json"));
    files.sort();
    let every = (files.len() / count).max(1);
    files
        .iter()
        .step_by(every)
        .filter_map(|path| case(root, path))
        .collect()
}

fn case(root: &Path, path: &Path) -> Option<Case> {
    let json: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let file = |key: &str| fs::read_to_string(root.join(json[key].as_str()?)).ok();
    let source = crate::policy_set(&file("schema")?, &file("policies")?);
    let compiled = privet_compiler::compile(&source).ok()?;
    let policy = crate::quick_engine().load(&compiled.wasm).expect("loads");
    let entities = Entities::from_json(&policy, &file("entities")?).expect("entities");
    let manifest = policy.manifest();
    let mut requests = Vec::new();
    for asked in json["requests"].as_array()? {
        let action = EntityUid {
            ty: manifest.entity_type(asked["action"]["type"].as_str()?)?,
            id: asked["action"]["id"].as_str()?.to_owned(),
        };
        let request = Request::from_json(
            &entities,
            &asked["principal"].to_string(),
            &action,
            &asked["resource"].to_string(),
            &asked["context"].to_string(),
        )
        .expect("a request");
        let frame = request.frame(&entities);
        let signature = u32::from_le_bytes(frame.get(32..36)?.try_into().ok()?);
        let action = manifest.action(&action)?;
        let (environment, declared) = (0..)
            .zip(&manifest.environments)
            .find(|(_, e)| e.signature == signature && e.action == action)?;
        let mut errors: Vec<u32> = asked["errors"]
            .as_array()?
            .iter()
            .filter_map(|id| {
                let place = declared.policies.iter().position(|policy| {
                    let policy = manifest.policies.get(*policy as usize);
                    policy.is_some_and(|p| Some(p.id.as_str()) == id.as_str())
                });
                u32::try_from(place?).ok()
            })
            .collect();
        errors.sort_unstable();
        requests.push(Asked {
            frame,
            environment,
            allowed: asked["decision"].as_str()?.eq_ignore_ascii_case("allow"),
            errors,
        });
    }
    Some(Case {
        name: path.display().to_string(),
        wasm: compiled.wasm,
        requests,
    })
}
