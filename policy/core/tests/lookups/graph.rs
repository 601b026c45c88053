//! Cycles: found from each member, spelled out, and only where nobody can ever start.

use crate::fake::{Fake, POINTER, deployment, service, with, workload};
use serde_json::{Value, json};
use waitwarden_core::cluster::Kind;
use waitwarden_core::finding::{Finding, Severity};

fn cycle(item: &str, at: usize, way: &str) -> Finding {
    Finding::new("dependency-cycle", Severity::Error, POINTER, format!("none of these ever starts: {way}"))
        .help("make one of these dependencies `required=false`, or let the application connect when it needs to")
        .span(at..at + item.len())
}

/// Judges one of the objects beside all of them.
fn judge(objects: &[Value], at: usize) -> Vec<Finding> {
    Fake::of(objects.to_vec()).findings(&objects[at])
}

fn three() -> Vec<Value> {
    vec![
        deployment("one/a", "two/service/b"),
        workload("StatefulSet", "two/b", "dns://example.com, tcp://c.three.svc.cluster.local:80"),
        workload("DaemonSet", "three/c", "one/service/a"),
        service("one/a"),
        service("two/b"),
        service("three/c"),
    ]
}

#[test]
fn a_cycle_over_three_namespaces_is_found_from_each_member() {
    let objects = three();
    let ring = [
        ("Deployment one/a", "Service two/b", "two/service/b", 0),
        ("StatefulSet two/b", "Service three/c", "tcp://c.three.svc.cluster.local:80", 19),
        ("DaemonSet three/c", "Service one/a", "one/service/a", 0),
    ];
    for start in 0..3 {
        let mut way = ring[start].0.to_owned();
        for step in 0..3 {
            way = format!("{way} → {} → {}", ring[(start + step) % 3].1, ring[(start + step + 1) % 3].0);
        }
        let (_, _, item, at) = ring[start];
        assert_eq!(judge(&objects, start), [cycle(item, at, &way)]);
        // The host's manifests may be all that it knows.
        let mut open = Fake { open: true, ..Fake::of(objects.clone()) };
        assert_eq!(open.findings(&objects[start]), [cycle(item, at, &way)]);
    }
}

#[test]
fn a_cycle_of_hosts_is_found_in_as_many_rounds() {
    let mut objects = three();
    objects[0] = deployment("one/a", "http://b.two.svc:80/");
    objects[2] = workload("DaemonSet", "three/c", "grpc://a.one.svc:80");
    let way = "Deployment one/a → Service two/b → StatefulSet two/b → Service three/c → DaemonSet three/c → \
               Service one/a → Deployment one/a";
    assert_eq!(judge(&objects, 0), [cycle("http://b.two.svc:80/", 0, way)]);
    // A name that may be anybody's is asked for first.
    objects[0] = deployment("one/a", "http://b.two:80/");
    assert_eq!(judge(&objects, 0), [cycle("http://b.two:80/", 0, way)]);
}

#[test]
fn a_cycle_needs_every_edge() {
    for broken in ["three/service/c required=false", "dns://c.three", "three/service/d"] {
        let mut objects = three();
        objects[1] = workload("StatefulSet", "two/b", broken);
        let findings = judge(&objects, 0);
        assert_eq!(findings, vec![], "{broken}");
    }
    let mut objects = three();
    objects[5] = with(objects[5].clone(), "/spec/selector/app", json!("other"));
    assert_eq!(judge(&objects, 0), vec![]);
}

#[test]
fn the_shortest_cycle_is_told() {
    let objects = [
        deployment("shop/a", "service/b, deployment/c"),
        deployment("shop/b", "service/d"),
        deployment("shop/c", "pods/app=a"),
        deployment("shop/d", "http://a:80/"),
        service("shop/a"),
        service("shop/b"),
        service("shop/d"),
    ];
    let way = "Deployment shop/a → Deployment shop/c → `pods/app=a` → Deployment shop/a";
    assert_eq!(judge(&objects, 0), [cycle("deployment/c", 11, way)]);
}

#[test]
fn a_stateful_set_stands_behind_its_own_service_whether_that_is_there_or_not() {
    let set = with(workload("StatefulSet", "shop/db", "service/web"), "/spec/serviceName", json!("peers"));
    let objects = [set, deployment("shop/web", "service/peers"), service("shop/web")];
    let way = "StatefulSet shop/db → Service shop/web → Deployment shop/web → Service shop/peers → StatefulSet shop/db";
    assert_eq!(judge(&objects, 0), [cycle("service/web", 0, way)]);
}

