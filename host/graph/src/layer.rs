//! The order in which things start.

use crate::cycle::components;
use crate::graph::{Edge, Node};
use std::collections::VecDeque;

/// The order in which things start, as places in [`Graph::nodes`](crate::Graph::nodes). Every node stands in one of the
/// three lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layers {
    /// The first layer waits for nobody, every other one only for layers before it. An optional wait counts too, except
    /// where it would close a circle or is for something that never starts: then it takes its timeout, and no more.
    pub order: Vec<Vec<usize>>,
    /// Members of cycles of required waits: they never start.
    pub in_cycle: Vec<usize>,
    /// What waits, directly or not, for a member of a cycle and is none itself: it never starts either.
    pub behind_cycle: Vec<usize>,
}

/// Finds the layers.
pub(crate) fn layers(nodes: &[Node], edges: &[Edge]) -> Layers {
    let never = never(nodes, edges);
    let is_never = |node: usize| never.get(node).copied().unwrap_or_default();
    let mut layers = Layers::default();
    for (at, node) in nodes.iter().enumerate() {
        if node.in_cycle {
            layers.in_cycle.push(at);
        } else if is_never(at) {
            layers.behind_cycle.push(at);
        }
    }

    let circles = components(nodes.len(), edges.iter().map(|edge| (edge.from, edge.to)));
    let counts = |edge: &&Edge| {
        !is_never(edge.from) && !is_never(edge.to) && (edge.required || circles.get(edge.from) != circles.get(edge.to))
    };
    // Who waits for a node, and for how many it still waits itself.
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut open = vec![0_usize; nodes.len()];
    for edge in edges.iter().filter(counts) {
        if let (Some(list), Some(count)) = (waiting.get_mut(edge.to), open.get_mut(edge.from)) {
            list.push(edge.from);
            *count = count.saturating_add(1);
        }
    }
    let mut layer: Vec<usize> =
        open.iter().enumerate().filter(|(at, count)| **count == 0 && !is_never(*at)).map(|(at, _)| at).collect();
    while !layer.is_empty() {
        let mut following = Vec::new();
        for from in layer.iter().filter_map(|node| waiting.get(*node)).flatten() {
            if let Some(count) = open.get_mut(*from) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    following.push(*from);
                }
            }
        }
        following.sort_unstable();
        layers.order.push(std::mem::replace(&mut layer, following));
    }
    layers
}

/// Of each node: is it in a cycle, or does it wait for one?
fn never(nodes: &[Node], edges: &[Edge]) -> Vec<bool> {
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for edge in edges.iter().filter(|edge| edge.required) {
        if let Some(list) = waiting.get_mut(edge.to) {
            list.push(edge.from);
        }
    }
    let mut never: Vec<bool> = nodes.iter().map(|node| node.in_cycle).collect();
    let mut queue: VecDeque<usize> = never.iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
    while let Some(node) = queue.pop_front() {
        for from in waiting.get(node).into_iter().flatten() {
            if let Some(is) = never.get_mut(*from)
                && !*is
            {
                *is = true;
                queue.push_back(*from);
            }
        }
    }
    never
}
