//! What is drawn, with its sizes and places: the layout fills it, the drawing reads it.

use super::measure;
use crate::graph::{Edge, Graph, Node, Presence};
use crate::render::label;
use std::collections::{BTreeMap, BTreeSet};

/// Pixels: the height of a box, and the space left and right of its text.
pub(super) const BOX: f64 = 46.0;
const PAD: f64 = 14.0;
const NARROWEST: f64 = 92.0;
const WIDEST: f64 = 250.0;
/// Fonts, in pixels.
pub(super) const NAME: f64 = 13.0;
pub(super) const KIND: f64 = 10.0;
pub(super) const LABEL: f64 = 10.5;
pub(super) const LINE: f64 = 13.0;
/// The height that a wait for itself needs above a box.
pub(super) const LOOP: f64 = 26.0;
/// Lines of one label. What is left out stands in the tooltip.
const MOST_LINES: usize = 3;
const WIDEST_LABEL: f64 = 170.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A rectangle, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }
    }
}

/// The box of a node.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) width: f64,
    /// A wait for itself needs room above.
    pub(super) has_loop: bool,
}

impl Card {
    fn new(node: &Node, has_loop: bool) -> Self {
        let kind = measure::fit(&label::kind(node), KIND, WIDEST - 2.0 * PAD);
        let name = measure::fit(&node.name, NAME, WIDEST - 2.0 * PAD);
        let text = measure::width(&kind, KIND).max(measure::width(&name, NAME));
        let pad = if node.presence == Presence::External { PAD + 6.0 } else { PAD };
        Self { kind, name, width: (text + 2.0 * pad).clamp(NARROWEST, WIDEST + 12.0).round(), has_loop }
    }

    /// With the loop above it.
    pub(super) fn height(&self) -> f64 {
        if self.has_loop { BOX + LOOP } else { BOX }
    }
}

/// All waits of one node for another: one line.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Places in the graph's edges.
    pub(super) edges: Vec<usize>,
    pub(super) label: Vec<String>,
}

impl Bundle {
    /// Width and height of the label; nothing where there is none.
    pub(super) fn label_size(&self) -> (f64, f64) {
        let widest = self.label.iter().map(|line| measure::width(line, LABEL)).fold(0.0, f64::max);
        let lines = f64::from(u8::try_from(self.label.len()).unwrap_or(u8::MAX));
        if self.label.is_empty() { (0.0, 0.0) } else { ((widest + 8.0).round(), lines * LINE + 4.0) }
    }
}

/// What is to be placed.
#[derive(Debug)]
pub(super) struct Scene<'g> {
    pub(super) graph: &'g Graph,
    pub(super) cards: Vec<Card>,
    pub(super) bundles: Vec<Bundle>,
    /// There is more than one namespace: each is a group.
    is_grouped: bool,
}

impl<'g> Scene<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut together: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, edge) in graph.edges().iter().enumerate() {
            together.entry((edge.from, edge.to)).or_default().push(at);
        }
        let has_loop = |node: usize| together.contains_key(&(node, node));
        let cards = graph.nodes().iter().enumerate().map(|(at, node)| Card::new(node, has_loop(at))).collect();
        let bundles = together
            .into_iter()
            .map(|((from, to), edges)| {
                let label = lines(edges.iter().filter_map(|at| graph.edges().get(*at)));
                Bundle { from, to, edges, label }
            })
            .collect();
        let namespaces: BTreeSet<&str> = graph.nodes().iter().filter_map(|node| node.namespace.as_deref()).collect();
        Self { graph, cards, bundles, is_grouped: namespaces.len() > 1 }
    }

    /// The namespace whose group a node belongs to.
    pub(super) fn group(&self, node: usize) -> Option<&'g str> {
        self.graph.nodes().get(node)?.namespace.as_deref().filter(|_| self.is_grouped)
    }
}

/// The label of a line that may stand for several waits.
fn lines<'e>(edges: impl Iterator<Item = &'e Edge>) -> Vec<String> {
    let mut labels: Vec<Vec<String>> = edges.map(label::lines).filter(|lines| !lines.is_empty()).collect();
    labels.dedup();
    let mut lines: Vec<String> = match labels.as_slice() {
        [only] => only.clone(),
        several => several.iter().map(|lines| lines.join(" ")).collect(),
    };
    if lines.len() > MOST_LINES {
        let more = lines.len() - (MOST_LINES - 1);
        lines.truncate(MOST_LINES - 1);
        lines.push(format!("and {more} more"));
    }
    lines.iter().map(|line| measure::fit(line, LABEL, WIDEST_LABEL)).collect()
}
