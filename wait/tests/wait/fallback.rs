//! A TCP connection in place of EndpointSlices.

use crate::data::{data, status};
use crate::program::Program;
use std::net::TcpListener;
use waitwarden_test_servers::{Answer, Server};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";
const ROLE: &str = "it needs a Role in the namespace `rec` with rules: [{apiGroups: [\"discovery.k8s.io\"], resources: \
                    [\"endpointslices\"], verbs: [\"list\", \"watch\"]}, {apiGroups: [\"\"], resources: [\"services\"], verbs: \
                    [\"get\"]}] and a RoleBinding there for ";

/// What the API server says to an account that may do nothing.
fn forbidden(service: &str) -> Server {
    Server::api(&[
        (SLICES, &[status(403, "error-403.json")]),
        (&format!("/api/v1/namespaces/rec/services/{service}"), &[status(403, "error-403.json")]),
    ])
}

#[test]
fn a_forbidden_service_with_a_number_is_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = forbidden("web");
    let outcome = Program::with_api(&server)
        .file("hosts", "127.0.0.1 web.rec.svc\n")
        .name(&format!(":{port}"), ":PORT")
        .wait_for(&[&format!("service/web:{port}")]);
    outcome.is(
        0,
        &[
            "waiting, without a time limit, for service/web:PORT",
            &format!(
                "service/web:PORT: forbidden: the service account `nobody` of the namespace `rec` may not list endpointslices in the \
                 namespace `rec` (403); {ROLE}{{kind: ServiceAccount, namespace: rec, name: nobody}}; until then a TCP \
                 connection to web.rec.svc:PORT has to be enough"
            ),
            "service/web:PORT: ready after Ns (TCP connection to web.rec.svc:PORT; EndpointSlices not read: forbidden)",
            "ready after Ns: service/web:PORT",
        ],
    );
    // Not asked again for a minute.
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_connection_is_waited_for() {
    let server = forbidden("web");
    let outcome = Program::with_api(&server).file("hosts", "127.0.0.1 web.rec.svc\n").stop_after(3, &["service/web:1"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(
        outcome.lines[2],
        "service/web:1: connection refused: web.rec.svc:1 (127.0.0.1): nobody listens there yet; EndpointSlices not read: forbidden"
    );
    assert_eq!(
        outcome.termination,
        "stopped by SIGTERM after Ns\nservice/web:1: connection refused: web.rec.svc:1 (127.0.0.1): nobody listens there yet; \
         EndpointSlices not read: forbidden"
    );
}

#[test]
fn without_a_number_role_and_port_are_named() {
    let server = forbidden("web");
    let outcome = Program::with_api(&server).stop_after(2, &["service/web:http"]);
    assert_eq!(outcome.code, Some(143));
    assert_eq!(
        outcome.lines[1],
        "service/web:http: forbidden: the service account `nobody` of the namespace `rec` may not list endpointslices in the \
         namespace `rec` (403); it needs a Role in the namespace `rec` with rules: [{apiGroups: [\"discovery.k8s.io\"], \
         resources: [\"endpointslices\"], verbs: [\"list\", \"watch\"]}] and a RoleBinding there for {kind: ServiceAccount, \
         namespace: rec, name: nobody}; or write a port number, `service/web:PORT`, and a TCP connection to it is enough"
    );
}

#[test]
fn without_a_number_it_is_asked_again() {
    let server =
        Server::api(&[(SLICES, &[status(403, "error-403.json"), data("endpointslices-ready-and-unready.json")])]);
    let outcome = Program::with_api(&server).wait_for(&["service/web:http"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn fallback_none_turns_it_off() {
    let server = forbidden("web");
    let outcome = Program::with_api(&server).option("--fallback=none").stop_after(2, &["service/web:80"]);
    let reason = format!(
        "forbidden: the service account `nobody` of the namespace `rec` may not list endpointslices in the namespace `rec` (403); \
         {ROLE}{{kind: ServiceAccount, namespace: rec, name: nobody}}"
    );
    outcome.is(
        143,
        &[
            "waiting, at most 30s, for service/web:80",
            &format!("service/web:80: {reason}"),
            "stopped by SIGTERM after Ns: still waiting for service/web:80 (forbidden)",
        ],
    );
}

#[test]
fn a_refused_token_falls_back_too() {
    let server = Server::api(&[]);
    let outcome =
        Program::with_api(&server).file("account/token", "secret-token-wrong").stop_after(2, &["service/web:80"]);
    assert_eq!(
        outcome.lines[1],
        format!(
            "service/web:80: forbidden: the API server does not accept the service account's token (401): it has expired, or is \
             of another cluster; once accepted, {ROLE}this Pod's service account; until then a TCP connection to web.rec.svc:80 \
             has to be enough"
        )
    );
}

#[test]
fn outside_a_cluster_the_search_domains_add_the_namespace() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let outcome = Program::new()
        .file("hosts", "127.0.0.1 web\n")
        .name(&format!(":{port}"), ":PORT")
        .wait_for(&[&format!("service/web:{port}")]);
    outcome.is(
        0,
        &[
            "waiting, without a time limit, for service/web:PORT",
            "service/web:PORT: no access to the API: KUBERNETES_SERVICE_HOST is not set, so this is no container of a \
             Kubernetes Pod; until then a TCP connection to web:PORT has to be enough",
            "service/web:PORT: ready after Ns (TCP connection to web:PORT; EndpointSlices not read: no access to the API)",
            "ready after Ns: service/web:PORT",
        ],
    );
}

#[test]
fn ten_seconds_of_silence_are_enough() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server::api(&[(SLICES, &[Answer::Silence])]);
    let outcome = Program::with_api(&server)
        .file("hosts", "127.0.0.1 web.rec.svc\n")
        .name(&format!(":{port}"), ":PORT")
        .wait_for(&[&format!("service/web:{port}")]);
    let why = "API server unreachable: https://API does not answer within 5s; packets are dropped: does a NetworkPolicy forbid it?";
    outcome.is(
        0,
        &[
            "waiting, without a time limit, for service/web:PORT",
            &format!("service/web:PORT: {why}"),
            &format!("service/web:PORT: {why}; until then a TCP connection to web.rec.svc:PORT has to be enough"),
            "service/web:PORT: ready after Ns (TCP connection to web.rec.svc:PORT; EndpointSlices not read: API server unreachable)",
            "ready after Ns: service/web:PORT",
        ],
    );
}
