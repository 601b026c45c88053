//! The layout of what is connected: layers from left to right with few crossings, namespaces together, room for every
//! label. `dagre` finds the places; here its lines get their ends and their level parts.

use super::place::{Group, MARGIN, Piece, Plan, TITLE, Way, number};
use super::scene::{Area, BOX, Division, LOOP, Point, Scene};
use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir, Ranker};
use std::collections::{BTreeMap, BTreeSet};

/// Pixels between layers: a line needs some to swing. Of many, each gets less.
const SPACE: f64 = 104.0;
const LESS_SPACE: f64 = 76.0;
const MANY: usize = 60;

/// The namespace as a group of the layout. Where namespaces are apart, all of the piece is in the same.
fn area_of<'s>(scene: &'s Scene<'_>, card: usize) -> Option<&'s str> {
    scene.area(card).filter(|_| scene.division == Division::Areas)
}

/// Lays a piece out.
pub(super) fn layered(scene: &Scene<'_>, piece: &Piece) -> Plan {
    let mut graph: Graph<NodeLabel, EdgeLabel> =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: true });
    let namespaces: BTreeSet<&str> = piece.cards.iter().filter_map(|node| area_of(scene, *node)).collect();
    let group_key = |namespace: &str| format!("group {namespace}");
    for namespace in &namespaces {
        graph.set_node(group_key(namespace), Some(NodeLabel::default()));
    }
    for node in &piece.cards {
        let Some(card) = scene.cards.get(*node) else { continue };
        let label = NodeLabel { width: card.width, height: card.height(), ..NodeLabel::default() };
        graph.set_node(node.to_string(), Some(label));
        if let Some(namespace) = area_of(scene, *node) {
            graph.set_parent(&node.to_string(), Some(&group_key(namespace)));
        }
    }
    // Lines have names: of two nodes that wait for each other, one line is turned round, and then both have the same ends.
    for at in &piece.bundles {
        let Some(bundle) = scene.bundles.get(*at) else { continue };
        let (width, height) = bundle.label_size();
        let label = EdgeLabel { width, height, labelpos: LabelPos::Center, ..EdgeLabel::default() };
        graph.set_edge(bundle.from.to_string(), bundle.to.to_string(), Some(label), Some(&at.to_string()));
    }
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: if namespaces.is_empty() { 24.0 } else { 30.0 },
        edgesep: 14.0,
        ranksep: if piece.cards.len() > MANY { LESS_SPACE } else { SPACE },
        ranker: Ranker::NetworkSimplex,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut graph, Some(options));

    let mut plan = Plan::default();
    for node in &piece.cards {
        let (Some(label), Some(card)) = (graph.node(&node.to_string()), scene.cards.get(*node)) else { continue };
        let (x, y) = (label.x.unwrap_or_default(), label.y.unwrap_or_default());
        let lower = if card.has_loop { LOOP / 2.0 } else { 0.0 };
        let area = Area { x: x - card.width / 2.0, y: y + lower - BOX / 2.0, width: card.width, height: BOX };
        plan.boxes.insert(*node, area);
    }
    let bent = bends(scene, piece, &graph, &plan);
    plan.ways = ends(scene, &plan.boxes, bent);
    plan.groups = groups(scene, piece, &plan);
    settle(&mut plan);
    plan
}

/// The areas of the namespaces, around their boxes. The layout has kept them apart.
fn groups(scene: &Scene<'_>, piece: &Piece, plan: &Plan) -> Vec<Group> {
    let mut around: BTreeMap<&str, (f64, f64, f64, f64)> = BTreeMap::new();
    for node in &piece.cards {
        let (Some(namespace), Some(area)) = (area_of(scene, *node), plan.boxes.get(node)) else { continue };
        let top = if scene.cards.get(*node).is_some_and(|card| card.has_loop) { area.y - LOOP } else { area.y };
        let seen = around.entry(namespace).or_insert((f64::MAX, f64::MAX, f64::MIN, f64::MIN));
        *seen = (
            seen.0.min(area.x - MARGIN),
            seen.1.min(top - TITLE - 6.0),
            seen.2.max(area.x + area.width + MARGIN),
            seen.3.max(area.y + area.height + MARGIN),
        );
    }
    let group = |(namespace, (left, top, right, bottom)): (&str, (f64, f64, f64, f64))| Group {
        namespace: namespace.to_owned(),
        area: Area { x: left, y: top, width: right - left, height: bottom - top },
    };
    around.into_iter().map(group).collect()
}

