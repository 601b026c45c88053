//! Workloads that wait for each other.
//!
//! A workload starts when *all* that it requires is there; a Service is there when *any* workload behind it is. So what can
//! never start is a fixed point, and only a way through such workloads and back is reported: where something else serves as
//! well, nobody waits for ever.

use super::neighbours::{Behind, Neighbours, Node};
use super::{Report, rule};
use crate::annotation::Declared;
use crate::cluster::Index;
use crate::dependency::{Dependency, Target};

/// More workloads are not looked at for one request.
const WORKLOADS: usize = 4_000;

/// Somebody who waits.
struct Waiter {
    title: String,
    edges: Vec<Edge>,
}

/// What is waited for.
struct Edge {
    /// Which of the waiter's dependencies it is.
    dependency: usize,
    /// The Service between, in words.
    service: Option<String>,
    /// Any of these satisfies it.
    to: Vec<usize>,
}

struct Graph {
    waiters: Vec<Waiter>,
    places: Index,
}

/// Says the shortest cycle through the object, if there is one; whether the search was cut short.
pub(super) fn check(neighbours: &mut Neighbours<'_>, report: &mut Report<'_>) -> bool {
    let inquiry = report.inquiry;
    let (graph, cut) = explore(neighbours);
    let Some(cycle) = shortest(&graph) else {
        return cut;
    };
    let mut text = inquiry.subject.clone();
    let mut dependency = 0;
    for (at, (waiter, edge)) in cycle.iter().enumerate() {
        if at == 0 {
            dependency = edge.dependency;
        }
        for title in edge.service.iter().chain(graph.waiters.get(*waiter).map(|waiter| &waiter.title)) {
            text.push_str(" → ");
            text.push_str(title);
        }
    }
    if let Some(declared) = inquiry.declaration.dependencies.get(dependency) {
        report.about(
            declared,
            rule::DEPENDENCY_CYCLE,
            format!("none of these ever starts: {text}"),
            "make one of these dependencies `required=false`, or let the application connect when it needs to",
        );
    }
    cut
}

/// Everything that the object waits for, near and far.
fn explore(neighbours: &mut Neighbours<'_>) -> (Graph, bool) {
    let inquiry = neighbours.inquiry;
    let first = Waiter { title: inquiry.subject.clone(), edges: Vec::new() };
    let mut graph = Graph { waiters: vec![first], places: Index::default() };
    graph.places.add((&inquiry.subject, ""), 0);
    let mut queue: Vec<Node> = Vec::new();
    graph.follow(neighbours, 0, &inquiry.declaration.dependencies, inquiry.namespace, &mut queue);
    let mut next = 0;
    while let Some(node) = queue.get(next) {
        let at = next + 1;
        if at > WORKLOADS {
            return (graph, true);
        }
        let namespace = node.namespace.clone();
        if let Some(declaration) = neighbours.declaration(node) {
            graph.follow(neighbours, at, &declaration.dependencies, &namespace, &mut queue);
        }
        next += 1;
    }
    (graph, false)
}

impl Graph {
    /// Adds what one waiter requires. Nodes in the queue stand in the order of their waiters.
    fn follow(
        &mut self,
        neighbours: &mut Neighbours<'_>,
        from: usize,
        dependencies: &[Declared],
        namespace: &str,
        queue: &mut Vec<Node>,
    ) {
        for (dependency, Declared { dependency: Dependency { target, options }, .. }) in dependencies.iter().enumerate()
        {
            if !options.required {
                continue;
            }
            let Some(behind) = neighbours.behind(target, namespace, from == 0) else {
                continue;
            };
            let Behind { service, nodes, own, .. } = behind;
            let mut to = if own { vec![0] } else { Vec::new() };
            for node in nodes {
                let title = node.title();
                let known = {
                    let mut known = self.places.find((&title, ""));
                    known.find(|at| self.waiters.get(*at).is_some_and(|waiter| waiter.title == title))
                };
                to.push(known.unwrap_or(self.waiters.len()));
                if known.is_none() {
                    self.places.add((&title, ""), self.waiters.len());
                    self.waiters.push(Waiter { title, edges: Vec::new() });
                    queue.push(node);
                }
            }
            let service = service.or_else(|| match target {
                Target::Pods { .. } => Some(format!("`{target}`")),
                _ => None,
            });
            if let Some(waiter) = self.waiters.get_mut(from) {
                waiter.edges.push(Edge { dependency, service, to });
            }
        }
    }

    /// Which of them can start.
    fn can_start(&self) -> Vec<bool> {
        let mut can = vec![false; self.waiters.len()];
        let mut changed = true;
        while changed {
            changed = false;
            // What is found last waits for the least.
            for (at, waiter) in self.waiters.iter().enumerate().rev() {
                let starts = |to: &usize| can.get(*to) == Some(&true);
                let now = waiter.edges.iter().all(|edge| edge.to.is_empty() || edge.to.iter().any(starts));
                if let Some(can) = can.get_mut(at).filter(|can| now && !**can) {
                    *can = true;
                    changed = true;
                }
            }
        }
        can
    }
}

/// The shortest way from the object back to it through what cannot start: each step's end and the edge that leads there.
fn shortest(graph: &Graph) -> Option<Vec<(usize, &Edge)>> {
    if !graph.waiters.iter().skip(1).any(|waiter| waiter.edges.iter().any(|edge| edge.to.contains(&0))) {
        return None;
    }
    let can = graph.can_start();
    let mut from: Vec<Option<(usize, &Edge)>> = graph.waiters.iter().map(|_| None).collect();
    let mut queue = vec![0];
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        next += 1;
        for edge in &graph.waiters.get(at)?.edges {
            for &to in &edge.to {
                // That it waits for itself is said already.
                if can.get(to) != Some(&false) || at == to {
                    continue;
                }
                let slot = from.get_mut(to)?;
                if slot.is_none() {
                    *slot = Some((at, edge));
                    if to == 0 {
                        return Some(way(&from));
                    }
                    queue.push(to);
                }
            }
        }
    }
    None
}

/// The way back, turned around.
fn way<'g>(from: &[Option<(usize, &'g Edge)>]) -> Vec<(usize, &'g Edge)> {
    let mut way = Vec::new();
    let mut at = 0;
    while let Some((before, edge)) = from.get(at).copied().flatten() {
        way.push((at, edge));
        at = before;
        if at == 0 {
            break;
        }
    }
    way.reverse();
    way
}
