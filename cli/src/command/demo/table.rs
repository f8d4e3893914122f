//! The matrix: a row for each class, a column for each viewer, in a cell what is seen.
//!
//! A cell shows the first value that the class has in the redacted document, so what is printed is
//! what would leave, not what the plan says. Only display is here.

use super::values;
use privet_host::manifest::Class;
use serde_json::Value;

/// Widest cell, in columns of a terminal.
const WIDEST: usize = 21;

pub struct Table<'c> {
    classes: Vec<Row<'c>>,
    header: Vec<String>,
}

struct Row<'c> {
    class: &'c Class,
    cells: Vec<String>,
}

impl<'c> Table<'c> {
    pub fn new(classes: &'c [Class], document: &Value) -> Self {
        let rows = classes.iter().map(|class| Row {
            class,
            cells: Vec::new(),
        });
        let mut table = Self {
            classes: rows.collect(),
            header: vec!["class".to_owned(), "in the résumé".to_owned()],
        };
        for row in &mut table.classes {
            row.cells.push(first(row.class, document));
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
                Ok(_) => first(row.class, &document),
                Err(answer) => format!("({answer})"),
            };
            row.cells.push(cell);
        }
    }

    pub fn print(&self) -> anyhow::Result<()> {
        let rows: Vec<Vec<String>> = std::iter::once(self.header.clone())
            .chain(self.classes.iter().map(|row| {
                let cells = row.cells.iter().map(|c| shorten(c));
                std::iter::once(row.class.id.clone()).chain(cells).collect()
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

/// The first value of the class in a document.
fn first(class: &Class, document: &Value) -> String {
    let mut values = values::of(class, document).into_iter();
    values.next().unwrap_or_else(|| "·".to_owned())
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