#[test]
fn where_something_else_serves_nobody_waits_for_ever() {
    let other = with(deployment("shop/api-old", ""), "/spec/template/metadata/labels/app", json!("api"));
    let mut objects = vec![
        deployment("shop/web", "service/api"),
        deployment("shop/api", "service/web"),
        service("shop/web"),
        service("shop/api"),
    ];
    let way = "Deployment shop/web → Service shop/api → Deployment shop/api → Service shop/web → Deployment shop/web";
    assert_eq!(judge(&objects, 0), [cycle("service/api", 0, way)]);
    objects.push(other);
    assert_eq!(judge(&objects, 0), vec![]);
}

#[test]
fn a_cycle_through_a_loss_is_refused_whatever_the_settings_say() {
    let ignored = json!({ "findings": { "dependency-cycle": "ignore" } });
    let find =
        |objects: &[Value], at: usize| Fake::of(objects.to_vec()).judge(&objects[at], &losing(&ignored)).findings;
    let mut objects = vec![
        deployment("shop/a", "service/b"),
        deployment("shop/b", "deployment/c"),
        deployment("shop/c", "deployment/a"),
        service("shop/b"),
    ];
    assert_eq!(find(&objects, 0), vec![]);
    // From whichever side, and wherever the loss stands.
    objects[1] = deployment("shop/b", "deployment/c on-loss=unready");
    let refused = |item: &str, way: &str| {
        let message = format!("none of these ever starts, or comes back once it is lost: {way}");
        Finding::new("dependency-cycle", Severity::Error, POINTER, message)
            .help(
                "a cycle through `on-loss=` is never allowed: write `on-loss=ignore`, or end it with `required=false`",
            )
            .span(0..item.len())
    };
    let (a, b, c) = ("Deployment shop/a", "Deployment shop/b", "Deployment shop/c");
    let service = "Service shop/b";
    assert_eq!(find(&objects, 0), [refused("service/b", &format!("{a} → {service} → {b} → {c} → {a}"))]);
    assert_eq!(
        find(&objects, 1),
        [refused("deployment/c on-loss=unready", &format!("{b} → {c} → {a} → {service} → {b}"))]
    );
    assert_eq!(find(&objects, 2), [refused("deployment/a", &format!("{c} → {a} → {service} → {b} → {c}"))]);
}

#[test]
fn a_long_chain_of_losses_is_a_cascade() {
    let mut objects = vec![
        deployment("shop/a", "service/b on-loss=unready"),
        deployment("shop/b", "deployment/c on-loss=restart"),
        deployment("shop/c", "deployment/d on-loss=unready"),
        deployment("shop/d", "deployment/e"),
        deployment("shop/e", ""),
        service("shop/b"),
    ];
    let find =
        |objects: &[Value], at: usize| Fake::of(objects.to_vec()).judge(&objects[at], &losing(&Value::Null)).findings;
    let message = "one loss makes all of these unready, one after the other: Deployment shop/a → Service shop/b → \
                   Deployment shop/b → Deployment shop/c → Deployment shop/d";
    let cascade = Finding::new("loss-cascade", Severity::Warning, POINTER, message)
        .help("write `on-loss=ignore` where the application can live without it for a while")
        .span(0..25);
    assert_eq!(find(&objects, 0), [cascade]);
    objects[2] = deployment("shop/c", "deployment/d");
    assert_eq!(find(&objects, 0), vec![]);
}

/// Settings that allow losses, with others.
fn losing(others: &Value) -> Value {
    let mut settings = json!({ "kubernetesVersion": "1.36", "allow": { "onLoss": ["ignore", "unready", "restart"] } });
    for (key, value) in others.as_object().into_iter().flatten() {
        settings[key] = value.clone();
    }
    settings
}

#[test]
fn a_cycle_that_somebody_else_is_in_is_theirs() {
    let objects = [
        deployment("shop/web", "deployment/a"),
        deployment("shop/a", "deployment/b"),
        deployment("shop/b", "deployment/a"),
    ];
    assert_eq!(judge(&objects, 0), vec![]);
    let way = "Deployment shop/a → Deployment shop/b → Deployment shop/a";
    assert_eq!(judge(&objects, 1), [cycle("deployment/b", 0, way)]);
}

/// A Pod of a Deployment, as a list shows it.
fn pod(name: &str, depends: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": {
            "name": format!("{name}-5f6-x"), "namespace": "shop", "labels": { "app": name },
            "annotations": { "waitwarden.io/depends-on": depends },
            "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("{name}-5f6"), "controller": true }],
        },
        "spec": { "containers": [{ "name": name, "readinessProbe": { "exec": {} } }] },
    })
}

