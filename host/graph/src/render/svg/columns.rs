//! A plain layout for what is too large for a better one: a column for each step, lines without labels.

use super::place::{Piece, Plan, Way};
use super::scene::{Area, BOX, Point, Scene};
use std::collections::{BTreeMap, VecDeque};

/// Boxes in one column; a step with more gets several.
const MOST_ROWS: usize = 60;
/// Pixels between columns, and between the columns of one step.
const GAP: f64 = 120.0;
const NARROW_GAP: f64 = 16.0;

/// Columns from left to right: what nobody waits for stands on the left.
pub(super) fn columns(scene: &Scene<'_>, piece: &Piece) -> Plan {
    let depth = depths(scene, piece);
    let mut steps: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in &piece.cards {
        steps.entry(depth.get(node).copied().unwrap_or_default()).or_default().push(*node);
    }
    let mut plan = Plan::default();
    let mut x = 0.0;
    for nodes in steps.values() {
        for column in nodes.chunks(MOST_ROWS) {
            let cards = || column.iter().filter_map(|node| scene.cards.get(*node));
            let width = cards().map(|card| card.width).fold(0.0, f64::max);
            let mut y = 0.0;
            for (node, card) in column.iter().zip(cards()) {
                let top = y + card.height() - BOX;
                plan.boxes.insert(*node, Area { x, y: top, width: card.width, height: BOX });
                y = top + BOX + 12.0;
            }
            plan.height = plan.height.max(y - 12.0);
            x += width + NARROW_GAP;
        }
        x += GAP - NARROW_GAP;
    }
    plan.width = (x - GAP).max(0.0);
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
