//! Rules about Services and what stands behind them: each on a wrong example, with the whole of what it says, and on a right one.

use crate::fake::{Fake, check, db, deployment, said, service, with, workload};
use serde_json::{Value, json};
use waitwarden_core::finding::Severity;

#[test]
fn service_without_endpoints() {
    let external = with(
        service("shop/db"),
        "/spec",
        json!({ "type": "ExternalName", "externalName": "db.example.com", "publishNotReadyAddresses": true }),
    );
    check(
        &deployment("shop/web", "service/db:5432"),
        Fake::of([external]),
        &[said(
            "service-without-endpoints",
            Severity::Error,
            "service/db:5432",
            0,
            "Service shop/db is an ExternalName: it never has endpoints, so the wait never ends",
            "write `tcp://db.example.com:5432` or `dns://db.example.com`",
        )],
        Fake::of([with(service("shop/db"), "/spec", json!({ "ports": [{ "port": 5432 }] }))]),
    );
}

#[test]
fn unknown_service_port() {
    let object = deployment("shop/web", "service/db:8080");
    let right = with(service("shop/db"), "/spec/ports/0/port", json!(8080));
    check(
        &object,
        Fake::of(db()),
        &[said(
            "unknown-service-port",
            Severity::Error,
            "service/db:8080",
            0,
            "Service shop/db has no port `8080`",
            "its ports are 80 (http); target ports do not count",
        )],
        Fake::of([right, workload("StatefulSet", "shop/db", "")]),
    );
    let object = deployment("shop/web", "service/db:postgres");
    let right = with(service("shop/db"), "/spec/ports/0/name", json!("postgres"));
    check(
        &object,
        Fake::of([with(service("shop/db"), "/spec/ports", Value::Null), workload("StatefulSet", "shop/db", "")]),
        &[said(
            "unknown-service-port",
            Severity::Error,
            "service/db:postgres",
            0,
            "Service shop/db has no port `postgres`",
            "it has no ports; leave `:PORT` out",
        )],
        Fake::of([right, workload("StatefulSet", "shop/db", "")]),
    );
}

#[test]
fn service_selects_nothing() {
    let object = deployment("shop/web", "service/db");
    let expected = said(
        "service-selects-nothing",
        Severity::Warning,
        "service/db",
        0,
        "the selector of Service shop/db fits no Pods",
        "correct its selector or the labels of the Pods; until then it has no endpoints",
    );
    check(&object, Fake::of([service("shop/db"), deployment("shop/database", "")]), &[expected], Fake::of(db()));
    // Where there may be more, nobody knows.
    let mut open = Fake::of([service("shop/db")]);
    open.open = true;
    assert_eq!(open.findings(&object), vec![]);
    let mut partly = Fake::of([service("shop/db")]);
    partly.unlisted = vec![waitwarden_core::cluster::Kind::DaemonSet];
    assert_eq!(partly.findings(&object), vec![]);
    // A bare ReplicaSet's Pods are Pods too.
    let pod = json!({
        "kind": "Pod",
        "metadata": {
            "name": "db-1", "namespace": "shop", "labels": { "app": "db" },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": "db", "controller": true }],
        },
        "spec": { "containers": [{ "name": "db", "readinessProbe": { "exec": { "command": ["true"] } } }] },
    });
    assert_eq!(Fake::of([service("shop/db"), pod]).findings(&object), vec![]);
}

#[test]
fn publishes_not_ready_addresses() {
    let [_, workload] = db();
    check(
        &deployment("shop/web", "service/db:http"),
        Fake::of([with(service("shop/db"), "/spec/publishNotReadyAddresses", json!(true)), workload]),
        &[said(
            "publishes-not-ready-addresses",
            Severity::Note,
            "service/db:http",
            0,
            "Service shop/db publishes Pods that are not ready",
            "the wait knows that and reads `serving`; a connection (`tcp://…`) would open too early",
        )],
        Fake::of(db()),
    );
}

