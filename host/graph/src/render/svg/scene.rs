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
/// More nodes than these, and namespaces are laid out apart.
const MANY: usize = 80;

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

/// The box of a node, or of one that stands for it among those of another namespace.
#[derive(Debug, Clone)]
pub(super) struct Card {
    /// Place in the graph's nodes.
    pub(super) node: usize,
    /// The namespace among whose boxes it stands, in the place of the node itself.
    pub(super) guest_of: Option<String>,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) width: f64,
    /// A wait for itself needs room above.
    pub(super) has_loop: bool,
}

impl Card {
    fn new(at: usize, node: &Node, guest_of: Option<&str>, has_loop: bool) -> Self {
        let kind = match (guest_of, &node.namespace) {
            (Some(_), Some(namespace)) => format!("{} in {namespace}", label::kind(node)),
            _ => label::kind(node),
        };
        let kind = measure::fit(&kind, KIND, WIDEST - 2.0 * PAD);
        let name = measure::fit(&node.name, NAME, WIDEST - 2.0 * PAD);
        let text = measure::width(&kind, KIND).max(measure::width(&name, NAME));
        let pad = if node.presence == Presence::External { PAD + 6.0 } else { PAD };
        let width = (text + 2.0 * pad).clamp(NARROWEST, WIDEST + 12.0).round();
        Self { node: at, guest_of: guest_of.map(str::to_owned), kind, name, width, has_loop }
    }

    /// With the loop above it.
    pub(super) fn height(&self) -> f64 {
        if self.has_loop { BOX + LOOP } else { BOX }
    }
}

/// All waits of one node for another: one line, between two cards.
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
    /// The nodes, in the order of the graph, then those that stand for them elsewhere.
    pub(super) cards: Vec<Card>,
    pub(super) bundles: Vec<Bundle>,
    pub(super) division: Division,
}

/// How namespaces are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Division {
    /// There is only one.
    None,
    /// Each is an area, and lines lead from one to another.
    Areas,
    /// Each is an area of its own, laid out for itself. What is waited for in another has a guest there: of many
    /// namespaces, lines between them would be all that can be seen.
    Apart,
}

impl<'g> Scene<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let mut together: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (at, edge) in graph.edges().iter().enumerate() {
            together.entry((edge.from, edge.to)).or_default().push(at);
        }
        let namespaces: BTreeSet<&str> = graph.nodes().iter().filter_map(|node| node.namespace.as_deref()).collect();
        let division = match namespaces.len() {
            0 | 1 => Division::None,
            _ if graph.nodes().len() <= MANY => Division::Areas,
            _ => Division::Apart,
        };
        let has_loop = |node: usize| together.contains_key(&(node, node));
        let nodes = graph.nodes().iter().enumerate();
        let cards = nodes.map(|(at, node)| Card::new(at, node, None, has_loop(at))).collect();
        let bundles = together
            .into_iter()
            .map(|((from, to), edges)| {
                let label = lines(edges.iter().filter_map(|at| graph.edges().get(*at)));
                Bundle { from, to, edges, label }
            })
            .collect();
        let mut scene = Self { graph, cards, bundles, division };
        if division == Division::Apart {
            scene.invite();
        }
        scene
    }

    /// Gives every line that leaves its namespace a guest to end at.
    fn invite(&mut self) {
        let nodes = self.graph.nodes();
        let mut guests: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for bundle in &mut self.bundles {
            let (Some(from), Some(to)) = (nodes.get(bundle.from), nodes.get(bundle.to)) else { continue };
            if from.namespace == to.namespace {
                continue;
            }
            let home = from.namespace.as_deref().unwrap_or_default();
            bundle.to = *guests.entry((bundle.to, home)).or_insert_with(|| {
                self.cards.push(Card::new(bundle.to, to, Some(home), false));
                self.cards.len() - 1
            });
        }
    }

    pub(super) fn node(&self, card: usize) -> Option<&'g Node> {
        self.graph.nodes().get(self.cards.get(card)?.node)
    }

    /// The namespace in whose area a card stands.
    pub(super) fn area(&self, card: usize) -> Option<&str> {
        if self.division == Division::None {
            return None;
        }
        let guest = self.cards.get(card)?.guest_of.as_deref();
        guest.or_else(|| self.node(card)?.namespace.as_deref())
    }

    /// Is it drawn? A host outside is not where only guests of it are.
    pub(super) fn is_drawn(&self, card: usize) -> bool {
        let is_outside = self.node(card).is_some_and(|node| node.namespace.is_none());
        self.division != Division::Apart || !is_outside || self.area(card).is_some()
    }
}

/// The label of a line that may stand for several waits.
#[expect(single_use_lifetimes, reason = "anonymous lifetimes in `impl Trait` are unstable")]
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
