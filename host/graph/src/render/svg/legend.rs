//! What the signs of the drawing mean; only of those that are in it.

use super::measure;
use super::scene::Scene;
use super::{escape, size};
use crate::graph::Presence;
use crate::render::put;

/// The height of a row, and the space behind an entry.
const ROW: f64 = 22.0;
const SPACE: f64 = 34.0;
/// The width of a sign with the space behind it.
const SIGN: f64 = 46.0;

/// One sign.
pub(super) struct Entry {
    class: &'static str,
    is_line: bool,
    text: &'static str,
}

/// The entries for a drawing.
pub(super) fn legend(scene: &Scene<'_>) -> Vec<Entry> {
    let graph = scene.graph;
    let line = |class, text| Entry { class, is_line: true, text };
    let sign = |class, text| Entry { class, is_line: false, text };
    let has = |presence| graph.nodes().iter().any(|node| node.presence == presence);
    let is_red = graph.nodes().iter().any(|node| node.in_cycle);
    let mut entries = Vec::new();
    if graph.edges().iter().any(|edge| edge.required && !edge.in_cycle) {
        entries.push(line("ww-edge", "waits for: what is on the right starts first"));
    }
    if graph.edges().iter().any(|edge| !edge.required) {
        entries.push(line("ww-edge ww-optional", "waits, but not longer than the timeout"));
    }
    if is_red {
        entries.push(line("ww-edge ww-cycle", "cycle: none of these can ever start"));
    }
    if !graph.layers().behind_cycle.is_empty() {
        entries.push(sign("ww-node ww-stuck", "never starts, because it waits for a cycle"));
    }
    if has(Presence::Unknown) {
        entries.push(sign("ww-node ww-unknown", "not among the manifests"));
    }
    if has(Presence::External) {
        entries.push(sign("ww-node ww-external", "outside of the cluster"));
    }
    if scene.cards.iter().any(|card| card.guest_of.is_some()) {
        entries.push(sign("ww-node ww-guest", "in another namespace"));
    }
    entries
}

/// Where each entry stands: from the left, and the row.
fn places(entries: &[Entry], room: f64) -> Vec<(f64, f64)> {
    let (mut x, mut y) = (0.0, 0.0);
    entries
        .iter()
        .map(|entry| {
            let width = SIGN + measure::width(entry.text, 12.0);
            if x > 0.0 && x + width > room {
                x = 0.0;
                y += ROW;
            }
            let place = (x, y);
            x += width + SPACE;
            place
        })
        .collect()
}

/// The height of all rows.
pub(super) fn height(entries: &[Entry], room: f64) -> f64 {
    places(entries, room).last().map_or(0.0, |(_, y)| y + ROW)
}

pub(super) fn draw(out: &mut String, entries: &[Entry], room: f64) {
    for (entry, (x, y)) in entries.iter().zip(places(entries, room)) {
        put(out, format_args!("<g class=\"{}\" transform=\"translate({} {})\">", entry.class, size(x), size(y)));
        if entry.is_line {
            let tip = if entry.class.contains("cycle") { "ww-tip-cycle" } else { "ww-tip" };
            put(out, format_args!("<path d=\"M0,9L36,9\" marker-end=\"url(#{tip})\"/>"));
        } else {
            let round = if entry.class.contains("external") { 7 } else { 4 };
            put(out, format_args!("<rect x=\"1\" y=\"2\" width=\"34\" height=\"14\" rx=\"{round}\"/>"));
        }
        put(out, format_args!("<text class=\"ww-small\" x=\"{SIGN}\" y=\"13\">{}</text></g>\n", escape(entry.text)));
    }
}
