//! `list_resources_by_namespace` and `list_resources_all`.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_cluster::{Cluster, INCOMPLETE, World};

fn service(namespace: &str, name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": app}},
        "spec": {"clusterIP": "None", "ports": [{"port": 80, "name": "http"}]},
    })
}

fn cluster(world: World) -> Cluster {
    let mut cluster = Cluster::new(world);
    for (namespace, name, app) in
        [("shop", "web", "web"), ("shop", "db", "db"), ("bank", "web", "web"), ("shop-2", "web", "web")]
    {
        cluster.insert(service(namespace, name, app), "default").unwrap();
    }
    for namespace in ["shop", "bank"] {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        cluster.insert(object, "default").unwrap();
    }
    cluster
}

/// Asks for all, or for a namespace when the question has one.
fn list(cluster: &Cluster, question: &Value) -> Result<Value, String> {
    let operation =
        if question.get("namespace").is_some() { "list_resources_by_namespace" } else { "list_resources_all" };
    let first = cluster.answer(operation, question.to_string().as_bytes());
    // The second answer is the one that was kept.
    assert_eq!(cluster.answer(operation, question.to_string().as_bytes()), first);
    Ok(serde_json::from_slice(&first?).unwrap())
}

fn closed(api_version: &str, kind: &str, items: &[Value]) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"resourceVersion": ""}, "items": items})
}

#[test]
fn lists_are_sorted_by_namespace_and_name() {
    let all = [
        service("bank", "web", "web"),
        service("shop", "db", "db"),
        service("shop", "web", "web"),
        service("shop-2", "web", "web"),
    ];
    let question = json!({"api_version": "v1", "kind": "Service"});
    assert_eq!(list(&cluster(World::Closed), &question), Ok(closed("v1", "ServiceList", &all)));
    let question = json!({"api_version": "v1", "kind": "Service", "namespace": "shop"});
    assert_eq!(list(&cluster(World::Closed), &question), Ok(closed("v1", "ServiceList", &all[1..3])));
    let question = json!({"api_version": "v1", "kind": "Service", "namespace": "none"});
    assert_eq!(list(&cluster(World::Closed), &question), Ok(closed("v1", "ServiceList", &[])));
    let question = json!({"api_version": "batch/v1", "kind": "Job"});
    assert_eq!(list(&cluster(World::Closed), &question), Ok(closed("batch/v1", "JobList", &[])));
    let names = ["bank", "shop"];
    let names = names.map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    let question = json!({"api_version": "v1", "kind": "Namespace"});
    assert_eq!(list(&cluster(World::Closed), &question), Ok(closed("v1", "NamespaceList", &names)));
}

