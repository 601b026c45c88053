//! Watches of the API server: what ends them, and what takes their place.

use crate::data::{data, status, text};
use crate::program::{Outcome, Program};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use waitwarden_test_servers::{Answer, Server};

const JOBS: &str = "/apis/batch/v1/namespaces/rec/jobs?fieldSelector=metadata.name%3Dmigrate";
const JOB: &str = "/apis/batch/v1/namespaces/rec/jobs/migrate";
const RUNNING: &str = "job/migrate: not ready yet: 0 of 1 completions, 1 Pods active, 0 failed";

/// An event of a watch.
fn event(kind: &str, file: &str, version: u32) -> String {
    let mut object: Value = serde_json::from_str(&text(file)).unwrap();
    object["metadata"]["name"] = json!("migrate");
    object["metadata"]["resourceVersion"] = json!(version.to_string());
    format!("{}\n", json!({ "type": kind, "object": object }))
}

fn bookmark(version: u32) -> String {
    let object = json!({ "kind": "Job", "metadata": { "resourceVersion": version.to_string() } });
    format!("{}\n", json!({ "type": "BOOKMARK", "object": object }))
}

/// A Job that runs, with these answers to watches, the last of which says that it is complete.
fn job(watches: &[Answer]) -> Server {
    let mut watches = watches.to_vec();
    watches.push(Answer::Hold(event("MODIFIED", "job-complete.json", 900)));
    Server::api(&[(JOB, &[data("job-running.json")])]).watched(JOB, &watches)
}

/// `list`, and the versions from which it was watched, as `watch 7`.
fn asked(server: &Server) -> Vec<String> {
    let of = |request: &String| {
        let query = request.strip_prefix(JOBS)?;
        let version = query.split("resourceVersion=").nth(1)?.split('&').next()?;
        Some(if query.contains("watch=true") { format!("watch {version}") } else { "list".to_owned() })
    };
    server.requests().iter().map(|request| of(request).unwrap_or_else(|| request.clone())).collect()
}

/// It ends well, and says nothing but how the Job runs.
#[track_caller]
fn is_complete(outcome: &Outcome) {
    outcome.is(
        0,
        &[
            "waiting, at most 30s, for job/migrate",
            RUNNING,
            "job/migrate: ready after Ns",
            "ready after Ns: job/migrate",
        ],
    );
}

fn wait_for_job(server: &Server) -> Outcome {
    Program::with_api(server).option("--timeout=30s").wait_for(&["job/migrate"])
}

#[test]
fn a_watch_that_ends_is_taken_up_from_where_it_was() {
    let server = job(&[Answer::Text(200, bookmark(41)), Answer::Text(200, event("MODIFIED", "job-running.json", 42))]);
    is_complete(&wait_for_job(&server));
    assert_eq!(asked(&server), ["list", "watch 1", "watch 41", "watch 42"]);
}

#[test]
fn a_connection_that_breaks_loses_nothing() {
    // In the middle of a line, too.
    let half: String = event("MODIFIED", "job-complete.json", 43).chars().take(300).collect();
    let server = job(&[Answer::Break(bookmark(41)), Answer::Break(format!("{}{half}", bookmark(42)))]);
    is_complete(&wait_for_job(&server));
    assert_eq!(asked(&server), ["list", "watch 1", "watch 41", "watch 42"]);
}

#[test]
fn a_version_that_is_too_old_is_listed_anew() {
    let gone = r#"{"kind":"Status","status":"Failure","message":"too old resource version: 1 (7)","reason":"Expired","code":410}"#;
    let line = format!("{{\"type\":\"ERROR\",\"object\":{gone}}}\n");
    let server = job(&[Answer::Text(410, gone.to_owned()), Answer::Hold(line)]);
    is_complete(&wait_for_job(&server));
    assert_eq!(asked(&server), ["list", "watch 1", "list", "watch 1", "list", "watch 1"]);
}

#[test]
fn what_is_no_event_is_listed_anew() {
    let endless = Answer::Endless("x".repeat(1 << 20));
    let server = job(&[Answer::Hold("<html>\n".to_owned()), Answer::Hold("{\"type\":\"NEW\"}\n".to_owned()), endless]);
    let outcome = wait_for_job(&server);
    is_complete(&outcome);
    assert_eq!(asked(&server), ["list", "watch 1", "list", "watch 1", "list", "watch 1", "watch 1"]);
}

