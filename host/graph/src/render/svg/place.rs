//! Where everything stands. What is connected is laid out together, by [`dagre`]; the pieces are then packed.

use super::columns;
use super::layered;
use super::scene::{Area, BOX, Point, Scene};
use std::collections::BTreeMap;

/// The most of one piece that the layered layout is asked for; its time grows faster than its input.
const MOST_NODES: usize = 300;
const MOST_STEPS: usize = 3_000;
/// Pixels between pieces, and around a group.
const GAP: f64 = 34.0;
/// Pixels around the boxes of a group, and for its name above them.
pub(super) const MARGIN: f64 = 14.0;
pub(super) const TITLE: f64 = 20.0;

/// A group of nodes of one namespace, drawn as a tinted area.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) namespace: String,
    pub(super) area: Area,
}

/// The way of a line: it is level between the two points of a pair, and swings from pair to pair.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Place in [`Scene::bundles`].
    pub(super) bundle: usize,
    pub(super) points: Vec<Point>,
    /// The middle of its label.
    pub(super) label: Option<Point>,
}

/// A piece of the drawing, or all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The box of each node; with a loop, below it.
    pub(super) boxes: BTreeMap<usize, Area>,
    pub(super) groups: Vec<Group>,
    pub(super) ways: Vec<Way>,
}

impl Plan {
    fn take(&mut self, other: Self, x: f64, y: f64) {
        self.boxes.extend(other.boxes.into_iter().map(|(node, area)| (node, area.moved(x, y))));
        self.groups.extend(other.groups.into_iter().map(|group| Group { area: group.area.moved(x, y), ..group }));
        let moved = |point: Point| Point { x: point.x + x, y: point.y + y };
        self.ways.extend(other.ways.into_iter().map(|way| Way {
            points: way.points.into_iter().map(moved).collect(),
            label: way.label.map(moved),
            ..way
        }));
        self.width = self.width.max(x + other.width);
        self.height = self.height.max(y + other.height);
    }
}

/// Places everything; the upper left corner is at 0, 0.
pub(super) fn place(scene: &Scene<'_>) -> Plan {
    let mut plans = Vec::new();
    let mut alone: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for piece in pieces(scene) {
        match piece.nodes.as_slice() {
            [node] => alone.entry(scene.group(*node)).or_default().push(*node),
            _ if is_small(scene, &piece) => plans.push(layered::layered(scene, &piece)),
            _ => plans.push(columns::columns(scene, &piece)),
        }
    }
    plans.extend(alone.into_iter().map(|(namespace, nodes)| grid(scene, namespace, &nodes)));
    pack(plans)
}

/// Nodes that are connected, and the lines between them.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) nodes: Vec<usize>,
    /// Places in [`Scene::bundles`], without waits for oneself.
    pub(super) bundles: Vec<usize>,
}

fn pieces(scene: &Scene<'_>) -> Vec<Piece> {
    let mut sets: petgraph::unionfind::UnionFind<usize> = petgraph::unionfind::UnionFind::new(scene.cards.len());
    for bundle in &scene.bundles {
        sets.union(bundle.from, bundle.to);
    }
    let mut pieces: BTreeMap<usize, Piece> = BTreeMap::new();
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for node in 0..scene.cards.len() {
        let key = *first.entry(sets.find(node)).or_insert(node);
        pieces.entry(key).or_default().nodes.push(node);
    }
    for (at, bundle) in scene.bundles.iter().enumerate().filter(|(_, bundle)| bundle.from != bundle.to) {
        let key = first.get(&sets.find(bundle.from)).copied().unwrap_or_default();
        pieces.entry(key).or_default().bundles.push(at);
    }
    pieces.into_values().collect()
}

/// Can the layered layout do it in a moment? What it costs are the columns that all lines cross.
fn is_small(scene: &Scene<'_>, piece: &Piece) -> bool {
    if piece.nodes.len() > MOST_NODES || piece.bundles.len() > MOST_STEPS {
        return false;
    }
    let depth = columns::depths(scene, piece);
    let of = |node: usize| depth.get(&node).copied().unwrap_or_default();
    let crossed: usize =
        piece.bundles.iter().filter_map(|at| scene.bundles.get(*at)).map(|line| of(line.from).abs_diff(of(line.to))).sum();
    crossed <= MOST_STEPS
}

/// Nodes without waits, in rows.
fn grid(scene: &Scene<'_>, namespace: Option<&str>, nodes: &[usize]) -> Plan {
    let cards = || nodes.iter().filter_map(|node| scene.cards.get(*node));
    let width = cards().map(|card| card.width).fold(0.0, f64::max);
    let height = cards().map(super::scene::Card::height).fold(BOX, f64::max);
    let in_row = (1..=nodes.len()).find(|columns| columns * columns * 2 >= nodes.len() * 3).unwrap_or(1).max(1);
    let mut plan = Plan::default();
    let top = if namespace.is_some() { TITLE + MARGIN } else { 0.0 };
    let left = if namespace.is_some() { MARGIN } else { 0.0 };
    for (at, (node, card)) in nodes.iter().zip(cards()).enumerate() {
        let (x, y) = (left + number(at % in_row) * (width + 14.0), top + number(at / in_row) * (height + 14.0));
        let area = Area { x: x + (width - card.width) / 2.0, y: y + height - BOX, width: card.width, height: BOX };
        plan.width = plan.width.max(x + width + left);
        plan.height = plan.height.max(y + height + left);
        plan.boxes.insert(*node, area);
    }
    if let Some(namespace) = namespace {
        let area = Area { x: 0.0, y: 0.0, width: plan.width, height: plan.height };
        plan.groups.push(Group { namespace: namespace.to_owned(), area });
    }
    plan
}

/// Puts pieces in rows, the tallest first, so that the whole is somewhat wider than high.
fn pack(mut plans: Vec<Plan>) -> Plan {
    let area: f64 = plans.iter().map(|plan| (plan.width + GAP) * (plan.height + GAP)).sum();
    let widest = plans.iter().map(|plan| plan.width).fold(0.0, f64::max);
    let room = (area * 1.6).sqrt().max(widest).max(640.0);
    plans.sort_by(|a, b| b.height.total_cmp(&a.height));
    let mut whole = Plan::default();
    let (mut x, mut y, mut row) = (0.0, 0.0, 0.0_f64);
    for plan in plans {
        if x > 0.0 && x + plan.width > room {
            x = 0.0;
            y += row + GAP;
            row = 0.0;
        }
        let (width, height) = (plan.width, plan.height);
        whole.take(plan, x, y);
        x += width + GAP;
        row = row.max(height);
    }
    whole
}

/// A count as a length.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
