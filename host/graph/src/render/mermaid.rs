//! Mermaid (10 and 11), as GitHub and many others show it: `flowchart LR`, a subgraph for each namespace.

use super::{label, put};
use crate::graph::{Graph, Node, Presence};

/// Mermaid draws no more edges unless its own configuration says so (`maxEdges`); a diagram cannot say it.
const MOST_EDGES: usize = 500;

/// The graph as a Mermaid flowchart. Arrows go from what waits to what is waited for.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = "flowchart LR\n".to_owned();
    if graph.edges().len() > MOST_EDGES {
        put(
            &mut out,
            format_args!("  %% more than {MOST_EDGES} waits: Mermaid draws them where its maxEdges is higher\n"),
        );
    }
    for (number, (namespace, nodes)) in label::groups(graph).into_iter().enumerate() {
        let indent = match namespace {
            Some(namespace) => {
                put(&mut out, format_args!("  subgraph g{number}[\"{}\"]\n", escape(namespace)));
                "    "
            }
            None => "  ",
        };
        for at in nodes {
            if let Some(node) = graph.nodes().get(at) {
                put(&mut out, format_args!("{indent}{}\n", shape(at, node)));
            }
        }
        if namespace.is_some() {
            out.push_str("  end\n");
        }
    }
    let mut red = Vec::new();
    for (at, edge) in graph.edges().iter().enumerate() {
        let arrow = if edge.required { "-->" } else { "-.->" };
        let lines: Vec<String> = label::lines(edge).iter().map(|line| escape(line)).collect();
        let text = if lines.is_empty() { String::new() } else { format!("|\"{}\"|", lines.join("<br>")) };
        put(&mut out, format_args!("  n{} {arrow}{text} n{}\n", edge.from, edge.to));
        if edge.in_cycle {
            red.push(at.to_string());
        }
    }
    for (presence, style) in [
        (Presence::Unknown, "  classDef unknown stroke-dasharray:5 4\n"),
        (Presence::External, "  classDef external fill:transparent\n"),
    ] {
        if graph.nodes().iter().any(|node| node.presence == presence) {
            out.push_str(style);
        }
    }
    if graph.nodes().iter().any(|node| node.in_cycle) {
        out.push_str("  classDef cycle stroke:#d1242f,stroke-width:2px\n");
    }
    if !red.is_empty() {
        put(&mut out, format_args!("  linkStyle {} stroke:#d1242f,stroke-width:2px\n", red.join(",")));
    }
    out
}

fn shape(at: usize, node: &Node) -> String {
    let text = format!("{}<br>{}", escape(&label::kind(node)), escape(&node.name));
    let (open, close) = if node.presence == Presence::External { ("([", "])") } else { ("[", "]") };
    let class = match (node.in_cycle, node.presence) {
        (true, _) => ":::cycle",
        (false, Presence::Known) => "",
        (false, Presence::Unknown) => ":::unknown",
        (false, Presence::External) => ":::external",
    };
    format!("n{at}{open}\"{text}\"{close}{class}")
}

/// A text between quotes. Whatever could mean something to Mermaid, HTML or Markdown becomes a number, in Mermaid's own
/// notation for characters.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || " -./:=?,|@".contains(c) {
            out.push(c);
        } else if c.is_control() {
            out.push('\u{fffd}');
        } else {
            put(&mut out, format_args!("#{};", u32::from(c)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(escape("a\"<b>&#;`*_x\n"), "a#34;#60;b#62;#38;#35;#59;#96;#42;#95;x\u{fffd}");
        assert_eq!(escape("https :8443/healthz?a=b"), "https :8443/healthz?a=b");
    }
}
