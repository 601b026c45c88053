//! Short names for what is drawn.

use crate::duration;
use crate::graph::{Edge, Graph, Node, Presence};
use crate::target::{self, Target};

/// What of a wait stands at its line: at most two short lines, what is waited for and how.
pub(super) fn lines(edge: &Edge) -> Vec<String> {
    let mut how = Vec::new();
    if !edge.required {
        how.push("optional".to_owned());
    }
    if edge.on_loss.word() != "ignore" {
        how.push(format!("on-loss={}", edge.on_loss.word()));
    }
    if let Some(timeout) = edge.timeout {
        how.push(format!("timeout={}", duration::display(timeout)));
    }
    [what(edge), how.join(" ")].into_iter().filter(|line| !line.is_empty()).collect()
}

/// What is waited for, beside the node itself.
fn what(edge: &Edge) -> String {
    let colon = |port: Option<&str>| port.map(|port| format!(":{port}")).unwrap_or_default();
    match target::parse(&edge.target) {
        Some((_, Target::Service { port, .. })) => colon(port),
        Some((_, Target::Pods { labels })) => {
            labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
        }
        Some((_, Target::Host { scheme, port, rest, .. })) => {
            let place = format!("{}{rest}", colon(port));
            if place.is_empty() { scheme.to_owned() } else { format!("{scheme} {place}") }
        }
        Some((_, Target::Object { .. } | Target::Custom { .. })) | None => String::new(),
    }
}

/// What is known of a wait, in one line: `service/db:5432 required=false, through Service shop/db`.
pub(super) fn reason(edge: &Edge) -> String {
    let mut text = edge.target.clone();
    if !edge.options.is_empty() {
        text.push(' ');
        text.push_str(&edge.options);
    }
    text
}

/// How a node is called in a line: its id, and what is unusual about it.
pub(super) fn line(node: &Node) -> String {
    let name = if node.presence == Presence::External { &node.name } else { &node.id };
    match (node.presence, &node.note) {
        (_, Some(note)) => format!("{name} ({note})"),
        (Presence::Known, None) => name.clone(),
        (Presence::Unknown, None) => format!("{name} (not among the manifests)"),
        (Presence::External, None) => format!("{name} (outside)"),
    }
}

/// The small word above the name of a node.
pub(super) fn kind(node: &Node) -> String {
    match node.presence {
        Presence::Known => node.kind.clone(),
        Presence::Unknown => format!("{} ?", node.kind),
        Presence::External => "outside".to_owned(),
    }
}

/// The namespaces of a graph, in order, with the nodes of each; those without a namespace last.
pub(super) fn groups(graph: &Graph) -> Vec<(Option<&str>, Vec<usize>)> {
    let mut groups: std::collections::BTreeMap<(bool, Option<&str>), Vec<usize>> = std::collections::BTreeMap::new();
    for (at, node) in graph.nodes().iter().enumerate() {
        let namespace = node.namespace.as_deref();
        groups.entry((namespace.is_none(), namespace)).or_default().push(at);
    }
    groups.into_iter().map(|((_, namespace), nodes)| (namespace, nodes)).collect()
}

/// `1 cycle`, `2 cycles`.
pub(super) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
