//! The example that the project began with, run for real: the Pod waits for `monitoring/service/grafana`, and its wait
//! container ends when the endpoint serves.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails says where")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use waitwarden_tests::api::{Answer, ApiServer, TOKEN};
use waitwarden_tests::pod::Sandbox;
use waitwarden_tests::{binary, root, yaml};

/// Where EndpointSlices of the namespace are listed.
const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/monitoring/endpointslices";

/// The Pod as `waitwarden render` writes it.
fn pod() -> Value {
    let output = Command::new(binary("waitwarden"))
        .arg("render")
        .arg(root().join("examples/grafana-client.yaml"))
        .output()
        .expect("waitwarden runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    yaml(&String::from_utf8(output.stdout).expect("UTF-8"))
}

fn slices(file: &str) -> Answer {
    (200, fs::read_to_string(root().join("wait/tests/data").join(file)).expect("an answer of a real API server"))
}

/// Runs the wait container; its exit code, log and termination message.
fn run(container: &Value, server: &ApiServer) -> (Option<i32>, String, String) {
    let mount = container["volumeMounts"][0]["mountPath"].as_str().expect("a mount");
    let volume = [("token", TOKEN), ("ca.crt", server.ca.as_str()), ("namespace", "default")];
    let sandbox = Sandbox::new(mount, &volume).expect("the static program: run `make wait`");
    let variables =
        [("KUBERNETES_SERVICE_HOST", "127.0.0.1".to_owned()), ("KUBERNETES_SERVICE_PORT", server.port.to_string())];
    let output = sandbox.command(container, &variables).stdin(Stdio::null()).output().expect("bwrap runs");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"), sandbox.termination_message())
}

#[test]
fn the_wait_container_ends_when_the_endpoint_serves() {
    let not_yet = slices("endpointslices-mirrored-not-ready.json");
    let answers =
        vec![slices("endpointslices-no-service.json"), not_yet, slices("endpointslices-ready-and-unready.json")];
    let server = ApiServer::start(BTreeMap::from([(SLICES.to_owned(), answers)])).expect("a server");
    let pod = pod();
    let container = &pod["spec"]["initContainers"][0];
    assert_eq!(container["args"], serde_json::json!(["--timeout=11m", "--", "monitoring/service/grafana"]));
    let (code, log, message) = run(container, &server);
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(message, "", "nothing is left to say");
    assert_eq!(server.asked().len(), 3, "{:?}\n{log}", server.asked());
    assert!(
        server
            .asked()
            .iter()
            .all(|path| path.starts_with(SLICES) && path.contains("kubernetes.io%2Fservice-name%3Dgrafana"))
    );
    assert!(!log.contains(TOKEN), "the token is in the log");
}

#[test]
fn the_reason_stands_in_the_termination_message_when_it_never_serves() {
    let forbidden = (403, fs::read_to_string(root().join("wait/tests/data/error-403.json")).expect("an answer"));
    let server = ApiServer::start(BTreeMap::from([(SLICES.to_owned(), vec![forbidden])])).expect("a server");
    let mut pod = pod();
    let container = &mut pod["spec"]["initContainers"][0];
    container["args"][0] = serde_json::json!("--timeout=3s");
    let (code, log, message) = run(container, &server);
    assert_eq!(code, Some(69), "{log}");
    for word in ["monitoring/service/grafana", "endpointslices", "timed out"] {
        assert!(message.contains(word), "{word} is not in the termination message: {message}");
    }
}

#[test]
fn the_rest_of_the_pod_is_as_it_should_be() {
    let before = yaml(&fs::read_to_string(root().join("examples/grafana-client.yaml")).expect("the example"));
    let mut after = pod();
    let client = &mut after["spec"]["containers"][0];
    let probe = client.as_object_mut().expect("a container").shift_remove("readinessProbe").expect("a probe");
    assert_eq!(probe["httpGet"], serde_json::json!({ "path": "/login", "port": 3000 }));
    let spec = after["spec"].as_object_mut().expect("a spec");
    assert_eq!(spec.shift_remove("initContainers").and_then(|list| Some(list.as_array()?.len())), Some(1));
    let volumes = spec.shift_remove("volumes").expect("the volume");
    assert_eq!(volumes[0]["name"], "waitwarden-api-access");
    let annotations = after["metadata"]["annotations"].as_object_mut().expect("annotations");
    let marker = annotations.shift_remove("waitwarden.io/injected").expect("the marker");
    assert_eq!(marker, r#"{"probes":["client"],"v":1}"#);
    assert_eq!(after.to_string(), before.to_string());
}
