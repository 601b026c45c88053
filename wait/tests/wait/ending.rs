//! Several dependencies, timeouts, signals, and what is left behind.

use crate::data::data;
use crate::program::Program;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use waitwarden_test_servers::Server;

const REFUSED: &str = "connection refused: 127.0.0.1:1: nobody listens there yet";

#[test]
fn what_is_not_required_is_given_up() {
    Program::new().wait_for(&["tcp://127.0.0.1:1 required=false timeout=200ms", "dns://localhost"]).is(
        0,
        &[
            "waiting, without a time limit, for tcp://127.0.0.1:1 required=false timeout=200ms, dns://localhost",
            "dns://localhost: ready after Ns",
            &format!("tcp://127.0.0.1:1: {REFUSED}"),
            &format!(
                "tcp://127.0.0.1:1: timed out after Ns: {REFUSED}; it is not required, so the wait goes on without it"
            ),
            "ready after Ns: dns://localhost; given up, not required: tcp://127.0.0.1:1 (connection refused)",
        ],
    );
}

#[test]
fn the_whole_timeout_ends_everything_at_once() {
    let outcome = Program::new().option("--timeout=300ms").wait_for(&[
        "tcp://127.0.0.1:1 timeout=1h",
        "http://127.0.0.1:1/ required=false",
        "dns://localhost",
    ]);
    assert_eq!(outcome.code, Some(69));
    assert_eq!(
        outcome.lines[4..],
        [
            format!("tcp://127.0.0.1:1: timed out after Ns: {REFUSED}"),
            format!("http://127.0.0.1:1/: timed out after Ns: {REFUSED}; it is not required, so the wait goes on without it"),
            "timed out after Ns: tcp://127.0.0.1:1 (connection refused); ready: dns://localhost; given up, not required: \
             http://127.0.0.1:1/ (connection refused)"
                .to_owned(),
        ]
    );
    assert_eq!(
        outcome.termination,
        format!("timed out after Ns\ntcp://127.0.0.1:1: {REFUSED}\nhttp://127.0.0.1:1/: {REFUSED}")
    );
}

#[test]
fn dependencies_are_waited_for_at_the_same_time() {
    let listeners: Vec<TcpListener> = (0..10).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let targets: Vec<String> =
        listeners.iter().map(|listener| format!("tcp://{} stable=500ms", listener.local_addr().unwrap())).collect();
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    let start = Instant::now();
    assert_eq!(Program::new().wait_for(&targets).code, Some(0));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn signals_end_it_at_once() {
    for (signal, name, code) in [("TERM", "SIGTERM", 143), ("INT", "SIGINT", 130)] {
        let running = Program::new().start(&["tcp://127.0.0.1:1", "dns://localhost"]);
        std::thread::sleep(Duration::from_millis(500));
        let start = Instant::now();
        running.signal(signal);
        let outcome = running.end();
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!(outcome.code, Some(code));
        assert_eq!(
            outcome.lines.last().unwrap(),
            &format!(
                "stopped by {name} after Ns: ready: dns://localhost; still waiting for tcp://127.0.0.1:1 (connection refused)"
            )
        );
        assert_eq!(outcome.termination, format!("stopped by {name} after Ns\ntcp://127.0.0.1:1: {REFUSED}"));
    }
}

#[test]
fn a_missing_termination_log_is_not_made() {
    let program = Program::new().without("termination-log");
    let path = program.path("gone");
    let outcome =
        program.env("WAITWARDEN_TERMINATION_LOG", &path.display().to_string()).file("termination-log", "untouched");
    let outcome = outcome.wait_for(&["svc/x"]);
    assert_eq!((outcome.code, outcome.termination.as_str()), (Some(64), "untouched"));
    assert!(!path.exists());
}

#[test]
fn satisfied_leaves_no_termination_message() {
    assert_eq!(Program::new().wait_for(&["dns://localhost"]).termination, "");
}

#[test]
fn json_is_one_object_a_line() {
    let server = Server::api(&[("/apis/batch/v1/namespaces/rec/jobs/migrate", &[data("job-failed.json")])]);
    let outcome =
        Program::with_api(&server).option("--log=json").wait_for(&["job/migrate required=false", "dns://localhost"]);
    assert_eq!(outcome.code, Some(0));
    let lines: Vec<serde_json::Value> = outcome.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["elapsedMillis"].is_u64()));
    let mut seen: Vec<_> = lines
        .iter()
        .map(|line| {
            [&line["event"], &line["target"], &line["reason"]].map(|word| word.as_str().unwrap_or("-").to_owned())
        })
        .collect();
    seen[1..3].sort();
    assert_eq!(
        seen,
        [
            ["start", "-", "-"],
            ["failed", "job/migrate", "the-job-failed"],
            ["ready", "dns://localhost", "-"],
            ["done", "-", "-"],
        ]
    );
}
