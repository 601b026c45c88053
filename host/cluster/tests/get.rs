//! `get_resource`, and what is an object at all.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_cluster::{Cluster, Object, UNKNOWN, World};

fn cluster(world: World, objects: &[Value]) -> Cluster {
    let mut cluster = Cluster::new(world);
    for object in objects {
        cluster.insert(object.clone(), "shop").unwrap();
    }
    cluster
}

fn get(cluster: &Cluster, api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Result<Value, String> {
    ask(
        cluster,
        &json!({"api_version": api_version, "kind": kind, "name": name, "namespace": namespace, "disable_cache": false}),
    )
}

fn ask(cluster: &Cluster, question: &Value) -> Result<Value, String> {
    let answer = cluster.answer("get_resource", question.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

fn service(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}})
}

#[test]
fn objects_are_found_where_they_live() {
    let node =
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "namespace": "written-by-mistake"}});
    let job =
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "other"}, "spec": 1});
    let cluster = cluster(World::Closed, &[service("db"), node, job.clone()]);
    assert_eq!(get(&cluster, "v1", "Service", Some("shop"), "db"), Ok(service("db")));
    assert_eq!(get(&cluster, "batch/v1", "Job", Some("other"), "j"), Ok(job));
    // A namespace makes no difference for objects of the cluster.
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    assert_eq!(get(&cluster, "v1", "Node", None, "n"), Ok(node.clone()));
    assert_eq!(get(&cluster, "v1", "Node", Some("shop"), "n"), Ok(node));
}

#[test]
fn what_is_not_there_is_unknown_or_absent() {
    let old = json!({"apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": {"name": "web"}});
    let objects = [service("db"), old];
    let failure = "Callback evaluation failure: ";
    let cases = [
        (
            ("v1", "Service", Some("shop"), "web"),
            format!("{UNKNOWN}v1 Service `web` in namespace `shop` is not among the manifests"),
            format!("{failure}Cannot find v1/Service named 'web' inside of namespace 'Some(\"shop\")'"),
        ),
        (
            ("v1", "Service", Some("other"), "db"),
            format!("{UNKNOWN}v1 Service `db` in namespace `other` is not among the manifests"),
            format!("{failure}Cannot find v1/Service named 'db' inside of namespace 'Some(\"other\")'"),
        ),
        (
            ("v1", "Namespace", None, "shop"),
            format!("{UNKNOWN}v1 Namespace `shop` is not among the manifests"),
            format!("{failure}Cannot find v1/Namespace named 'shop' inside of namespace 'None'"),
        ),
        (
            ("v1", "Namespace", Some("shop"), "shop"),
            format!("{UNKNOWN}v1 Namespace `shop` is not among the manifests"),
            format!("{failure}Cannot find v1/Namespace named 'shop' inside of namespace 'Some(\"shop\")'"),
        ),
        (
            ("v1", "Service", None, "db"),
            format!("{failure}Resource v1/Service is namespaced, but no namespace was provided"),
            format!("{failure}Resource v1/Service is namespaced, but no namespace was provided"),
        ),
        (
            ("example.com/v1", "Thing", Some("shop"), "t"),
            format!("{UNKNOWN}example.com/v1 Thing `t` in namespace `shop` is not among the manifests"),
            format!("{failure}Cannot find resource example.com/v1/Thing"),
        ),
        // Another version of the same group is never absence.
        (
            ("apps/v1", "Deployment", Some("shop"), "web"),
            format!(
                "{UNKNOWN}apps/v1 Deployment `web` in namespace `shop` is among the manifests at apps/v1beta1 only"
            ),
            format!(
                "{UNKNOWN}apps/v1 Deployment `web` in namespace `shop` is among the manifests at apps/v1beta1 only"
            ),
        ),
        (
            ("apps/v1", "Deployment", Some("shop"), "api"),
            format!("{UNKNOWN}apps/v1 Deployment `api` in namespace `shop` is not among the manifests"),
            format!("{failure}Cannot find apps/v1/Deployment named 'api' inside of namespace 'Some(\"shop\")'"),
        ),
    ];
    for ((api_version, kind, namespace, name), open, closed) in cases {
        for (world, expected) in [(World::Open, open), (World::Closed, closed)] {
            let cluster = cluster(world, &objects);
            assert_eq!(get(&cluster, api_version, kind, namespace, name), Err(expected), "{world:?}");
        }
    }
}

