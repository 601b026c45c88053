//! What holds for every input.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says where")]

#[path = "support/file.rs"]
mod file;
#[path = "support/input.rs"]
mod input;

use file::read;
use input::{deployment, service};
use proptest::prelude::*;
use quick_xml::events::Event;
use serde_json::{Map, Value};
use waitwarden_graph::{Graph, Object, Timeouts, Workload, rbac, render};

/// Everything that is made of a graph.
fn renders(workloads: &[Workload], objects: &[Object]) -> Vec<String> {
    let graph = Graph::build(workloads, objects, Timeouts::default());
    vec![
        render::mermaid(&graph),
        render::dot(&graph),
        render::json(&graph),
        render::text(&graph),
        render::svg(&graph),
        rbac::yaml(&rbac::roles(workloads)),
    ]
}

/// A few names in two namespaces that wait for each other, in every way.
fn workloads() -> impl Strategy<Value = (Vec<Workload>, Vec<Object>)> {
    let dependency = (0..8_usize, 0..2_usize, 0..6_usize, any::<bool>()).prop_map(|(to, namespace, form, required)| {
        let namespace = ["a", "b"][namespace];
        let target = match form {
            0 => format!("service/w{to}:80"),
            1 => format!("{namespace}/service/w{to}:http"),
            2 => format!("{namespace}/deployment/w{to}"),
            3 => format!("pods/app=w{to}"),
            4 => format!("tcp://w{to}.{namespace}.svc:5432"),
            _ => format!("https://w{to}.example.com/"),
        };
        if required { target } else { format!("{target} required=false timeout={}m", to + 1) }
    });
    let one = (0..2_usize, proptest::collection::vec(dependency, 0..4));
    (proptest::collection::vec(one, 1..8), any::<u8>()).prop_map(|(drafts, services)| {
        let mut workloads = Vec::new();
        let mut objects = Vec::new();
        for (number, (namespace, dependencies)) in drafts.into_iter().enumerate() {
            let (namespace, name) = (["a", "b"][namespace], format!("w{number}"));
            let dependencies: Vec<&str> = dependencies.iter().map(String::as_str).collect();
            workloads.push(deployment(namespace, &name, &dependencies));
            if services & (1 << number) != 0 {
                objects.push(service(namespace, &name, &name));
            }
        }
        (workloads, objects)
    })
}

