//! Documents that have a value at every path of a pack, written from a skeleton.

use std::str::FromStr;

/// A path, cut into its steps.
pub struct Field {
    path: String,
    steps: Vec<privet_redact::Segment>,
}

impl FromStr for Field {
    type Err = privet_redact::ParsePathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let parsed: privet_redact::Path = path.parse()?;
        Ok(Self {
            path: path.to_owned(),
            steps: parsed.segments().to_vec(),
        })
    }
}

enum Node {
    /// The value of a field.
    Value(usize),
    Object(Vec<(String, Node)>),
    /// An array, with its number.
    Array(usize, Box<Node>),
    /// Nothing yet.
    Empty,
}

/// The skeleton of a document.
pub struct Document {
    root: Node,
    paths: Vec<String>,
    /// For each array, the fields inside it.
    arrays: Vec<Vec<usize>>,
}

impl Document {
    /// A document with these fields.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        let mut document = Self {
            root: Node::Empty,
            paths: Vec::new(),
            arrays: Vec::new(),
        };
        for (number, field) in fields.into_iter().enumerate() {
            let mut at = &mut document.root;
            for step in &field.steps {
                at = match step {
                    privet_redact::Segment::AnyItem => {
                        if let Node::Empty = at {
                            document.arrays.push(Vec::new());
                            *at = Node::Array(document.arrays.len() - 1, Box::new(Node::Empty));
                        }
                        let Node::Array(array, inner) = at else {
                            panic!("{} is an array elsewhere not", field.path);
                        };
                        document.arrays[*array].push(number);
                        inner
                    }
                    privet_redact::Segment::Name(name) => {
                        if let Node::Empty = at {
                            *at = Node::Object(Vec::new());
                        }
                        let Node::Object(members) = at else {
                            panic!("{} is an object elsewhere not", field.path);
                        };
                        let place = members.iter().position(|(other, _)| other == name);
                        let place = place.unwrap_or_else(|| {
                            members.push((name.clone(), Node::Empty));
                            members.len() - 1
                        });
                        &mut members[place].1
                    }
                };
            }
            assert!(matches!(at, Node::Empty), "{} stands twice", field.path);
            *at = Node::Value(number);
            document.paths.push(field.path);
        }
        document
    }

    /// For each array, the fields inside it.
    pub fn arrays(&self) -> impl Iterator<Item = &Vec<usize>> {
        self.arrays.iter()
    }

    /// The path of a field.
    pub fn path(&self, field: usize) -> &str {
        &self.paths[field]
    }

    /// The text; a value is JSON, or absent.
    pub fn write(
        &self,
        value: impl Fn(usize) -> Option<String>,
        count: impl Fn(usize) -> usize,
    ) -> String {
        let mut out = String::new();
        write(&self.root, &value, &count, &mut out);
        out
    }
}

/// Writes a node; false, and nothing, if it is an absent value.
fn write(
    node: &Node,
    value: &impl Fn(usize) -> Option<String>,
    count: &impl Fn(usize) -> usize,
    out: &mut String,
) -> bool {
    let before = out.len();
    match node {
        Node::Empty => return false,
        Node::Value(field) => match value(*field) {
            Some(text) => out.push_str(&text),
            None => return false,
        },
        Node::Object(members) => {
            let mut sign = '{';
            for (name, node) in members {
                let start = out.len();
                out.push(sign);
                out.push_str(&serde_json::to_string(name).expect("a name"));
                out.push(':');
                match write(node, value, count, out) {
                    true => sign = ',',
                    false => out.truncate(start),
                }
            }
            if out.len() == before {
                out.push('{');
            }
            out.push('}');
        }
        Node::Array(array, inner) => {
            let mut sign = '[';
            for _ in 0..count(*array) {
                let start = out.len();
                out.push(sign);
                match write(inner, value, count, out) {
                    true => sign = ',',
                    false => out.truncate(start),
                }
            }
            if out.len() == before {
                out.push('[');
            }
            out.push(']');
        }
    }
    true
}
