//! What stands in a document: nodes with their places, as written, before anchors and merges are followed.

use crate::complaint::Fault;
use serde_json::Value;
use std::ops::Range;

/// How deep maps and lists may stand in each other. `serde_json` refuses more than 128 levels, and so would the policy.
pub(crate) const DEPTH: usize = 120;

/// How many scalars, lists and maps a file may hold. One takes about 250 bytes of memory, written as little as two.
pub(crate) const NODES: usize = 4_000_000;

/// What a document counts as, besides: it takes memory too, however little stands in it.
pub(crate) const DOCUMENT: usize = 8;

/// What is said where a file holds more.
pub(crate) fn too_many(offset: usize) -> Fault {
    let message = format!("this file holds more than {NODES} values\nhint: split it into several files");
    Fault::new(offset, message)
}

/// A node's number in its tree.
pub(crate) type NodeId = usize;

/// All nodes of a document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    pub(crate) root: NodeId,
}

/// A scalar, a list, a map or an alias, and where it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The bytes of the value itself. A block scalar begins at its `|`; a block map or list ends with its last value;
    /// no node ends with a line break. An absent value (`key:`) is empty, after the colon.
    pub(crate) span: Range<usize>,
    /// Where the node's anchor and tag begin; `span.start` when it has neither.
    pub(crate) outer: usize,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Scalar { style: Style, value: Value },
    List { flow: bool, items: Vec<NodeId> },
    Map { flow: bool, pairs: Vec<Pair> },
    Alias(NodeId),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// The key as JSON has it.
    pub(crate) name: String,
    pub(crate) key: NodeId,
    pub(crate) value: NodeId,
    /// The key is `<<`: the maps in the value are merged into this one.
    pub(crate) merge: bool,
}

impl Tree {
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len().saturating_sub(1)
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The node an alias stands for; any other node is itself.
    pub(crate) fn follow(&self, mut id: NodeId) -> NodeId {
        // An alias points at an earlier node, so this ends.
        while let Some(Node { content: Content::Alias(target), .. }) = self.node(id) {
            if *target >= id {
                break;
            }
            id = *target;
        }
        id
    }

    /// The pair of a map that gives the key its value. As in goyaml the last one wins, and `<<` counts where it stands.
    pub(crate) fn pair(&self, map: NodeId, name: &str) -> Option<&Pair> {
        self.pair_within(map, name, 0)
    }

    fn pair_within(&self, map: NodeId, name: &str, depth: usize) -> Option<&Pair> {
        if depth > DEPTH {
            return None;
        }
        let Content::Map { pairs, .. } = &self.node(self.follow(map))?.content else {
            return None;
        };
        let depth = depth.saturating_add(1);
        pairs.iter().rev().find_map(|pair| {
            if !pair.merge {
                return (pair.name == name).then_some(pair);
            }
            match &self.node(self.follow(pair.value))?.content {
                Content::List { items, .. } => items.iter().find_map(|&item| self.pair_within(item, name, depth)),
                _ => self.pair_within(pair.value, name, depth),
            }
        })
    }
}