#[test]
fn a_deleted_object_is_missed() {
    let server = job(&[Answer::Text(200, event("DELETED", "job-running.json", 44))]);
    let outcome = wait_for_job(&server);
    assert_eq!(outcome.code, Some(0));
    assert_eq!(
        outcome.lines[1..3],
        [RUNNING, "job/migrate: no such object: there is no Job `migrate` in the namespace `rec`"]
    );
}

#[test]
fn trouble_is_said_and_its_end_too() {
    let busy = Answer::Text(503, r#"{"kind":"Status","message":"starting","code":503}"#.to_owned());
    let server = Server::api(&[(JOB, &[data("job-running.json")])])
        .watched(JOB, &[Answer::Break(bookmark(41)), busy, Answer::Hold(bookmark(42))]);
    Program::with_api(&server).stop_after(4, &["job/migrate"]).is(
        143,
        &[
            "waiting, at most 30s, for job/migrate",
            RUNNING,
            "job/migrate: API server error: it answers 503: starting",
            RUNNING,
            "stopped by SIGTERM after Ns: still waiting for job/migrate (not ready yet)",
        ],
    );
    assert_eq!(asked(&server), ["list", "watch 1", "watch 41", "watch 41"]);
}

#[test]
fn where_watching_is_forbidden_it_is_listed_again() {
    let server = Server::api(&[(JOB, &[data("job-running.json")])]).watched(JOB, &[status(403, "error-403.json")]);
    let running = Program::with_api(&server).option("--timeout=30s").start(&["job/migrate"]);
    let start = Instant::now();
    while server.requests().len() < 4 {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    server.answer(JOB, &[data("job-complete.json")]);
    let outcome = running.end();
    assert_eq!(outcome.code, Some(0));
    assert_eq!(
        outcome.lines[1..3],
        [RUNNING.to_owned(), format!("{RUNNING} (asked only now and then, since the verb `watch` is not allowed)")]
    );
    let asked = asked(&server);
    assert_eq!(asked[..2], ["list", "watch 1"]);
    assert!(asked[2..].iter().all(|request| request == "list"), "{asked:?}");
}

#[test]
fn where_listing_is_forbidden_it_is_read_by_its_name() {
    // A Role with `get` alone.
    let server = Server::api(&[("/apis/batch/v1/namespaces/rec/jobs", &[])]);
    let forbidden = status(403, "error-403.json");
    server.answer(JOB, &[forbidden, data("job-running.json"), data("job-complete.json")]);
    let outcome = wait_for_job(&server);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.lines[1], format!("{RUNNING} (asked only now and then, since the verb `list` is not allowed)"));
    assert_eq!(asked(&server), ["list", JOB, JOB]);
}

#[test]
fn retry_after_is_kept() {
    let busy = Answer::Header(429, "retry-after", "2".to_owned(), "{}".to_owned());
    let server = Server::api(&[(JOB, &[busy, data("job-complete.json")])]);
    let start = Instant::now();
    let outcome = wait_for_job(&server);
    assert_eq!((outcome.code, outcome.lines[1].as_str()), (Some(0), "job/migrate: API server error: it answers 429"));
    assert_eq!(server.requests().len(), 2);
    assert!(start.elapsed() >= Duration::from_secs(2));
}

#[test]
fn many_targets_share_one_connection() {
    let path = |at: usize| format!("/apis/batch/v1/namespaces/rec/jobs/job-{at}");
    let server = Server::api(&[]);
    for at in 0..10 {
        server.answer(&path(at), &[data("job-running.json"), data("job-complete.json")]);
    }
    let names: Vec<String> = (0..10).map(|at| format!("job/job-{at}")).collect();
    let targets: Vec<&str> = names.iter().map(String::as_str).collect();
    let outcome = Program::with_api(&server).option("--timeout=30s").wait_for(&targets);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!((server.connections(), server.requests().len()), (1, 20));
}

#[test]
fn an_api_server_is_found_by_its_name() {
    let server = Server::api(&[(JOB, &[data("job-complete.json")])]);
    let outcome = Program::with_api(&server).env("KUBERNETES_SERVICE_HOST", "localhost").wait_for(&["job/migrate"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let outcome = Program::with_api(&server).env("KUBERNETES_SERVICE_HOST", "api.test").stop_after(2, &["job/migrate"]);
    assert!(
        outcome.lines[1].starts_with("job/migrate: API server unreachable: https://api.test:"),
        "{}",
        outcome.lines[1]
    );
    assert!(outcome.lines[1].contains("name does not resolve"), "{}", outcome.lines[1]);
}
