//! A page of résumés: never panics, and of what came nothing but the items that are shown and the
//! numbers that the shape names is in what leaves.

use privet_gateway::list::{Page, Shape};
use serde_json::Value;

fn path(text: &str) -> Vec<String> {
    let names = text.split('.').filter(|n| !n.is_empty());
    names.map(str::to_owned).collect()
}

/// Reads the bytes as a page, and writes it with all of its items, with some, and with none.
pub fn run(bytes: &[u8]) {
    for (items, document) in [("items", "resume"), ("data.items", ""), ("items", "a.b")] {
        let shape = Shape {
            items: path(items),
            id: path("id"),
            document: path(document),
            totals: vec![path("total"), path("data.count")],
            keep: vec![path("page")],
            max_items: 8,
        };
        let Ok(page) = Page::read(bytes, &shape) else {
            continue;
        };
        assert!(page.items.len() <= shape.max_items);
        let all = page.items.clone();
        let some: Vec<_> = all.iter().take(all.len() / 2).cloned().collect();
        for shown in [all, some, Vec::new()] {
            let count = shown.len();
            let written = page.write(shown).expect("documents that were read");
            let written: Value = serde_json::from_slice(&written).expect("JSON");
            let pointer = format!("/{}", items.replace('.', "/"));
            let list = written.pointer(&pointer).and_then(Value::as_array);
            assert_eq!(list.expect("a list").len(), count);
            for total in ["/total", "/data/count"] {
                let total = written.pointer(total).and_then(Value::as_u64);
                assert!(total.is_none_or(|t| t == count as u64));
            }
            let members = written.as_object().expect("an object").keys();
            for member in members {
                assert!(["items", "data", "total", "page"].contains(&member.as_str()));
            }
        }
    }
}
