//! The graph for programs. The format is versioned: fields may come without a new version, none goes or changes its
//! meaning. `schema/graph.json` is made of these types.

use crate::duration;
use crate::graph::{Graph, Presence};
use serde::Serialize;

#[cfg(test)]
mod schema;

/// Who waits for whom, as `waitwarden graph --format json` writes it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields, title = "Graph"))]
#[serde(rename_all = "camelCase")]
struct Wire<'g> {
    /// The version of the format.
    #[cfg_attr(test, schemars(range(min = 1, max = 1)))]
    version: u8,
    /// What waits or is waited for, by id.
    nodes: Vec<Node<'g>>,
    /// Who waits for whom, by ids. A dependency on a Service has an edge to every workload behind it.
    edges: Vec<Edge<'g>>,
    /// The order of the start, as ids: the first layer waits for nobody, every other one for layers before it.
    layers: Vec<Vec<&'g str>>,
    /// Ids of what never starts because it is in a cycle of required waits, or waits for itself.
    in_cycle: Vec<&'g str>,
    /// Ids of what never starts because it waits for something in a cycle.
    behind_cycle: Vec<&'g str>,
    /// For each knot of nodes that wait for each other, its shortest cycle of required waits.
    cycles: Vec<Cycle<'g>>,
    /// Ids of what waits for itself, optionally or not.
    self_dependencies: Vec<&'g str>,
    /// The chain of waits that takes longest when each takes its whole time.
    longest_chain: Chain<'g>,
    /// What could not be read and was taken as unknown.
    problems: Vec<&'g str>,
}

/// What waits or is waited for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Node<'g> {
    /// `NAMESPACE/KIND/NAME` in the words of a declaration; `host/NAME` outside of the cluster.
    id: &'g str,
    kind: &'g str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'g str>,
    name: &'g str,
    /// `known`: among the manifests. `unknown`: in the cluster, but not among them. `external`: a host outside.
    presence: &'static str,
    /// What is to be said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'g str>,
    in_cycle: bool,
}

/// A wait.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
struct Edge<'g> {
    /// The id of what waits.
    from: &'g str,
    /// The id of what is waited for.
    to: &'g str,
    /// As the policy understood it.
    target: &'g str,
    /// The namespace of the target; none for hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'g str>,
    /// Options that differ from their defaults.
    options: &'g str,
    /// The Service through which the target leads to `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<&'g str>,
    /// Without it, the wait goes on after the timeout.
    required: bool,
    /// Its own timeout, such as `10m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<String>,
    /// How long it is waited for at most: its own timeout, else that of the whole wait. `0s` is for ever.
    at_most: String,
    /// `ignore`, `unready` or `restart`.
    on_loss: &'static str,
    in_cycle: bool,
}

/// A cycle of required waits, and the knot that it was found in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Cycle<'g> {
    /// Ids: each waits for the next, the last for the first.
    nodes: Vec<&'g str>,
    /// Ids of all that wait for these and are waited for by them.
    knot: Vec<&'g str>,
}

/// A chain of waits.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Chain<'g> {
    /// Ids, from what starts last to what starts first.
    nodes: Vec<&'g str>,
    /// The waits between them, as places in `edges`.
    edges: &'g [usize],
    /// The sum of the timeouts that end, such as `21m`.
    sum: String,
    /// The same in milliseconds.
    milliseconds: u64,
    /// One of the waits never ends by itself.
    endless: bool,
}

/// The graph as JSON, in the format of `schema/graph.json`.
pub fn json(graph: &Graph) -> String {
    // The types hold texts, numbers and lists: nothing of that can fail.
    let mut text = serde_json::to_string_pretty(&wire(graph)).unwrap_or_default();
    text.push('\n');
    text
}

fn wire(graph: &Graph) -> Wire<'_> {
    let id = |at: usize| graph.nodes().get(at).map_or("", |node| node.id.as_str());
    let ids = |list: &[usize]| -> Vec<&str> { list.iter().map(|at| id(*at)).collect() };
    let nodes = graph.nodes().iter().map(|node| Node {
        id: &node.id,
        kind: &node.kind,
        namespace: node.namespace.as_deref(),
        name: &node.name,
        presence: match node.presence {
            Presence::Known => "known",
            Presence::Unknown => "unknown",
            Presence::External => "external",
        },
        note: node.note.as_deref(),
        in_cycle: node.in_cycle,
    });
    let edges = graph.edges().iter().map(|edge| Edge {
        from: id(edge.from),
        to: id(edge.to),
        target: &edge.target,
        namespace: edge.namespace.as_deref(),
        options: &edge.options,
        through: edge.through.as_deref(),
        required: edge.required,
        timeout: edge.timeout.map(duration::display),
        at_most: duration::display(edge.at_most),
        on_loss: edge.on_loss.word(),
        in_cycle: edge.in_cycle,
    });
    let chain = graph.longest_chain();
    let mut selves: Vec<&str> =
        graph.self_dependencies().filter_map(|at| graph.edges().get(at)).map(|edge| id(edge.from)).collect();
    selves.dedup();
    Wire {
        version: 1,
        nodes: nodes.collect(),
        edges: edges.collect(),
        layers: graph.layers().order.iter().map(|layer| ids(layer)).collect(),
        in_cycle: ids(&graph.layers().in_cycle),
        behind_cycle: ids(&graph.layers().behind_cycle),
        cycles: graph.cycles().iter().map(|cycle| Cycle { nodes: ids(&cycle.nodes), knot: ids(&cycle.knot) }).collect(),
        self_dependencies: selves,
        longest_chain: Chain {
            nodes: ids(&graph.chain_nodes()),
            edges: &chain.edges,
            sum: duration::display(chain.sum),
            milliseconds: duration::millis(chain.sum),
            endless: chain.is_endless,
        },
        problems: graph.problems().iter().map(String::as_str).collect(),
    }
}
