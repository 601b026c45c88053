//! The run that the documentation shows is a real one.

use crate::cell::wait_containers;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use waitwarden_test_servers::{Answer, Server, TOKEN};
use waitwarden_tests::pod::Sandbox;
use waitwarden_tests::{root, yaml};

/// The text of the block with this head.
fn block(page: &str, head: &str) -> String {
    let (_, rest) = page.split_once(&format!("```{head}\n")).expect("the block is on the page");
    rest.split_once("\n```").expect("the block has an end").0.to_owned()
}

/// Sorted lines without times: what is waited for together is said in any order.
fn comparable(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut parts = line.split("after ");
            let first = parts.next().unwrap_or_default().to_owned();
            parts.fold(first, |line, part| line + "after " + part.trim_start_matches(|c: char| c.is_ascii_digit()))
        })
        .collect();
    lines.sort_unstable();
    lines
}

fn conditions(condition: &str) -> Answer {
    let status = json!({ "active": 1, "conditions": [{ "type": condition, "status": "True" }] });
    Answer::Text(200, json!({ "metadata": {}, "status": status }).to_string())
}

fn slices(endpoints: &Value) -> Answer {
    let slice = json!({ "metadata": { "name": "postgres-1" }, "endpoints": endpoints, "ports": [{ "name": "sql" }] });
    Answer::Text(200, json!({ "metadata": { "resourceVersion": "7" }, "items": [slice] }).to_string())
}

#[test]
fn the_transcript_in_the_documentation_is_true() {
    let page = std::fs::read_to_string(root().join("docs/wait.md")).expect("the page");
    let postgres = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
    let job = "/apis/batch/v1/namespaces/shop/jobs/migrate";
    let forbidden = json!({
        "kind": "Status",
        "message": "endpointslices.discovery.k8s.io is forbidden: User \"system:serviceaccount:shop:app\" cannot list resource",
    });
    let service = json!({ "metadata": {}, "spec": { "ports": [{ "name": "sql", "port": 5432 }] } });
    let server = Server::api(&[
        (postgres, &[slices(&json!(null))]),
        ("/api/v1/namespaces/shop/services/postgres", &[Answer::Text(200, service.to_string())]),
        (job, &[conditions("Suspended")]),
        ("/apis/discovery.k8s.io/v1/namespaces/monitoring/endpointslices", &[Answer::Text(403, forbidden.to_string())]),
    ]);
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "app" },
        "spec": { "containers": [{ "name": "app", "image": "app" }] },
    });
    pod["metadata"]["annotations"] = yaml(&block(&page, "yaml"))["metadata"]["annotations"].clone();
    let container = &wait_containers(&[pod])[0];
    let mount = container["volumeMounts"][0]["mountPath"].as_str().expect("a mount");
    let account = [("token", TOKEN), ("ca.crt", server.ca.as_str()), ("namespace", "shop")];
    let sandbox = Sandbox::new(mount, &account).expect("the image: run `make wait`");
    let variables = [
        ("KUBERNETES_SERVICE_HOST", server.address.ip().to_string()),
        ("KUBERNETES_SERVICE_PORT", server.address.port().to_string()),
    ];
    let mut command = sandbox.command(container, &variables);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("bwrap runs");
    std::thread::sleep(Duration::from_millis(1500));
    server.answer(postgres, &[slices(&json!([{ "conditions": { "ready": true } }]))]);
    server.answer(job, &[conditions("Complete")]);
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    // The container of the matrix has further authorities, which this Pod has no file of.
    let log: Vec<&str> = log.lines().filter(|line| !line.starts_with("warning: the file of --ca-file")).collect();
    let log = log.join("\n");
    assert_eq!(output.status.code(), Some(69), "{log}");
    // What became ready first is listed first.
    assert_eq!(comparable(&log), comparable(&block(&page, "console transcript")), "{log}");
    assert_eq!(comparable(&sandbox.termination_message()), comparable(&block(&page, "console termination")));
}
