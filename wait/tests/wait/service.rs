//! `service/NAME[:PORT]` by its EndpointSlices.

use crate::data::{data, status, text};
use crate::program::Program;
use waitwarden_test_servers::{Answer, Server};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";
const SERVICE: &str = "/api/v1/namespaces/rec/services/web";

/// Not ready, for this reason.
#[track_caller]
fn not_ready(slices: &str, target: &str, reason: &str) {
    let server = Server::api(&[(SLICES, &[data(slices)]), (SERVICE, &[data("service-port-80-to-8080.json")])]);
    Program::with_api(&server).stop_after(2, &[target]).is(
        143,
        &[
            &format!("waiting, at most 30s, for {target}"),
            &format!("{target}: {reason}"),
            &format!("stopped by SIGTERM after Ns: still waiting for {target} ({})", reason.split(':').next().unwrap()),
        ],
    );
}

/// Ready at once.
#[track_caller]
fn ready(slices: &str, target: &str) {
    let server = Server::api(&[(SLICES, &[data(slices)]), (SERVICE, &[data("service-port-80-to-8080.json")])]);
    Program::with_api(&server).option("--timeout=20s").wait_for(&[target]).is(
        0,
        &[
            &format!("waiting, at most 20s, for {target}"),
            &format!("{target}: ready after Ns"),
            &format!("ready after Ns: {target}"),
        ],
    );
}

#[test]
fn a_service_that_becomes_ready_ends_the_wait() {
    let null = data("endpointslices-null-endpoints.json");
    let server = Server::api(&[(SLICES, &[null.clone(), null, data("endpointslices-ready-and-unready.json")])]);
    Program::with_api(&server).wait_for(&["service/web"]).is(
        0,
        &[
            "waiting, without a time limit, for service/web",
            "service/web: not ready yet: 0 of 0 endpoints are ready",
            "service/web: ready after Ns",
            "ready after Ns: service/web",
        ],
    );
    let asked = format!("{SLICES}?labelSelector=kubernetes.io%2Fservice-name%3Dweb");
    let watch = "watch=true&allowWatchBookmarks=true&resourceVersion=291&timeoutSeconds=N";
    assert_eq!(server.requests(), [format!("{asked}&resourceVersion=0"), format!("{asked}&{watch}")]);
}

#[test]
fn a_port_number_is_the_services_and_is_read_once() {
    let server = Server::api(&[
        (SLICES, &[data("endpointslices-null-endpoints.json"), data("endpointslices-port-80-to-8080.json")]),
        (SERVICE, &[data("service-port-80-to-8080.json")]),
    ]);
    Program::with_api(&server).wait_for(&["service/web:80"]).is(
        0,
        &[
            "waiting, without a time limit, for service/web:80",
            "service/web:80: not ready yet: 0 of 0 endpoints are ready",
            "service/web:80: ready after Ns",
            "ready after Ns: service/web:80",
        ],
    );
    assert_eq!(server.requests().iter().filter(|path| *path == SERVICE).count(), 1);
    // 8080 is the target port, and no port of the Service.
    not_ready(
        "endpointslices-port-80-to-8080.json",
        "service/web:8080",
        "no such port: the Service has no port 8080; its ports are 80 (`http`), 9000 (`admin`)",
    );
}

#[test]
fn compact_json_and_port_names_are_read() {
    ready("endpointslices-ready-and-unready-compact.json", "service/web:http");
}

#[test]
fn a_port_that_no_endpoint_publishes_is_not_ready() {
    let endpoints = "of 2 endpoints publish the port";
    not_ready(
        "endpointslices-port-80-to-8080.json",
        "service/web:9000",
        &format!("not ready yet: 0 {endpoints} 9000 (`admin`), and none of them is ready"),
    );
    not_ready(
        "endpointslices-port-80-to-8080.json",
        "service/web:metrics",
        &format!("not ready yet: 0 {endpoints} `metrics`, and none of them is ready"),
    );
}

