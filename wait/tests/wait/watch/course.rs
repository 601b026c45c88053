//! Up, down, and up again.

use super::{Port, watch};
use crate::data::{data, status, text};
use crate::program::{Program, until};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use waitwarden_test_servers::{Answer, DnsServer, Server};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/rec/deployments/web";

#[test]
fn a_dependency_that_goes_and_comes_back() {
    let mut port = Port::open();
    let target = format!("tcp://{} on-loss=unready", port.address);
    let mut watching = watch(Program::new().name(&port.address, "ADDRESS")).listen(&[&target]);
    watching.hears("tcp://ADDRESS: present");
    assert_eq!(watching.check(), (Some(0), String::new()));
    port.close();
    watching.hears("tcp://ADDRESS: lost: connection refused: ADDRESS: nobody listens there yet");
    let lost = "tcp://ADDRESS: lost less than a minute ago: connection refused: ADDRESS: nobody listens there yet\n";
    assert_eq!(watching.check(), (Some(1), lost.to_owned()));
    port.open_again();
    watching.hears("tcp://ADDRESS: back after Ns");
    assert_eq!(watching.check(), (Some(0), String::new()));
    let outcome = watching.stop();
    outcome.is(
        0,
        &[
            "watching tcp://ADDRESS on-loss=unready",
            "tcp://ADDRESS: present",
            "tcp://ADDRESS: lost: connection refused: ADDRESS: nobody listens there yet",
            "tcp://ADDRESS: back after Ns",
            "stopped by SIGTERM after Ns: present: tcp://ADDRESS",
        ],
    );
    assert_eq!(outcome.termination, "");
}

#[test]
fn endpoints_of_a_service() {
    let (some, none) = (data("endpointslices-ready-and-unready.json"), data("endpointslices-null-endpoints.json"));
    let server = Server::api(&[(SLICES, std::slice::from_ref(&some))]);
    let mut watching = watch(Program::with_api(&server)).listen(&["service/web on-loss=unready"]);
    watching.hears("service/web: present");
    server.answer(SLICES, &[none]);
    watching.hears("service/web: lost: not ready yet: 0 of 0 endpoints are ready");
    let lost = "service/web: lost less than a minute ago: not ready yet: 0 of 0 endpoints are ready\n";
    assert_eq!(watching.check(), (Some(1), lost.to_owned()));
    server.answer(SLICES, &[some]);
    watching.hears("service/web: back after Ns");
    watching.stop().is(
        0,
        &[
            "watching service/web on-loss=unready",
            "service/web: present",
            "service/web: lost: not ready yet: 0 of 0 endpoints are ready",
            "service/web: back after Ns",
            "stopped by SIGTERM after Ns: present: service/web",
        ],
    );
    // However often it looked, the API server was asked twice.
    let watch = "watch=true&allowWatchBookmarks=true&resourceVersion=299&timeoutSeconds=N";
    let asked = format!("{SLICES}?labelSelector=kubernetes.io%2Fservice-name%3Dweb");
    assert_eq!(server.requests(), [format!("{asked}&resourceVersion=0"), format!("{asked}&{watch}")]);
}

#[test]
fn an_object_that_is_deleted_is_lost() {
    let ready = data("deployment-ready.json");
    let server = Server::api(&[(DEPLOYMENT, std::slice::from_ref(&ready))]);
    let mut watching = watch(Program::with_api(&server)).listen(&["deployment/web on-loss=unready"]);
    watching.hears("deployment/web: present");
    server.answer(DEPLOYMENT, &[status(404, "error-404-object.json")]);
    watching.hears("deployment/web: lost: no such object: there is no Deployment `web` in the namespace `rec`");
    server.answer(DEPLOYMENT, &[ready]);
    watching.hears("deployment/web: back after Ns");
    watching.stop().is(
        0,
        &[
            "watching deployment/web on-loss=unready",
            "deployment/web: present",
            "deployment/web: lost: no such object: there is no Deployment `web` in the namespace `rec`",
            "deployment/web: back after Ns",
            "stopped by SIGTERM after Ns: present: deployment/web",
        ],
    );
}

#[test]
fn flapping_changes_nothing() {
    // Never three times in a row.
    let answers: Vec<Answer> =
        [200, 503, 503].repeat(8).into_iter().chain([200]).map(|code| Answer::Text(code, String::new())).collect();
    let server = Server::start(&[("/healthz", &answers)], false);
    let target = format!("http://{}/healthz on-loss=restart", server.address);
    let mut watching = watch(Program::new().name(&server.address, "ADDRESS")).listen(&[&target]);
    watching.hears("http://ADDRESS/healthz: present");
    until(|| server.requests().len() > answers.len());
    assert_eq!(watching.check(), (Some(0), String::new()));
    watching.stop().is(
        0,
        &[
            "watching http://ADDRESS/healthz on-loss=restart",
            "http://ADDRESS/healthz: present",
            "stopped by SIGTERM after Ns: present: http://ADDRESS/healthz",
        ],
    );
}