/// Any JSON, with the keys that are looked for.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,3}(://|/|\\.|:|=|&)?[a-z\\[\\]/.:]{0,8}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("service/w0"),
            Just("Service"),
            Just("v1"),
            Just("apps/v1"),
            Just("Deployment"),
            Just("pods/a=b&c="),
            Just("ExternalName"),
            Just("timeout=99999999h on-loss=x"),
            Just("x.v1.y/z"),
            Just("tcp://a.b.svc:1"),
            Just("\u{0}\u{1b}[31m"),
        ]
        .prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("metadata"),
        Just("name"),
        Just("spec"),
        Just("template"),
        Just("labels"),
        Just("kind"),
        Just("apiVersion"),
        Just("dependencies"),
        Just("target"),
        Just("options"),
        Just("namespace"),
        Just("asks"),
        Just("verbs"),
        Just("apiGroup"),
        Just("resource"),
        Just("serviceAccount"),
        Just("selector"),
        Just("type"),
        Just("externalName"),
        Just("ownerReferences"),
        Just("controller"),
        Just("x"),
    ];
    leaf.prop_recursive(5, 60, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6).prop_map(|pairs| {
                Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_rendered(
        inputs in proptest::collection::vec((any_json(), any_json(), "\\PC{0,6}"), 0..4),
        others in proptest::collection::vec((any_json(), "\\PC{0,6}"), 0..4),
    ) {
        let workloads: Vec<Workload> = inputs
            .into_iter()
            .map(|(object, plan, namespace)| Workload { object, namespace, plan: Some(plan), timeout: None })
            .collect();
        let objects: Vec<Object> = others.into_iter().map(|(object, namespace)| Object { object, namespace }).collect();
        let texts = renders(&workloads, &objects);
        prop_assert!(serde_json::from_str::<Value>(&texts[2]).is_ok());
        prop_assert_eq!(xml_errors(&texts[4]), None);
        let roles = rbac::roles(&workloads);
        let read: Vec<Value> = waitwarden_manifest::read(&texts[5])
            .into_iter()
            .filter_map(|entry| match entry {
                waitwarden_manifest::Entry::Document(document) => Some(document.value),
                waitwarden_manifest::Entry::Empty { .. } | waitwarden_manifest::Entry::Broken(_) => None,
            })
            .collect();
        prop_assert_eq!(read, roles);
    }

    #[test]
    fn the_order_of_the_input_does_not_matter((mut workloads, mut objects) in workloads()) {
        let before = renders(&workloads, &objects);
        workloads.reverse();
        objects.reverse();
        for workload in &mut workloads {
            if let Some(list) = workload.plan.as_mut().and_then(|plan| plan["dependencies"].as_array_mut()) {
                list.reverse();
            }
        }
        prop_assert_eq!(before, renders(&workloads, &objects));
    }

    #[test]
    fn every_required_wait_goes_to_an_earlier_layer((workloads, objects) in workloads()) {
        let graph = Graph::build(&workloads, &objects, Timeouts::default());
        let layers = graph.layers();
        let layer = |node: usize| layers.order.iter().position(|nodes| nodes.contains(&node));
        for edge in graph.edges().iter().filter(|edge| edge.required) {
            match (layer(edge.from), layer(edge.to)) {
                (Some(from), Some(to)) => prop_assert!(to < from),
                (Some(_), None) => prop_assert!(false, "it starts, and waits for what never starts"),
                (None, _) => {}
            }
        }
        // Nothing is dropped, and nothing stands in two places.
        let mut all: Vec<usize> =
            layers.order.iter().flatten().chain(&layers.in_cycle).chain(&layers.behind_cycle).copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..graph.nodes().len()).collect::<Vec<_>>());
        // A layer waits for the one before it, else it would be earlier.
        for (number, nodes) in layers.order.iter().enumerate().skip(1) {
            for node in nodes {
                prop_assert!(graph.edges().iter().any(|edge| edge.from == *node && layer(edge.to) == Some(number - 1)));
            }
        }
    }

    #[test]
    fn a_node_is_in_a_cycle_just_when_one_goes_through_it((workloads, objects) in workloads()) {
        let graph = Graph::build(&workloads, &objects, Timeouts::default());
        let is_wait = |from: usize, to: usize| graph.edges().iter().any(|e| e.required && e.from == from && e.to == to);
        let check = |nodes: &[usize]| {
            let next = nodes.iter().cycle().skip(1);
            nodes.iter().zip(next).all(|(from, to)| is_wait(*from, *to))
        };
        for (at, node) in graph.nodes().iter().enumerate() {
            let found = graph.cycle_through(at);
            prop_assert_eq!(node.in_cycle, found.is_some());
            if let Some(nodes) = found {
                prop_assert_eq!(nodes[0], at);
                prop_assert!(check(&nodes));
            }
        }
        for cycle in graph.cycles() {
            prop_assert!(check(&cycle.nodes));
            // None of its knot has a shorter one, but for waits for itself.
            for node in &cycle.knot {
                let length = graph.cycle_through(*node).map_or(0, |nodes| nodes.len());
                prop_assert!(length == 1 || length >= cycle.nodes.len());
            }
        }
    }

    #[test]
    fn the_longest_chain_is_a_chain_and_none_is_longer((workloads, objects) in workloads()) {
        let graph = Graph::build(&workloads, &objects, Timeouts::default());
        let chain: Vec<_> = graph.longest_chain().edges.iter().map(|at| &graph.edges()[*at]).collect();
        for pair in chain.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
        }
        prop_assert_eq!(chain.iter().map(|edge| edge.at_most).sum::<std::time::Duration>(), graph.longest_chain().sum);
        let starts = |node: usize| graph.layers().order.iter().any(|layer| layer.contains(&node));
        for edge in graph.edges().iter().filter(|edge| edge.required && starts(edge.from)) {
            prop_assert!(edge.at_most <= graph.longest_chain().sum);
        }
    }
}

/// What is wrong with an XML document.
fn xml_errors(text: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_i32;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                depth += 1;
                if let Some(error) = start.attributes().find_map(Result::err) {
                    return Some(error.to_string());
                }
            }
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) => return (depth != 0).then(|| format!("{depth} elements are open")),
            Ok(_) => {}
            Err(error) => return Some(error.to_string()),
        }
    }
}

/// The layout numbers its helpers over the whole life of the program; that must not be seen.
#[test]
fn the_same_graph_is_drawn_the_same_every_time() {
    let (workloads, objects) = read("tiers.json");
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    let first = render::svg(&graph);
    for round in 0..12 {
        assert!(render::svg(&graph) == first, "round {round}");
    }
}
