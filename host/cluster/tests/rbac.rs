//! Who may do what: Kubernetes' RBAC, case by case.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]
#![expect(clippy::needless_pass_by_value, reason = "JSON is written where it is used")]

use serde_json::{Value, json};
use waitwarden_cluster::rbac::{Attributes, Decision, Request, evaluate};
use waitwarden_cluster::{Cluster, World};

const RBAC: &str = "rbac.authorization.k8s.io/v1";

fn cluster(world: World, objects: &[Value]) -> Cluster {
    let mut cluster = Cluster::new(world);
    for object in objects {
        cluster.insert(object.clone(), "shop").unwrap();
    }
    cluster
}

fn role(kind: &str, name: &str, rules: Value) -> Value {
    json!({"apiVersion": RBAC, "kind": kind, "metadata": {"name": name}, "rules": rules})
}

/// A `RoleBinding` in the namespace `shop`, or a `ClusterRoleBinding`.
fn binding(kind: &str, (role_kind, role): (&str, &str), subjects: Value) -> Value {
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role});
    json!({"apiVersion": RBAC, "kind": kind, "metadata": {"name": "b"}, "roleRef": role, "subjects": subjects})
}

fn account() -> Value {
    json!([{"kind": "ServiceAccount", "name": "waiter"}])
}

/// `VERB [GROUP/]RESOURCE[:SUBRESOURCE][=NAME][@NAMESPACE]` of the service account `waiter` in `shop`.
fn request(text: &str) -> Attributes {
    let (verb, rest) = text.split_once(' ').unwrap();
    let (rest, namespace) = rest.split_once('@').unwrap_or((rest, ""));
    let (rest, name) = rest.split_once('=').unwrap_or((rest, ""));
    let (rest, subresource) = rest.split_once(':').unwrap_or((rest, ""));
    let (group, resource) = rest.split_once('/').unwrap_or(("", rest));
    let owned = str::to_owned;
    Attributes {
        user: owned("system:serviceaccount:shop:waiter"),
        groups: vec![],
        verb: owned(verb),
        request: Request::Resource {
            group: owned(group),
            resource: owned(resource),
            subresource: owned(subresource),
            namespace: owned(namespace),
            name: owned(name),
        },
    }
}

