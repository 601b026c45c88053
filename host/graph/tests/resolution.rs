//! What stands behind a target: each form of it, with the Service there or not.
#![expect(clippy::indexing_slicing, reason = "a test that fails says where")]

#[path = "support/input.rs"]
mod input;

use input::{deployment, object, service, workload};
use serde_json::json;
use waitwarden_graph::{Graph, Object, Presence, Timeouts, Workload};

/// The manifests that all targets are looked for in.
fn manifests() -> (Vec<Workload>, Vec<Object>) {
    let mut canary = deployment("shop", "web-canary", &[]);
    canary.object["spec"]["template"]["metadata"]["labels"] = json!({"app": "web", "track": "canary"});
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"}, "spec": {}});
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-7d-x", "labels": {"app": "web"}, "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d", "controller": true},
        ]},
    });
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": "web-7d", "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": true},
        ]},
    });
    let bare = |object| Workload { object, namespace: "shop".to_owned(), plan: None, timeout: None };
    let workloads = vec![
        deployment("shop", "web", &[]),
        canary,
        workload("apps/v1", "StatefulSet", "shop", "db", &[]),
        workload("apps/v1", "DaemonSet", "shop", "agent", &[]),
        workload("batch/v1", "Job", "shop", "migrate", &[]),
        bare(cron),
        bare(pod),
        bare(set),
        workload("argoproj.io/v1alpha1", "Rollout", "shop", "cart", &[]),
        deployment("other", "web", &[]),
    ];
    let named =
        |name: &str, spec| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec});
    let certificate = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "web"}});
    let spare = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "spare"}});
    let external = |host: &str| json!({"type": "ExternalName", "externalName": host});
    let objects = vec![
        service("shop", "web", "web"),
        service("shop", "db", "db"),
        service("shop", "cart", "cart"),
        service("other", "web", "web"),
        service("shop", "nobody", "nobody"),
        object("shop", named("bare", json!({}))),
        object("shop", named("elsewhere", external("db.example.com."))),
        object("shop", named("alias", external("db.shop.svc.cluster.local"))),
        object("shop", named("round", external("round.shop.svc"))),
        object("shop", certificate),
        object("shop", spare),
    ];
    (workloads, objects)
}

/// Where a dependency of `shop/deployment/app` leads: ids, and `?` for unknown, `*` for outside.
fn behind(target: &str) -> Vec<String> {
    let (mut workloads, objects) = manifests();
    workloads.push(deployment("shop", "app", &[target]));
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    assert_eq!(graph.problems(), [] as [&str; 0], "{target}");
    graph
        .edges()
        .iter()
        .map(|edge| {
            assert_eq!(graph.nodes()[edge.from].id, "shop/deployment/app");
            let node = &graph.nodes()[edge.to];
            let mark = match node.presence {
                Presence::Known => "",
                Presence::Unknown => "?",
                Presence::External => "*",
            };
            let note = node.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            format!("{mark}{}{note}", node.id)
        })
        .collect()
}