#[test]
fn pods_tell_where_workloads_may_not_be_listed() {
    let web = deployment("shop/web", "service/api");
    // The policy copies what stands on the workload, and notes that.
    let copied = json!("{\"copied\":[\"depends-on\"],\"v\":1}");
    let copied = with(pod("api", "service/web"), "/metadata/annotations/waitwarden.io~1injected", copied);
    for api in [pod("api", "service/web"), copied] {
        let mut cluster = Fake::of([service("shop/web"), service("shop/api"), pod("web", ""), api]);
        cluster.unlisted = vec![Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
        let way =
            "Deployment shop/web → Service shop/api → Pod shop/api-5f6-x → Service shop/web → Deployment shop/web";
        assert_eq!(cluster.findings(&web), [cycle("service/api", 0, way)]);
    }
}

#[test]
fn a_pod_of_a_workload_that_is_listed_is_the_workloads() {
    let of = |old: Value| {
        let [web, api] = [deployment("shop/web", "service/api"), deployment("shop/api", "service/web")];
        judge(&[web, api, service("shop/web"), service("shop/api"), old], 0)
    };
    let way = "Deployment shop/web → Service shop/api → Deployment shop/api → Service shop/web → Deployment shop/web";
    let old = pod("api", "dns://example.com");
    assert_eq!(of(old.clone()), [cycle("service/api", 0, way)]);
    // Nobody makes a new one of these.
    let bare = with(old.clone(), "/metadata/ownerReferences", Value::Null);
    assert_eq!(of(bare), vec![]);
    let owners = json!([{ "kind": "ReplicaSet", "controller": false }, { "kind": "Rollout", "controller": true }]);
    assert_eq!(of(with(old.clone(), "/metadata/ownerReferences", owners)), vec![]);
    let owners = json!([{ "kind": "Rollout", "controller": false }, { "controller": true, "kind": "ReplicaSet" }]);
    assert_eq!(of(with(old, "/metadata/ownerReferences", owners)), [cycle("service/api", 0, way)]);
}

#[test]
fn a_host_is_looked_up_as_far_as_it_may_be_a_service() {
    let api = |host: &str| {
        let objects = [deployment("shop/web", "service/api"), deployment("shop/api", host), service("shop/api")];
        let mut cluster = Fake::of(objects.clone());
        assert_eq!(cluster.findings(&objects[0]), vec![]);
        cluster.asked().into_iter().filter(|question| !question.contains("shop")).collect::<Vec<_>>()
    };
    // That may be a Service, and is asked for by its name before a namespace is listed that is none.
    assert_eq!(api("tcp://example.com:80"), ["Service com/example"]);
    assert_eq!(api("tcp://db.example.com:80"), [""; 0]);
    assert_eq!(api("tcp://x_y.example:80"), [""; 0]);
    assert!(api("tcp://db.other.svc:80").contains(&"the services of other".to_owned()));
    // Of what the object itself waits for more has to be known.
    for host in ["tcp://db:80", "tcp://db.shop.svc:80", "tcp://db.shop:80"] {
        let mut cluster = Fake::of([service("shop/db"), deployment("shop/db", "")]);
        assert_eq!(cluster.findings(&deployment("shop/web", host)), vec![]);
        assert!(cluster.asked().contains("Service shop/db"), "{host}: {:?}", cluster.asked());
    }
}

/// A namespace as large as the budget speaks of: the facts are read once, and each request asks the same few questions.
#[test]
fn a_thousand_workloads_ask_as_few_questions_as_three() {
    let mut objects = Vec::new();
    for at in 0..1000_usize {
        let depends: Vec<String> = (1..=3)
            .filter(|step| at >= *step)
            .map(|step| format!("service/w{}:80", (at * 7 + step * 13) % at))
            .collect();
        let depends: std::collections::BTreeSet<_> = depends.into_iter().collect();
        let place = format!("shop/w{at}");
        objects.push(deployment(&place, &Vec::from_iter(depends).join("\n")));
        objects.push(service(&place));
    }
    let mut cluster = Fake::of(objects.clone());
    assert_eq!(cluster.findings(&objects[1998]), vec![]);
    assert!(cluster.asked.len() < 40, "{}", cluster.asked.len());
    let first = deployment("shop/w0", "service/w999:80");
    let mut cluster = Fake::of(objects);
    let findings = cluster.findings(&first);
    assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["dependency-cycle"]);
}
