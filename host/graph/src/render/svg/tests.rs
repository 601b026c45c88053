//! Nothing lies on anything else, whatever the graph: small ones, many namespaces, knots, and what needs columns.

use super::place::{self, Plan};
use super::scene::{Area, Division, Scene};
use crate::graph::Graph;
use crate::{Timeouts, Workload};
use serde_json::{Value, json};

/// So many workloads in so many namespaces, each with up to `most` waits, for anybody or only for those before it.
fn graph(seed: u64, count: usize, namespaces: usize, most: usize, has_knots: bool) -> Graph {
    let mut state = seed;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let namespace = |number: usize| format!("ns-{}", number % namespaces);
    let workloads: Vec<Workload> = (0..count)
        .map(|number| {
            let name = format!("workload-{number}{}", "-long".repeat(random(4)));
            let dependencies: Vec<Value> = (0..random(most + 1))
                .map(|_| {
                    let to = random(if has_knots { count } else { number });
                    let target = match random(8) {
                        0 => format!("https://w{to}.example.com/healthz"),
                        1 => format!("{}/service/missing-{to}:http", namespace(to)),
                        _ => format!("{}/pods/number={to}", namespace(to)),
                    };
                    let options = ["", "", "required=false timeout=30s", "on-loss=unready"][random(4)];
                    json!({"target": target, "namespace": null, "options": options})
                })
                .collect();
            Workload {
                object: json!({
                    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                    "spec": {"template": {"metadata": {"labels": {"number": number.to_string()}}}},
                }),
                namespace: namespace(number),
                plan: Some(json!({"dependencies": dependencies})),
                timeout: None,
            }
        })
        .collect();
    Graph::build(&workloads, &[], Timeouts::default())
}

fn overlap(a: Area, b: Area) -> bool {
    let apart = |a: f64, length: f64, b: f64| a + length <= b + 0.5;
    !(apart(a.x, a.width, b.x) || apart(b.x, b.width, a.x) || apart(a.y, a.height, b.y) || apart(b.y, b.height, a.y))
}

/// The first two things of which one lies on the other.
fn collision(scene: &Scene<'_>, plan: &Plan) -> Option<String> {
    let boxes: Vec<(String, Area)> =
        plan.boxes.iter().map(|(card, area)| (scene.cards[*card].name.clone(), *area)).collect();
    let labels: Vec<(String, Area)> = plan
        .ways
        .iter()
        .filter_map(|way| {
            let (width, height) = scene.bundles[way.bundle].label_size();
            let at = way.label?;
            let area = Area { x: at.x - width / 2.0, y: at.y - height / 2.0, width, height };
            Some((scene.bundles[way.bundle].label.join(" "), area))
        })
        .collect();
    let groups: Vec<(String, Area)> = plan.groups.iter().map(|group| (group.namespace.clone(), group.area)).collect();
    for list in [&boxes, &labels, &groups] {
        for (at, (name, area)) in list.iter().enumerate() {
            if let Some((other, _)) = list[..at].iter().find(|(_, other)| overlap(*area, *other)) {
                return Some(format!("{name} and {other}"));
            }
        }
    }
    for (label, area) in &labels {
        if let Some((name, _)) = boxes.iter().find(|(_, other)| overlap(*area, *other)) {
            return Some(format!("the label {label} and {name}"));
        }
    }
    for group in &plan.groups {
        let foreign = plan.boxes.iter().filter(|(card, _)| scene.area(**card) != Some(group.namespace.as_str()));
        if let Some((card, _)) = foreign.into_iter().find(|(_, area)| overlap(**area, group.area)) {
            return Some(format!("{} in the area of {}", scene.cards[*card].name, group.namespace));
        }
    }
    let whole = Area { x: 0.0, y: 0.0, width: plan.width, height: plan.height };
    let inside = |area: &Area| {
        area.x >= -0.5
            && area.y >= -0.5
            && area.x + area.width <= whole.width + 0.5
            && area.y + area.height <= whole.height + 0.5
    };
    boxes.iter().chain(&groups).find(|(_, area)| !inside(area)).map(|(name, _)| format!("{name} is outside"))
}

#[test]
fn nothing_lies_on_anything_else() {
    for (count, namespaces, most, has_knots, division) in [
        (1, 1, 0, false, Division::None),
        (6, 2, 2, false, Division::Areas),
        (30, 3, 2, false, Division::Areas),
        (30, 3, 2, true, Division::Areas),
        (40, 1, 3, true, Division::None),
        (200, 1, 1, false, Division::None),
        (200, 8, 2, false, Division::Apart),
        (200, 8, 2, true, Division::Apart),
        (120, 2, 9, true, Division::Apart),
    ] {
        let graph = graph(7, count, namespaces, most, has_knots);
        let scene = Scene::new(&graph);
        assert_eq!(scene.division, division, "{count} in {namespaces}");
        let plan = place::place(&scene);
        let drawn = (0..scene.cards.len()).filter(|card| scene.is_drawn(*card));
        assert_eq!(
            plan.boxes.keys().copied().collect::<Vec<_>>(),
            drawn.collect::<Vec<_>>(),
            "{count} in {namespaces}"
        );
        let lines = scene.bundles.iter().filter(|bundle| bundle.from != bundle.to).count();
        assert_eq!(plan.ways.len(), lines, "{count} in {namespaces}");
        assert_eq!(collision(&scene, &plan), None, "{count} in {namespaces}");
    }
}

#[test]
fn areas_hold_only_their_own() {
    for seed in 0..12 {
        for (count, namespaces) in [(12, 3), (24, 2), (30, 5)] {
            let graph = graph(seed, count, namespaces, 2, seed % 2 == 0);
            let scene = Scene::new(&graph);
            assert_eq!(collision(&scene, &place::place(&scene)), None, "{seed}: {count} in {namespaces}");
        }
    }
}

/// A line begins and ends at the sides of its boxes.
#[test]
fn lines_join_their_boxes() {
    let graph = graph(7, 30, 3, 2, true);
    let scene = Scene::new(&graph);
    let plan = place::place(&scene);
    for way in &plan.ways {
        let bundle = &scene.bundles[way.bundle];
        for (card, point) in [(bundle.from, way.points.first()), (bundle.to, way.points.last())] {
            let (area, point) = (plan.boxes[&card], point.unwrap());
            let is_side = (point.x - area.x).abs() < 0.5 || (point.x - area.x - area.width).abs() < 0.5;
            assert!(is_side && point.y >= area.y && point.y <= area.y + area.height, "{way:?}");
        }
    }
}