#[test]
fn targets_lead_to_what_stands_behind_them() {
    for (target, expected) in [
        ("service/db:5432", &["shop/statefulset/db"][..]),
        ("service/web:80", &["shop/deployment/web", "shop/deployment/web-canary"]),
        ("other/service/web:80", &["other/deployment/web"]),
        ("service/cart", &["shop/rollout.argoproj.io/cart"]),
        ("service/nobody:80", &["shop/service/nobody: selects no workload of the manifests"]),
        ("service/bare:80", &["shop/service/bare: has no selector"]),
        ("service/missing:80", &["?shop/service/missing"]),
        ("other/service/db", &["?other/service/db"]),
        ("service/elsewhere", &["*host/db.example.com"]),
        ("service/alias", &["shop/statefulset/db"]),
        ("service/round", &["shop/service/round: is one of many ExternalNames that lead to each other"]),
        ("deployment/web", &["shop/deployment/web"]),
        ("deployment/db", &["?shop/deployment/db"]),
        ("statefulset/db", &["shop/statefulset/db"]),
        ("daemonset/agent", &["shop/daemonset/agent"]),
        ("job/migrate", &["shop/job/migrate"]),
        // A Job of a CronJob has a name that nobody knows beforehand.
        ("job/nightly-2938", &["?shop/job/nightly-2938"]),
        ("pods/app=web", &["shop/deployment/web", "shop/deployment/web-canary"]),
        ("pods/app=web&track=canary", &["shop/deployment/web-canary"]),
        ("other/pods/app=db", &["?other/pods/app=db"]),
        ("certificates.v1.cert-manager.io/web", &["shop/certificate.cert-manager.io/web"]),
        ("certificates.v1.cert-manager.io/no", &["?shop/certificates.cert-manager.io/no"]),
        ("rollouts.v1alpha1.argoproj.io/cart", &["shop/rollout.argoproj.io/cart"]),
        ("tcp://db:5432", &["shop/statefulset/db"]),
        ("http://web.other/health", &["other/deployment/web"]),
        ("grpc://db.shop.svc:50051", &["shop/statefulset/db"]),
        ("https://db.shop.svc.cluster.local./", &["shop/statefulset/db"]),
        ("tcp://db-0.db.shop.svc:5432", &["shop/statefulset/db"]),
        ("dns://alias", &["shop/statefulset/db"]),
        ("tcp://missing:80", &["?shop/service/missing"]),
        ("tcp://missing.other.svc:80", &["?other/service/missing"]),
        ("tcp://missing.other:80", &["*host/missing.other"]),
        ("https://auth.example.com/healthz", &["*host/auth.example.com"]),
        ("tcp://192.0.2.1:80", &["*host/192.0.2.1"]),
        ("tcp://[2001:db8::1]:80", &["*host/2001:db8::1"]),
    ] {
        assert_eq!(behind(target), expected, "{target}");
    }
}

#[test]
fn what_others_made_is_part_of_its_maker() {
    let (workloads, objects) = manifests();
    let graph = Graph::build(&workloads, &objects, Timeouts::default());
    let ids: Vec<&str> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "other/deployment/web",
            "shop/cronjob/nightly",
            "shop/daemonset/agent",
            "shop/deployment/web",
            "shop/deployment/web-canary",
            "shop/job/migrate",
            "shop/rollout.argoproj.io/cart",
            "shop/statefulset/db",
        ]
    );
}

#[test]
fn too_many_workloads_behind_one_selector_are_one() {
    let mut workloads: Vec<Workload> = (0..65)
        .map(|number| {
            let mut workload = deployment("shop", &format!("w{number}"), &[]);
            workload.object["spec"]["template"]["metadata"]["labels"] = json!({"app": "all"});
            workload
        })
        .collect();
    workloads.push(deployment("shop", "app", &["service/all", "pods/app=all"]));
    let graph = Graph::build(&workloads, &[service("shop", "all", "all")], Timeouts::default());
    let ends: Vec<(&str, Option<&str>)> = graph
        .edges()
        .iter()
        .map(|edge| &graph.nodes()[edge.to])
        .map(|node| (node.id.as_str(), node.note.as_deref()))
        .collect();
    assert_eq!(
        ends,
        [
            ("shop/pods/app=all", Some("more than 64 workloads have these labels: too many to show each")),
            ("shop/service/all", Some("selects more than 64 workloads: too many to show each")),
        ]
    );
}

#[test]
fn what_is_no_plan_is_said_and_kept() {
    let mut odd = deployment("shop", "odd", &["what/is/this/thing"]);
    odd.plan.as_mut().unwrap()["dependencies"].as_array_mut().unwrap().push(json!(7));
    let mut none = deployment("shop", "none", &[]);
    none.plan = Some(json!([]));
    let graph = Graph::build(&[odd, none], &[], Timeouts::default());
    assert_eq!(
        graph.problems(),
        [
            "shop/deployment/none: the plan has no list `dependencies`",
            "shop/deployment/odd: `what/is/this/thing` is no target; it is taken as unknown",
            "shop/deployment/odd: the dependency 1 of the plan has no text `target`",
        ]
    );
    assert_eq!(graph.nodes()[graph.edges()[0].to].id, "shop/target/what/is/this/thing");
}
