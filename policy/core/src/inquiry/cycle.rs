//! Workloads that wait for each other.
//!
//! A workload starts when *all* that it requires is there; a Service is there when *any* workload behind it is. So what can
//! never start is a fixed point, and only a way through such workloads and back is reported: where something else serves as
//! well, nobody waits for ever.

use super::neighbours::{Behind, Neighbours, Node};
use super::{Report, rule};
use crate::annotation::Declared;
use crate::cluster::Index;
use crate::dependency::{Dependency, OnLoss, Target};
use crate::finding::Severity;

/// More workloads are not looked at for one request.
const WORKLOADS: usize = 4_000;
/// So many losses, each the cause of the next, are a cascade.
const CASCADE: usize = 3;

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
    /// Does its loss take the waiter out of its Service?
    loss: bool,
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
    let of = |way: &[(usize, &Edge)]| {
        inquiry.declaration.dependencies.get(way.first().map_or(0, |(_, edge)| edge.dependency))
    };
    if let Some(way) = graph.shortest(true) {
        // Whatever the settings say of other cycles: once it is lost, nobody in it comes back.
        if let Some(declared) = of(&way) {
            report.always(
                declared,
                rule::DEPENDENCY_CYCLE,
                Severity::Error,
                format!("none of these ever starts, or comes back once it is lost: {}", graph.words(&way)),
                "a cycle through `on-loss=` is never allowed: write `on-loss=ignore`, or end it with `required=false`",
            );
        }
    } else if let Some(way) = graph.shortest(false)
        && let Some(declared) = of(&way)
    {
        report.about(
            declared,
            rule::DEPENDENCY_CYCLE,
            format!("none of these ever starts: {}", graph.words(&way)),
            "make one of these dependencies `required=false`, or let the application connect when it needs to",
        );
    }
    let cascade = graph.cascade();
    if cascade.len() >= CASCADE
        && let Some(declared) = of(&cascade)
    {
        report.about(
            declared,
            rule::LOSS_CASCADE,
            format!("one loss makes all of these unready, one after the other: {}", graph.words(&cascade)),
            "write `on-loss=ignore` where the application can live without it for a while",
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
                waiter.edges.push(Edge { dependency, service, loss: options.on_loss != OnLoss::Ignore, to });
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

    /// The shortest way from the object back to it through what cannot start, perhaps with a loss on it: each step's end and
    /// the edge that leads there.
    fn shortest(&self, loss: bool) -> Option<Vec<(usize, &Edge)>> {
        if !self.waiters.iter().skip(1).any(|waiter| waiter.edges.iter().any(|edge| edge.to.contains(&0))) {
            return None;
        }
        let can = self.can_start();
        // A place twice: before a loss, and behind one.
        let count = self.waiters.len();
        let mut from: Vec<Option<(usize, &Edge)>> = vec![None; 2 * count];
        let mut queue = vec![0];
        let mut next = 0;
        while let Some(&state) = queue.get(next) {
            next += 1;
            let (at, behind) = (state % count, state >= count);
            for edge in &self.waiters.get(at)?.edges {
                for &to in &edge.to {
                    // That it waits for itself is said already.
                    if can.get(to) != Some(&false) || at == to {
                        continue;
                    }
                    let behind = loss && (behind || edge.loss);
                    let reached = if behind { count + to } else { to };
                    let slot = from.get_mut(reached)?;
                    if slot.is_none() {
                        *slot = Some((state, edge));
                        if to == 0 && behind == loss {
                            return Some(way(&from, reached));
                        }
                        queue.push(reached);
                    }
                }
            }
        }
        None
    }

    /// A longest one of the shortest ways along which a loss goes on to the object.
    fn cascade(&self) -> Vec<(usize, &Edge)> {
        let mut from: Vec<Option<(usize, &Edge)>> = vec![None; self.waiters.len()];
        let mut queue = vec![0];
        let mut next = 0;
        while let Some(&at) = queue.get(next) {
            next += 1;
            let edges = self.waiters.get(at).map_or(&[][..], |waiter| &waiter.edges);
            for edge in edges.iter().filter(|edge| edge.loss) {
                for &to in edge.to.iter().filter(|to| **to != 0) {
                    if let Some(slot @ None) = from.get_mut(to) {
                        *slot = Some((at, edge));
                        queue.push(to);
                    }
                }
            }
        }
        queue.last().map(|last| way(&from, *last)).unwrap_or_default()
    }

    /// A way in words, from the object on.
    fn words(&self, way: &[(usize, &Edge)]) -> String {
        let mut text = self.waiters.first().map(|waiter| waiter.title.clone()).unwrap_or_default();
        for (state, edge) in way {
            let waiter = self.waiters.get(state % self.waiters.len());
            for title in edge.service.iter().chain(waiter.map(|waiter| &waiter.title)) {
                text.push_str(" → ");
                text.push_str(title);
            }
        }
        text
    }
}

/// The way to a place, from the object on.
fn way<'g>(from: &[Option<(usize, &'g Edge)>], mut at: usize) -> Vec<(usize, &'g Edge)> {
    let mut way = Vec::new();
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
