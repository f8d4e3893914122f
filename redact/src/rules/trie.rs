//! The paths of all rules as one trie of names and `[*]`.
//!
//! What must never be here: a name of a body. Member names of the output are
//! written from this table, so that nothing of a body's spelling shows.

use crate::json::text;
use crate::path::Segment;
use crate::rendering::{GeneraliseKind, MaskKind};

/// A place in the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(usize);

/// What to do with a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Reveal,
    Scrub,
    Mask(MaskKind),
    Generalise(GeneraliseKind),
    /// Of a value of this class.
    Pseudonym(Box<str>),
    /// Shows this JSON text in the place of any string.
    Replace(Box<[u8]>),
    /// Shows nothing, here and below.
    Remove,
}

pub(crate) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// The name as JSON with its colon; empty for array items and the root.
    key: Box<[u8]>,
    action: Option<Action>,
    /// Sorted by name.
    members: Vec<(Box<str>, NodeId)>,
    items: Option<NodeId>,
}

impl Trie {
    pub(crate) const ROOT: NodeId = NodeId(0);

    pub(crate) fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at the end of a path, made if need be.
    pub(super) fn insert(&mut self, path: &[Segment]) -> NodeId {
        let mut at = Self::ROOT;
        for segment in path {
            let next = match segment {
                Segment::Name(name) => self.member(at, name),
                Segment::AnyItem => self.items(at),
            };
            at = next.unwrap_or_else(|| self.add(at, segment));
        }
        at
    }

    fn add(&mut self, parent: NodeId, segment: &Segment) -> NodeId {
        let id = NodeId(self.nodes.len());
        let mut node = Node::default();
        if let Some(parent) = self.nodes.get_mut(parent.0) {
            match segment {
                Segment::AnyItem => parent.items = Some(id),
                Segment::Name(name) => {
                    let mut key = text::encode(name);
                    key.push(b':');
                    node.key = key.into();
                    let place = parent
                        .members
                        .partition_point(|(other, _)| **other < **name);
                    parent.members.insert(place, (name.as_str().into(), id));
                }
            }
        }
        self.nodes.push(node);
        id
    }

    /// Sets the action of a node and returns the one it had.
    pub(super) fn set(&mut self, node: NodeId, action: Action) -> Option<Action> {
        self.nodes
            .get_mut(node.0)
            .and_then(|node| node.action.replace(action))
    }

    pub(crate) fn action(&self, node: NodeId) -> Option<&Action> {
        self.nodes.get(node.0)?.action.as_ref()
    }

    pub(crate) fn key(&self, node: NodeId) -> &[u8] {
        self.nodes.get(node.0).map_or(&[], |node| &node.key)
    }

    /// The node of a member of the object at `node`.
    pub(crate) fn member(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let members = &self.nodes.get(node.0)?.members;
        let found = members.binary_search_by(|(other, _)| (**other).cmp(name));
        members.get(found.ok()?).map(|(_, id)| *id)
    }

    /// The node of the items of the array at `node`.
    pub(crate) fn items(&self, node: NodeId) -> Option<NodeId> {
        self.nodes.get(node.0)?.items
    }
}