#[test]
fn a_mirrored_endpoint_without_serving_goes_by_ready() {
    not_ready("endpointslices-mirrored-not-ready.json", "service/web:pg", "not ready yet: 0 of 1 endpoints are ready");
}

#[test]
fn published_endpoints_that_do_not_serve_are_not_ready() {
    let text = text("endpointslices-publish-not-ready.json");
    assert!(text.contains("\"ready\": true"));
    let total = text.matches("\"addresses\"").count();
    let unserving = text.replace("\"serving\": true", "\"serving\": false");
    let server = Server::api(&[(SLICES, &[Answer::Text(200, unserving)])]);
    let outcome = Program::with_api(&server).stop_after(2, &["service/web"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(outcome.lines[1], format!("service/web: not ready yet: 0 of {total} endpoints are ready"));
}

#[test]
fn terminating_endpoints_are_not_ready() {
    let text = text("endpointslices-ready-and-unready.json");
    let text = text.replacen("\"terminating\": false", "\"terminating\": true", 1);
    let server = Server::api(&[(SLICES, &[Answer::Text(200, text)])]);
    let outcome = Program::with_api(&server).stop_after(2, &["service/web:http"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(outcome.lines[1], "service/web:http: not ready yet: 0 of 2 endpoints are ready, 1 terminating");
}

#[test]
fn a_missing_service_is_said() {
    let reason = "not ready yet: no EndpointSlice belongs to the Service `web` in the namespace `rec`: there is no such \
                  Service, or it has no selector";
    not_ready("endpointslices-no-service.json", "service/web", reason);
    let none = data("endpointslices-no-service.json");
    let server = Server::api(&[(SLICES, &[none]), (SERVICE, &[status(404, "error-404-object.json")])]);
    let outcome = Program::with_api(&server).stop_after(2, &["service/web:80"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(outcome.lines[1], "service/web:80: no such object: there is no Service `web` in the namespace `rec`");
}

#[test]
fn an_external_name_is_said() {
    let service = r#"{"spec":{"type":"ExternalName","externalName":"db.example.com","ports":[{"port":80}]}}"#;
    let none = data("endpointslices-no-service.json");
    let server = Server::api(&[(SLICES, &[none]), (SERVICE, &[Answer::Text(200, service.to_owned())])]);
    let outcome = Program::with_api(&server).stop_after(2, &["service/web:80"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(
        outcome.lines[1],
        "service/web:80: not ready yet: it is an ExternalName, which never has endpoints; write `tcp://db.example.com:80` instead"
    );
}

#[test]
fn another_namespace_is_asked_there() {
    let server = Server::api(&[(
        "/apis/discovery.k8s.io/v1/namespaces/monitoring/endpointslices",
        &[data("endpointslices-ready-and-unready.json")],
    )]);
    Program::with_api(&server).wait_for(&["monitoring/service/web:http"]).is(
        0,
        &[
            "waiting, without a time limit, for monitoring/service/web:http",
            "monitoring/service/web:http: ready after Ns",
            "ready after Ns: monitoring/service/web:http",
        ],
    );
}

#[test]
fn stable_must_hold() {
    let good = data("endpointslices-ready-and-unready.json");
    let server = Server::api(&[(SLICES, &[good.clone(), data("endpointslices-null-endpoints.json"), good])]);
    let outcome = Program::with_api(&server).wait_for(&["service/web stable=300ms"]);
    outcome.is(
        0,
        &[
            "waiting, without a time limit, for service/web stable=300ms",
            "service/web: ready, not yet stable: it must stay so for 300ms",
            "service/web: not ready yet: 0 of 0 endpoints are ready",
            "service/web: ready, not yet stable: it must stay so for 300ms",
            "service/web: ready after Ns",
            "ready after Ns: service/web",
        ],
    );
    // The watch tells when it is over: nothing is asked while it holds.
    assert_eq!(server.requests().len(), 2);
}