#[test]
fn masks_cut_as_policy_server_cuts() {
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "managedFields": [{"manager": "kubectl"}]},
        "spec": {
            "replicas": 2,
            "template": {"spec": {
                "containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y", "ports": [{"containerPort": 1}]}],
                "hostNetwork": true,
            }},
        },
        "status": {"readyReplicas": 1},
    });
    let cluster = cluster(World::Closed, std::slice::from_ref(&object));
    let masked = |masks: Value| {
        let question = json!({
            "api_version": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop", "disable_cache": true,
            "field_masks": masks,
        });
        ask(&cluster, &question)
    };
    let with = |spec: Option<Value>| {
        let mut expected = object.clone();
        let map = expected.as_object_mut().unwrap();
        map.remove("status");
        match spec {
            Some(spec) => map.insert("spec".to_owned(), spec),
            None => map.remove("spec"),
        };
        Ok(expected)
    };
    assert_eq!(masked(json!(null)), Ok(object.clone()));
    assert_eq!(masked(json!([])), Ok(object.clone()));
    // What the object is stays, whole.
    assert_eq!(masked(json!(["metadata.name"])), with(None));
    assert_eq!(masked(json!(["nothing"])), with(None));
    assert_eq!(masked(json!([""])), with(None));
    assert_eq!(masked(json!(["spec.replicas"])), with(Some(json!({"replicas": 2}))));
    assert_eq!(masked(json!(["spec"])), with(Some(object["spec"].clone())));
    // Below a number there is nothing to cut.
    assert_eq!(masked(json!(["spec.replicas.deeper"])), with(Some(json!({"replicas": 2}))));
    assert_eq!(masked(json!(["spec.none"])), with(Some(json!({}))));
    // Lists are transparent.
    assert_eq!(
        masked(json!(["spec.template.spec.containers.ports.containerPort", "spec.template.spec.containers.name"])),
        with(Some(json!({"template": {"spec": {
            "containers": [{"name": "a"}, {"name": "b", "ports": [{"containerPort": 1}]}],
        }}})))
    );
    // Of two masks on one path the narrower counts.
    assert_eq!(masked(json!(["spec", "spec.replicas"])), with(Some(json!({"replicas": 2}))));
    assert_eq!(
        masked(json!([vec!["a"; 129].join(".")])),
        Err("a field mask has more than 128 steps; no object is as deep".to_owned())
    );
}

#[test]
fn wrong_questions_are_told() {
    let cluster = cluster(World::Open, &[]);
    let expected = "; expected {api_version, kind, name, namespace?, disable_cache, field_masks?}";
    for (payload, problem) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        (r#"{"api_version":"v1","kind":"Pod","name":"a"}"#, "missing field `disable_cache` at line 1 column 44"),
        (r#"{"api_version":1}"#, "invalid type: integer `1`, expected a string at line 1 column 16"),
    ] {
        let answer = cluster.answer("get_resource", payload.as_bytes());
        assert_eq!(answer, Err(format!("get_resource: {problem}{expected}")));
    }
    assert_eq!(cluster.answer("watch", b"{}"), Err("unknown operation: watch".to_owned()));
}

#[test]
fn lists_are_taken_apart_and_what_is_no_object_is_told() {
    let mut cluster = Cluster::new(World::Open);
    let list = json!({
        "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""},
        "items": [
            service("db"),
            {"apiVersion": "v1", "kind": "Service"},
            {"apiVersion": "v1", "kind": "ServiceList", "items": [{"metadata": {"name": "web"}}, 5]},
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "migrate-"}},
            {"apiVersion": "v1", "kind": "PodList", "items": null},
        ],
    });
    assert_eq!(
        cluster.insert(list, "shop").unwrap_err().to_string(),
        "items[1]: `metadata.name` is missing; \
         items[2].items[1]: expected an object with `apiVersion`, `kind` and `metadata.name`, found a number; \
         items[3]: `metadata.name` is missing; the name that `generateName` will lead to is not known before, \
         give the object a name"
    );
    let web = json!({"metadata": {"name": "web", "namespace": "shop"}, "kind": "Service", "apiVersion": "v1"});
    assert_eq!(get(&cluster, "v1", "Service", Some("shop"), "db"), Ok(service("db")));
    assert_eq!(get(&cluster, "v1", "Service", Some("shop"), "web"), Ok(web));
    for (object, problem) in [
        (json!(null), "expected an object with `apiVersion`, `kind` and `metadata.name`, found null"),
        (json!({}), "`apiVersion` is missing"),
        (json!({"apiVersion": "v1", "metadata": {"name": "a"}}), "`kind` is missing"),
        (json!({"apiVersion": "v1", "kind": "", "metadata": {"name": "a"}}), "`kind` is empty"),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}}),
            "expected a text as `metadata.name`, found a number",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": []}}),
            "expected a text as `metadata.namespace`, found a list",
        ),
        (json!({"apiVersion": "v1", "kind": "PodList", "items": 1}), "`metadata.name` is missing"),
    ] {
        assert_eq!(cluster.insert(object, "shop").unwrap_err().problems, [problem]);
    }
    assert_eq!(cluster.objects().count(), 2);
}