#[test]
fn self_dependency() {
    let expected = |item: &str| {
        said(
            "self-dependency",
            Severity::Error,
            item,
            0,
            &format!("`{item}` is these very Pods: none of them starts before one of them is ready"),
            "remove it, or let the application find its peers when it runs",
        )
    };
    let canary = with(deployment("shop/canary", ""), "/spec/template/metadata/labels/app", json!("web"));
    let objects = || [service("shop/web"), deployment("shop/web", "")];
    let with_canary = || Fake::of([service("shop/web"), deployment("shop/web", ""), canary.clone()]);
    for item in ["service/web", "tcp://web.shop.svc:80", "pods/app=web"] {
        check(&deployment("shop/web", item), Fake::of(objects()), &[expected(item)], with_canary());
    }
    let item = "deployment/web";
    assert_eq!(Fake::default().findings(&deployment("shop/web", item)), [expected(item)]);
    // Another kind of the same name is another object, and who does not require itself starts.
    assert_eq!(Fake::of(objects()).findings(&workload("StatefulSet", "shop/web", item)), vec![]);
    assert_eq!(Fake::default().findings(&deployment("shop/web", "deployment/web required=false")), vec![]);
}

#[test]
fn a_stateful_set_on_its_own_service() {
    let set = with(workload("StatefulSet", "shop/db", "service/peers"), "/spec/serviceName", json!("peers"));
    let mut open = Fake { open: true, ..Fake::default() };
    assert_eq!(
        open.findings(&set),
        [said(
            "self-dependency",
            Severity::Error,
            "service/peers",
            0,
            "`service/peers` is these very Pods: none of them starts before one of them is ready",
            "remove it, or let the application find its peers when it runs",
        )]
    );
    let mut other =
        Fake { open: true, ..Fake::of([with(service("shop/peers"), "/spec/selector", json!({ "app": "x" }))]) };
    assert_eq!(other.findings(&set), vec![]);
}

#[test]
fn dependency_without_readiness_probe() {
    let bare = |object: Value| with(object, "/spec/template/spec/containers/0/readinessProbe", Value::Null);
    let expected = |item: &str, title: &str| {
        said(
            "dependency-without-readiness-probe",
            Severity::Warning,
            item,
            0,
            &format!("{title} has no readiness probe: it counts as ready as soon as it runs"),
            "give it one, or declare it there: `waitwarden.io/readiness: tcp://:PORT`",
        )
    };
    let [service, set] = db();
    let unready = bare(set.clone());
    // The policy would give it a probe: derived from its only port, or as it is declared.
    let ports = with(unready.clone(), "/spec/template/spec/containers/0/ports", json!([{ "containerPort": 5432 }]));
    let derived = with(ports, "/metadata/annotations", json!({ "waitwarden.io/depends-on": "dns://example.com" }));
    let declared = with(unready.clone(), "/metadata/annotations", json!({ "waitwarden.io/readiness": "tcp://:5432" }));
    let refused = with(unready.clone(), "/metadata/annotations", json!({ "waitwarden.io/readiness": "none" }));
    for right in [set, derived, declared] {
        let object = deployment("shop/web", "service/db");
        let wrong = Fake::of([service.clone(), unready.clone()]);
        let expected = [expected("service/db", "StatefulSet shop/db")];
        check(&object, wrong, &expected, Fake::of([service.clone(), right.clone()]));
        let object = deployment("shop/web", "statefulset/db");
        let expected = [said(
            "dependency-without-readiness-probe",
            Severity::Warning,
            "statefulset/db",
            0,
            &expected[0].message,
            &expected[0].help,
        )];
        check(&object, Fake::of([refused.clone()]), &expected, Fake::of([right]));
    }
    // The probe of our own sidecar says nothing about the application.
    let sidecar = |name: &str| {
        let watch = json!([{
            "name": name,
            "restartPolicy": "Always", "readinessProbe": { "exec": { "command": ["/waitwarden-wait", "check"] } },
        }]);
        with(refused.clone(), "/spec/template/spec/initContainers", watch)
    };
    check(
        &deployment("shop/web", "service/db"),
        Fake::of([service.clone(), sidecar("watch-dependencies")]),
        &[expected("service/db", "StatefulSet shop/db")],
        Fake::of([service, sidecar("proxy")]),
    );
}
