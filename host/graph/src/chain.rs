//! The longest chain of waits: how late the last can start when each takes its whole time.

use crate::graph::Edge;
use crate::layer::Layers;
use std::time::Duration;

/// The timeouts of whole waits, where a workload has none of its own. Zero is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Of Pods that run for long.
    pub long_running: Duration,
    /// Of Pods that run to completion (`restartPolicy` Never or `OnFailure`).
    pub run_to_completion: Duration,
}

impl Default for Timeouts {
    /// What the policy's `wait.timeout: auto` means.
    fn default() -> Self {
        Self { long_running: Duration::from_mins(11), run_to_completion: Duration::from_mins(5) }
    }
}

impl Timeouts {
    /// The one of a workload.
    pub(crate) fn of(self, runs_to_completion: bool) -> Duration {
        if runs_to_completion { self.run_to_completion } else { self.long_running }
    }
}

/// The chain of waits with the largest sum of timeouts, among what starts at all. Waits of one workload run side by
/// side, so of each the longest counts; optional ones too, since they delay as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// Places in [`Graph::edges`](crate::Graph::edges), from the one that starts last: each waits for the next.
    pub edges: Vec<usize>,
    /// The sum of the timeouts that end.
    pub sum: Duration,
    /// Some of its waits never end by themselves (a timeout of 0).
    pub is_endless: bool,
}

/// How much a chain weighs: endless waits, milliseconds, length.
type Weight = (usize, Duration, usize);

/// Finds the longest chain; of several, the first by id.
pub(crate) fn longest(layers: &Layers, edges: &[Edge]) -> Chain {
    let mut layer_of: Vec<Option<usize>> = Vec::new();
    for (number, nodes) in layers.order.iter().enumerate() {
        for node in nodes {
            if layer_of.len() <= *node {
                layer_of.resize(node.saturating_add(1), None);
            }
            if let Some(place) = layer_of.get_mut(*node) {
                *place = Some(number);
            }
        }
    }
    let layer = |node: usize| layer_of.get(node).copied().flatten();
    let mut waits: Vec<Vec<usize>> = vec![Vec::new(); layer_of.len()];
    for (at, edge) in edges.iter().enumerate() {
        // What goes against the order is an optional wait in a circle.
        if let (Some(from), Some(to)) = (layer(edge.from), layer(edge.to))
            && from > to
            && let Some(list) = waits.get_mut(edge.from)
        {
            list.push(at);
        }
    }
    let mut best: Vec<(Weight, Option<usize>)> = vec![((0, Duration::ZERO, 0), None); layer_of.len()];
    for node in layers.order.iter().flatten() {
        let mut heaviest = ((0, Duration::ZERO, 0), None);
        for at in waits.get(*node).into_iter().flatten() {
            let Some(edge) = edges.get(*at) else { continue };
            let Some(((endless, sum, length), _)) = best.get(edge.to) else { continue };
            let weight = (
                endless.saturating_add(usize::from(edge.at_most.is_zero())),
                sum.saturating_add(edge.at_most),
                length.saturating_add(1),
            );
            if weight > heaviest.0 {
                heaviest = (weight, Some(*at));
            }
        }
        if let Some(place) = best.get_mut(*node) {
            *place = heaviest;
        }
    }
    let mut start: (Weight, Option<usize>) = ((0, Duration::ZERO, 0), None);
    for candidate in &best {
        if candidate.0 > start.0 {
            start = *candidate;
        }
    }
    let ((endless, sum, _), mut following) = start;
    let mut chain = Chain { edges: Vec::new(), sum, is_endless: endless > 0 };
    while let Some(at) = following {
        chain.edges.push(at);
        following = edges.get(at).and_then(|edge| best.get(edge.to)).and_then(|(_, next)| *next);
    }
    chain
}
