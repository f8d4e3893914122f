//! The paths of all rules as one trie of names and `[*]`.
//!
//! What must never be here: a name of a body. Member names of the output are
//! written from this table, so that nothing of a body's spelling shows.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::names::{Ends, NameTable};
use crate::json::text;
use crate::path::Segment;
use crate::rendering::{GeneraliseKind, MaskKind};

/// A place in the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(NonZeroUsize);

impl NodeId {
    /// Where it stands among all nodes.
    #[inline]
    fn index(self) -> usize {
        self.0.get() - 1
    }
}

/// What to do with a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Reveal,
    Scrub,
    Mask(MaskKind),
    Generalise(GeneraliseKind),
    /// Of a value of this class.
    Pseudonym(Box<str>),
    /// Shows what was issued for this class in the place of any string.
    Relay(Box<str>),
    /// Shows nothing, here and below.
    Remove,
}

/// A member that some rule names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Its number among the members of its object.
    pub(crate) number: usize,
    /// Where its value stands; none if nothing of it may be shown.
    pub(crate) node: Option<NodeId>,
}

pub(crate) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    /// The name as JSON between a comma and a colon; of array items the comma.
    key: Box<str>,
    action: Option<Action>,
    /// Where those members stand that may be shown: an explicit removal holds for everything below
    /// it.
    members: NameTable<Option<NodeId>>,
    items: Option<NodeId>,
}

impl Trie {
    pub(crate) const ROOT: NodeId = NodeId(NonZeroUsize::MIN);

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, node: NodeId) -> Option<&Node> {
        self.nodes.get(node.index())
    }

    #[inline]
    pub(crate) fn action(&self, node: NodeId) -> Option<&Action> {
        self.node(node)?.action.as_ref()
    }

    /// What stands before the value of this node, a comma first.
    #[inline]
    pub(crate) fn key(&self, node: NodeId) -> &str {
        self.node(node).map_or(",", |node| &node.key)
    }

    /// A member of the object at `node`, by its name and the ends of that.
    #[inline]
    pub(crate) fn member(&self, node: NodeId, ends: Ends, name: &[u8]) -> Option<Member> {
        let (number, node) = self.node(node)?.members.find(ends, name)?;
        Some(Member { number, node })
    }

    /// The node of the items of the array at `node`, if they may be shown.
    #[inline]
    pub(crate) fn items(&self, node: NodeId) -> Option<NodeId> {
        self.node(node)?.items
    }
}

/// A trie that still grows.
pub(super) struct TrieBuilder {
    nodes: Vec<Growing>,
}

#[derive(Default)]
struct Growing {
    key: Box<str>,
    action: Option<Action>,
    members: BTreeMap<String, NodeId>,
    items: Option<NodeId>,
}

impl TrieBuilder {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Growing::default()],
        }
    }

    /// The node at the end of a path, made if need be.
    pub(super) fn insert(&mut self, path: &[Segment]) -> NodeId {
        let mut at = Trie::ROOT;
        for segment in path {
            let next = self.nodes.get(at.index()).and_then(|node| match segment {
                Segment::Name(name) => node.members.get(name).copied(),
                Segment::AnyItem => node.items,
            });
            at = next.unwrap_or_else(|| self.add(at, segment));
        }
        at
    }

    fn add(&mut self, parent: NodeId, segment: &Segment) -> NodeId {
        let id = NodeId(NonZeroUsize::MIN.saturating_add(self.nodes.len()));
        let mut key = String::from(',');
        if let Some(parent) = self.nodes.get_mut(parent.index()) {
            match segment {
                Segment::AnyItem => parent.items = Some(id),
                Segment::Name(name) => {
                    text::encode_into(name, &mut key);
                    key.push(':');
                    parent.members.insert(name.clone(), id);
                }
            }
        }
        self.nodes.push(Growing {
            key: key.into(),
            ..Growing::default()
        });
        id
    }

    /// Sets the action of a node and returns the one it had.
    pub(super) fn set(&mut self, node: NodeId, action: Action) -> Option<Action> {
        self.nodes
            .get_mut(node.index())
            .and_then(|node| node.action.replace(action))
    }

    pub(super) fn build(self) -> Trie {
        let actions = self.nodes.iter().map(|node| &node.action);
        let is_visible: Vec<bool> = actions.map(|a| *a != Some(Action::Remove)).collect();
        let visible = |node: &NodeId| is_visible.get(node.index()) == Some(&true);
        let nodes = self.nodes.into_iter().map(|node| {
            let members = node.members.into_iter();
            let members = members.map(|(name, node)| (name, Some(node).filter(visible)));
            Node {
                key: node.key,
                action: node.action,
                members: NameTable::new(members.collect()),
                items: node.items.filter(visible),
            }
        });
        Trie {
            nodes: nodes.collect(),
        }
    }
}
