//! The matrix: every target of the wait program against everything that can come of it. Each cell is a Pod that the policy
//! made, whose wait container runs as the kubelet would run it, out of its image, against real servers.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says where")]

#[path = "wait/cell.rs"]
mod cell;
#[path = "wait/network.rs"]
mod network;
#[path = "wait/objects.rs"]
mod objects;
#[path = "wait/transcript.rs"]
mod transcript;

use cell::{Cell, run};

/// What can come of a target that asks the API server.
const ASKED: &[&str] = &[
    "satisfied",
    "becomes satisfied",
    "not ready yet",
    "no such object",
    "no such API",
    "forbidden",
    "token refused",
    "API server unreachable",
    "API server error",
    "API server not trusted",
    "no access to the API",
    "not required",
];

/// What can come of a target on the network.
const REACHED: &[&str] =
    &["satisfied", "becomes satisfied", "name does not resolve", "connection refused", "not required"];

/// Runs a row: all of these outcomes, each once, and those that only this target has.
#[track_caller]
fn row(outcomes: &[&str], more: &[&str], cells: Vec<Cell>) {
    let mut seen: Vec<&str> = cells.iter().map(|cell| cell.outcome).collect();
    seen.dedup();
    let mut wanted: Vec<&str> = outcomes.iter().chain(more).copied().collect();
    seen.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(seen, wanted, "the matrix has a hole");
    run(cells);
}

/// A Service without a port, or with a port by its name, has nothing to fall back to.
#[test]
fn service() {
    row(
        ASKED,
        &[],
        objects::service("", "`web` in the namespace `shop`: there is no such Service, or it has no selector"),
    );
    row(
        ASKED,
        &[],
        objects::service(":http", "`web` in the namespace `shop`: there is no such Service, or it has no selector"),
    );
}

#[test]
fn service_by_port_number() {
    let more = ["falls back to TCP", "no such port", "is an ExternalName"];
    row(ASKED, &more, objects::service_by_number());
}

#[test]
fn job() {
    row(ASKED, &["failed for good"], objects::job());
}

#[test]
fn deployment() {
    row(ASKED, &["rolled out"], objects::workload("deployment", "Deployment"));
}

#[test]
fn stateful_set() {
    row(ASKED, &["rolled out"], objects::workload("statefulset", "StatefulSet"));
}

#[test]
fn daemon_set() {
    row(ASKED, &["rolled out"], objects::workload("daemonset", "DaemonSet"));
}

#[test]
fn pods() {
    row(ASKED, &[], objects::pods());
}

#[test]
fn custom_resource() {
    row(ASKED, &["another condition"], objects::custom());
}

#[test]
fn tcp() {
    row(REACHED, &[], network::tcp());
}

#[test]
fn http() {
    row(REACHED, &["wrong status", "another status", "not HTTP", "no answer"], network::http());
}

#[test]
fn https() {
    let more = ["wrong status", "not trusted", "expired", "not valid yet", "another name", "no TLS", "without the CA"];
    row(REACHED, &more, network::https());
}

#[test]
fn grpc() {
    let more = ["not serving", "unknown service", "no health service", "not HTTP/2"];
    row(REACHED, &more, network::grpc());
}

#[test]
fn grpcs() {
    row(REACHED, &["not serving", "not trusted", "expired", "another name"], network::grpcs());
}

#[test]
fn dns() {
    row(&["satisfied", "becomes satisfied", "name does not resolve", "not required"], &["every ndots"], network::dns());
}
