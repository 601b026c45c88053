//! Workloads, Pods and custom resources.

use crate::data::{data, status, text};
use crate::program::Program;
use serde_json::{Value, json};
use waitwarden_test_servers::{Answer, Server};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/rec/deployments/web";
const STATEFUL_SET: &str = "/apis/apps/v1/namespaces/rec/statefulsets/web";
const DAEMON_SET: &str = "/apis/apps/v1/namespaces/rec/daemonsets/web";
const PODS: &str = "/api/v1/namespaces/rec/pods";
const DATABASE: &str = "/apis/example.com/v1/namespaces/rec/databases/main";
const MAIN: &str = "databases.v1.example.com/main";

/// A file of `tests/data` with other values; null: none.
fn with(file: &str, values: &[(&str, Value)]) -> Answer {
    let mut json: Value = serde_json::from_str(&text(file)).unwrap();
    for (pointer, value) in values {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match json.pointer_mut(parent).unwrap() {
            Value::Object(map) if value.is_null() => drop(map.remove(key)),
            Value::Object(map) => drop(map.insert(key.to_owned(), value.clone())),
            Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            other => assert_eq!(*other, Value::Null, "{pointer}"),
        }
    }
    Answer::Text(200, json.to_string())
}

/// Ready at once, perhaps with a remark.
#[track_caller]
fn is_ready(path: &str, answer: Answer, item: &str, remark: &str) {
    let target = item.split(' ').next().unwrap();
    Program::with_api(&Server::api(&[(path, &[answer])])).option("--timeout=20s").wait_for(&[item]).is(
        0,
        &[
            &format!("waiting, at most 20s, for {item}"),
            &format!("{target}: ready after Ns{remark}"),
            &format!("ready after Ns: {target}"),
        ],
    );
}

/// Not ready, for this reason.
#[track_caller]
fn says(path: &str, answer: Answer, item: &str, reason: &str) {
    let target = item.split(' ').next().unwrap();
    Program::with_api(&Server::api(&[(path, &[answer])])).stop_after(2, &[item]).is(
        143,
        &[
            &format!("waiting, at most 30s, for {item}"),
            &format!("{target}: {reason}"),
            &format!("stopped by SIGTERM after Ns: still waiting for {target} ({})", reason.split(':').next().unwrap()),
        ],
    );
}

/// Not ready for this reason, then ready.
#[track_caller]
fn becomes_ready(path: &str, answers: &[Answer], target: &str, reason: &str) -> Vec<String> {
    let server = Server::api(&[(path, answers)]);
    Program::with_api(&server).option("--timeout=20s").wait_for(&[target]).is(
        0,
        &[
            &format!("waiting, at most 20s, for {target}"),
            &format!("{target}: {reason}"),
            &format!("{target}: ready after Ns"),
            &format!("ready after Ns: {target}"),
        ],
    );
    server.requests()
}

/// The requests of a list and a watch from its version on.
fn listed_and_watched(path: &str, version: u32) -> [String; 2] {
    let watch = format!("watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds=N");
    [format!("{path}&resourceVersion=0"), format!("{path}&{watch}")]
}

/// 403; `may` and `role` are what is said of it.
#[track_caller]
fn is_forbidden(path: &str, target: &str, may: &str, role: &str) {
    says(
        path,
        status(403, "error-403.json"),
        target,
        &format!(
            "forbidden: the service account `nobody` of the namespace `rec` may not {may} in the namespace `rec` (403); it needs \
             a Role in the namespace `rec` with rules: [{role}] and a RoleBinding there for {{kind: ServiceAccount, namespace: \
             rec, name: nobody}}"
        ),
    );
}

#[test]
fn a_deployment_that_becomes_available_ends_the_wait() {
    is_ready(DEPLOYMENT, data("deployment-ready.json"), "deployment/web", "");
    let asked = becomes_ready(
        DEPLOYMENT,
        &[data("deployment-half-ready.json"), data("deployment-ready.json")],
        "deployment/web",
        "not ready yet: 1 of 2 replicas are ready, too few for its condition Available",
    );
    assert_eq!(
        asked,
        listed_and_watched("/apis/apps/v1/namespaces/rec/deployments?fieldSelector=metadata.name%3Dweb", 1)
    );
    let none = with("deployment-half-ready.json", &[("/status/readyReplicas", Value::Null)]);
    says(DEPLOYMENT, none, "deployment/web", "not ready yet: 0 of 2 replicas are ready");
    let fresh = with("deployment-ready.json", &[("/status", Value::Null), ("/spec/replicas", Value::Null)]);
    says(DEPLOYMENT, fresh, "deployment/web", "not ready yet: 0 of 1 replicas are ready");
}

