//! Where everything stands. What is connected is laid out together, by [`dagre`]; the pieces are then packed.

use super::columns;
use super::layered;
use super::measure;
use super::scene::{Area, BOX, Division, Point, Scene};
use std::collections::BTreeMap;

/// The most of one piece that the layered layout is asked for; its time grows faster than its input.
const MOST_NODES: usize = 300;
const MOST_STEPS: usize = 3_000;
/// So many times as high as wide may a piece be, and this narrow it is not that bad.
const TALLEST: f64 = 4.0;
const LEAST_WIDTH: f64 = 1200.0;
/// Pixels between pieces, and around a group.
const GAP: f64 = 34.0;
/// Pixels around the boxes of a group, and for its name above them.
pub(super) const MARGIN: f64 = 14.0;
pub(super) const TITLE: f64 = 20.0;
/// Pixels of that name.
const MOST_TITLE: f64 = 240.0;

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
    /// The box of each card; with a loop, below it.
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
    let mut areas: BTreeMap<Option<&str>, Vec<Plan>> = BTreeMap::new();
    let mut alone: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for piece in pieces(scene) {
        let first = piece.cards.first().copied().unwrap_or_default();
        if let [card] = piece.cards.as_slice() {
            alone.entry(scene.area(*card)).or_default().push(*card);
            continue;
        }
        let plan = drawn(scene, &piece);
        if scene.division == Division::Apart {
            areas.entry(scene.area(first)).or_default().push(plan);
        } else {
            plans.push(plan);
        }
    }
    for (namespace, cards) in alone {
        areas.entry(namespace).or_default().push(grid(scene, &cards));
    }
    plans.extend(areas.into_iter().map(|(namespace, plans)| framed(namespace, pack(plans, 24.0, 1.3))));
    pack(plans, GAP, 1.6)
}

/// A plan as the area of a namespace.
fn framed(namespace: Option<&str>, plan: Plan) -> Plan {
    let Some(namespace) = namespace else { return plan };
    let mut whole = Plan::default();
    let title = measure::width(namespace, 12.0).min(MOST_TITLE) + 2.0 * MARGIN;
    let width = (plan.width + 2.0 * MARGIN).max(title);
    let area = Area { x: 0.0, y: 0.0, width, height: plan.height + TITLE + 6.0 + MARGIN };
    whole.take(plan, MARGIN, TITLE + 6.0);
    whole.groups.push(Group { namespace: namespace.to_owned(), area });
    (whole.width, whole.height) = (area.width, area.height);
    whole
}

/// Cards that are connected, and the lines between them.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Places in [`Scene::cards`].
    pub(super) cards: Vec<usize>,
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
    for card in (0..scene.cards.len()).filter(|card| scene.is_drawn(*card)) {
        let key = *first.entry(sets.find(card)).or_insert(card);
        pieces.entry(key).or_default().cards.push(card);
    }
    for (at, bundle) in scene.bundles.iter().enumerate().filter(|(_, bundle)| bundle.from != bundle.to) {
        let key = first.get(&sets.find(bundle.from)).copied().unwrap_or_default();
        pieces.entry(key).or_default().bundles.push(at);
    }
    pieces.into_values().collect()
}

/// A piece in the better layout, unless that would take too long, or all would stand above each other.
fn drawn(scene: &Scene<'_>, piece: &Piece) -> Plan {
    if !is_small(scene, piece) {
        return columns::columns(scene, piece);
    }
    let plan = layered::layered(scene, piece);
    if plan.height <= TALLEST * plan.width.max(LEAST_WIDTH) {
        return plan;
    }
    let other = columns::columns(scene, piece);
    if other.height * 2.0 < plan.height { other } else { plan }
}

/// Can the layered layout do it in a moment? What it costs are the columns that all lines cross.
fn is_small(scene: &Scene<'_>, piece: &Piece) -> bool {
    let most_lines = piece.cards.len().saturating_mul(5) / 2 + 40;
    if piece.cards.len() > MOST_NODES || piece.bundles.len() > most_lines {
        return false;
    }
    let depth = columns::depths(scene, piece);
    let of = |node: usize| depth.get(&node).copied().unwrap_or_default();
    let crossed: usize = piece
        .bundles
        .iter()
        .filter_map(|at| scene.bundles.get(*at))
        .map(|line| of(line.from).abs_diff(of(line.to)))
        .sum();
    crossed <= MOST_STEPS
}

/// Cards without lines, in rows.
fn grid(scene: &Scene<'_>, cards: &[usize]) -> Plan {
    let all = || cards.iter().filter_map(|card| Some((*card, scene.cards.get(*card)?)));
    let width = all().map(|(_, card)| card.width).fold(0.0, f64::max);
    let height = all().map(|(_, card)| card.height()).fold(BOX, f64::max);
    let in_row = (1..=cards.len()).find(|columns| columns * columns * 2 >= cards.len() * 3).unwrap_or(1).max(1);
    let mut plan = Plan::default();
    for (at, (key, card)) in all().enumerate() {
        let (x, y) = (number(at % in_row) * (width + 14.0), number(at / in_row) * (height + 14.0));
        let area = Area { x: x + (width - card.width) / 2.0, y: y + height - BOX, width: card.width, height: BOX };
        plan.width = plan.width.max(x + width);
        plan.height = plan.height.max(y + height);
        plan.boxes.insert(key, area);
    }
    plan
}

/// Puts pieces in rows, the tallest first, so that the whole is about so many times as wide as it is high.
fn pack(mut plans: Vec<Plan>, gap: f64, shape: f64) -> Plan {
    let area: f64 = plans.iter().map(|plan| (plan.width + gap) * (plan.height + gap)).sum();
    let widest = plans.iter().map(|plan| plan.width).fold(0.0, f64::max);
    let room = (area * shape).sqrt().max(widest);
    plans.sort_by(|a, b| b.height.total_cmp(&a.height));
    let mut whole = Plan::default();
    // The row that is being filled: its top and height; in it the column: its left side, width, and where it ends.
    let (mut top, mut row) = (0.0, 0.0_f64);
    let (mut left, mut column, mut end) = (0.0, 0.0_f64, 0.0);
    for plan in plans {
        let (width, height) = (plan.width, plan.height);
        let is_below = end > top && end + height <= top + row && left + width <= room;
        if !is_below && column > 0.0 {
            left += column + gap;
            (column, end) = (0.0, top);
            if left + width > room {
                top += row + gap;
                (left, row, end) = (0.0, 0.0, top);
            }
        }
        whole.take(plan, left, end);
        end += height + gap;
        column = column.max(width);
        row = row.max(height);
    }
    whole
}

/// A count as a length.
pub(super) fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