#[test]
fn a_watch_that_expires_is_no_loss() {
    let gone =
        r#"{"kind":"Status","status":"Failure","message":"too old resource version","reason":"Expired","code":410}"#;
    let mut object: Value = serde_json::from_str(&text("deployment-ready.json")).unwrap();
    object["metadata"]["name"] = json!("web");
    let same = format!("{}\n", json!({ "type": "MODIFIED", "object": object }));
    let watches = [
        Answer::Text(410, gone.to_owned()),
        Answer::Text(200, format!("{{\"type\":\"ERROR\",\"object\":{gone}}}\n")),
        Answer::Break(same),
    ];
    let server = Server::api(&[(DEPLOYMENT, &[data("deployment-ready.json")])]).watched(DEPLOYMENT, &watches);
    let mut watching = watch(Program::with_api(&server)).listen(&["deployment/web on-loss=unready"]);
    watching.hears("deployment/web: present");
    // Three lists, the three watches, and one that goes on.
    until(|| server.requests().len() >= 7);
    server.answer(DEPLOYMENT, &[status(404, "error-404-object.json")]);
    watching.hears("deployment/web: lost: no such object: there is no Deployment `web` in the namespace `rec`");
    watching.stop().is(
        0,
        &[
            "watching deployment/web on-loss=unready",
            "deployment/web: present",
            "deployment/web: lost: no such object: there is no Deployment `web` in the namespace `rec`",
            "stopped by SIGTERM after Ns: lost: deployment/web",
        ],
    );
}

#[test]
fn a_name_that_is_gone_is_lost() {
    let server = DnsServer::start(&[("db.rec.svc.", Ipv4Addr::LOCALHOST)]);
    let program = Program::new()
        .file("resolv.conf", "search rec.svc\nnameserver 127.0.0.1\n")
        .env("WAITWARDEN_DNS_PORT", &server.port.to_string());
    let mut watching = watch(program).listen(&["dns://db on-loss=unready"]);
    watching.hears("dns://db: present");
    server.names.lock().unwrap().clear();
    let lost = "dns://db: lost: name does not resolve: the name server 127.0.0.1 knows no address of `db`; tried db.rec.svc., db.";
    watching.hears(lost);
    server.names.lock().unwrap().push(("db.".to_owned(), Ipv4Addr::LOCALHOST));
    watching.hears("dns://db: back after Ns");
    watching.stop().is(
        0,
        &[
            "watching dns://db on-loss=unready",
            "dns://db: present",
            lost,
            "dns://db: back after Ns",
            "stopped by SIGTERM after Ns: present: dns://db",
        ],
    );
}

#[test]
fn each_dependency_has_its_own_state() {
    let (mut one, two) = (Port::open(), Port::open());
    let targets = [&one, &two].map(|port| format!("tcp://{} on-loss=unready", port.address));
    let program = Program::new().name(&one.address, "ONE").name(&two.address, "TWO");
    let mut watching =
        watch(program).listen(&[&targets[0], &targets[1], "tcp://127.0.0.1:1 on-loss=unready stable=1h"]);
    one.close();
    watching.hears("tcp://ONE: lost: connection refused: ONE: nobody listens there yet");
    one.open_again();
    watching.hears("tcp://ONE: back after Ns");
    let (code, said) = watching.check();
    let never =
        "tcp://127.0.0.1:1: lost less than a minute ago: connection refused: 127.0.0.1:1: nobody listens there yet\n";
    assert_eq!((code, said.as_str()), (Some(1), never));
    let outcome = watching.stop();
    assert_eq!(outcome.code, Some(0));
    assert_eq!(
        outcome.lines.last().unwrap(),
        "stopped by SIGTERM after Ns: lost: tcp://127.0.0.1:1; present: tcp://ONE, tcp://TWO"
    );
}

#[test]
fn json_is_one_object_a_line() {
    let mut port = Port::open();
    let target = format!("tcp://{} on-loss=unready", port.address);
    let program = watch(Program::new()).option("--log=json");
    let file = program.path("state/state");
    let watching = program.start(&[&target]);
    let is_lost = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains("\"lost\""));
    port.close();
    until(is_lost);
    port.open_again();
    until(|| !is_lost());
    watching.signal("INT");
    let outcome = watching.end();
    assert_eq!(outcome.code, Some(0));
    let lines: Vec<Value> = outcome.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let words = |line: &Value| ["event", "target", "reason"].map(|key| line[key].as_str().unwrap_or("-").to_owned());
    let mut seen: Vec<[String; 3]> = lines.iter().map(words).collect();
    // It may have been seen before the port was closed.
    seen.retain(|[event, ..]| event != "present");
    let target = format!("tcp://{}", port.address);
    assert_eq!(
        seen,
        [["start", "-", "-"], ["lost", &target, "connection-refused"], ["back", &target, "-"], ["stopped", "-", "-"],]
    );
}