#[test]
fn available_without_a_ready_replica_is_not_enough() {
    // As with `maxUnavailable: 100%`.
    let answer = with("deployment-ready.json", &[("/status/readyReplicas", Value::Null)]);
    says(DEPLOYMENT, answer, "deployment/web", "not ready yet: 0 of 2 replicas are ready");
}

#[test]
fn all_replicas_of_a_deployment_are_updated_and_ready() {
    let item = "deployment/web replicas=all";
    is_ready(DEPLOYMENT, data("deployment-ready.json"), item, "");
    says(DEPLOYMENT, data("deployment-half-ready.json"), item, "not ready yet: 1 of 2 replicas are ready");
    for (values, reason) in [
        (vec![("/metadata/generation", json!(2))], "its controller has not seen its newest generation yet"),
        (vec![("/status", Value::Null)], "its controller has not seen its newest generation yet"),
        (vec![("/status/updatedReplicas", json!(1))], "1 of 2 replicas are updated, 2 of 2 are ready"),
        (
            vec![("/status/updatedReplicas", Value::Null), ("/spec/paused", json!(true))],
            "0 of 2 replicas are updated, 2 of 2 are ready; the Deployment is paused",
        ),
        (
            vec![("/status/replicas", json!(3))],
            "2 of 3 replicas are ready, where 2 are wanted: not all old ones are gone",
        ),
    ] {
        says(DEPLOYMENT, with("deployment-ready.json", &values), item, &format!("not ready yet: {reason}"));
    }
    // Both new ones are ready, and so is the old one.
    let surge = with("deployment-ready.json", &[("/status/replicas", json!(3)), ("/status/readyReplicas", json!(3))]);
    is_ready(DEPLOYMENT, surge, item, "");
}

#[test]
fn a_stateful_set_with_a_ready_replica_ends_the_wait() {
    is_ready(STATEFUL_SET, data("statefulset-ready.json"), "statefulset/web", "");
    let none = with("statefulset-ready.json", &[("/spec/replicas", json!(3)), ("/status/readyReplicas", Value::Null)]);
    becomes_ready(
        STATEFUL_SET,
        &[none, with("statefulset-ready.json", &[("/spec/replicas", json!(3))])],
        "statefulset/web",
        "not ready yet: 0 of 3 replicas are ready",
    );
}

#[test]
fn all_replicas_of_a_stateful_set_are_updated_and_ready() {
    let item = "statefulset/web replicas=all";
    is_ready(STATEFUL_SET, data("statefulset-ready.json"), item, "");
    let three = |new: u64, ready: u64, more: &[(&str, Value)]| {
        let mut values = vec![
            ("/spec/replicas", json!(3)),
            ("/status/replicas", json!(3)),
            ("/status/currentReplicas", json!(3 - new)),
            ("/status/updatedReplicas", json!(new)),
            ("/status/readyReplicas", json!(ready)),
            ("/status/currentRevision", json!("ready-old")),
        ];
        values.extend_from_slice(more);
        with("statefulset-ready.json", &values)
    };
    let on_delete = [("/spec/updateStrategy", json!({ "type": "OnDelete" }))];
    let partition = [("/spec/updateStrategy/rollingUpdate/partition", json!(1))];
    for (answer, reason) in [
        (three(1, 2, &[]), "1 of 3 replicas are updated, 2 of 3 are ready"),
        (three(3, 2, &[]), "2 of 3 replicas are ready"),
        (three(1, 3, &partition), "1 of 2 replicas are updated (the partition keeps 1 old), 3 of 3 are ready"),
        (three(2, 2, &partition), "2 of 3 replicas are ready"),
        (
            three(0, 3, &on_delete),
            "0 of 3 replicas are updated, 3 of 3 are ready; its update strategy is OnDelete: a Pod is updated when somebody \
             deletes it",
        ),
    ] {
        says(STATEFUL_SET, answer, item, &format!("not ready yet: {reason}"));
    }
    is_ready(STATEFUL_SET, three(2, 3, &partition), item, "");
    // With OnDelete the current revision stays the old one.
    is_ready(STATEFUL_SET, three(3, 3, &on_delete), item, "");
    let no_update = with("statefulset-ready.json", &[("/status/updatedReplicas", Value::Null)]);
    is_ready(STATEFUL_SET, no_update, item, "");
}

