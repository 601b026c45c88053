//! Cycles, layers and the longest chain.
#![expect(clippy::indexing_slicing, reason = "a test that fails says where")]

#[path = "support/input.rs"]
mod input;

use input::{deployment, object, service, workload};
use serde_json::json;
use std::time::{Duration, Instant};
use waitwarden_graph::{Graph, Timeouts, Workload, render};

fn graph(workloads: &[Workload]) -> Graph {
    Graph::build(workloads, &[], Timeouts::default())
}

fn ids(graph: &Graph, nodes: &[usize]) -> Vec<String> {
    nodes.iter().map(|at| graph.nodes()[*at].id.clone()).collect()
}

fn place(graph: &Graph, id: &str) -> Option<usize> {
    graph.nodes().iter().position(|node| node.id == id)
}

#[test]
fn a_cycle_over_three_namespaces_is_found_from_any_member() {
    let workloads = [
        deployment("a", "x", &["b/service/y:80"]),
        deployment("b", "y", &["tcp://z.c.svc:80"]),
        deployment("c", "z", &["a/pods/app=x"]),
        deployment("a", "before", &["deployment/x"]),
        deployment("c", "lonely", &[]),
    ];
    let graph = Graph::build(&workloads, &[service("b", "y", "y"), service("c", "z", "z")], Timeouts::default());
    let cycle = ["a/deployment/x", "b/deployment/y", "c/deployment/z"];
    assert_eq!(graph.cycles().iter().map(|cycle| ids(&graph, &cycle.nodes)).collect::<Vec<_>>(), [cycle]);
    for turn in 0..3 {
        let mut expected = cycle;
        expected.rotate_left(turn);
        let found = place(&graph, expected[0]).and_then(|node| graph.cycle_through(node));
        assert_eq!(found.map(|nodes| ids(&graph, &nodes)), Some(expected.map(str::to_owned).to_vec()));
    }
    for id in ["a/deployment/before", "c/deployment/lonely"] {
        assert_eq!(place(&graph, id).and_then(|node| graph.cycle_through(node)), None);
    }
    assert_eq!(ids(&graph, &graph.layers().in_cycle), cycle);
    assert_eq!(ids(&graph, &graph.layers().behind_cycle), ["a/deployment/before"]);
    assert_eq!(
        graph.layers().order.iter().map(|layer| ids(&graph, layer)).collect::<Vec<_>>(),
        [["c/deployment/lonely"]]
    );
    let red: Vec<bool> = graph.edges().iter().map(|edge| edge.in_cycle).collect();
    assert_eq!(red, [false, true, true, true]);
}

#[test]
fn the_shortest_cycle_of_a_knot_is_spelled_out() {
    // a -> b -> c -> d -> a, and c -> b: the knot is all four, its shortest cycle b and c.
    let graph = graph(&[
        deployment("n", "a", &["deployment/b"]),
        deployment("n", "b", &["deployment/c"]),
        deployment("n", "c", &["deployment/b", "deployment/d"]),
        deployment("n", "d", &["deployment/a"]),
    ]);
    let [cycle] = graph.cycles() else { panic!("one knot") };
    assert_eq!(ids(&graph, &cycle.nodes), ["n/deployment/b", "n/deployment/c"]);
    assert_eq!(cycle.knot, [0, 1, 2, 3]);
}

#[test]
fn optional_waits_make_no_cycle() {
    let graph = graph(&[
        deployment("n", "a", &["deployment/b required=false"]),
        deployment("n", "b", &["deployment/a"]),
        deployment("n", "c", &["deployment/b required=false timeout=1m"]),
    ]);
    assert_eq!(graph.cycles(), []);
    let layers: Vec<Vec<String>> = graph.layers().order.iter().map(|layer| ids(&graph, layer)).collect();
    assert_eq!(layers, [["n/deployment/a"], ["n/deployment/b"], ["n/deployment/c"]]);
    // What closes the circle is not in the chain; the other optional wait is, since it delays.
    assert_eq!(ids(&graph, &graph.chain_nodes()), ["n/deployment/c", "n/deployment/b", "n/deployment/a"]);
    assert_eq!(graph.longest_chain().sum, Duration::from_mins(12));
}

