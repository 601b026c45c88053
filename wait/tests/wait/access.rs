//! Ways to have no answer from the API server.

use crate::data::{data, status};
use crate::program::{Program, TOKEN};
use std::time::{Duration, Instant};
use waitwarden_test_servers::{Answer, Server};

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/rec/endpointslices";
const JOB: &str = "/apis/batch/v1/namespaces/rec/jobs/migrate";

/// The reason that is said, and nothing else.
#[track_caller]
fn says(program: Program, target: &str, reason: &str) {
    program.stop_after(2, &[target]).is(
        143,
        &[
            &format!("waiting, at most 30s, for {target}"),
            &format!("{target}: {reason}"),
            &format!("stopped by SIGTERM after Ns: still waiting for {target} ({})", reason.split(':').next().unwrap()),
        ],
    );
}

#[test]
fn a_forbidden_job_names_the_role() {
    let server = Server::api(&[(JOB, &[status(403, "error-403.json")])]);
    says(
        Program::with_api(&server),
        "job/migrate",
        "forbidden: the service account `nobody` of the namespace `rec` may not list jobs in the namespace `rec` (403); it needs a \
         Role in the namespace `rec` with rules: [{apiGroups: [\"batch\"], resources: [\"jobs\"], verbs: [\"get\", \"list\", \
         \"watch\"]}] and a RoleBinding there for {kind: ServiceAccount, namespace: rec, name: nobody}",
    );
}

#[test]
fn an_unknown_api_is_said() {
    let server = Server::api(&[]);
    says(
        Program::with_api(&server),
        "service/web:http",
        "no such API: the API server does not know discovery.k8s.io/v1 (404); is the cluster older than that?",
    );
}

#[test]
fn a_refused_token_is_said() {
    let server = Server::api(&[]);
    says(
        Program::with_api(&server).file("account/token", "secret-token-wrong"),
        "job/migrate",
        "forbidden: the API server does not accept the service account's token (401): it has expired, or is of another cluster; \
         once accepted, it needs a Role in the namespace `rec` with rules: [{apiGroups: [\"batch\"], resources: [\"jobs\"], \
         verbs: [\"get\", \"list\", \"watch\"]}] and a RoleBinding there for this Pod's service account",
    );
}

#[test]
fn an_untrusted_api_server_is_said_and_told_nothing() {
    let (server, other) = (Server::api(&[]), Server::api(&[]));
    says(
        Program::with_api(&server).file("account/ca.crt", &other.ca),
        "service/web:80",
        "TLS not trusted: the API server https://API: its certificate is not signed by DIR/account/ca.crt",
    );
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn an_unreachable_api_server_is_said() {
    let server = Server::api(&[]);
    says(
        Program::with_api(&server).env("KUBERNETES_SERVICE_PORT", "1"),
        "job/migrate",
        "API server unreachable: https://127.0.0.1:1: Connection refused (os error 111)",
    );
}

#[test]
fn an_api_server_in_trouble_is_said() {
    let busy = r#"{"kind":"Status","message":"too many requests, please try again later","code":429}"#;
    let server = Server::api(&[(JOB, &[Answer::Text(429, busy.to_owned())])]);
    says(
        Program::with_api(&server),
        "job/migrate",
        "API server error: it answers 429: too many requests, please try again later",
    );
    let server = Server::api(&[(JOB, &[Answer::Text(503, String::new())])]);
    says(Program::with_api(&server), "job/migrate", "API server error: it answers 503");
    let server = Server::api(&[(JOB, &[Answer::Text(200, "<html>".to_owned())])]);
    says(Program::with_api(&server), "job/migrate", "API server error: https://API answers 200 without JSON");
}

#[test]
fn an_api_server_in_trouble_is_asked_less_and_less() {
    let server = Server::api(&[(JOB, &[Answer::Text(503, String::new())])]);
    let outcome = Program::with_api(&server).option("--timeout=1s").wait_for(&["job/migrate"]);
    assert_eq!(outcome.code, Some(69));
    // At 20 ms there would be fifty.
    let asked = server.requests().len();
    assert!((3..=8).contains(&asked), "{asked}");
}

#[test]
fn an_endless_answer_is_cut_off() {
    let server = Server::api(&[(JOB, &[Answer::Text(200, " ".repeat(17 << 20))])]);
    says(
        Program::with_api(&server),
        "job/migrate",
        "API server unreachable: https://API: the answer breaks off: length limit exceeded",
    );
}

#[test]
fn outside_a_cluster_a_job_fails_for_good() {
    let why = "no access to the API: KUBERNETES_SERVICE_HOST is not set, so this is no container of a Kubernetes Pod";
    Program::new().wait_for(&["job/migrate"]).is(
        70,
        &[
            "waiting, without a time limit, for job/migrate",
            &format!("job/migrate: failed for good after Ns: {why}"),
            "failed for good after Ns: job/migrate (no access to the API)",
        ],
    );
}

#[test]
fn missing_files_of_the_service_account_are_named() {
    let server = Server::api(&[]);
    for (file, why) in
        [("ca.crt", "No such file or directory (os error 2)"), ("token", "No such file or directory (os error 2)")]
    {
        says(
            Program::with_api(&server).without(&format!("account/{file}")),
            "job/migrate",
            &format!(
                "no access to the API: DIR/account/{file} cannot be used ({why}); mount a projected volume with token, ca.crt and \
                 namespace there"
            ),
        );
    }
    says(
        Program::with_api(&server).without("account/namespace"),
        "job/migrate",
        "no access to the API: DIR/account/namespace cannot be read, so the Pod's own namespace is unknown; mount a projected \
         volume with token, ca.crt and namespace there, or write `NAMESPACE/job/migrate`",
    );
}

#[test]
fn a_token_that_cannot_be_sent_is_said() {
    let server = Server::api(&[]);
    says(
        Program::with_api(&server).file("account/token", &format!("{TOKEN}\n")),
        "job/migrate",
        "no access to the API: DIR/account/token cannot be sent: it holds a line break or another control character",
    );
}

#[test]
fn a_rotated_token_is_read_at_once() {
    let server = Server::api(&[(SLICES, &[data("endpointslices-null-endpoints.json")])]);
    let running = Program::with_api(&server).option("--timeout=20s").start(&["service/web:http"]);
    let start = Instant::now();
    while server.requests().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    running.file("account/token", "secret-token-two");
    server.answer(SLICES, &[data("endpointslices-ready-and-unready.json")]);
    server.state.lock().unwrap().token = Some("secret-token-two".to_owned());
    let outcome = running.end();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.lines.last().unwrap(), "ready after Ns: service/web:http");
    assert_ne!(TOKEN, "secret-token-two");
}

#[test]
fn a_rotated_ca_is_read_at_once() {
    let (server, other) = (Server::api(&[(JOB, &[data("job-complete.json")])]), Server::api(&[]));
    let running =
        Program::with_api(&server).file("account/ca.crt", &other.ca).option("--timeout=20s").start(&["job/migrate"]);
    std::thread::sleep(Duration::from_millis(100));
    running.file("account/ca.crt", &server.ca);
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    says(
        Program::with_api(&Server::api(&[])).env("KUBERNETES_SERVICE_HOST", "::1").env("KUBERNETES_SERVICE_PORT", "1"),
        "job/migrate",
        if has_ipv6() {
            "API server unreachable: https://[::1]:1: Connection refused (os error 111)"
        } else {
            "API server unreachable: https://[::1]:1: Cannot assign requested address (os error 99)"
        },
    );
}

fn has_ipv6() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}
