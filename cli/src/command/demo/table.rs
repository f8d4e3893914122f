//! The matrix: a row for each class, a column for each viewer, in a cell what is seen.
//!
//! A cell shows the first value that the class has in the redacted document, so what is printed is
//! what would leave, not what the plan says. Only display is here.

use privet_host::manifest::Class;
use serde_json::Value;

/// Widest cell, in columns of a terminal.
const WIDEST: usize = 21;

pub struct Table {
    classes: Vec<Row>,
    header: Vec<String>,
}

struct Row {
    class: String,
    fields: Vec<String>,
    cells: Vec<String>,
}

impl Table {
    pub fn new(classes: &[Class], document: &[u8]) -> Self {
        let document = serde_json::from_slice(document).unwrap_or(Value::Null);
        let rows = classes.iter().map(|class| Row {
            class: class.id.clone(),
            fields: class.fields.clone(),
            cells: Vec::new(),
        });
        let mut table = Self {
            classes: rows.collect(),
            header: vec!["class".to_owned(), "in the résumé".to_owned()],
        };
        for row in &mut table.classes {
            row.cells.push(row.first(&document));
        }
        // What the document does not have cannot show anything.
        table
            .classes
            .retain(|row| row.cells.first().is_some_and(|c| c != "·"));
        table
    }

    /// Adds a viewer: the redacted document, or how the gate answered.
    pub fn add(&mut self, viewer: &str, shown: Result<&[u8], &str>) {
        self.header.push(viewer.to_owned());
        let document = match shown {
            Ok(body) => serde_json::from_slice(body).unwrap_or(Value::Null),
            Err(_) => Value::Null,
        };
        for row in &mut self.classes {
            let cell = match shown {
                Ok(_) => row.first(&document),
                Err(answer) => format!("({answer})"),
            };
            row.cells.push(cell);
        }
    }

    pub fn print(&self) -> anyhow::Result<()> {
        let rows: Vec<Vec<String>> = std::iter::once(self.header.clone())
            .chain(self.classes.iter().map(|row| {
                let cells = row.cells.iter().map(|c| shorten(c));
                std::iter::once(row.class.clone()).chain(cells).collect()
            }))
            .collect();
        let columns = self.header.len();
        let widths: Vec<usize> = (0..columns)
            .map(|i| {
                rows.iter()
                    .filter_map(|r| r.get(i))
                    .map(|c| width(c))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in &rows {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, wide)| {
                    format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell))))
                })
                .collect();
            outln!("{}", cells.join("  ").trim_end());
        }
        Ok(())
    }
}

impl Row {
    /// The first value of the class in a document.
    fn first(&self, document: &Value) -> String {
        let values = self.fields.iter().filter_map(|path| find(document, path));
        values.into_iter().next().unwrap_or_else(|| "·".to_owned())
    }
}

/// The first value at a path of names and `[*]`.
fn find(document: &Value, path: &str) -> Option<String> {
    let path: privet_redact::Path = path.parse().ok()?;
    let mut current = vec![document];
    for segment in path.segments() {
        current = current
            .into_iter()
            .flat_map(|value| match (segment, value) {
                (privet_redact::Segment::Name(name), Value::Object(members)) => {
                    members.get(name.as_str()).into_iter().collect::<Vec<_>>()
                }
                (privet_redact::Segment::AnyItem, Value::Array(items)) => items.iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    let shown = |value: &&Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        _ => true,
    };
    current.into_iter().find(shown).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// Cuts a text to the widest cell.
fn shorten(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if width(&flat) <= WIDEST {
        return flat;
    }
    let mut short = String::new();
    for c in flat.chars() {
        if width(&short) + width(c.encode_utf8(&mut [0; 4])) >= WIDEST {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// Columns that a text takes: ideographs and full-width forms take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
            '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' => 2,
            _ => 1,
        })
        .sum()
}