#[test]
fn rules_match_as_in_kubernetes() {
    let rule = |verbs: &[&str], groups: &[&str], resources: &[&str]| json!({"verbs": verbs, "apiGroups": groups, "resources": resources});
    let named =
        |names: Value| json!({"verbs": ["get"], "apiGroups": [""], "resources": ["services"], "resourceNames": names});
    let cases = [
        (rule(&["list"], &[""], &["services"]), "list services@shop", true),
        (rule(&["list"], &[""], &["services"]), "list services=db@shop", true),
        (rule(&["list"], &[""], &["services"]), "watch services@shop", false),
        (rule(&["list"], &[""], &["services"]), "list pods@shop", false),
        (rule(&["list"], &[""], &["services"]), "list apps/services@shop", false),
        (rule(&["list"], &[""], &["services"]), "list services@other", false),
        (rule(&["list"], &[""], &["services"]), "list services", false),
        (rule(&["list"], &[""], &["services"]), "list services:status@shop", false),
        (rule(&["get", "list"], &["apps", "batch"], &["deployments", "jobs"]), "list batch/jobs@shop", true),
        (rule(&["get", "list"], &["apps", "batch"], &["deployments", "jobs"]), "get apps/deployments=a@shop", true),
        (rule(&["*"], &[""], &["pods"]), "escalate pods@shop", true),
        (rule(&["*"], &["*"], &["pods"]), "get metrics.k8s.io/pods@shop", true),
        (rule(&["get"], &["*"], &["*"]), "get discovery.k8s.io/endpointslices@shop", true),
        (rule(&["get"], &["*"], &["*"]), "get pods:log=a@shop", true),
        (rule(&["get"], &["*"], &["*"]), "list pods@shop", false),
        (rule(&["get"], &["apps"], &["*"]), "get pods@shop", false),
        (rule(&["get"], &[""], &["pods/log"]), "get pods:log=a@shop", true),
        (rule(&["get"], &[""], &["pods/log"]), "get pods=a@shop", false),
        (rule(&["get"], &[""], &["pods/log"]), "get pods:status=a@shop", false),
        (rule(&["get"], &[""], &["pods"]), "get pods:log=a@shop", false),
        (rule(&["get"], &["*"], &["*/scale"]), "get apps/deployments:scale=a@shop", true),
        (rule(&["get"], &["*"], &["*/scale"]), "get apps/deployments:status=a@shop", false),
        (rule(&["get"], &["*"], &["*/scale"]), "get apps/scale@shop", false),
        (rule(&["get"], &["*"], &["*/ale"]), "get apps/deployments:scale=a@shop", false),
        (rule(&["get"], &["*"], &["pods/*"]), "get pods:log@shop", false),
        (rule(&[], &[""], &["pods"]), "get pods@shop", false),
        (rule(&["get"], &[], &["pods"]), "get pods@shop", false),
        // Words of a request are words, not wildcards.
        (rule(&["get"], &[""], &["pods"]), "* pods@shop", false),
        (rule(&["get"], &[""], &["pods"]), "get *@shop", false),
        (named(json!(["db", "cache"])), "get services=db@shop", true),
        (named(json!(["db", "cache"])), "get services=web@shop", false),
        (named(json!(["db", "cache"])), "get services@shop", false),
        (named(json!(["*"])), "get services=db@shop", false),
        (named(json!([])), "get services=db@shop", true),
        (named(json!(null)), "get services=db@shop", true),
        // What the API server refuses allows nothing.
        (named(json!([1])), "get services=db@shop", false),
        (named(json!("db")), "get services=db@shop", false),
        (json!([]), "get services=db@shop", false),
        (json!(null), "get services=db@shop", false),
        (json!({"verbs": ["*"], "nonResourceURLs": ["*"]}), "get services=db@shop", false),
    ];
    for (rule, asked, allowed) in cases {
        let objects = [role("Role", "r", json!([rule])), binding("RoleBinding", ("Role", "r"), account())];
        let asked_for = request(asked);
        let decision = evaluate(&cluster(World::Closed, &objects), &asked_for);
        let expected = if allowed {
            let reason =
                r#"RBAC: allowed by RoleBinding "b/shop" of Role "r" to ServiceAccount "waiter/shop""#.to_owned();
            Decision::Allowed { reason }
        } else {
            Decision::Denied { reason: format!("RBAC: no rules authorize {asked_for}") }
        };
        assert_eq!(decision, expected, "{rule} {asked}");
    }
}

