//! A page of résumés in one body: it is taken apart, each résumé is decided and enforced for itself,
//! and the page is put together again from what is shown.
//!
//! Only the items, the totals and the numbers that the shape names come through: facets, links and
//! whatever else a search service adds would tell of résumés that the viewer may not know of. A
//! total stays only where the page holds all of it, and then it counts what is shown. Numbers of
//! items are written anew, so `1.10` may become `1.1`.

use crate::strict;
use serde_json::{Map, Value};
use std::fmt;

/// Where things stand in a page. Each place is a path of names, `["data", "items"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The list of items.
    pub items: Vec<String>,
    /// The résumé's id in an item: a string or an integer.
    pub id: Vec<String>,
    /// The résumé in an item; empty where the item is the résumé.
    pub document: Vec<String>,
    /// Numbers of results.
    pub totals: Vec<Vec<String>>,
    /// Other numbers that pass, of six digits at most: the page's number, say.
    pub keep: Vec<Vec<String>>,
    /// The most items of a page.
    pub max_items: usize,
}

/// The least number that is as long as a telephone number. No greater one passes with a page.
const TELEPHONE: u64 = 1_000_000;

/// Why a page is refused. Nothing of it may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListError {
    message: String,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ListError {}

fn refuse<T>(what: impl fmt::Display) -> Result<T, ListError> {
    Err(ListError {
        message: what.to_string(),
    })
}

/// A page taken apart.
#[derive(Clone)]
pub struct Page {
    /// Each résumé's id and document, in order.
    pub items: Vec<(String, Vec<u8>)>,
    numbers: Vec<(Vec<String>, Value)>,
    /// Totals that count just this page.
    whole: Vec<Vec<String>>,
    shape: Shape,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({} items)", self.items.len())
    }
}