#[test]
fn a_daemon_set_with_a_ready_pod_ends_the_wait() {
    is_ready(DAEMON_SET, data("daemonset-ready.json"), "daemonset/web", "");
    let two = ("/status/desiredNumberScheduled", json!(2));
    becomes_ready(
        DAEMON_SET,
        &[
            with("daemonset-ready.json", &[two.clone(), ("/status/numberReady", json!(0))]),
            with("daemonset-ready.json", &[two]),
        ],
        "daemonset/web",
        "not ready yet: 0 of 2 replicas are ready",
    );
    let fresh = with("daemonset-ready.json", &[("/status", json!({ "desiredNumberScheduled": 0, "numberReady": 0 }))]);
    let unseen = "not ready yet: its controller has not seen its newest generation yet";
    says(DAEMON_SET, fresh.clone(), "daemonset/web", unseen);
    says(DAEMON_SET, fresh, "daemonset/web replicas=all", unseen);
}

#[test]
fn all_pods_of_a_daemon_set_are_updated_and_ready() {
    let item = "daemonset/web replicas=all";
    is_ready(DAEMON_SET, data("daemonset-ready.json"), item, "");
    let two = ("/status/desiredNumberScheduled", json!(2));
    says(
        DAEMON_SET,
        with("daemonset-ready.json", std::slice::from_ref(&two)),
        item,
        "not ready yet: 1 of 2 replicas are updated, 1 of 2 are ready",
    );
    let updated = with("daemonset-ready.json", &[two, ("/status/updatedNumberScheduled", json!(2))]);
    says(DAEMON_SET, updated, item, "not ready yet: 1 of 2 replicas are ready");
}

#[test]
fn what_is_scaled_to_zero_is_never_ready_but_wholly_rolled_out() {
    let zero = ("/spec/replicas", json!(0));
    let none = ("/status", json!({ "observedGeneration": 1, "desiredNumberScheduled": 0, "replicas": 0 }));
    let up = "not ready yet: it is scaled to zero: no replica gets ready before it is scaled up";
    let node = "not ready yet: it is scaled to zero: no node is to run it";
    // A Deployment of no replicas is Available.
    let deployment = with("deployment-ready.json", std::slice::from_ref(&zero));
    for (path, answer, target, reason) in [
        (DEPLOYMENT, deployment, "deployment/web", up),
        (STATEFUL_SET, with("statefulset-ready.json", &[zero, none.clone()]), "statefulset/web", up),
        (DAEMON_SET, with("daemonset-ready.json", &[none]), "daemonset/web", node),
    ] {
        says(path, answer.clone(), target, reason);
        is_ready(path, answer, &format!("{target} replicas=all"), " (it is scaled to zero)");
    }
}

#[test]
fn a_ready_pod_ends_the_wait() {
    is_ready(PODS, data("pods-ready.json"), "pods/app=web", "");
    is_ready(PODS, data("pods-half-ready.json"), "pods/app=web", "");
    let asked = becomes_ready(
        PODS,
        &[data("pods-none.json"), data("pods-half-ready.json")],
        "pods/app.kubernetes.io/name=web&tier=",
        "not ready yet: no Pod has these labels in the namespace `rec`",
    );
    let selector = "app.kubernetes.io%2Fname%3Dweb%2Ctier%3D";
    assert_eq!(asked, listed_and_watched(&format!("{PODS}?labelSelector={selector}"), 396));
}

#[test]
fn unready_and_terminating_pods_are_not_ready() {
    let gone = ("/items/0/metadata/deletionTimestamp", json!("2026-11-23T16:43:07Z"));
    let unready = ("/items/0/status/conditions", Value::Null);
    says(PODS, with("pods-half-ready.json", &[unready]), "pods/app=web", "not ready yet: 0 of 2 Pods are ready");
    says(
        PODS,
        with("pods-half-ready.json", &[gone]),
        "pods/app=web",
        "not ready yet: 0 of 2 Pods are ready, 1 terminating",
    );
    let null = Answer::Text(200, json!({ "kind": "PodList", "items": null }).to_string());
    says(PODS, null, "pods/app=web", "not ready yet: no Pod has these labels in the namespace `rec`");
}

