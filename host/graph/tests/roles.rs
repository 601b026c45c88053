//! The Roles that waits need: merged, named, and no wider than that.

use serde_json::{Value, json};
use waitwarden_graph::{Workload, rbac};

/// A workload with a service account and what its targets ask for: target, namespace, group, resource.
fn workload(namespace: &str, account: &str, asks: &[(&str, Option<&str>, &str, &str)]) -> Workload {
    let dependencies: Vec<Value> = asks
        .iter()
        .map(|(target, other, group, resource)| {
            let verbs: &[&str] = match *resource {
                "services" => &["get"],
                "endpointslices" | "pods" => &["list", "watch"],
                _ => &["get", "list", "watch"],
            };
            let ask = json!({"apiGroup": group, "resource": resource, "verbs": verbs, "namespace": other});
            json!({"target": target, "namespace": other, "options": "", "span": [0, 1], "asks": [ask]})
        })
        .collect();
    let plan = json!({"serviceAccount": account, "dependencies": dependencies});
    Workload { object: json!({}), namespace: namespace.to_owned(), plan: Some(plan), timeout: None }
}

/// Name, namespace and rules of each Role, and what its binding binds.
fn shown(workloads: &[Workload]) -> Vec<Value> {
    let roles = rbac::roles(workloads);
    roles
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[role, binding]| {
            assert_eq!(role.get("kind"), Some(&json!("Role")));
            assert_eq!(binding.get("kind"), Some(&json!("RoleBinding")));
            assert_eq!(role.get("metadata"), binding.get("metadata"));
            assert_eq!(role.pointer("/metadata/name"), binding.pointer("/roleRef/name"));
            json!({
                "name": role.pointer("/metadata/name"),
                "in": role.pointer("/metadata/namespace"),
                "rules": role.get("rules"),
                "for": binding.get("subjects"),
            })
        })
        .collect()
}

#[test]
fn rights_of_one_account_in_one_namespace_are_one_role() {
    let slices = ("discovery.k8s.io", "endpointslices");
    let workloads = [
        workload(
            "shop",
            "api",
            &[
                ("service/db:5432", None, slices.0, slices.1),
                ("service/db:5432", None, "", "services"),
                ("service/cache:6379", None, "", "services"),
                ("deployment/auth", None, "apps", "deployments"),
                ("statefulset/auth", None, "apps", "statefulsets"),
                ("data/job/migrate", Some("data"), "batch", "jobs"),
            ],
        ),
        workload(
            "shop",
            "api",
            &[
                ("daemonset/node", None, "apps", "daemonsets"),
                ("pods/app=x", None, "", "pods"),
                ("service/db", None, slices.0, slices.1),
                ("data/job/import", Some("data"), "batch", "jobs"),
            ],
        ),
        workload("data", "api", &[("certificates.v1.cert-manager.io/web", None, "cert-manager.io", "certificates")]),
    ];
    let all = json!(["get", "list", "watch"]);
    let subject =
        |name: &str, namespace: &str| json!([{"kind": "ServiceAccount", "name": name, "namespace": namespace}]);
    assert_eq!(
        shown(&workloads),
        [
            json!({"name": "waitwarden-wait-api", "in": "data", "for": subject("api", "data"), "rules": [
                {"apiGroups": ["cert-manager.io"], "resources": ["certificates"], "resourceNames": ["web"], "verbs": all},
            ]}),
            json!({"name": "waitwarden-wait-api-from-shop", "in": "data", "for": subject("api", "shop"), "rules": [
                {"apiGroups": ["batch"], "resources": ["jobs"], "resourceNames": ["import", "migrate"], "verbs": all},
            ]}),
            json!({"name": "waitwarden-wait-api", "in": "shop", "for": subject("api", "shop"), "rules": [
                {"apiGroups": [""], "resources": ["services"], "resourceNames": ["cache", "db"], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
                {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "resourceNames": ["auth"], "verbs": all},
                {"apiGroups": ["apps"], "resources": ["daemonsets"], "resourceNames": ["node"], "verbs": all},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
            ]}),
        ]
    );
}

#[test]
fn a_target_that_cannot_be_read_asks_for_all_of_its_kind() {
    let asks = [("job/a", None, "batch", "jobs"), ("what is this", None, "batch", "jobs")];
    let roles = shown(&[workload("shop", "default", &asks)]);
    let rules = roles.first().and_then(|role| role.get("rules"));
    let expected = json!([{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list", "watch"]}]);
    assert_eq!(rules, Some(&expected));
}

#[test]
fn waits_that_ask_nobody_need_no_role() {
    assert_eq!(rbac::roles(&[workload("shop", "default", &[])]), [] as [Value; 0]);
}

#[test]
fn texts_that_yaml_would_read_as_something_else_are_quoted() {
    let asks =
        [("job/1e3", None, "batch", "jobs"), ("job/0x1f", None, "batch", "jobs"), ("job/no", None, "batch", "jobs")];
    let text = rbac::yaml(&rbac::roles(&[workload("123", "yes", &asks)]));
    for line in ["namespace: \"123\"", "name: \"yes\"", "  - \"0x1f\"", "  - \"1e3\"", "  - \"no\""] {
        assert!(text.lines().any(|known| known.trim_end().ends_with(line)), "{line} is not in\n{text}");
    }
}
