//! What leaves is still a résumé: where the input validates against JSON Resume's schema, so does
//! what each viewer gets of it, marked downloads included.
//!
//! Which fields are shown is not judged here.

use boon::{Compiler, SchemaIndex, Schemas};
use privet_gateway::enforce;
use privet_gateway::watermark::{self, Download};
use privet_host::{Facts, GateAnswer};
use privet_tests::packs::{load, packs};
use privet_watermark::{Disclosure, Marker, MemoryLedger, Named, PrivateKey};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn schema(folder: &Path) -> (Schemas, SchemaIndex) {
    let text = fs::read_to_string(folder.join("json-resume-1.3.1.schema.json")).expect("a schema");
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let name = "resume.schema.json";
    let schema = serde_json::from_str(&text).expect("JSON");
    compiler.add_resource(name, schema).expect("a resource");
    let index = compiler.compile(name, &mut schemas).expect("a schema");
    (schemas, index)
}

/// The valid résumés among the files of a folder: name and text.
fn valid(folder: &Path, schemas: &Schemas, schema: SchemaIndex) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("résumés") {
        let path = entry.expect("an entry").path();
        let is_json = path.extension().is_some_and(|e| e == "json");
        if !is_json || path.to_string_lossy().ends_with(".schema.json") {
            continue;
        }
        let text = fs::read(&path).expect("a file");
        let Ok(document) = serde_json::from_slice::<Value>(&text) else {
            continue;
        };
        if schemas.validate(&document, schema).is_ok() {
            all.push((path, text));
        }
    }
    all
}

#[test]
fn what_was_valid_stays_valid() {
    let Some(folder) = privet_tests::folder("PRIVET_RESUMES") else {
        return;
    };
    let (schemas, schema) = schema(&folder);
    let mut documents = valid(&folder, &schemas, schema);
    assert!(documents.len() >= 4, "{}", documents.len());
    documents.extend(valid(
        &privet_tests::root().join("cli/demo"),
        &schemas,
        schema,
    ));
    let marker = Marker::new(PrivateKey::generate().expect("a key"), "tests");
    let ledger = MemoryLedger::default();
    let disclosure = Disclosure {
        company: Named::new("c-1", "A company"),
        viewer: Named::new("r-1", "A recruiter"),
        decision: "d-1".to_owned(),
        time: 1_619_575_380,
        ..Disclosure::default()
    };
    let download = Download {
        marker: &marker,
        ledger: &ledger,
        disclosure: &disclosure,
    };
    let (mut checked, mut marked) = (0, 0);
    for pack in packs() {
        let policy = load(&pack.source);
        let mut instance = policy.instance().expect("an instance");
        for viewer in pack.viewers().expect("viewers") {
            let facts = pack.viewer(&viewer).expect("facts");
            for gate in &policy.manifest().gates {
                let view = gate.view.as_str();
                let facts = Facts::from_json(&policy, &facts, Some(view)).expect("facts");
                let plan = instance
                    .plan(&facts.entities, &facts.request, view)
                    .expect("a plan");
                if plan.gate() != GateAnswer::Open {
                    continue;
                }
                for (path, document) in &documents {
                    let name = format!("{} for {viewer} in {view}", path.display());
                    let Facts { issued, known, .. } = &facts;
                    let body = match watermark::is_obliged(&plan) {
                        false => enforce::body(&plan, issued, known, document),
                        true => watermark::body(&plan, issued, known, document, Some(&download)),
                    };
                    let body = body.unwrap_or_else(|e| panic!("{name}: {e}"));
                    let shown: Value = serde_json::from_slice(&body).expect("JSON");
                    if let Err(error) = schemas.validate(&shown, schema) {
                        panic!("{name}: {error:#}");
                    }
                    checked += 1;
                    marked += usize::from(watermark::is_obliged(&plan));
                }
            }
        }
    }
    println!(
        "{} résumés, {checked} bodies valid, {marked} of them marked",
        documents.len()
    );
    assert!(checked > 100 && marked > 0);
}
