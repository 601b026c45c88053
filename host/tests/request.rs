//! Requests as the API server would send them, and Pods as controllers would create them.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

use serde_json::{Value, json};
use waitwarden::request::{self, Identity, User, WorkloadPod, workload_pod};

fn create(object: &Value, identity: &Identity, user: User<'_>) -> Value {
    serde_json::to_value(request::create(object, identity, user)).unwrap()
}

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}, "annotations": {"a/b": "c"}, "name": "ignored"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], "newField": 1},
    })
}

fn workload(api_version: &str, kind: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": template()}})
}

fn pod(object: &Value) -> WorkloadPod {
    workload_pod(object, &Identity::of(object, "default")).unwrap()
}

#[test]
fn a_deployment_is_created() {
    let object = workload("apps/v1", "Deployment");
    let expected = json!({
        "uid": "52cd9a7f-2ca7-4c0a-8000-9a7f2ca79c0a",
        "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
        "requestKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "requestResource": {"group": "apps", "version": "v1", "resource": "deployments"},
        "name": "web",
        "namespace": "shop",
        "operation": "CREATE",
        "userInfo": {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]},
        "object": object,
        "dryRun": false,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": "CreateOptions"},
    });
    let mut request = create(&object, &Identity::of(&object, "default"), User::Person);
    request["uid"] = expected["uid"].clone();
    assert_eq!(request, expected);
    let identity = Identity::of(&object, "default");
    let payload = request::create(&object, &identity, User::Person).envelope(&json!({"mode": "mutate"})).unwrap();
    let mut payload: Value = serde_json::from_slice(&payload).unwrap();
    payload["request"]["uid"] = expected["uid"].clone();
    assert_eq!(payload, json!({"request": expected, "settings": {"mode": "mutate"}}));
}

#[test]
fn names_and_namespaces_are_those_of_the_api_server() {
    let fields = |object: Value| {
        let request = create(&object, &Identity::of(&object, "mine"), User::Person);
        (request.get("name").cloned(), request.get("namespace").cloned())
    };
    let config = |metadata: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    assert_eq!(fields(config(json!({"name": "a"}))), (Some(json!("a")), Some(json!("mine"))));
    assert_eq!(fields(config(json!({"generateName": "a-", "namespace": "b"}))), (None, Some(json!("b"))));
    assert_eq!(fields(config(json!(null))), (None, Some(json!("mine"))));
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"}});
    assert_eq!(fields(role), (Some(json!("a")), None));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}});
    assert_eq!(fields(namespace), (Some(json!("a")), Some(json!("a"))));
}

#[test]
fn the_same_object_has_the_same_uid() {
    let uid = |object: &Value| {
        create(object, &Identity::of(object, "default"), User::Person)["uid"].as_str().unwrap().to_owned()
    };
    let (web, job) = (workload("apps/v1", "Deployment"), workload("batch/v1", "Job"));
    assert_eq!(uid(&web), uid(&web));
    assert_ne!(uid(&web), uid(&job));
    let lengths: Vec<usize> = uid(&web).split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{}", uid(&web));
}

#[test]
fn the_pod_of_a_job_is_whole() {
    let object = workload("batch/v1", "Job");
    let pod = pod(&object);
    let uid = pod.object["metadata"]["ownerReferences"][0]["uid"].clone();
    let expected = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": "web-",
            "namespace": "shop",
            "labels": {"app": "web", "batch.kubernetes.io/job-name": "web", "job-name": "web"},
            "annotations": {"a/b": "c"},
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "Job", "name": "web", "uid": uid, "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {"containers": [{"name": "web", "image": "web:1"}], "newField": 1},
    });
    assert_eq!(pod.object, expected);

    let request = create(&pod.object, &pod.identity, pod.user);
    assert_eq!(request.get("name"), None, "the API server makes it up");
    assert_eq!(request["namespace"], "shop");
    let user = &request["userInfo"];
    assert_eq!(user["username"], "system:serviceaccount:kube-system:job-controller");
    assert_eq!(
        user["groups"],
        json!(["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"])
    );
}

