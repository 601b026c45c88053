//! Each rule on a wrong example, with the whole of what it says, and on a right one.

use crate::fake::{Fake, deployment, job, service, with, workload};
use serde_json::{Value, json};
use waitwarden_core::finding::{Finding, Severity};

const POINTER: &str = "/spec/template/metadata/annotations/waitwarden.io~1depends-on";

/// What is said of an item that begins at byte `at` of the declaration.
fn said(rule: &'static str, severity: Severity, item: &str, at: usize, message: &str, help: &str) -> Finding {
    Finding::new(rule, severity, POINTER, message).help(help).span(at..at + item.len())
}

/// Of the same object: these findings in that cluster, and none in the other.
fn check(object: &Value, wrong: Fake, expected: &[Finding], right: Fake) {
    let (mut wrong, mut right) = (wrong, right);
    assert_eq!(wrong.findings(object), expected);
    assert_eq!(right.findings(object), vec![]);
}

fn db() -> [Value; 2] {
    [service("shop/db"), workload("StatefulSet", "shop/db", "")]
}

#[test]
fn unknown_dependency() {
    check(
        &deployment("shop/web", "service/db"),
        Fake::default(),
        &[said(
            "unknown-dependency",
            Severity::Warning,
            "service/db",
            0,
            "there is no Service shop/db",
            "the wait goes on until there is one; correct the name, or create it",
        )],
        Fake::of(db()),
    );
    // In another namespace, and by labels.
    let object = deployment("shop/web", "data/job/seed-1, pods/app=cache");
    check(
        &object,
        Fake::default(),
        &[
            said(
                "unknown-dependency",
                Severity::Warning,
                "data/job/seed-1",
                0,
                "there is no Job data/seed-1",
                "the wait goes on until there is one; correct the name, or create it",
            ),
            said(
                "unknown-dependency",
                Severity::Warning,
                "pods/app=cache",
                17,
                "there are no Pods for `pods/app=cache`",
                "the wait goes on until there are some; correct the labels, or create them",
            ),
        ],
        Fake::of([job("data/seed-1"), workload("DaemonSet", "shop/cache", "")]),
    );
}

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
}

#[test]
fn missing_permission() {
    let object = deployment("shop/web", "service/db:80\nservice/cache\njob/seed-1");
    let objects =
        || [db().to_vec(), vec![job("shop/seed-1"), service("shop/cache"), deployment("shop/cache", "")]].concat();
    let mut wrong = Fake::of(objects());
    wrong.forbidden = vec![("list", "endpointslices"), ("watch", "endpointslices"), ("get", "services")];
    wrong.forbidden.push(("watch", "jobs"));
    check(
        &object,
        wrong,
        &[
            said(
                "missing-permission",
                Severity::Warning,
                "service/db:80",
                0,
                "the service account `default` may not list, watch endpointslices, get services in namespace `shop`",
                "give it a Role there with {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]} \
                 and {apiGroups: [\"\"], resources: [services], verbs: [get]}; until then a connection to port 80 is all \
                 that is waited for",
            ),
            said(
                "missing-permission",
                Severity::Warning,
                "job/seed-1",
                28,
                "the service account `default` may not watch jobs in namespace `shop`",
                "give it a Role there with {apiGroups: [batch], resources: [jobs], verbs: [watch]}",
            ),
        ],
        Fake::of(objects()),
    );
    let object =
        with(deployment("shop/web", "data/service/db"), "/spec/template/spec/serviceAccountName", json!("robot"));
    let mut wrong = Fake { open: false, ..Fake::of([service("data/db"), deployment("data/db", "")]) };
    wrong.forbidden = vec![("list", "endpointslices")];
    assert_eq!(
        wrong.findings(&object),
        [said(
            "missing-permission",
            Severity::Warning,
            "data/service/db",
            0,
            "the service account `robot` may not list endpointslices in namespace `data`",
            "give it a Role there with {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}; or write \
             `service/db:PORT`, which falls back to a connection",
        )]
    );
    assert!(wrong.asked().contains("whether system:serviceaccount:shop:robot may list endpointslices in data"));
}

