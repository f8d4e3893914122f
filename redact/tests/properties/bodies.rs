//! Generates bodies and writes them in many spellings.
//!
//! What must never be here: knowledge of rules.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// The member names of bodies and rules; one needs escapes.
const LABELS: [&str; 4] = ["a", "q\"\\\n", "表", ""];

pub fn label() -> impl Strategy<Value = String> {
    prop::sample::select(&LABELS).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Quarters: the other parser rounds what has many digits.
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        ".{0,8}".prop_map(Value::from),
        "1[3-9][0-9]{9}".prop_map(Value::from),
    ]
}

pub fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            members(inner),
        ]
    })
}

fn members(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec((label(), inner), 0..7)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// A body: an object at the root.
pub fn document() -> impl Strategy<Value = Value> {
    let members = prop::collection::vec((label(), value()), 2..8);
    members.prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// The body in its plainest spelling.
pub fn write(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

/// The body with blanks and escapes that the seed chooses.
pub fn text(value: &Value, seed: u64) -> String {
    let mut spelling = Spelling {
        state: seed | 1,
        out: String::new(),
    };
    spelling.value(value);
    spelling.out
}

struct Spelling {
    state: u64,
    out: String,
}

impl Spelling {
    /// A number below `n` (xorshift).
    fn choose(&mut self, n: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % n
    }

    fn blanks(&mut self) {
        while self.choose(4) == 0 {
            let blank = [' ', '\t', '\n', '\r'][self.choose(4) as usize];
            self.out.push(blank);
        }
    }

    fn sign(&mut self, sign: char) {
        self.blanks();
        self.out.push(sign);
        self.blanks();
    }

    fn value(&mut self, value: &Value) {
        self.blanks();
        match value {
            Value::Array(items) => {
                self.sign('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.sign(',');
                    }
                    self.value(item);
                }
                self.sign(']');
            }
            Value::Object(members) => {
                self.sign('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        self.sign(',');
                    }
                    self.string(name);
                    self.sign(':');
                    self.value(value);
                }
                self.sign('}');
            }
            // Values keep one spelling: they are shown byte for byte.
            scalar => self.out.push_str(&write(scalar)),
        }
        self.blanks();
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            if character < ' ' || character == '"' || character == '\\' || self.choose(3) == 0 {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    self.out.push_str(&format!("\\u{unit:04X}"));
                }
            } else {
                self.out.push(character);
            }
        }
        self.out.push('"');
    }
}