#[test]
fn bytes_are_those_of_the_manifest() {
    let mut cluster = Cluster::new(World::Closed);
    let text =
        r#"{"kind":"Service","apiVersion":"v1","spec":{"b":1.0,"a":1e2},"metadata":{"name":"z","namespace":"n"}}"#;
    cluster.insert(serde_json::from_str(text).unwrap(), "default").unwrap();
    let answer = cluster.answer("list_resources_all", br#"{"api_version":"v1","kind":"Service"}"#).unwrap();
    assert_eq!(
        String::from_utf8(answer).unwrap(),
        r#"{"apiVersion":"v1","kind":"ServiceList","metadata":{"resourceVersion":""},"items":[{"kind":"Service","apiVersion":"v1","spec":{"b":1.0,"a":100.0},"metadata":{"name":"z","namespace":"n"}}]}"#
    );
}

#[test]
fn an_open_world_says_that_there_may_be_more() {
    let metadata = |question: &Value| list(&cluster(World::Open), question).map(|answer| answer["metadata"].clone());
    let more = Ok(json!({"resourceVersion": "", "continue": INCOMPLETE}));
    assert_eq!(metadata(&json!({"api_version": "v1", "kind": "Service"})), more);
    assert_eq!(metadata(&json!({"api_version": "example.com/v1", "kind": "Thing", "namespace": "shop"})), more);
}

#[test]
fn objects_at_another_version_make_a_list_incomplete() {
    let mut cluster = Cluster::new(World::Closed);
    for (version, namespace) in [("v1", "a"), ("v1beta1", "b"), ("v1beta2", "b")] {
        let object = json!({
            "apiVersion": format!("apps/{version}"), "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace},
        });
        cluster.insert(object, "default").unwrap();
    }
    let metadata = |question: &Value| list(&cluster, question).map(|answer| answer["metadata"].clone());
    let in_a = json!({"api_version": "apps/v1", "kind": "Deployment", "namespace": "a"});
    assert_eq!(metadata(&in_a), Ok(json!({"resourceVersion": ""})));
    let more = Ok(json!({"resourceVersion": "", "continue": "there are objects at apps/v1beta1, apps/v1beta2 too"}));
    assert_eq!(metadata(&json!({"api_version": "apps/v1", "kind": "Deployment", "namespace": "b"})), more);
    assert_eq!(metadata(&json!({"api_version": "apps/v1", "kind": "Deployment"})), more);
}

#[test]
fn selectors_choose() {
    let cluster = cluster(World::Closed);
    for (labels, fields, names) in [
        (json!("app=web"), json!(null), vec!["bank/web", "shop/web", "shop-2/web"]),
        (json!("app in (db)"), json!(null), vec!["shop/db"]),
        (json!("!app"), json!(null), vec![]),
        (json!(null), json!("metadata.name=web,metadata.namespace!=bank"), vec!["shop/web", "shop-2/web"]),
        (json!("app"), json!("metadata.namespace=shop"), vec!["shop/db", "shop/web"]),
        (json!(""), json!("spec.clusterIP!=None"), vec![]),
    ] {
        let question =
            json!({"api_version": "v1", "kind": "Service", "label_selector": labels, "field_selector": fields});
        let answer = list(&cluster, &question).unwrap();
        let text = |item: &Value, pointer: &str| item.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let items = answer["items"].as_array().unwrap().iter();
        let found = items.map(|item| format!("{}/{}", text(item, "/metadata/namespace"), text(item, "/metadata/name")));
        assert_eq!(found.collect::<Vec<_>>(), names, "{question}");
    }
}

#[test]
fn masks_cut_and_what_machines_left_is_left_out() {
    let mut cluster = Cluster::new(World::Closed);
    let object = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {
            "name": "web", "namespace": "shop", "managedFields": [{"manager": "kubectl"}],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "z": "1", "a": "2"},
        },
        "spec": {"type": "ClusterIP", "ports": [{"port": 80, "name": "http"}]},
    });
    cluster.insert(object, "default").unwrap();
    let metadata = json!({"name": "web", "namespace": "shop", "annotations": {"z": "1", "a": "2"}});
    let question = json!({"api_version": "v1", "kind": "Service", "field_masks": ["spec.ports.port"]});
    let item = json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}});
    assert_eq!(list(&cluster, &question), Ok(closed("v1", "ServiceList", &[item])));
}

#[test]
fn wrong_questions_are_told() {
    let failure = "Callback evaluation failure: ";
    for (question, problem) in [
        (
            json!({"api_version": "v1", "kind": "Node", "namespace": "shop"}),
            format!("{failure}resource v1/Node is cluster wide. Cannot search for it inside of a namespace"),
        ),
        (json!({"api_version": "v1", "kind": "Thing"}), format!("{failure}Cannot find resource v1/Thing")),
        (
            json!({"api_version": "v1", "kind": "Service", "label_selector": "a in b"}),
            "invalid label selector `a in b`: found `b`, expected `(`".to_owned(),
        ),
        (
            json!({"api_version": "v1", "kind": "Service", "field_selector": "a"}),
            "invalid field selector `a`: cannot understand `a`, expected PATH=VALUE, PATH==VALUE or PATH!=VALUE"
                .to_owned(),
        ),
        (
            json!({"api_version": "v1"}),
            "list_resources_all: missing field `kind` at line 1 column 20; \
             expected {api_version, kind, label_selector?, field_selector?, field_masks?}"
                .to_owned(),
        ),
        (
            json!({"namespace": 1}),
            "list_resources_by_namespace: invalid type: integer `1`, expected a string at line 1 column 14; \
             expected {api_version, kind, namespace, label_selector?, field_selector?, field_masks?}"
                .to_owned(),
        ),
    ] {
        assert_eq!(list(&cluster(World::Closed), &question), Err(problem));
    }
}

#[test]
fn what_comes_later_is_in_the_next_answer() {
    let mut cluster = Cluster::new(World::Closed);
    let question = json!({"api_version": "v1", "kind": "Service"});
    assert_eq!(list(&cluster, &question), Ok(closed("v1", "ServiceList", &[])));
    cluster.insert(service("shop", "db", "db"), "default").unwrap();
    assert_eq!(list(&cluster, &question), Ok(closed("v1", "ServiceList", &[service("shop", "db", "db")])));
}