impl Page {
    /// Takes a body apart.
    ///
    /// # Errors
    ///
    /// What is not strict JSON, has no list at its place or too long a one, or an item without an id
    /// or without an object for a résumé.
    pub fn read(body: &[u8], shape: &Shape) -> Result<Self, ListError> {
        let value = match strict::parse(body) {
            Ok(value) => value,
            Err(error) => return refuse(error),
        };
        let Some(items) = at(&value, &shape.items).and_then(Value::as_array) else {
            return refuse("no list of items at its place");
        };
        if items.len() > shape.max_items {
            let (given, limit) = (items.len(), shape.max_items);
            return refuse(format_args!("{given} items, the limit is {limit}"));
        }
        let mut read = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let id = match at(item, &shape.id) {
                Some(Value::String(id)) if !id.is_empty() => id.clone(),
                Some(Value::Number(id)) if id.is_i64() || id.is_u64() => id.to_string(),
                _ => return refuse(format_args!("item {index} has no id")),
            };
            match at(item, &shape.document) {
                Some(document) if document.is_object() => {
                    read.push((id, document.to_string().into_bytes()));
                }
                _ => return refuse(format_args!("item {index} has no résumé")),
            }
        }
        let number = |path: &Vec<String>| {
            let is_small = |v: &&Value| v.as_u64().is_some_and(|number| number < TELEPHONE);
            let number = at(&value, path).filter(is_small);
            number.map(|n| (path.clone(), n.clone()))
        };
        let count = Value::from(items.len());
        Ok(Self {
            numbers: shape.keep.iter().filter_map(number).collect(),
            whole: shape
                .totals
                .iter()
                .filter(|path| at(&value, path) == Some(&count))
                .cloned()
                .collect(),
            items: read,
            shape: shape.clone(),
        })
    }

    /// The page with what is shown: each résumé's id and enforced body, in order.
    ///
    /// # Errors
    ///
    /// A body that is no JSON object.
    pub fn write(&self, shown: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, ListError> {
        let count = Value::from(shown.len());
        let mut items = Vec::with_capacity(shown.len());
        for (id, body) in shown {
            let Ok(Value::Object(body)) = serde_json::from_slice(&body) else {
                return refuse("an enforced body is no object");
            };
            let mut item = Value::Object(Map::new());
            if self.shape.document.is_empty() {
                put(&mut item, &self.shape.id, Value::String(id));
                let Value::Object(members) = &mut item else {
                    return refuse("an item is no object");
                };
                // The id's place is none of the pack's: the configuration was checked for it.
                for (name, value) in body {
                    members.entry(name).or_insert(value);
                }
            } else {
                put(&mut item, &self.shape.id, Value::String(id));
                put(&mut item, &self.shape.document, Value::Object(body));
            }
            items.push(item);
        }
        let mut page = Value::Object(Map::new());
        for (path, number) in &self.numbers {
            put(&mut page, path, number.clone());
        }
        for path in &self.whole {
            put(&mut page, path, count.clone());
        }
        put(&mut page, &self.shape.items, Value::Array(items));
        Ok(page.to_string().into_bytes())
    }
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// Sets a value at a path; objects on the way are made.
fn put(root: &mut Value, path: &[String], value: Value) {
    let mut place = root;
    for name in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else {
            return;
        };
        place = members.entry(name.clone()).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.')
            .filter(|n| !n.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn shape(document: &str) -> Shape {
        Shape {
            items: path("data.items"),
            id: path("id"),
            document: path(document),
            totals: vec![path("total"), path("data.count")],
            keep: vec![path("page")],
            max_items: 3,
        }
    }

    const BODY: &str = r#"{"total": 2, "page": 1, "facets": {"city": 2}, "next": "/x",
        "data": {"count": 7, "items": [{"id": "a", "resume": {"x": 1}, "score": 3},
                                       {"id": 8, "resume": {"x": 2}}]}}"#;

    #[test]
    fn a_page_comes_together_from_what_is_shown() {
        let page = Page::read(BODY.as_bytes(), &shape("resume")).unwrap();
        assert_eq!(
            page.items,
            [
                ("a".to_owned(), br#"{"x":1}"#.to_vec()),
                ("8".to_owned(), br#"{"x":2}"#.to_vec())
            ]
        );
        let shown = vec![("8".to_owned(), b"{\"y\":1}".to_vec())];
        assert_eq!(
            String::from_utf8(page.write(shown).unwrap()).unwrap(),
            r#"{"page":1,"total":1,"data":{"items":[{"id":"8","resume":{"y":1}}]}}"#
        );
    }

    #[test]
    fn an_item_may_be_the_resume() {
        let page = Page::read(BODY.as_bytes(), &shape("")).unwrap();
        let shown = vec![("a".to_owned(), b"{\"x\":1}".to_vec())];
        assert_eq!(
            String::from_utf8(page.write(shown).unwrap()).unwrap(),
            r#"{"page":1,"total":1,"data":{"items":[{"id":"a","x":1}]}}"#
        );
        assert_eq!(
            String::from_utf8(page.write(Vec::new()).unwrap()).unwrap(),
            r#"{"page":1,"total":0,"data":{"items":[]}}"#
        );
    }

    /// A number that could be somebody's passes under no name.
    #[test]
    fn numbers_that_pass_are_short() {
        for (number, passes) in [
            ("1", true),
            ("999999", true),
            ("1000000", false),
            ("13800138000", false),
            ("1.5", false),
            ("-3", false),
            ("\"1\"", false),
        ] {
            let body = format!(r#"{{"page": {number}, "data": {{"items": []}}}}"#);
            let page = Page::read(body.as_bytes(), &shape("")).unwrap();
            let written = String::from_utf8(page.write(Vec::new()).unwrap()).unwrap();
            assert_eq!(written.contains("page"), passes, "{written}");
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (body, message) in [
            ("[]", "no list of items at its place"),
            (
                r#"{"data": {"items": {}}}"#,
                "no list of items at its place",
            ),
            (
                r#"{"data": {"items": [{"resume": {}}]}}"#,
                "item 0 has no id",
            ),
            (
                r#"{"data": {"items": [{"id": "", "resume": {}}]}}"#,
                "item 0 has no id",
            ),
            (
                r#"{"data": {"items": [{"id": "a", "resume": []}]}}"#,
                "item 0 has no résumé",
            ),
            (
                r#"{"data": {"items": [{"id":"a","id":"b","resume":{}}]}}"#,
                "a key stands twice at line 1, column 38",
            ),
            (
                r#"{"data": {"items": [1,2,3,4]}}"#,
                "4 items, the limit is 3",
            ),
        ] {
            let error = Page::read(body.as_bytes(), &shape("resume")).unwrap_err();
            assert_eq!(error.to_string(), message, "{body}");
        }
    }

    proptest::proptest! {
        #[test]
        fn only_what_is_shown_is_in_a_page(
            shown in proptest::collection::vec(proptest::bool::ANY, 0..20),
            total in 0_usize..25,
        ) {
            let items = (0..shown.len()).map(|n| format!(r#"{{"id": "secret-{n}.", "resume": {{}}}}"#));
            let items = items.collect::<Vec<_>>().join(",");
            let body = format!(r#"{{"total": {total}, "data": {{"items": [{items}]}}}}"#);
            let shape = Shape { max_items: 20, ..shape("resume") };
            let page = Page::read(body.as_bytes(), &shape).unwrap();
            let left = page.items.iter().zip(&shown).filter(|(_, shown)| **shown);
            let left: Vec<_> = left.map(|((id, _), _)| (id.clone(), b"{}".to_vec())).collect();
            let count = left.len();
            let text = String::from_utf8(page.write(left).unwrap()).unwrap();
            for (n, shown) in shown.iter().enumerate() {
                assert_eq!(text.contains(&format!("secret-{n}.")), *shown, "{text}");
            }
            let page: Value = serde_json::from_str(&text).unwrap();
            match total == shown.len() {
                true => assert_eq!(page["total"], count),
                false => assert!(page.get("total").is_none()),
            }
        }

        #[test]
        fn no_body_is_a_page_by_chance(body in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            assert!(Page::read(&body, &shape("resume")).is_err());
        }
    }
}