#[test]
fn jobs() {
    let object = deployment("shop/web", "job/seed-1");
    check(
        &object,
        Fake::of([with(job("shop/seed-1"), "/spec/ttlSecondsAfterFinished", json!(100))]),
        &[said(
            "job-expires",
            Severity::Warning,
            "job/seed-1",
            0,
            "Job shop/seed-1 is deleted 100s after it finishes, and Pods that start later wait for ever for it",
            "remove `ttlSecondsAfterFinished`, or wait for what the Job leaves behind",
        )],
        Fake::of([job("shop/seed-1")]),
    );
    let hook = |name: &str| with(job("shop/migrate"), "/metadata/annotations", json!({ "helm.sh/hook": name }));
    check(
        &deployment("shop/web", "job/migrate"),
        Fake::of([job("shop/migrate")]),
        &[said(
            "job-stale",
            Severity::Note,
            "job/migrate",
            0,
            "Job shop/migrate has no version in its name: the Job of the last release satisfies this one's Pods",
            "name it after the release, such as `migrate-42`, or make it a hook that is created anew",
        )],
        Fake::of([hook("pre-install,pre-upgrade")]),
    );
}

#[test]
fn hook_deadlock() {
    let object = deployment("shop/web", "job/migrate");
    let hook = |key: &str, name: &str| with(job("shop/migrate"), "/metadata/annotations", json!({ key: name }));
    let expected = |name: &str| {
        [said(
            "hook-deadlock",
            Severity::Error,
            "job/migrate",
            0,
            &format!(
                "Job shop/migrate is a {name} hook: it is created when these Pods are ready, and they wait for it"
            ),
            "make it a hook that runs before, an object of the release, or the dependency `required=false`",
        )]
    };
    let right = || Fake::of([hook("helm.sh/hook", "pre-install")]);
    let helm = hook("helm.sh/hook", "pre-rollback, post-upgrade");
    check(&object, Fake::of([helm.clone()]), &expected("post-upgrade"), right());
    check(&object, Fake::of([hook("argocd.argoproj.io/hook", "PostSync")]), &expected("PostSync"), right());
    // One hook may wait for another.
    let test = with(object, "/metadata/annotations", json!({ "helm.sh/hook": "post-install" }));
    assert_eq!(Fake::of([helm]).findings(&test), vec![]);
}

#[test]
fn dependency_renamed() {
    let expected = |there: &str| {
        [said(
            "dependency-renamed",
            Severity::Note,
            "service/db",
            0,
            &format!("there may be no Service `db`, and there is `{there}`, named as this object is"),
            &format!("write `{there}`: prefixes and suffixes are not added to annotations; lint what is rendered"),
        )]
    };
    let open = |objects: &[Value]| Fake { open: true, ..Fake::of(objects.to_vec()) };
    let web = deployment("shop/prod-web", "service/db");
    check(&web, open(&[service("shop/prod-db")]), &expected("prod-db"), open(&[service("shop/stage-db")]));
    let web = deployment("shop/web-v2", "service/db");
    check(&web, open(&[service("shop/db-v2")]), &expected("db-v2"), open(&[service("shop/db"), service("shop/db-v2")]));
}

