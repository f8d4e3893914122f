//! A folder in the format of Cedar's integration tests.
//!
//! A case is a JSON file with `requests` that names its policies, schema and entities. Cases whose
//! names differ in a last number only, `github-n20-0` and `github-n20-1`, are one cell. What does
//! not validate is left out and counted.

use super::{Asked, Workload};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, Deserialize)]
struct Case {
    policies: String,
    entities: String,
    schema: String,
    #[serde(rename = "shouldValidate", default = "yes")]
    should_validate: bool,
    requests: Vec<Asked>,
}

fn yes() -> bool {
    true
}

/// Reads a dataset, sorted by name; at most `most` cases.
pub fn read(folder: &Path, most: usize) -> Result<Vec<Workload>> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let mut workloads = Vec::new();
    for path in paths {
        if workloads.len() == most {
            break;
        }
        workloads.extend(case(folder, &path).with_context(|| path.display().to_string())?);
    }
    if workloads.is_empty() {
        bail!(
            "{}: no case in the format of Cedar's integration tests",
            folder.display()
        );
    }
    Ok(workloads)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|e| e == "json") {
            paths.push(path);
        }
    }
    Ok(())
}

fn case(root: &Path, path: &Path) -> Result<Option<Workload>> {
    let text = fs::read_to_string(path)?;
    let json: serde_json::Value = serde_json::from_str(&text)?;
    if json.get("requests").is_none() {
        return Ok(None);
    }
    let case: Case = serde_json::from_value(json)?;
    if !case.should_validate || case.requests.is_empty() {
        return Ok(None);
    }
    let read = |name: &str| {
        let file = root.join(name);
        fs::read_to_string(&file).with_context(|| file.display().to_string())
    };
    let stem = path
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or_default();
    Ok(Some(Workload {
        cell: cell(stem),
        schema: read(&case.schema)?,
        schema_file: case.schema,
        policies: read(&case.policies)?,
        entities: read(&case.entities)?,
        requests: case.requests,
    }))
}

/// The name without a last number: `github-n20-1` is in the cell `github n20`.
fn cell(stem: &str) -> String {
    let name = match stem.rsplit_once('-') {
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => stem,
    };
    name.replacen("-n", " n", 1)
}
