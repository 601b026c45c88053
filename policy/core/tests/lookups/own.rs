//! Rules that look at nothing but the object.

use crate::fake::{Fake, deployment, job, said, with, workload};
use serde_json::{Value, json};
use waitwarden_core::finding::{Finding, Severity};

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
    let object = deployment("shop/web", "tcp://db:80, tcp://192.0.2.1:80, tcp://db.example.com:80, tcp://localhost:80");
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

/// What is said of timeouts.
fn outlasted(object: &Value) -> Vec<String> {
    let findings = Fake { open: true, ..Fake::default() }.findings(object).into_iter();
    let about = findings.filter(|finding| finding.rule == "wait-outlasts-rollout");
    about.map(|finding| finding.message).collect()
}

#[test]
fn the_shortest_deadline_counts() {
    let longer = |key: &str| format!("a timeout of 2m is longer than `{key}` (1m) lets it take");
    let object = |progress: u64, active: u64| {
        let object = deployment("shop/web", "dns://a.example timeout=2m");
        let object = with(object, "/spec/progressDeadlineSeconds", json!(progress));
        with(object, "/spec/template/spec/activeDeadlineSeconds", json!(active))
    };
    assert_eq!(outlasted(&object(60, 61)), [longer("progressDeadlineSeconds")]);
    assert_eq!(outlasted(&object(60, 60)), [longer("progressDeadlineSeconds")]);
    assert_eq!(outlasted(&object(61, 60)), [longer("activeDeadlineSeconds")]);
    assert_eq!(outlasted(&object(120, 120)), [""; 0]);
    // Only Deployments are given up where nothing is written.
    let late = "dns://a.example timeout=1h";
    assert_eq!(outlasted(&deployment("shop/web", late)).len(), 1);
    assert_eq!(outlasted(&workload("StatefulSet", "shop/web", late)), [""; 0]);
    // Of a CronJob it is the Job's.
    let cron = |schedule: u64, run: u64| {
        json!({
            "kind": "CronJob",
            "metadata": { "name": "seed", "namespace": "shop" },
            "spec": { "activeDeadlineSeconds": schedule, "jobTemplate": { "spec": {
                "activeDeadlineSeconds": run,
                "template": {
                    "metadata": { "annotations": { "waitwarden.io/depends-on": "dns://a.example timeout=2m" } },
                    "spec": { "restartPolicy": "Never", "containers": [{ "name": "seed" }] },
                },
            } } },
        })
    };
    assert_eq!(outlasted(&cron(600, 60)), [longer("activeDeadlineSeconds")]);
    assert_eq!(outlasted(&cron(60, 600)), [""; 0]);
}

#[test]
fn a_mesh_says_that_it_is_there() {
    let meshed = |pointer: &str, value: Value| {
        let object = with(deployment("shop/web", "tcp://db.example.com:80"), pointer, value);
        let findings = Fake { open: true, ..Fake::default() }.findings(&object).into_iter();
        let about = findings.filter(|finding| finding.rule == "mesh-false-positive");
        about.map(|finding| finding.message.split(' ').nth(3).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let template = "/spec/template/metadata";
    let istio = "sidecar.istio.io~1inject";
    let linkerd = "linkerd.io~1inject";
    assert_eq!(meshed(&format!("{template}/labels/{istio}"), json!("true")), ["Istio"]);
    assert_eq!(meshed(&format!("{template}/labels/{istio}"), json!("false")), [""; 0]);
    assert_eq!(meshed(&format!("{template}/annotations/{istio}"), json!("true")), ["Istio"]);
    assert_eq!(meshed(&format!("{template}/annotations/{linkerd}"), json!("enabled")), ["Linkerd"]);
    assert_eq!(meshed(&format!("{template}/annotations/{linkerd}"), json!("disabled")), [""; 0]);
    for (name, mesh) in [("istio-proxy", "Istio"), ("linkerd-proxy", "Linkerd")] {
        assert_eq!(meshed("/spec/template/spec/containers/0/name", json!(name)), [mesh]);
        assert_eq!(meshed("/spec/template/spec/initContainers", json!([{ "name": name }])), [mesh]);
    }
    assert_eq!(meshed("/spec/template/spec/initContainers", json!([{ "name": "proxy" }])), [""; 0]);
}
