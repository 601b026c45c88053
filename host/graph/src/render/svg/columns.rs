//! A plain layout for what is too large for a better one: a column for each step, lines without labels.

use super::place::{Piece, Plan, Way, number};
use super::scene::{Area, BOX, LOOP, Point, Scene};
use std::collections::{BTreeMap, VecDeque};

/// Pixels between the columns of two steps, between those of one, and between boxes.
const GAP: f64 = 120.0;
const NARROW_GAP: f64 = 16.0;
const LOW_GAP: f64 = 12.0;
/// A step with more boxes gets several columns.
const LEAST_ROWS: usize = 12;

/// Columns from left to right: what nobody waits for stands on the left.
pub(super) fn columns(scene: &Scene<'_>, piece: &Piece) -> Plan {
    let depth = depths(scene, piece);
    let mut steps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in &piece.cards {
        steps.entry(depth.get(node).copied().unwrap_or_default()).or_default().push(*node);
    }
    let mut plan = Plan::default();
    // From the right, so that everything can stand beside what it waits for.
    let mut ends: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for bundle in piece.bundles.iter().filter_map(|at| scene.bundles.get(*at)) {
        ends.entry(bundle.from).or_default().push(bundle.to);
    }
    let mut right = 0.0;
    for nodes in steps.values().rev() {
        right = step(scene, nodes, &ends, right, &mut plan) - GAP;
    }
    settle(&mut plan);
    for at in &piece.bundles {
        let Some(bundle) = scene.bundles.get(*at) else { continue };
        let (Some(from), Some(to)) = (plan.boxes.get(&bundle.from), plan.boxes.get(&bundle.to)) else { continue };
        let is_forward = from.x <= to.x;
        let side = |area: &Area, is_right: bool| Point {
            x: if is_right { area.x + area.width } else { area.x },
            y: area.y + area.height / 2.0,
        };
        plan.ways.push(Way { bundle: *at, points: vec![side(from, is_forward), side(to, !is_forward)], label: None });
    }
    plan
}

/// Places the boxes of one step, in rows around the height 0, left of what is placed already. Where it begins.
fn step(scene: &Scene<'_>, nodes: &[usize], ends: &BTreeMap<usize, Vec<usize>>, right: f64, plan: &mut Plan) -> f64 {
    let mut order: Vec<(f64, usize)> = nodes
        .iter()
        .map(|node| {
            let areas = ends.get(node).into_iter().flatten().filter_map(|end| plan.boxes.get(end));
            let heights: Vec<f64> = areas.map(|area| area.y).collect();
            (heights.iter().sum::<f64>() / number(heights.len().max(1)), *node)
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let rows = (1..nodes.len()).find(|rows| rows * rows >= nodes.len() * 3).unwrap_or(nodes.len()).max(LEAST_ROWS);
    let in_row = nodes.len().div_ceil(rows);
    let cards = || order.iter().filter_map(|(_, node)| Some((*node, scene.cards.get(*node)?)));
    let width = cards().map(|(_, card)| card.width).fold(0.0, f64::max);
    let height = cards().map(|(_, card)| card.height()).fold(BOX, f64::max) + LOW_GAP;
    let left = right - number(in_row) * (width + NARROW_GAP) + NARROW_GAP;
    let top = -height * number(nodes.len().div_ceil(in_row.max(1))) / 2.0;
    for (at, (node, card)) in cards().enumerate() {
        let x = left + number(at % in_row) * (width + NARROW_GAP);
        let y = top + number(at / in_row + 1) * height - LOW_GAP - BOX;
        plan.boxes.insert(node, Area { x, y, width: card.width, height: BOX });
    }
    left
}

/// Moves everything so that it begins at 0, 0, with room for a loop, and measures it.
fn settle(plan: &mut Plan) {
    let left = plan.boxes.values().map(|area| area.x).fold(f64::MAX, f64::min);
    let top = plan.boxes.values().map(|area| area.y - LOOP).fold(f64::MAX, f64::min);
    for area in plan.boxes.values_mut() {
        *area = area.moved(-left, -top);
        plan.width = plan.width.max(area.x + area.width);
        plan.height = plan.height.max(area.y + area.height);
    }
}

/// The step of each node, from what nobody waits for. What is in a circle comes after the rest of its piece, by id.
pub(super) fn depths(scene: &Scene<'_>, piece: &Piece) -> BTreeMap<usize, usize> {
    let mut open: BTreeMap<usize, usize> = piece.cards.iter().map(|node| (*node, 0)).collect();
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for bundle in piece.bundles.iter().filter_map(|at| scene.bundles.get(*at)) {
        next.entry(bundle.from).or_default().push(bundle.to);
        *open.entry(bundle.to).or_default() += 1;
    }
    let mut depth: BTreeMap<usize, usize> = BTreeMap::new();
    let mut done: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue: VecDeque<usize> = open.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
    let mut rest = piece.cards.iter();
    loop {
        while let Some(node) = queue.pop_front() {
            let step = depth.get(&node).copied().unwrap_or_default();
            if done.insert(node, step).is_some() {
                continue;
            }
            for to in next.get(&node).into_iter().flatten() {
                let place = depth.entry(*to).or_default();
                if !done.contains_key(to) {
                    *place = (*place).max(step.saturating_add(1));
                }
                if let Some(count) = open.get_mut(to) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        queue.push_back(*to);
                    }
                }
            }
        }
        // Only circles are left: one of their members goes first.
        match rest.find(|node| !done.contains_key(node)) {
            Some(node) => queue.push_back(*node),
            None => return done,
        }
    }
}
