//! The table, and the page that is generated from the raw data.
//!
//! The page's own words are in `bench/report.md`; what stands in double braces there is replaced.
//! No figure is typed.

use crate::environment::Environment;
use crate::plot::{self, Strip, time};
use crate::raw::Raw;
use crate::row::Row;
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const TEXT: &str = include_str!("../report.md");

/// The rows as a Markdown table.
pub fn table(rows: &[Row]) -> String {
    let mut lines = vec![
        [
            "name", "case", "figure", "target", "", "ours", "theirs", "spread", "runs",
        ]
        .map(str::to_owned),
    ];
    for row in rows {
        let figure = match (row.ratio, row.value, &row.unit) {
            (Some(ratio), _, _) => format!("{} ×", number(ratio)),
            (None, Some(value), Some(unit)) => format!("{} {unit}", number(value)),
            _ => "—".to_owned(),
        };
        let met = match row.met() {
            _ if row.failed => "failed",
            Some(true) => "met",
            Some(false) => "missed",
            None => "",
        };
        let side = |value: Option<f64>| value.map(time).unwrap_or_default();
        let spread = row.spread.map(|s| format!("{:.1} %", s * 100.0));
        lines.push([
            format!("`{}`", row.name),
            row.case.clone(),
            figure,
            row.target.to_string(),
            met.to_owned(),
            side(row.ours_ns),
            side(row.theirs_ns),
            spread.unwrap_or_default(),
            row.runs.to_string(),
        ]);
    }
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|l| l.get(column));
        cells.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..9).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (cell, width) in line.iter().zip(&widths) {
            let _ = write!(text, "| {cell:<width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in &widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text
}

fn number(value: f64) -> String {
    match value {
        v if v >= 1000.0 => format!("{v:.0}"),
        v if v >= 100.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

fn environment(environment: &Environment) -> String {
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "| {key} | {value} |");
    };
    line("processor", &environment.processor);
    line("cores", &environment.cores.to_string());
    line("governor", &environment.governor);
    line("load when it began", &environment.load);
    line("system", &environment.system);
    line("compiler", &environment.rustc);
    line("build", &environment.profile);
    line("revision", &environment.revision);
    for (name, version) in &environment.versions {
        line(name, version);
    }
    line(
        "arguments",
        &format!("`{}`", without_folders(&environment.command)),
    );
    format!("| | |\n|---|---|\n{text}")
}

/// What the rows say beside their figures.
fn notes(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        if let Some(note) = &row.note {
            let _ = writeln!(text, "- `{}` ({}): {note}.", row.name, row.case);
        }
    }
    text
}

/// The targets that are missed, and by how much.
fn missed(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|r| r.met() == Some(false)) {
        let figure = row.figure().unwrap_or_default();
        let _ = writeln!(
            text,
            "- `{}` ({}): {} where the target is {}.",
            row.name,
            row.case,
            number(figure),
            row.target
        );
    }
    match text.is_empty() {
        true => "None.\n".to_owned(),
        false => text,
    }
}

/// Writes the page and its plots into a folder; returns the page's path.
pub fn write(raw: &Raw, folder: &Path) -> Result<PathBuf> {
    let plots = folder.join("performance");
    fs::create_dir_all(&plots).with_context(|| plots.display().to_string())?;
    let families: [(&str, &str, &[&str]); 7] = [
        (
            "plan",
            "A plan of the pack",
            &[
                "plan_vs_cedar",
                "plan_vs_rust",
                "page_of_50",
                "component_vs_core",
            ],
        ),
        ("authorize", "One decision", &["authorize_vs_cedar"]),
        ("json", "From JSON text to a decision", &["json_vs_cedar"]),
        (
            "redact",
            "A body, beside serde_json's tree",
            &["redact_vs_serde"],
        ),
        (
            "engines",
            "One decision, other engines",
            &[
                "authorize_vs_regorus",
                "authorize_vs_casbin",
                "authorize_vs_cedar_wasm",
                "authorize_vs_opa",
                "authorize_vs_cerbos",
                "authorize_vs_loopback",
            ],
        ),
        (
            "serve",
            "A request of 10 kB, eight at once",
            &["serve_vs_pass", "ext_proc_vs_echo"],
        ),
        (
            "inside",
            "A request of 10 kB, in process",
            &[
                "nginx_ffi_vs_plain",
                "envoy_module_vs_none",
                "pingora_vs_plain",
            ],
        ),
    ];
    let mut images = String::new();
    for (file, title, names) in families {
        let strips = strips(raw, names);
        if strips.is_empty() {
            continue;
        }
        let path = plots.join(format!("{file}.svg"));
        fs::write(&path, plot::strips(title, &strips))
            .with_context(|| path.display().to_string())?;
        let _ = writeln!(images, "![{title}: every sample](performance/{file}.svg)\n");
    }
    let text = TEXT
        .replace("{{table}}", table(&raw.rows).trim_end())
        .replace("{{environment}}", environment(&raw.environment).trim_end())
        .replace("{{notes}}", notes(&raw.rows).trim_end())
        .replace("{{missed}}", missed(&raw.rows).trim_end())
        .replace("{{plots}}", images.trim_end());
    let page = folder.join("performance.md");
    fs::write(&page, text).with_context(|| page.display().to_string())?;
    Ok(page)
}

fn strips(raw: &Raw, names: &[&str]) -> Vec<Strip> {
    let rows = raw.rows.iter().filter(|r| names.contains(&r.name.as_str()));
    rows.map(|row| {
        let side = |side: &str| {
            let samples = raw.samples.iter();
            let samples =
                samples.filter(|s| s.name == row.name && s.case == row.case && s.side == side);
            samples.map(|s| s.value).collect::<Vec<f64>>()
        };
        let label = match names.len() {
            1 => row.case.clone(),
            // What all of a picture have in common stands in its title.
            _ => format!("{} {}", row.name, row.case)
                .replace("authorize_vs_", "")
                .replace(" 10 kB", ""),
        };
        Strip {
            label: label.chars().take(42).collect(),
            ours: side("ours"),
            theirs: side("theirs"),
        }
    })
    .filter(|strip| !strip.ours.is_empty())
    .collect()
}

/// A command with only the names of the files and folders that it names from the root: where they
/// lie says nothing to anybody else.
fn without_folders(command: &str) -> String {
    let names = command.split(' ').map(|word| match word.starts_with('/') {
        true => word
            .rsplit('/')
            .find(|part| !part.is_empty())
            .unwrap_or(word),
        false => word,
    });
    names.collect::<Vec<_>>().join(" ")
}
