//! The laws of answering, tried on generated objects and questions, and on nonsense.
#![expect(clippy::indexing_slicing, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use waitwarden_cluster::rbac::{Attributes, Request, evaluate};
use waitwarden_cluster::{Cluster, World};

const OPERATIONS: [&str; 5] = ["get_resource", "list_resources_by_namespace", "list_resources_all", "can_i", "other"];

/// Words that mean something in objects and questions, and some that do not.
fn word() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "",
        "*",
        "v1",
        "apps/v1",
        "apps/v1beta1",
        "rbac.authorization.k8s.io/v1",
        "Service",
        "List",
        "ServiceList",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "apiextensions.k8s.io/v1",
        "a",
        "b",
        "shop",
        "get",
        "services",
        "*/status",
        "User",
        "Group",
        "ServiceAccount",
        "Cluster",
        "a=b",
        "a in (b",
        "!a,",
        "a.b",
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "items",
        "rules",
        "verbs",
        "apiGroups",
        "resources",
        "resourceNames",
        "roleRef",
        "subjects",
        "aggregationRule",
        "clusterRoleSelectors",
        "matchLabels",
        "matchExpressions",
        "key",
        "operator",
        "values",
        "In",
        "spec",
        "scope",
        "group",
        "names",
        "api_version",
        "field_masks",
        "label_selector",
        "field_selector",
        "disable_cache",
        "subject_access_review",
        "user",
        "groups",
        "resource_attributes",
        "resource",
        "verb",
    ];
    prop_oneof![9 => prop::sample::select(WORDS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => word().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((word(), inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

/// Something with the outer form of an object, and anything in it.
fn object() -> impl Strategy<Value = Value> {
    let kind = one_of(&["Service", "Thing", "ClusterRole", "RoleBinding"]);
    let version = one_of(&["v1", "v2", "example.com/v1", "rbac.authorization.k8s.io/v1"]);
    let namespace = one_of(&["", "shop", "bank"]);
    let labels = prop::collection::btree_map("[ab]", "[xy]", 0..3);
    let fields = prop::collection::vec((word(), any_json()), 0..4);
    let parts = (kind, version, namespace, "[a-c]", labels, fields);
    parts.prop_map(|(kind, api_version, namespace, name, labels, fields)| {
        let mut object: Map<_, _> = fields.into_iter().collect();
        object.insert("apiVersion".to_owned(), json!(api_version));
        object.insert("kind".to_owned(), json!(kind));
        object.insert("metadata".to_owned(), json!({"name": name, "namespace": namespace, "labels": labels}));
        Value::Object(object)
    })
}

/// Roles and bindings that often fit each other.
fn rights() -> impl Strategy<Value = Vec<Value>> {
    let rule = (one_of(&["get", "list", "*"]), one_of(&["services", "pods", "*"]))
        .prop_map(|(verb, resource)| json!({"verbs": [verb], "apiGroups": [""], "resources": [resource]}));
    let kind = one_of(&["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);
    let of = one_of(&["Role", "ClusterRole"]);
    let to = one_of(&["User", "Group", "ServiceAccount"]);
    let parts = (kind, "[a-c]", "[a-c]", rule, of, to, prop::bool::weighted(0.3));
    let object = parts.prop_map(|(kind, name, other, rule, of, to, aggregated)| {
        let mut object = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": {"name": name, "namespace": "shop", "labels": {"to": other}},
            "rules": [rule],
            "roleRef": {"kind": of, "name": other},
            "subjects": [{"kind": to, "name": name}],
        });
        if aggregated {
            object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"to": name}}]});
        }
        object
    });
    prop::collection::vec(object, 0..12)
}

fn objects() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![4 => object(), 1 => any_json()], 0..12)
}

fn world() -> impl Strategy<Value = World> {
    prop::sample::select(&[World::Open, World::Closed][..])
}

fn cluster(world: World, objects: &[Value]) -> Cluster {
    let mut cluster = Cluster::new(world);
    for object in objects {
        // What is no object is told, and that is all right here.
        let _told = cluster.insert(object.clone(), "default");
    }
    cluster
}