/// The points of each line between its ends: two at every column that it crosses, so that it passes boxes and its own
/// label level.
fn bends(scene: &Scene<'_>, piece: &Piece, graph: &Graph<NodeLabel, EdgeLabel>, plan: &Plan) -> Vec<Way> {
    // Columns are known by their middle; what is in one column is centred on the same.
    let column = |x: f64| format!("{x:.0}");
    let mut half: BTreeMap<String, f64> = BTreeMap::new();
    let mut widen = |x: f64, width: f64| {
        let known = half.entry(column(x)).or_default();
        *known = known.max(width / 2.0);
    };
    for area in plan.boxes.values() {
        widen(area.x + area.width / 2.0, area.width);
    }
    let lines: Vec<(usize, &EdgeLabel)> = piece
        .bundles
        .iter()
        .filter_map(|at| {
            let bundle = scene.bundles.get(*at)?;
            Some((*at, graph.edge(&bundle.from.to_string(), &bundle.to.to_string(), Some(&at.to_string()))?))
        })
        .collect();
    lines
        .into_iter()
        .map(|(bundle, line)| {
            let inner = line.points.get(1..line.points.len().saturating_sub(1)).unwrap_or_default();
            let is_forward = inner.first().map(|point| point.x) <= inner.last().map(|point| point.x);
            let mut points = Vec::new();
            for point in inner {
                let own = if line.x.is_some_and(|x| (x - point.x).abs() < 1.0) { line.width / 2.0 } else { 0.0 };
                let reach = half.get(&column(point.x)).copied().unwrap_or(own);
                let (before, behind) =
                    (Point { x: point.x - reach, y: point.y }, Point { x: point.x + reach, y: point.y });
                points.extend(if is_forward { [before, behind] } else { [behind, before] });
            }
            let label = match (line.x, line.y) {
                (Some(x), Some(y)) if line.width > 0.0 => Some(Point { x, y }),
                _ => None,
            };
            Way { bundle, points, label }
        })
        .collect()
}

/// Gives each line its ends, at the sides of the boxes and beside each other.
fn ends(scene: &Scene<'_>, boxes: &BTreeMap<usize, Area>, mut ways: Vec<Way>) -> Vec<Way> {
    /// Height of the next point, line, whether the line begins here.
    type End = (f64, usize, bool);
    // Sides of boxes: card, right.
    let mut sides: BTreeMap<(usize, bool), Vec<End>> = BTreeMap::new();
    for (at, way) in ways.iter().enumerate() {
        let Some(bundle) = scene.bundles.get(way.bundle) else { continue };
        let (Some(from), Some(to)) = (boxes.get(&bundle.from), boxes.get(&bundle.to)) else { continue };
        let middle = |area: &Area| Point { x: area.x + area.width / 2.0, y: area.y + area.height / 2.0 };
        let after = way.points.first().copied().unwrap_or(middle(to));
        let before = way.points.last().copied().unwrap_or(middle(from));
        sides.entry((bundle.from, after.x >= middle(from).x)).or_default().push((after.y, at, true));
        sides.entry((bundle.to, before.x >= middle(to).x)).or_default().push((before.y, at, false));
    }
    for ((node, is_right), mut lines) in sides {
        let Some(area) = boxes.get(&node) else { continue };
        lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let step = (area.height - 16.0).min(10.0 * number(lines.len() - 1)) / number(lines.len().max(2) - 1);
        let first = area.y + area.height / 2.0 - step * number(lines.len() - 1) / 2.0;
        for (place, (_, at, begins)) in lines.into_iter().enumerate() {
            let x = if is_right { area.x + area.width } else { area.x };
            let end = Point { x, y: first + step * number(place) };
            if let Some(way) = ways.get_mut(at) {
                let place = if begins { 0 } else { way.points.len() };
                way.points.insert(place, end);
            }
        }
    }
    ways
}

/// Moves everything so that it begins at 0, 0, and measures it.
fn settle(plan: &mut Plan) {
    let mut areas: Vec<Area> = plan.boxes.values().copied().chain(plan.groups.iter().map(|group| group.area)).collect();
    let points = plan.ways.iter().flat_map(|way| &way.points);
    areas.extend(points.map(|point| Area { x: point.x - 2.0, y: point.y - 8.0, width: 4.0, height: 16.0 }));
    let left = areas.iter().map(|area| area.x).fold(f64::MAX, f64::min);
    let top = areas.iter().map(|area| area.y).fold(f64::MAX, f64::min);
    plan.width = areas.iter().map(|area| area.x + area.width).fold(left, f64::max) - left;
    plan.height = areas.iter().map(|area| area.y + area.height).fold(top, f64::max) - top;
    for area in plan.boxes.values_mut().chain(plan.groups.iter_mut().map(|group| &mut group.area)) {
        *area = area.moved(-left, -top);
    }
    for way in &mut plan.ways {
        for point in way.points.iter_mut().chain(&mut way.label) {
            *point = Point { x: point.x - left, y: point.y - top };
        }
    }
}