#[test]
fn bindings_apply_as_in_kubernetes() {
    let read = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["services"]}]);
    let objects = [role("Role", "r", read.clone()), role("ClusterRole", "c", read)];
    let subject = |kind: &str, name: &str| json!([{"kind": kind, "name": name}]);
    let in_namespace =
        |name: &str, namespace: &str| json!([{"kind": "ServiceAccount", "name": name, "namespace": namespace}]);
    let (of, cluster_of) = ("RoleBinding", "ClusterRoleBinding");
    let (a_role, a_cluster_role) = (("Role", "r"), ("ClusterRole", "c"));
    let no: Option<&str> = None;
    let cases = [
        // A RoleBinding gives a ClusterRole in its own namespace only.
        (
            of,
            a_cluster_role,
            account(),
            "@shop",
            Some(r#"RoleBinding "b/shop" of ClusterRole "c" to ServiceAccount "waiter/shop""#),
        ),
        (of, a_cluster_role, account(), "@other", no),
        (of, a_cluster_role, account(), "", no),
        (
            cluster_of,
            a_cluster_role,
            in_namespace("waiter", "shop"),
            "@other",
            Some(r#"ClusterRoleBinding "b" of ClusterRole "c" to ServiceAccount "waiter/shop""#),
        ),
        (
            cluster_of,
            a_cluster_role,
            in_namespace("waiter", "shop"),
            "",
            Some(r#"ClusterRoleBinding "b" of ClusterRole "c" to ServiceAccount "waiter/shop""#),
        ),
        // Without a namespace a service account is in the binding's, and a ClusterRoleBinding has none.
        (cluster_of, a_cluster_role, account(), "@shop", no),
        (of, a_role, in_namespace("waiter", "other"), "@shop", no),
        (
            of,
            a_role,
            in_namespace("waiter", ""),
            "@shop",
            Some(r#"RoleBinding "b/shop" of Role "r" to ServiceAccount "waiter/shop""#),
        ),
        (of, a_role, in_namespace("other", "shop"), "@shop", no),
        // A service account is a user, and not a group.
        (
            of,
            a_role,
            subject("User", "system:serviceaccount:shop:waiter"),
            "@shop",
            Some(r#"RoleBinding "b/shop" of Role "r" to User "system:serviceaccount:shop:waiter""#),
        ),
        (of, a_role, subject("User", "waiter"), "@shop", no),
        (
            of,
            a_role,
            subject("Group", "system:serviceaccounts:shop"),
            "@shop",
            Some(r#"RoleBinding "b/shop" of Role "r" to Group "system:serviceaccounts:shop""#),
        ),
        (of, a_role, subject("Group", "system:serviceaccounts:other"), "@shop", no),
        (of, a_role, subject("Group", "system:serviceaccount:shop:waiter"), "@shop", no),
        (of, a_role, subject("Robot", "system:serviceaccount:shop:waiter"), "@shop", no),
        // The first subject that applies is the reason.
        (
            of,
            a_role,
            json!([{"kind": "User", "name": "x"}, {"kind": "Group", "name": "all"}, {"kind": "ServiceAccount", "name": "waiter"}]),
            "@shop",
            Some(r#"RoleBinding "b/shop" of Role "r" to Group "all""#),
        ),
        (of, a_role, json!(null), "@shop", no),
        (of, a_role, json!([null, 1, {"kind": 2}]), "@shop", no),
    ];
    for (kind, role, subjects, scope, reason) in cases {
        let mut asked = request(&format!("get services{scope}"));
        asked.groups = vec!["system:serviceaccounts:shop".to_owned(), "all".to_owned()];
        let mut objects = objects.to_vec();
        objects.push(binding(kind, role, subjects));
        let expected = match reason {
            Some(reason) => Decision::Allowed { reason: format!("RBAC: allowed by {reason}") },
            None => Decision::Denied { reason: format!("RBAC: no rules authorize {asked}") },
        };
        assert_eq!(evaluate(&cluster(World::Closed, &objects), &asked), expected, "{:?} {scope}", objects.last());
        if reason.is_none() {
            let reason = format!("RBAC: no rules authorize {asked}, among the manifests");
            assert_eq!(evaluate(&cluster(World::Open, &objects), &asked), Decision::Unknown { reason });
        }
    }
}

#[test]
fn groups_are_only_those_that_are_given() {
    let read = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["services"]}]);
    let everybody = json!([{"kind": "Group", "name": "system:authenticated"}]);
    let cluster = cluster(World::Closed, &[role("Role", "r", read), binding("RoleBinding", ("Role", "r"), everybody)]);
    let mut asked = request("get services@shop");
    assert!(!evaluate(&cluster, &asked).is_allowed());
    asked.groups = vec!["system:authenticated".to_owned()];
    assert!(evaluate(&cluster, &asked).is_allowed());
}

#[test]
fn requests_are_told_as_kubernetes_logs_them() {
    let mut asked = request("get apps/deployments:scale=web@shop");
    asked.groups = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(
        asked.to_string(),
        r#"user "system:serviceaccount:shop:waiter" with groups ["a" "b"] to "get" resource "deployments.apps/scale" named "web" in namespace "shop""#
    );
    assert_eq!(
        request("list nodes").to_string(),
        r#"user "system:serviceaccount:shop:waiter" with groups [] to "list" resource "nodes" cluster-wide"#
    );
    asked.request = Request::Path("/healthz".to_owned());
    assert_eq!(
        asked.to_string(),
        r#"user "system:serviceaccount:shop:waiter" with groups ["a" "b"] to "get" nonResourceURL "/healthz" cluster-wide"#
    );
}

#[test]
fn paths_match_with_a_star_at_the_end() {
    for (rule, path, allowed) in [
        ("/healthz", "/healthz", true),
        ("/healthz", "/healthz/etcd", false),
        ("/healthz/*", "/healthz/etcd", true),
        ("/healthz/*", "/healthz", false),
        ("*", "/version", true),
        ("*z", "/healthz", false),
    ] {
        let rules = json!([{"verbs": ["get"], "nonResourceURLs": [rule]}]);
        let subjects = json!([{"kind": "ServiceAccount", "name": "waiter", "namespace": "shop"}]);
        let objects = [role("ClusterRole", "c", rules), binding("ClusterRoleBinding", ("ClusterRole", "c"), subjects)];
        let mut asked = request("get x");
        asked.request = Request::Path(path.to_owned());
        assert_eq!(evaluate(&cluster(World::Closed, &objects), &asked).is_allowed(), allowed, "{rule} {path}");
    }
}

#[test]
fn masters_may_do_everything() {
    let mut asked = request("delete nodes=a");
    asked.groups = vec!["system:masters".to_owned()];
    assert_eq!(evaluate(&cluster(World::Closed, &[]), &asked), Decision::Allowed { reason: String::new() });
}

#[test]
fn a_missing_role_is_the_reason() {
    let objects = [binding("RoleBinding", ("Role", "gone"), account())];
    assert_eq!(
        evaluate(&cluster(World::Closed, &objects), &request("get services@shop")),
        Decision::Denied { reason: r#"RBAC: role.rbac.authorization.k8s.io "gone" not found"#.to_owned() }
    );
    let subjects = json!([{"kind": "ServiceAccount", "name": "waiter", "namespace": "shop"}]);
    let objects = [
        binding("RoleBinding", ("Role", "gone"), account()),
        binding("ClusterRoleBinding", ("ClusterRole", "away"), subjects),
    ];
    assert_eq!(
        evaluate(&cluster(World::Closed, &objects), &request("get services@shop")),
        Decision::Denied {
            reason: r#"RBAC: [clusterrole.rbac.authorization.k8s.io "away" not found, role.rbac.authorization.k8s.io "gone" not found]"#
                .to_owned()
        }
    );
}

fn aggregated(name: &str, labels: Value, selectors: Value) -> Value {
    json!({
        "apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name, "labels": labels},
        "aggregationRule": {"clusterRoleSelectors": selectors}, "rules": [],
    })
}

#[test]
fn aggregated_roles_hold_the_rules_that_they_select() {
    let reads = |name: &str, labels: Value, resource: &str| {
        let mut role =
            role("ClusterRole", name, json!([{"verbs": ["get"], "apiGroups": [""], "resources": [resource]}]));
        role["metadata"]["labels"] = labels;
        role
    };
    let objects = [
        reads("services", json!({"to": "outer"}), "services"),
        reads("pods", json!({"tier": "deep", "kept": "yes"}), "pods"),
        reads("secrets", json!({"tier": "deep", "kept": "no"}), "secrets"),
        reads("events", json!({"unselected": "x"}), "events"),
        // Two roles that select each other.
        aggregated(
            "outer",
            json!({"loop": "b"}),
            json!([{"matchLabels": {"to": "outer"}}, {"matchLabels": {"loop": "a"}}]),
        ),
        aggregated(
            "inner",
            json!({"loop": "a"}),
            json!([
                {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["deep"]}, {"key": "kept", "operator": "NotIn", "values": ["no"]}]},
                {"matchLabels": {"loop": "b"}},
            ]),
        ),
        aggregated(
            "refused",
            json!({}),
            json!([{"matchLabels": {"to": "outer"}}, {"matchExpressions": [{"key": "to", "operator": "Is"}]}]),
        ),
        aggregated("all", json!({}), json!([{}])),
        aggregated("none", json!({}), json!([])),
    ];
    for (bound, allowed) in [
        ("outer", [true, true, false, false]),
        ("inner", [true, true, false, false]),
        ("refused", [false; 4]),
        ("all", [true; 4]),
        ("none", [false; 4]),
    ] {
        let mut objects = objects.to_vec();
        objects.push(binding("RoleBinding", ("ClusterRole", bound), account()));
        let cluster = cluster(World::Closed, &objects);
        let found = ["services", "pods", "secrets", "events"]
            .map(|resource| evaluate(&cluster, &request(&format!("get {resource}@shop"))).is_allowed());
        assert_eq!(found, allowed, "{bound}");
    }
}

#[test]
fn written_rules_of_an_aggregated_role_count_where_the_controller_wrote_them() {
    let mut live = aggregated("live", json!({}), json!([{"matchLabels": {"to": "live"}}]));
    live["rules"] = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["services"]}]);
    let allowed = |role: &Value| {
        let objects = [role.clone(), binding("RoleBinding", ("ClusterRole", "live"), account())];
        evaluate(&cluster(World::Closed, &objects), &request("get services@shop")).is_allowed()
    };
    assert!(!allowed(&live));
    live["metadata"]["uid"] = json!("6f6a");
    assert!(allowed(&live));
}