proptest! {
    #[test]
    fn every_question_has_an_answer_and_always_the_same(
        objects in objects(),
        questions in prop::collection::vec((0..OPERATIONS.len(), any_json()), 1..6),
        world in world(),
    ) {
        let (first, second) = (cluster(world, &objects), cluster(world, &objects));
        for (operation, question) in questions {
            let payload = question.to_string();
            let answer = first.answer(OPERATIONS[operation], payload.as_bytes());
            prop_assert_eq!(&first.answer(OPERATIONS[operation], payload.as_bytes()), &answer);
            prop_assert_eq!(second.answer(OPERATIONS[operation], payload.as_bytes()), answer);
        }
    }

    #[test]
    fn bytes_that_are_no_json_are_told(payload in prop::collection::vec(any::<u8>(), 0..40), operation in 0..4_usize) {
        prop_assume!(serde_json::from_slice::<Value>(&payload).is_err());
        let told = Cluster::new(World::Closed).answer(OPERATIONS[operation], &payload);
        let shows_a_question = told.unwrap_err().contains("; expected {");
        prop_assert!(shows_a_question);
    }

    /// Whatever is in the cluster is got, is in the list of its namespace, and is in the list of all.
    #[test]
    fn what_is_got_is_listed(objects in prop::collection::vec(object(), 1..12), world in world(), masks in any::<bool>()) {
        let cluster = cluster(world, &objects);
        let masks = if masks { json!(["spec", "rules.verbs"]) } else { json!(null) };
        for object in cluster.objects() {
            let api_version = &object.value["apiVersion"];
            let mut question = json!({"api_version": api_version, "kind": object.kind, "field_masks": masks});
            let ask = |operation: &str, question: &Value| -> Value {
                serde_json::from_slice(&cluster.answer(operation, question.to_string().as_bytes()).unwrap()).unwrap()
            };
            let all = ask("list_resources_all", &question);
            question["namespace"] = json!(object.namespace);
            if object.namespace.is_some() {
                let some = ask("list_resources_by_namespace", &question);
                for item in some["items"].as_array().unwrap() {
                    prop_assert!(all["items"].as_array().unwrap().contains(item));
                }
                question["name"] = json!(object.name);
                question["disable_cache"] = json!(false);
                prop_assert!(some["items"].as_array().unwrap().contains(&ask("get_resource", &question)));
            }
            question["name"] = json!(object.name);
            question["disable_cache"] = json!(false);
            prop_assert!(all["items"].as_array().unwrap().contains(&ask("get_resource", &question)));
        }
    }

    /// Rights only add up: with more objects nobody may do less, and a closed world allows what an open one allows.
    #[test]
    fn rights_add_up(
        objects in rights(),
        more in rights(),
        user in "[a-c]",
        group in "[a-c]",
        verb in one_of(&["get", "list"]),
    ) {
        let asked = Attributes {
            user,
            groups: vec![group],
            verb: verb.to_owned(),
            request: Request::Resource {
                group: String::new(),
                resource: "services".to_owned(),
                subresource: String::new(),
                namespace: "shop".to_owned(),
                name: String::new(),
            },
        };
        let open = evaluate(&cluster(World::Open, &objects), &asked);
        let closed = evaluate(&cluster(World::Closed, &objects), &asked);
        prop_assert_eq!(open.is_allowed(), closed.is_allowed());
        if open.is_allowed() {
            // What comes first is replaced, and replaces nothing.
            let both: Vec<_> = more.into_iter().chain(objects).collect();
            prop_assert!(evaluate(&cluster(World::Open, &both), &asked).is_allowed());
        }
    }
}

#[test]
fn many_threads_may_ask() {
    const fn shared<T: Send + Sync>() {}
    shared::<Cluster>();
    let objects: Vec<_> = (0..50)
        .map(|index| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": format!("s{index}")}}))
        .collect();
    let cluster = cluster(World::Closed, &objects);
    let question = br#"{"api_version":"v1","kind":"Service"}"#;
    let answers = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| cluster.answer("list_resources_all", question))).collect();
        asking.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect::<Vec<_>>()
    });
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    let answer: Value = serde_json::from_slice(&answers[0]).unwrap();
    assert_eq!(answer["items"].as_array().unwrap().len(), 50);
}