#[test]
fn wait_outlasts_rollout() {
    let key = "waitwarden.io/depends-on";
    let object = with(
        deployment("shop/web", "dns://a.example timeout=12m, dns://b.example timeout=10m"),
        "/spec/template/metadata/annotations/waitwarden.io~1timeout",
        json!("15m"),
    );
    let help = "lower the timeout, or raise `progressDeadlineSeconds`: the rollout is given up while it still waits";
    let expected = [
        Finding::new(
            "wait-outlasts-rollout",
            Severity::Warning,
            "/spec/template/metadata/annotations/waitwarden.io~1timeout",
            "a timeout of 15m is longer than `progressDeadlineSeconds` (10m) lets it take",
        )
        .help(help),
        said(
            "wait-outlasts-rollout",
            Severity::Warning,
            "dns://a.example timeout=12m",
            0,
            "a timeout of 12m is longer than `progressDeadlineSeconds` (10m) lets it take",
            help,
        ),
    ];
    assert_eq!(Fake::default().findings(&object), expected);
    let longer = with(object, "/spec/progressDeadlineSeconds", json!(900));
    assert_eq!(Fake::default().findings(&longer), vec![]);
    // Nothing has to be looked up for it.
    let off = json!({ "lookups": { "mode": "off" } });
    let mut nobody = Fake::default();
    let short = with(longer, "/spec/template/spec/activeDeadlineSeconds", json!(60));
    assert_eq!(nobody.judge(&short, &off).findings.len(), 3);
    assert_eq!(nobody.asked, vec![]);
    assert!(short["spec"]["template"]["metadata"]["annotations"][key].is_string());
    let mut run = job("shop/seed");
    run["spec"]["activeDeadlineSeconds"] = json!(300);
    run["spec"]["template"]["metadata"] = json!({ "annotations": { key: "dns://a.example timeout=5m" } });
    assert_eq!(Fake::default().findings(&run), vec![]);
    run["spec"]["activeDeadlineSeconds"] = json!(299);
    assert_eq!(
        Fake::default().findings(&run),
        [said(
            "wait-outlasts-rollout",
            Severity::Warning,
            "dns://a.example timeout=5m",
            0,
            "a timeout of 5m is longer than `activeDeadlineSeconds` (4m59s) lets it take",
            "lower the timeout, or raise `activeDeadlineSeconds`: the rollout is given up while it still waits",
        )]
    );
}

#[test]
fn host_network_dns() {
    let object = deployment("shop/web", "tcp://db:80, tcp://192.0.2.1:80, tcp://db.example.com:80");
    let wrong = with(object.clone(), "/spec/template/spec/hostNetwork", json!(true));
    let mut cluster = Fake { open: true, ..Fake::default() };
    assert_eq!(
        cluster.findings(&wrong),
        [said(
            "host-network-dns",
            Severity::Warning,
            "tcp://db:80",
            0,
            "`tcp://db:80` is a name of the cluster, and with `hostNetwork` the node's names are resolved",
            "set `dnsPolicy: ClusterFirstWithHostNet`",
        )]
    );
    let right = with(wrong, "/spec/template/spec/dnsPolicy", json!("ClusterFirstWithHostNet"));
    for object in [object, right] {
        assert_eq!(Fake { open: true, ..Fake::default() }.findings(&object), vec![]);
    }
}

#[test]
fn mesh_false_positive() {
    let object = deployment("shop/web", "tcp://db.example.com:80, http://db.example.com/");
    let expected = |mesh: &str| {
        [said(
            "mesh-false-positive",
            Severity::Warning,
            "tcp://db.example.com:80",
            0,
            &format!("the proxy of {mesh} accepts every connection, so `tcp://db.example.com:80` is satisfied at once"),
            "wait for the `service/…`, or for an answer with `http://…` or `grpc://…`",
        )]
    };
    let istio = with(object.clone(), "/spec/template/metadata/labels", json!({ "sidecar.istio.io/inject": "true" }));
    let proxy = json!([{ "name": "linkerd-proxy", "restartPolicy": "Always" }]);
    let linkerd = with(object.clone(), "/spec/template/spec/initContainers", proxy);
    assert_eq!(Fake { open: true, ..Fake::default() }.findings(&istio), expected("Istio"));
    assert_eq!(Fake { open: true, ..Fake::default() }.findings(&linkerd), expected("Linkerd"));
    assert_eq!(Fake { open: true, ..Fake::default() }.findings(&object), vec![]);
}