#[test]
fn a_custom_resource_with_its_condition_ends_the_wait() {
    is_ready(DATABASE, data("customresource-ready.json"), MAIN, "");
    let condition = |status: &str, reason: &str, message: &str| {
        let condition = json!([{ "type": "Ready", "status": status, "reason": reason, "message": message }]);
        with("customresource-ready.json", &[("/status/conditions", condition)])
    };
    let asked = becomes_ready(
        DATABASE,
        &[condition("False", "Down", "the disk is full"), data("customresource-ready.json")],
        MAIN,
        "not ready yet: its condition `Ready` is False: Down: the disk is full",
    );
    assert_eq!(
        asked,
        listed_and_watched("/apis/example.com/v1/namespaces/rec/databases?fieldSelector=metadata.name%3Dmain", 1)
    );
    for (answer, reason) in [
        (condition("Unknown", "", ""), "its condition `Ready` is Unknown".to_owned()),
        (condition("False", "", &"ä".repeat(301)), format!("its condition `Ready` is False: {}…", "ä".repeat(300))),
        (
            with("customresource-ready.json", &[("/status", Value::Null)]),
            "it has no conditions yet; `Ready` is waited for".to_owned(),
        ),
    ] {
        says(DATABASE, answer, MAIN, &format!("not ready yet: {reason}"));
    }
}

#[test]
fn another_condition_may_be_named() {
    let answer = || data("customresource-ready.json");
    says(
        DATABASE,
        answer(),
        &format!("{MAIN} condition=Degraded"),
        "not ready yet: its condition `Degraded` is False: No",
    );
    says(
        DATABASE,
        answer(),
        &format!("{MAIN} condition=Synced"),
        "not ready yet: it has no condition `Synced`; it has `Ready`, `Degraded`, and `condition=` may name another one",
    );
    let degraded = with("customresource-ready.json", &[("/status/conditions/1/status", json!("True"))]);
    is_ready(DATABASE, degraded, &format!("{MAIN} condition=Degraded"), "");
}

#[test]
fn a_custom_resource_without_its_api_is_said() {
    says(
        "/",
        data("customresource-ready.json"),
        MAIN,
        "no such API: the API server does not know databases of example.com/v1 in namespaces (404); is the CRD installed, and \
         does it serve this version?",
    );
}

#[test]
fn missing_objects_are_waited_for() {
    for (path, target, object, ready) in [
        (DEPLOYMENT, "deployment/web", "Deployment `web`", "deployment-ready.json"),
        (STATEFUL_SET, "statefulset/web", "StatefulSet `web`", "statefulset-ready.json"),
        (DAEMON_SET, "daemonset/web", "DaemonSet `web`", "daemonset-ready.json"),
        (DATABASE, MAIN, "databases.example.com `main`", "customresource-ready.json"),
    ] {
        let answers = [status(404, "error-404-object.json"), data(ready)];
        let reason = format!("no such object: there is no {object} in the namespace `rec`");
        becomes_ready(path, &answers, target, &reason);
    }
}

#[test]
fn what_is_forbidden_names_the_role() {
    for (path, target, resource) in [
        (DEPLOYMENT, "deployment/web", "deployments"),
        (STATEFUL_SET, "statefulset/web", "statefulsets"),
        (DAEMON_SET, "daemonset/web", "daemonsets"),
    ] {
        let role =
            format!("{{apiGroups: [\"apps\"], resources: [\"{resource}\"], verbs: [\"get\", \"list\", \"watch\"]}}");
        is_forbidden(path, target, &format!("list {resource}"), &role);
    }
    let role = r#"{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}"#;
    is_forbidden(PODS, "pods/app=web", "list pods", role);
    let role = r#"{apiGroups: ["example.com"], resources: ["databases"], verbs: ["get", "list", "watch"]}"#;
    is_forbidden(DATABASE, MAIN, "list databases", role);
}

#[test]
fn another_namespace_is_asked_there() {
    for (path, target, file) in [
        ("/apis/apps/v1/namespaces/db/statefulsets/web", "db/statefulset/web", "statefulset-ready.json"),
        ("/api/v1/namespaces/db/pods", "db/pods/app=web", "pods-ready.json"),
        (
            "/apis/example.com/v1/namespaces/db/databases/main",
            "db/databases.v1.example.com/main",
            "customresource-ready.json",
        ),
    ] {
        is_ready(path, data(file), target, "");
    }
}