#[test]
fn a_definition_says_where_objects_of_its_kind_live_whenever_it_comes() {
    let definition = |scope: &str| {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.example.com"},
            "spec": {"group": "example.com", "names": {"kind": "Thing"}, "scope": scope},
        })
    };
    let thing = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "t"}});
    let mut namespaced = thing.clone();
    namespaced["metadata"]["namespace"] = json!("shop");
    for objects in [[definition("Cluster"), thing.clone()], [thing.clone(), definition("Cluster")]] {
        let cluster = cluster(World::Closed, &objects);
        assert_eq!(get(&cluster, "example.com/v1", "Thing", None, "t"), Ok(thing.clone()));
        assert_eq!(get(&cluster, "example.com/v1", "Thing", Some("shop"), "t"), Ok(thing.clone()));
    }
    for objects in [[definition("Namespaced"), thing.clone()], [thing.clone(), definition("Namespaced")]] {
        let cluster = cluster(World::Closed, &objects);
        assert_eq!(get(&cluster, "example.com/v1", "Thing", Some("shop"), "t"), Ok(namespaced.clone()));
        assert_eq!(
            get(&cluster, "example.com/v1", "Thing", None, "t"),
            Err("Callback evaluation failure: Resource example.com/v1/Thing is namespaced, but no namespace was provided"
                .to_owned())
        );
    }
    // A scope does not change: the first definition counts.
    let twice = cluster(World::Closed, &[definition("Cluster"), thing.clone(), definition("Namespaced")]);
    assert_eq!(get(&twice, "example.com/v1", "Thing", None, "t"), Ok(thing.clone()));
    // Nobody says: it is found both ways, and nothing is written into it.
    let cluster = cluster(World::Closed, std::slice::from_ref(&thing));
    assert_eq!(get(&cluster, "example.com/v1", "Thing", None, "t"), Ok(thing.clone()));
    assert_eq!(get(&cluster, "example.com/v1", "Thing", Some("shop"), "t"), Ok(thing));
    let elsewhere =
        "Callback evaluation failure: Cannot find example.com/v1/Thing named 't' inside of namespace 'Some(\"other\")'";
    assert_eq!(get(&cluster, "example.com/v1", "Thing", Some("other"), "t"), Err(elsewhere.to_owned()));
}

#[test]
fn the_last_of_two_equal_objects_counts() {
    let mut second = service("db");
    second["spec"] = json!({"type": "ExternalName"});
    let cluster = cluster(World::Open, &[service("db"), second.clone()]);
    assert_eq!(get(&cluster, "v1", "Service", Some("shop"), "db"), Ok(second));
}

#[test]
fn all_objects_are_told_in_order() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "other"}});
    let cluster = cluster(World::Open, &[job.clone(), service("web"), node.clone(), service("db")]);
    let (db, web) = (service("db"), service("web"));
    let expected = [
        Object { group: "", version: "v1", kind: "Node", namespace: None, name: "n", value: &node },
        Object { group: "", version: "v1", kind: "Service", namespace: Some("shop"), name: "db", value: &db },
        Object { group: "", version: "v1", kind: "Service", namespace: Some("shop"), name: "web", value: &web },
        Object { group: "batch", version: "v1", kind: "Job", namespace: Some("other"), name: "j", value: &job },
    ];
    assert_eq!(cluster.objects().collect::<Vec<_>>(), expected);
}