#[test]
fn kubernetes_brings_roles() {
    let asked = |role: &str, text: &str| {
        let objects = [
            binding("RoleBinding", ("ClusterRole", role), account()),
            json!({
                "apiVersion": RBAC, "kind": "ClusterRole",
                "metadata": {"name": "crontabs", "labels": {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}},
                "rules": [{"verbs": ["create"], "apiGroups": ["example.com"], "resources": ["crontabs"]}],
            }),
        ];
        evaluate(&cluster(World::Closed, &objects), &request(text))
    };
    let allowed = |role: &str| Decision::Allowed {
        reason: format!(
            r#"RBAC: allowed by RoleBinding "b/shop" of ClusterRole "{role}" to ServiceAccount "waiter/shop""#
        ),
    };
    let unknown = |role: &str, text: &str| Decision::Unknown {
        reason: format!(
            "RBAC: no rules authorize {}, as far as is known: the ClusterRole {role:?} of Kubernetes is not among the manifests",
            request(text)
        ),
    };
    assert_eq!(asked("cluster-admin", "deletecollection x/y:z@shop"), allowed("cluster-admin"));
    for role in ["view", "edit", "admin"] {
        assert_eq!(asked(role, "watch discovery.k8s.io/endpointslices@shop"), allowed(role));
        assert_eq!(asked(role, "get secrets@shop"), unknown(role, "get secrets@shop"));
    }
    let create = "create example.com/crontabs@shop";
    assert_eq!(asked("view", create), unknown("view", create));
    assert_eq!(asked("edit", create), allowed("edit"));
    assert_eq!(asked("admin", create), allowed("admin"));
    assert_eq!(asked("system:node-reader", create), unknown("system:node-reader", create));
}

#[test]
fn too_many_aggregated_roles_are_unknown_and_quick() {
    let selects_all = |index: usize| aggregated(&format!("r{index}"), json!({}), json!([{}]));
    let mut objects: Vec<_> = (0..1100).map(selects_all).collect();
    objects.push(binding("RoleBinding", ("ClusterRole", "r1"), account()));
    let asked = request("get services@shop");
    assert_eq!(
        evaluate(&cluster(World::Closed, &objects), &asked),
        Decision::Unknown {
            reason: format!(
                "RBAC: no rules authorize {asked}, as far as is known: there are too many aggregated ClusterRoles"
            )
        }
    );
}

#[test]
fn only_the_served_version_counts() {
    let mut objects = [
        role("Role", "r", json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["services"]}])),
        binding("RoleBinding", ("Role", "r"), account()),
    ];
    objects[1]["apiVersion"] = json!("rbac.authorization.k8s.io/v1beta1");
    assert!(!evaluate(&cluster(World::Closed, &objects), &request("get services@shop")).is_allowed());
}
