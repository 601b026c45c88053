//! Graphviz: a cluster for each namespace.

use super::{label, put};
use crate::graph::{Graph, Presence};

/// The graph in the DOT language. Arrows go from what waits to what is waited for.
pub fn dot(graph: &Graph) -> String {
    let mut out = "digraph waits {\n".to_owned();
    out.push_str("  rankdir=LR;\n");
    out.push_str("  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];\n");
    out.push_str("  edge [fontname=\"Helvetica\", fontsize=9];\n");
    for (number, (namespace, nodes)) in label::groups(graph).into_iter().enumerate() {
        let indent = if let Some(namespace) = namespace {
            put(&mut out, format_args!("  subgraph cluster_{number} {{\n"));
            put(
                &mut out,
                format_args!("    label={};\n    style=rounded;\n    color=\"#8c959f\";\n", quote(namespace)),
            );
            "    "
        } else {
            "  "
        };
        for at in nodes {
            let Some(node) = graph.nodes().get(at) else { continue };
            let mut text = format!("label={}", quote(&format!("{}\n{}", label::kind(node), node.name)));
            match node.presence {
                Presence::Known => {}
                Presence::Unknown => text.push_str(", style=\"rounded,dashed\""),
                Presence::External => text.push_str(", shape=ellipse, style=solid"),
            }
            if node.in_cycle {
                text.push_str(", color=\"#d1242f\", penwidth=2");
            }
            put(&mut text, format_args!(", tooltip={}", quote(&label::line(node))));
            put(&mut out, format_args!("{indent}n{at} [{text}];\n"));
        }
        if namespace.is_some() {
            out.push_str("  }\n");
        }
    }
    for edge in graph.edges() {
        let mut text = format!("label={}", quote(&label::lines(edge).join("\n")));
        if !edge.required {
            text.push_str(", style=dashed");
        }
        if edge.in_cycle {
            text.push_str(", color=\"#d1242f\", penwidth=2");
        }
        put(&mut text, format_args!(", tooltip={}", quote(&label::reason(edge))));
        put(&mut out, format_args!("  n{} -> n{} [{text}];\n", edge.from, edge.to));
    }
    out.push_str("}\n");
    out
}

/// A quoted text. A backslash is doubled, since Graphviz reads `\N` and the like; a line break is its `\n`. Graphviz also
/// reads HTML's `&name;` in labels.
fn quote(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn what_means_something_is_escaped() {
        assert_eq!(quote("a\"\\N\n&amp;\t"), "\"a\\\"\\\\N\\n&amp;amp;\u{fffd}\"");
    }
}
