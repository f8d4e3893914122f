//! Reads a pack's folder into the compiler's input.
//!
//! A pack is a folder with `pack.toml`, schema files (`*.cedarschema`), policies (`*.cedar`),
//! `viewers/*.json` and `cases/*.toml`. The schema files and policies of the folders that `uses` names come first. Files
//! are taken in the order of their names, so the same folder gives the same input. Only reading is here; what
//! the text means is the compiler's business.

#![forbid(unsafe_code)]

pub mod case;
pub mod facts;

use privet_compiler::{Kind, Source, SourceFile};
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The content of `pack.toml`. Never a path of a field or a rendering: those are in the schema.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Name of the pack.
    pub name: String,
    /// Counts up with each published change.
    pub revision: u64,
    /// Who answers for the pack.
    pub owner: String,
    /// Who approved this revision.
    pub approver: String,
    /// Whether an erring forbid that could apply denies.
    pub strict: bool,
    /// Folders whose schema files and policies belong to this pack, relative to it.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// A pack as read from its folder.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The folder.
    pub folder: PathBuf,
    /// `pack.toml`.
    pub file: PackFile,
    /// What the compiler takes.
    pub source: Source,
    /// Lists of the paths that the résumé format has: the files `*.paths`.
    pub formats: Vec<SourceFile>,
    /// The folders that this pack is made of: those of `uses`, then its own.
    pub parts: Vec<PathBuf>,
}

/// Why a folder is not a pack.
#[derive(Debug)]
pub struct PackError {
    path: PathBuf,
    what: String,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.what)
    }
}

impl std::error::Error for PackError {}

fn failed(path: &Path, what: impl fmt::Display) -> PackError {
    PackError {
        path: path.to_owned(),
        what: what.to_string(),
    }
}

/// Reads a pack.
///
/// # Errors
///
/// A file that is missing or unreadable, a `pack.toml` with an unknown key or without an owner.
pub fn read(folder: &Path) -> Result<Pack, PackError> {
    let path = folder.join("pack.toml");
    if folder.is_dir() && !path.exists() {
        return Err(failed(folder, "no pack: it has no pack.toml"));
    }
    let text = fs::read_to_string(&path).map_err(|e| failed(&path, e))?;
    let file: PackFile =
        toml::from_str(&text).map_err(|e| failed(&path, e.to_string().trim_end()))?;
    for (key, value) in [
        ("name", &file.name),
        ("owner", &file.owner),
        ("approver", &file.approver),
    ] {
        if value.trim().is_empty() {
            return Err(failed(&path, format_args!("`{key}` is empty")));
        }
    }
    let mut schema = Vec::new();
    let mut policies = Vec::new();
    let mut formats = Vec::new();
    for used in &file.uses {
        if !joined(folder, used).is_dir() {
            return Err(failed(&path, format_args!("uses: {used} is no folder")));
        }
    }
    let used = file.uses.iter().map(|used| joined(folder, used));
    let parts: Vec<PathBuf> = used.chain([folder.to_owned()]).collect();
    for part in &parts {
        schema.extend(files(part, "cedarschema")?);
        policies.extend(files(part, "cedar")?);
        formats.extend(files(part, "paths")?);
    }
    if schema.is_empty() {
        return Err(failed(
            folder,
            "no schema: neither here nor in what `uses` names",
        ));
    }
    Ok(Pack {
        folder: folder.to_owned(),
        source: Source {
            name: file.name.clone(),
            revision: file.revision,
            strict: file.strict,
            kind: Kind::Pack,
            schema,
            policies,
        },
        formats,
        parts,
        file,
    })
}

/// A folder beside another, without the detour: `policies/liepin` and `../common` give
/// `policies/common`, which is what messages should say.
fn joined(folder: &Path, relative: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(relative).components() {
        let plain = matches!(path.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if plain => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

impl Pack {
    /// The names of the viewers that the pack brings, sorted; a pack may bring none.
    ///
    /// # Errors
    ///
    /// When the folder of viewers cannot be read.
    pub fn viewers(&self) -> Result<Vec<String>, PackError> {
        let folder = self.folder.join("viewers");
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let paths = paths(&folder, "json")?;
        let stems = paths.iter().filter_map(|p| p.file_stem()?.to_str());
        Ok(stems.map(str::to_owned).collect())
    }

    /// The file of a viewer, which need not be there.
    pub fn viewer_file(&self, name: &str) -> PathBuf {
        self.folder.join("viewers").join(format!("{name}.json"))
    }

    /// The facts of a viewer, as JSON.
    ///
    /// # Errors
    ///
    /// When the pack has no such viewer; the message names those it has.
    pub fn viewer(&self, name: &str) -> Result<String, PackError> {
        let path = self.viewer_file(name);
        let known = self.viewers()?;
        if !known.iter().any(|k| k == name) {
            let known = match known.as_slice() {
                [] => "none".to_owned(),
                known => known.join(", "),
            };
            return Err(failed(
                &path,
                format_args!("no such viewer; there are {known}"),
            ));
        }
        fs::read_to_string(&path).map_err(|e| failed(&path, e))
    }
}

/// The files of a folder with that ending, sorted by name.
fn paths(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, PackError> {
    let entries = fs::read_dir(folder).map_err(|e| failed(folder, e))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| failed(folder, e))?.path();
        if path.extension().is_some_and(|e| e == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn files(folder: &Path, ending: &str) -> Result<Vec<SourceFile>, PackError> {
    paths(folder, ending)?
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).map_err(|e| failed(&path, e))?;
            Ok(SourceFile {
                name: path.display().to_string(),
                text,
            })
        })
        .collect()
}