#[test]
fn each_controller_names_and_owns_in_its_way() {
    let owner = |object: &Value| {
        let metadata = pod(object).object["metadata"].clone();
        let owner = &metadata["ownerReferences"][0];
        let name = metadata.get("name").or(metadata.get("generateName")).and_then(Value::as_str).unwrap().to_owned();
        format!("{} {} makes {name}", owner["kind"].as_str().unwrap(), owner["name"].as_str().unwrap())
    };
    assert_eq!(owner(&workload("apps/v1", "ReplicaSet")), "ReplicaSet web makes web-");
    assert_eq!(owner(&workload("apps/v1", "DaemonSet")), "DaemonSet web makes web-");
    assert_eq!(owner(&workload("v1", "ReplicationController")), "ReplicationController web makes web-");
    assert_eq!(owner(&workload("apps/v1", "StatefulSet")), "StatefulSet web makes web-0");

    let deployment = owner(&workload("apps/v1", "Deployment"));
    let hash = deployment.strip_prefix("ReplicaSet web-").and_then(|rest| rest.split(' ').next()).unwrap();
    assert_eq!(deployment, format!("ReplicaSet web-{hash} makes web-{hash}-"));
    assert_eq!(hash.len(), 10);

    let cron = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"},
        "spec": {"jobTemplate": {"spec": {"template": template()}}},
    });
    assert_eq!(owner(&cron), "Job web-29000000 makes web-29000000-");
}

#[test]
fn a_stateful_pod_has_its_claims() {
    let mut set = workload("apps/v1", "StatefulSet");
    set["spec"]["serviceName"] = json!("peers");
    set["spec"]["volumeClaimTemplates"] = json!([{"metadata": {"name": "data"}}]);
    set["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]);
    let spec = pod(&set).object["spec"].clone();
    assert_eq!((&spec["hostname"], &spec["subdomain"]), (&json!("web-0"), &json!("peers")));
    let claim = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}});
    assert_eq!(spec["volumes"], json!([{"name": "tmp", "emptyDir": {}}, claim]));
}

#[test]
fn others_make_no_pods() {
    let none = |object: Value| assert!(workload_pod(&object, &Identity::of(&object, "default")).is_none(), "{object}");
    none(json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "a"}, "template": template()}));
    none(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}}));
    none(json!({"apiVersion": "apps.kruise.io/v1", "kind": "StatefulSet", "spec": {"template": template()}}));
    none(json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": null}}));
    none(json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": "x"}));
}

#[test]
fn what_is_said_of_a_pod_has_a_place_in_its_workload() {
    let written = json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "web", "annotations": {"x/copied": "1", "a/b": "not this one"}},
        "spec": {"jobTemplate": {"spec": {"template": template()}}},
    });
    // As the policy changes it: a container in front, and a copied annotation.
    let mut changed = written.clone();
    let inner = &mut changed["spec"]["jobTemplate"]["spec"]["template"];
    inner["spec"]["containers"].as_array_mut().unwrap().insert(0, json!({"name": "added"}));
    inner["metadata"]["annotations"]["x/copied"] = json!("1");
    let pod = pod(&changed);
    let base = "/spec/jobTemplate/spec/template";
    for (pointer, expected, exact) in [
        ("/spec/containers/1/image", format!("{base}/spec/containers/0/image"), true),
        ("/spec/containers/1/readinessProbe", format!("{base}/spec/containers/0"), false),
        ("/spec/containers/0", format!("{base}/spec/containers"), false),
        ("/metadata/annotations/a~1b", format!("{base}/metadata/annotations/a~1b"), true),
        ("/metadata/annotations/x~1copied", "/metadata/annotations/x~1copied".to_owned(), true),
        ("/metadata/generateName", format!("{base}/metadata"), false),
        ("/kind", base.to_owned(), false),
        ("", base.to_owned(), true),
    ] {
        assert_eq!(pod.origin(pointer, &written), (expected, exact), "{pointer}");
    }
}
