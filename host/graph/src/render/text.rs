//! The graph for a terminal: what starts when, what it waits for, the longest chain, and what can never start.

use super::{label, put};
use crate::duration;
use crate::graph::{Edge, Graph, Presence};
use std::collections::BTreeSet;

/// The graph as text, without colours.
pub fn text(graph: &Graph) -> String {
    let mut out = String::new();
    if graph.nodes().is_empty() {
        return "nothing waits, and nothing is waited for\n".to_owned();
    }
    let mut waits: Vec<Vec<&Edge>> = vec![Vec::new(); graph.nodes().len()];
    for edge in graph.edges() {
        if let Some(list) = waits.get_mut(edge.from) {
            list.push(edge);
        }
    }
    // With one namespace its name would only stand before everything.
    let namespaces = label::groups(graph).iter().filter(|(namespace, _)| namespace.is_some()).count();
    let mut names: Vec<String> = graph.nodes().iter().map(label::line).collect();
    if namespaces == 1 {
        for (name, node) in names.iter_mut().zip(graph.nodes()) {
            let own = node.namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            *name = name.strip_prefix(&own).unwrap_or(name).to_owned();
        }
        let namespace = graph.nodes().iter().find_map(|node| node.namespace.as_deref()).unwrap_or_default();
        put(&mut out, format_args!("namespace {}\n\n", clean(namespace)));
    }
    let name = |at: usize| clean(names.get(at).map_or("", String::as_str));

    let mut section = |title: &str, nodes: &[usize]| {
        if nodes.is_empty() {
            return;
        }
        out.push_str(title);
        out.push('\n');
        for at in nodes {
            put(&mut out, format_args!("  {}\n", name(*at)));
            for edge in waits.get(*at).into_iter().flatten() {
                let target = clean(&label::reason(edge));
                put(&mut out, format_args!("    waits for {}: {target}\n", name(edge.to)));
            }
        }
        out.push('\n');
    };
    for (number, layer) in graph.layers().order.iter().enumerate() {
        let title = match number {
            0 => "layer 0: waits for nobody".to_owned(),
            1 => "layer 1: starts when layer 0 is ready".to_owned(),
            _ => format!("layer {number}: starts when layers 0 to {} are ready", number.saturating_sub(1)),
        };
        section(&title, layer);
    }
    section("never starts: in a cycle", &graph.layers().in_cycle);
    section("never starts: waits for what is in a cycle", &graph.layers().behind_cycle);

    let chain = graph.longest_chain();
    if !chain.edges.is_empty() {
        let sum = duration::display(chain.sum);
        let sum = match (chain.is_endless, chain.sum.is_zero()) {
            (false, _) => format!("{sum}, if every wait takes its whole time"),
            (true, false) => format!("{sum}, and waits without a timeout"),
            (true, true) => "waits without a timeout".to_owned(),
        };
        put(&mut out, format_args!("longest chain: {sum}\n"));
        for edge in chain.edges.iter().filter_map(|at| graph.edges().get(*at)) {
            let time = if edge.at_most.is_zero() { "for ever".to_owned() } else { duration::display(edge.at_most) };
            let optional = if edge.required { "" } else { ", optional" };
            put(&mut out, format_args!("  {} waits for {}: {time}{optional}\n", name(edge.from), name(edge.to)));
        }
        out.push('\n');
    }
    for cycle in graph.cycles() {
        let members: Vec<String> = cycle.nodes.iter().chain(cycle.nodes.first()).map(|at| name(*at)).collect();
        put(&mut out, format_args!("cycle of {}: {}\n", cycle.nodes.len(), members.join(" -> ")));
        let named: BTreeSet<&usize> = cycle.nodes.iter().collect();
        let others: Vec<String> = cycle.knot.iter().filter(|at| !named.contains(at)).map(|at| name(*at)).collect();
        if !others.is_empty() {
            put(&mut out, format_args!("  in the same knot: {}\n", others.join(", ")));
        }
    }
    for edge in graph.self_dependencies().filter_map(|at| graph.edges().get(at)) {
        let optional = if edge.required { "" } else { ", until its timeout" };
        put(
            &mut out,
            format_args!("{} waits for itself: {}{optional}\n", name(edge.from), clean(&label::reason(edge))),
        );
    }
    for problem in graph.problems() {
        put(&mut out, format_args!("problem: {}\n", clean(problem)));
    }
    out.push_str(&summary(graph));
    out.push('\n');
    out
}

/// One line: how many of what.
pub(super) fn summary(graph: &Graph) -> String {
    let number = |presence| graph.nodes().iter().filter(|node| node.presence == presence).count();
    let mut parts = vec![label::count(number(Presence::Known), "object"), label::count(graph.edges().len(), "wait")];
    for (count, text) in
        [(number(Presence::Unknown), "not among the manifests"), (number(Presence::External), "outside")]
    {
        if count > 0 {
            parts.push(format!("{count} {text}"));
        }
    }
    if !graph.cycles().is_empty() {
        parts.push(label::count(graph.cycles().len(), "cycle"));
    }
    parts.join(", ")
}

/// Names come from manifests: nothing in them may steer a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
