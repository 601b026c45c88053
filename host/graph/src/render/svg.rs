//! A drawing that can be looked at as it is: no script, no font, no other file. It follows the light or dark scheme of
//! the browser, says what its signs mean, and every box and line has a tooltip.

use crate::duration;
use crate::graph::{Edge, Graph, Node, Presence};
use crate::render::text::{summary, text};
use crate::render::{label, put};
use place::{Plan, Way, number};
use scene::{Area, BOX, Bundle, LINE, Point, Scene};
use std::collections::{BTreeMap, BTreeSet};

mod scene;
mod measure;
mod place;
mod layered;
mod columns;
mod legend;
#[cfg(test)]
mod tests;

/// Colours and fonts, for light and dark.
const STYLE: &str = include_str!("svg/style.css");
/// Pixels around everything, and above it for the title.
const EDGE: f64 = 24.0;
const HEAD: f64 = 62.0;
/// Tints of groups.
const TINTS: usize = 6;

/// The graph as SVG. Arrows go from what waits to what is waited for, so what starts first stands on the right.
pub fn svg(graph: &Graph) -> String {
    let scene = Scene::new(graph);
    let plan = place::place(&scene);
    let title = title(graph);
    let mut summary = summary(graph);
    let chain = graph.longest_chain();
    if !chain.edges.is_empty() && !chain.is_endless {
        put(&mut summary, format_args!(", longest chain {}", duration::display(chain.sum)));
    }
    let legend = legend::legend(&scene);
    let head = measure::width(&title, 15.5).max(measure::width(&summary, 12.0));
    let width = plan.width.max(head).max(420.0) + 2.0 * EDGE;
    let keys = legend::height(&legend, width - 2.0 * EDGE);
    let height = HEAD + plan.height + 30.0 + keys + EDGE;

    let mut out = String::new();
    let (w, h) = (size(width), size(height));
    put(&mut out, format_args!("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ww\" width=\"{w}\" height=\"{h}\" "));
    put(&mut out, format_args!("viewBox=\"0 0 {w} {h}\" role=\"img\" aria-labelledby=\"ww-t ww-d\">\n"));
    put(&mut out, format_args!("<title id=\"ww-t\">{}</title>\n", escape(&title)));
    put(&mut out, format_args!("<desc id=\"ww-d\">{}</desc>\n", escape(&text(graph))));
    put(&mut out, format_args!("<style>\n{STYLE}</style>\n<defs>\n"));
    for (id, class) in [("ww-tip", "ww-tip"), ("ww-tip-cycle", "ww-tip-cycle")] {
        put(&mut out, format_args!("<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" "));
        put(
            &mut out,
            format_args!("markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" markerHeight=\"9\" orient=\"auto\">"),
        );
        put(&mut out, format_args!("<path class=\"{class}\" d=\"M0,1L10,5L0,9z\"/></marker>\n"));
    }
    out.push_str("</defs>\n");
    put(&mut out, format_args!("<rect class=\"ww-page\" width=\"{w}\" height=\"{h}\"/>\n"));
    put(&mut out, format_args!("<text class=\"ww-title\" x=\"{EDGE}\" y=\"32\">{}</text>\n", escape(&title)));
    put(&mut out, format_args!("<text class=\"ww-small\" x=\"{EDGE}\" y=\"50\">{}</text>\n", escape(&summary)));
    put(&mut out, format_args!("<g transform=\"translate({EDGE} {HEAD})\">\n"));
    groups(&mut out, graph, &plan);
    for way in &plan.ways {
        line(&mut out, &scene, way);
    }
    for way in &plan.ways {
        sign(&mut out, &scene, way);
    }
    boxes(&mut out, &scene, &plan);
    out.push_str("</g>\n");
    put(&mut out, format_args!("<g transform=\"translate({EDGE} {})\">\n", size(HEAD + plan.height + 30.0)));
    legend::draw(&mut out, &legend, width - 2.0 * EDGE);
    out.push_str("</g>\n</svg>\n");
    out
}

fn title(graph: &Graph) -> String {
    let namespaces: BTreeSet<&str> = graph.nodes().iter().filter_map(|node| node.namespace.as_deref()).collect();
    match namespaces.first() {
        Some(only) if namespaces.len() == 1 => format!("Who waits for whom in {only}"),
        _ => "Who waits for whom".to_owned(),
    }
}

fn groups(out: &mut String, graph: &Graph, plan: &Plan) {
    let namespaces: BTreeSet<&str> = graph.nodes().iter().filter_map(|node| node.namespace.as_deref()).collect();
    let tints: BTreeMap<&str, usize> = namespaces.into_iter().zip((0..TINTS).cycle()).collect();
    for group in &plan.groups {
        let tint = tints.get(group.namespace.as_str()).copied().unwrap_or_default();
        let name = measure::fit(&group.namespace, 12.0, group.area.width - 24.0);
        put(out, format_args!("<g class=\"ww-group ww-g{tint}\">{}", rect(group.area, 12.0)));
        let (x, y) = (size(group.area.x + 12.0), size(group.area.y + 17.0));
        put(out, format_args!("<title>namespace {}</title>", escape(&group.namespace)));
        put(out, format_args!("<text x=\"{x}\" y=\"{y}\">{}</text></g>\n", escape(&name)));
    }
}

/// A line, level at its ends.
fn line(out: &mut String, scene: &Scene<'_>, way: &Way) {
    let Some(bundle) = scene.bundles.get(way.bundle) else { return };
    let edges: Vec<&Edge> = bundle.edges.iter().filter_map(|at| scene.graph.edges().get(*at)).collect();
    draw_line(out, scene.graph, &edges, &curve(&way.points));
}

fn draw_line(out: &mut String, graph: &Graph, edges: &[&Edge], path: &str) {
    let is_red = edges.iter().any(|edge| edge.in_cycle);
    let class = match (is_red, edges.iter().any(|edge| edge.required)) {
        (true, _) => " ww-cycle",
        (false, false) => " ww-optional",
        (false, true) => "",
    };
    let tip = if is_red { "ww-tip-cycle" } else { "ww-tip" };
    put(out, format_args!("<g class=\"ww-edge{class}\"><title>{}</title>", escape(&tooltip(graph, edges))));
    put(out, format_args!("<path d=\"{path}\" marker-end=\"url(#{tip})\"/></g>\n"));
}

/// The label of a line, above all lines.
fn sign(out: &mut String, scene: &Scene<'_>, way: &Way) {
    let (Some(bundle), Some(at)) = (scene.bundles.get(way.bundle), way.label) else { return };
    let (width, height) = bundle.label_size();
    let edges: Vec<&Edge> = bundle.edges.iter().filter_map(|at| scene.graph.edges().get(*at)).collect();
    let class = if edges.iter().any(|edge| edge.in_cycle) { " ww-cycle" } else { "" };
    let area = Area { x: at.x - width / 2.0, y: at.y - height / 2.0, width, height };
    put(out, format_args!("<g class=\"ww-label{class}\"><title>{}</title>", escape(&tooltip(scene.graph, &edges))));
    out.push_str(&rect(area, 4.0));
    for (place, text) in bundle.label.iter().enumerate() {
        let y = area.y + LINE * (number(place) + 0.5) + 5.5;
        put(out, format_args!("<text x=\"{}\" y=\"{}\">{}</text>", size(at.x), size(y), escape(text)));
    }
    out.push_str("</g>\n");
}

fn boxes(out: &mut String, scene: &Scene<'_>, plan: &Plan) {
    let stuck: BTreeSet<&usize> = scene.graph.layers().behind_cycle.iter().collect();
    let mut layers: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, layer) in scene.graph.layers().order.iter().enumerate() {
        layers.extend(layer.iter().map(|node| (*node, number)));
    }
    let loops = scene.bundles.iter().filter(|bundle| bundle.from == bundle.to);
    let loops: BTreeMap<usize, &Bundle> = loops.map(|bundle| (bundle.from, bundle)).collect();
    for (at, area) in &plan.boxes {
        let (Some(node), Some(card)) = (scene.node(*at), scene.cards.get(*at)) else { continue };
        if card.has_loop {
            let own = loops.get(at);
            let edges = own.into_iter().flat_map(|bundle| &bundle.edges).filter_map(|at| scene.graph.edges().get(*at));
            let edges: Vec<&Edge> = edges.collect();
            let (left, right, y) = (area.x + area.width * 0.5, area.x + area.width * 0.5 + 34.0, area.y);
            let path = format!(
                "M{},{}C{},{} {},{} {},{}",
                size(left),
                size(y),
                size(left - 2.0),
                size(y - 28.0),
                size(right + 2.0),
                size(y - 28.0),
                size(right),
                size(y),
            );
            draw_line(out, scene.graph, &edges, &path);
        }
        let mut class = match node.presence {
            Presence::Known => String::new(),
            Presence::Unknown => " ww-unknown".to_owned(),
            Presence::External => " ww-external".to_owned(),
        };
        if node.in_cycle {
            class.push_str(" ww-cycle");
        } else if stuck.contains(&card.node) {
            class.push_str(" ww-stuck");
        }
        if card.guest_of.is_some() && node.namespace.is_some() {
            class.push_str(" ww-guest");
        }
        let round = if node.presence == Presence::External { BOX / 2.0 } else { 8.0 };
        put(
            out,
            format_args!("<g class=\"ww-node{class}\"><title>{}</title>", escape(&about(node, layers.get(&card.node)))),
        );
        out.push_str(&rect(*area, round));
        let x = size(area.x + area.width / 2.0);
        put(
            out,
            format_args!(
                "<text class=\"ww-kind\" x=\"{x}\" y=\"{}\">{}</text>",
                size(area.y + 17.0),
                escape(&card.kind)
            ),
        );
        put(
            out,
            format_args!(
                "<text class=\"ww-name\" x=\"{x}\" y=\"{}\">{}</text></g>\n",
                size(area.y + 34.0),
                escape(&card.name)
            ),
        );
    }
}

/// The tooltip of a box.
fn about(node: &Node, layer: Option<&usize>) -> String {
    let mut text = label::line(node);
    match layer {
        _ if node.in_cycle => text.push_str("\nnever starts: it is in a cycle"),
        None => text.push_str("\nnever starts: it waits for what is in a cycle"),
        Some(layer) if node.presence == Presence::Known => put(&mut text, format_args!("\nstarts in layer {layer}")),
        Some(_) => {}
    }
    text
}

/// The tooltip of a line.
fn tooltip(graph: &Graph, edges: &[&Edge]) -> String {
    let name = |at: usize| graph.nodes().get(at).map_or("", |node| node.id.as_str());
    let mut text =
        edges.first().map(|edge| format!("{} waits for {}", name(edge.from), name(edge.to))).unwrap_or_default();
    for edge in edges {
        text.push('\n');
        text.push_str(&label::reason(edge));
        if let Some(through) = &edge.through {
            put(&mut text, format_args!(" through {through}"));
        }
        if edge.at_most.is_zero() {
            text.push_str(", for ever");
        } else {
            put(&mut text, format_args!(", at most {}", duration::display(edge.at_most)));
        }
    }
    text
}

/// From pair to pair of points, level at each.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let mut last: Option<Point> = None;
    for point in points {
        match last {
            None => put(&mut path, format_args!("M{},{}", size(point.x), size(point.y))),
            Some(last) if (last.y - point.y).abs() < 0.05 => {
                put(&mut path, format_args!("L{},{}", size(point.x), size(point.y)));
            }
            Some(last) => {
                let middle = size(f64::midpoint(last.x, point.x));
                let (from, to) = (size(last.y), size(point.y));
                put(&mut path, format_args!("C{middle},{from} {middle},{to} {},{to}", size(point.x)));
            }
        }
        last = Some(*point);
    }
    path
}

fn rect(area: Area, round: f64) -> String {
    format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        size(area.x),
        size(area.y),
        size(area.width),
        size(area.height),
        size(round),
    )
}

/// A length with at most one digit behind the point.
fn size(length: f64) -> String {
    let text = format!("{length:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// Text of an XML document. What XML cannot hold is replaced.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
