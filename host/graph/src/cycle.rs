//! Cycles of required waits. Nothing in one can ever start.

use crate::graph::Edge;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::VecDeque;

/// Steps that the search for the shortest cycles may take. Thousands of workloads in one knot need fewer; of larger
/// ones each still gets a cycle, the shortest of those that were looked at.
const MOST_STEPS: usize = 20_000_000;

/// A knot of nodes that wait for each other, and its shortest cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The cycle, as places in [`Graph::nodes`](crate::Graph::nodes): each waits for the next, the last for the first.
    /// It begins with the first by id.
    pub nodes: Vec<usize>,
    /// Everything in the knot, by id: all that waits for these nodes and that they wait for.
    pub knot: Vec<usize>,
}

/// The knots of a graph: its strongly connected components of more than one node, and the nodes that wait for
/// themselves.
pub(crate) struct Knots {
    /// Of each node the number of its component.
    component: Vec<usize>,
    /// Members of components of more than one, in the order of the first members.
    groups: Vec<Vec<usize>>,
    tied: Vec<bool>,
}

impl Knots {
    /// Is the node in a cycle?
    pub(crate) fn holds(&self, node: usize) -> bool {
        self.tied.get(node).copied().unwrap_or_default()
    }

    /// Is a wait between these two part of a cycle?
    pub(crate) fn joins(&self, from: usize, to: usize) -> bool {
        self.component.get(from) == self.component.get(to) && (from == to || self.holds(from))
    }
}

/// The components of a graph with only some of its edges: of each node, the number of its own.
pub(crate) fn components(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in 0..count {
        graph.add_node(());
    }
    for (from, to) in edges {
        if from < count && to < count {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
    }
    let mut component = vec![0; count];
    // Not Tarjan's: that one is recursive, and a chain of waits has any length.
    for (number, members) in kosaraju_scc(&graph).iter().enumerate() {
        for member in members {
            if let Some(place) = component.get_mut(member.index()) {
                *place = number;
            }
        }
    }
    component
}

/// The knots of the required waits.
pub(crate) fn knots(count: usize, edges: &[Edge]) -> Knots {
    let required = || edges.iter().filter(|edge| edge.required).map(|edge| (edge.from, edge.to));
    let component = components(count, required());
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (node, number) in component.iter().enumerate() {
        if let Some(group) = members.get_mut(*number) {
            group.push(node);
        }
    }
    let mut groups: Vec<Vec<usize>> = members.into_iter().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    let mut tied = vec![false; count];
    let selves = required().filter(|(from, to)| from == to).map(|(node, _)| node);
    for node in groups.iter().flatten().copied().chain(selves) {
        if let Some(place) = tied.get_mut(node) {
            *place = true;
        }
    }
    Knots { component, groups, tied }
}

/// The shortest cycle of each knot, and of several the first by id.
pub(crate) fn shortest(knots: &Knots, edges: &[Edge]) -> Vec<Cycle> {
    let next = neighbours(knots.component.len(), edges, |edge| {
        edge.from != edge.to && knots.component.get(edge.from) == knots.component.get(edge.to)
    });
    let mut found = Vec::new();
    let mut seen = Marks::new(knots.component.len());
    let mut steps = MOST_STEPS;
    for knot in &knots.groups {
        let mut best: Option<Vec<usize>> = None;
        for start in knot {
            let limit = best.as_ref().map_or(usize::MAX, Vec::len);
            if limit == 2 || (steps == 0 && best.is_some()) {
                break;
            }
            if let Some(cycle) = search(&next, *start, limit, &mut seen, &mut steps) {
                best = Some(cycle);
            }
        }
        if let Some(mut nodes) = best {
            let first = nodes.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
            nodes.rotate_left(first);
            found.push(Cycle { nodes, knot: knot.clone() });
        }
    }
    found
}

/// The shortest cycle through one node.
pub(crate) fn through(count: usize, edges: &[Edge], node: usize) -> Option<Vec<usize>> {
    if edges.iter().any(|edge| edge.required && edge.from == node && edge.to == node) {
        return Some(vec![node]);
    }
    let next = neighbours(count, edges, |edge| edge.from != edge.to);
    search(&next, node, usize::MAX, &mut Marks::new(count), &mut usize::MAX.clone())
}

fn neighbours(count: usize, edges: &[Edge], fits: impl Fn(&Edge) -> bool) -> Vec<Vec<usize>> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in edges.iter().filter(|edge| edge.required && fits(edge)) {
        if let Some(list) = next.get_mut(edge.from)
            && list.last() != Some(&edge.to)
        {
            list.push(edge.to);
        }
    }
    next
}

/// From where a search came to each node. It is cleared by counting, not by writing all of it anew.
struct Marks {
    round: usize,
    came: Vec<(usize, usize)>,
}

impl Marks {
    fn new(count: usize) -> Self {
        Self { round: 0, came: vec![(0, 0); count] }
    }

    /// Marks a node, if it is new in this round.
    fn mark(&mut self, node: usize, from: usize) -> bool {
        match self.came.get_mut(node) {
            Some(mark) if mark.0 != self.round => {
                *mark = (self.round, from);
                true
            }
            _ => false,
        }
    }

    /// The way from the start of the round to a node.
    fn way(&self, start: usize, end: usize) -> Vec<usize> {
        let mut way = vec![end];
        let mut at = end;
        while at != start {
            match self.came.get(at) {
                Some((_, from)) => at = *from,
                None => break,
            }
            way.push(at);
        }
        way.reverse();
        way
    }
}

/// A search in breadth from a node back to itself, for a cycle of fewer than `limit` nodes.
fn search(next: &[Vec<usize>], start: usize, limit: usize, seen: &mut Marks, steps: &mut usize) -> Option<Vec<usize>> {
    seen.round = seen.round.saturating_add(1);
    seen.mark(start, start);
    let mut queue = VecDeque::from([(start, 1_usize)]);
    while let Some((node, depth)) = queue.pop_front() {
        if depth >= limit {
            return None;
        }
        for to in next.get(node).into_iter().flatten() {
            *steps = steps.saturating_sub(1);
            if *to == start {
                return Some(seen.way(start, node));
            }
            if seen.mark(*to, node) {
                queue.push_back((*to, depth.saturating_add(1)));
            }
        }
    }
    None
}