#[test]
fn a_stateful_set_that_waits_for_its_own_service_waits_for_itself() {
    let workloads = [
        workload("apps/v1", "StatefulSet", "n", "db", &["service/db:5432"]),
        deployment("n", "web", &["service/web:80 required=false"]),
    ];
    let graph = Graph::build(&workloads, &[service("n", "db", "db"), service("n", "web", "web")], Timeouts::default());
    let selves: Vec<&str> =
        graph.self_dependencies().map(|at| graph.nodes()[graph.edges()[at].from].id.as_str()).collect();
    assert_eq!(selves, ["n/deployment/web", "n/statefulset/db"]);
    assert_eq!(graph.cycles(), []);
    assert_eq!(ids(&graph, &graph.layers().in_cycle), ["n/statefulset/db"]);
    assert_eq!(graph.cycle_through(1), Some(vec![1]));
}

#[test]
fn timeouts_are_those_of_the_wait_then_of_the_workload_then_of_its_kind() {
    let mut job = workload("batch/v1", "Job", "n", "job", &["deployment/end"]);
    job.object["spec"]["template"]["spec"] = json!({"restartPolicy": "Never"});
    let mut own = deployment("n", "own", &["job/job"]);
    own.timeout = Some(Duration::from_secs(90));
    let mut endless = deployment("n", "endless", &["deployment/end"]);
    endless.timeout = Some(Duration::ZERO);
    let workloads = [
        job,
        own,
        deployment("n", "web", &["deployment/own", "deployment/end timeout=20m"]),
        deployment("n", "end", &[]),
    ];
    let graph = graph(&workloads);
    // More than the other way: 11m for `own`, 90s for `job`, 5m for `end`.
    assert_eq!(graph.longest_chain().sum, Duration::from_mins(20));
    let longer = Timeouts { long_running: Duration::from_mins(15), ..Timeouts::default() };
    let graph = Graph::build(&workloads, &[], longer);
    assert_eq!(graph.longest_chain().sum, Duration::from_secs(1290));
    assert!(!graph.longest_chain().is_endless);
    let mut with_endless = workloads.to_vec();
    with_endless.push(endless);
    let graph = Graph::build(&with_endless, &[], longer);
    assert_eq!(ids(&graph, &graph.chain_nodes()), ["n/deployment/endless", "n/deployment/end"]);
    assert!(graph.longest_chain().is_endless);
}

/// 1 000 workloads with 3 000 waits, some of them in circles.
#[test]
fn a_thousand_workloads_take_no_time() {
    let mut objects = Vec::new();
    let workloads: Vec<Workload> = (0..1000_usize)
        .map(|number| {
            let namespace = format!("team-{}", number % 10);
            objects.push(service(&namespace, &format!("w{number}"), &format!("w{number}")));
            let targets: Vec<String> = [number / 2, number / 3, (number + 7) % 1000]
                .iter()
                .map(|to| format!("team-{}/service/w{to}:80", to % 10))
                .collect();
            deployment(&namespace, &format!("w{number}"), &targets.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    let start = Instant::now();
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    let took = start.elapsed();
    assert!(graph.edges().len() > 2_900, "{}", graph.edges().len());
    assert_eq!(graph.layers().in_cycle.len(), 1000);
    assert!(took < Duration::from_secs(2), "{took:?}");
    for text in [render::text(&graph), render::mermaid(&graph), render::dot(&graph), render::json(&graph)] {
        assert!(text.len() > 100_000);
    }
    let start = Instant::now();
    assert!(render::svg(&graph).len() > 100_000);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// Nothing here may be recursive.
#[test]
fn a_chain_of_any_length_is_walked() {
    let workloads: Vec<Workload> = (0..5000)
        .map(|number| deployment("n", &format!("w{number:04}"), &[&format!("deployment/w{:04}", number + 1)]))
        .collect();
    let graph = graph(&workloads);
    assert_eq!(graph.longest_chain().edges.len(), 5000);
    assert_eq!(graph.layers().order.len(), 5001);
    assert!(render::svg(&graph).ends_with("</svg>\n"));
    assert!(render::text(&graph).contains("layer 5000"));
}

#[test]
fn a_custom_resource_is_a_node_only_if_something_waits_for_it() {
    let certificate = |name: &str| {
        object("n", json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": name}}))
    };
    let graph = Graph::build(
        &[deployment("n", "web", &["certificates.v1.cert-manager.io/web"])],
        &[certificate("web"), certificate("spare")],
        Timeouts::default(),
    );
    assert_eq!(ids(&graph, &[0, 1]), ["n/certificate.cert-manager.io/web", "n/deployment/web"]);
    assert_eq!(graph.nodes().len(), 2);
}
