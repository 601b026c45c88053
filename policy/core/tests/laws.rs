//! The laws: what holds for every Pod and workload, tried on generated ones, with sidecars, restart rules and a cluster
//! around them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says where")]

#[path = "lookups/fake.rs"]
#[expect(dead_code, reason = "the laws need only the cluster")]
mod fake;
#[path = "../../../tests/laws/src/qos.rs"]
mod qos;

use fake::{Fake, deployment, job, service, with, workload};
use proptest::prelude::*;
use proptest::sample::subsequence;
use qos::qos;
use serde_json::{Map, Value, json};
use waitwarden_core::annotation::parse_list;
use waitwarden_core::cluster::Kind;
use waitwarden_core::dependency::parse_one;
use waitwarden_core::finding::{Finding, Severity};
use waitwarden_core::settings::{LOOKUP_RULES, weaker_than_restricted};
use waitwarden_core::{Settings, Verdict, decide, decide_with};

/// Kind, group, plural and the pointer of the template.
const KINDS: [(&str, &str, &str); 9] = [
    ("Pod", "", ""),
    ("PodTemplate", "", "/template"),
    ("ReplicationController", "", "/spec/template"),
    ("DaemonSet", "apps", "/spec/template"),
    ("Deployment", "apps", "/spec/template"),
    ("ReplicaSet", "apps", "/spec/template"),
    ("StatefulSet", "apps", "/spec/template"),
    ("CronJob", "batch", "/spec/jobTemplate/spec/template"),
    ("Job", "batch", "/spec/template"),
];

const PREFIX: &str = "waitwarden.io";

fn settings(mode: &str) -> Settings {
    Settings::read(&json!({
        "mode": mode,
        "inject": "templates",
        "kubernetesVersion": "1.36",
        "allow": { "onLoss": ["ignore", "unready", "restart"] },
    }))
    .unwrap()
}

fn request(kind: &str, group: &str, object: &Value) -> Value {
    json!({ "operation": "CREATE", "kind": { "group": group, "version": "v1", "kind": kind }, "namespace": "shop", "object": object })
}

/// Puts a template at a pointer.
fn wrap(kind: &str, pointer: &str, template: Value) -> Value {
    let mut inner = template;
    for key in pointer.split('/').skip(1).collect::<Vec<_>>().into_iter().rev() {
        inner = json!({ key: inner, "unheardOf": null });
    }
    inner["apiVersion"] = json!("v1");
    inner["kind"] = json!(kind);
    inner["metadata"]["name"] = json!("web");
    inner
}

fn dependencies() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        Just("service/postgres:5432"),
        Just("monitoring/service/grafana:http timeout=3m"),
        Just("job/migrate stable=2s"),
        Just("tcp://legacy.example.com:1521 required=false"),
        Just("https://auth.example.com/$(HOME)/a$$b status=200-299|301"),
        Just("pods/app.kubernetes.io/name=web&tier=db"),
        Just("certificates.v1.cert-manager.io/web condition=Issued"),
        Just("grpc://[2001:db8::1]:50051/my.Service"),
        Just("dns://example.com"),
        Just("shop/statefulset/db replicas=all"),
        Just("service/cache:6379 on-loss=unready stable=5s"),
        Just("tcp://queue.example.com:5672 on-loss=restart timeout=2m"),
        Just("shop/deployment/auth on-loss=restart replicas=all"),
    ];
    proptest::collection::btree_set(one, 1..5).prop_map(|set| set.into_iter().collect::<Vec<_>>().join("\n"))
}

/// Some of what the dependencies speak of, and of what goes round in circles with it.
#[derive(Clone, Debug)]
struct World {
    objects: Vec<Value>,
    open: bool,
    unlisted: Vec<Kind>,
    failing: Vec<Kind>,
}

impl World {
    /// What the policy says with these objects around.
    fn decide(&self, request: &Value, settings: &Settings) -> Verdict {
        let Self { objects, open, unlisted, failing } = self.clone();
        let mut cluster = Fake { objects, open, unlisted, failing, ..Fake::default() };
        decide_with(request, settings, &mut |question| cluster.answer(question))
    }
}

fn world() -> impl Strategy<Value = World> {
    let port = |place: &str, port: u16| with(service(place), "/spec/ports/0/port", json!(port));
    let external = json!({ "type": "ExternalName", "externalName": "cache.example.com", "ports": [{ "port": 6379 }] });
    let objects = vec![
        port("shop/postgres", 5432),
        deployment("shop/postgres", ""),
        port("monitoring/grafana", 80),
        with(job("shop/migrate"), "/spec/ttlSecondsAfterFinished", json!(5)),
        workload("StatefulSet", "shop/db", "service/web"),
        service("shop/web"),
        deployment("shop/auth", "service/web on-loss=unready"),
        with(service("shop/cache"), "/spec", external),
        port("shop/cache", 6379),
        deployment("shop/cache", "statefulset/db on-loss=unready"),
    ];
    let kinds = || subsequence(Kind::ALL.to_vec(), 0..2);
    (subsequence(objects, 0..=10), any::<bool>(), kinds(), kinds())
        .prop_map(|(objects, open, unlisted, failing)| World { objects, open, unlisted, failing })
}

fn quantity() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!("100m")), Just(json!(1)), Just(json!("64Mi")), Just(json!("16Mi")), Just(json!("1Gi"))]
}

fn resources() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (quantity(), quantity()).prop_map(|(cpu, memory)| json!({ "limits": { "cpu": cpu, "memory": memory } })),
        (quantity(), quantity()).prop_map(|(cpu, memory)| json!({
            "requests": { "cpu": cpu, "memory": memory }, "limits": { "cpu": cpu, "memory": memory },
        })),
        quantity().prop_map(|cpu| json!({ "requests": { "cpu": cpu } })),
    ]
}

prop_compose! {
    fn container(name: &'static str)(
        resources in resources(),
        port in any::<bool>(),
        probe in any::<bool>(),
        restart in 0..8,
        unknown in any::<i64>(),
    ) -> Value {
        let mut container = json!({ "name": name, "image": "app:1", "brandNew": { "x": unknown }, "env": null });
        if !resources.is_null() { container["resources"] = resources; }
        if port { container["ports"] = json!([{ "name": "http", "containerPort": 8080 }]); }
        if probe { container["readinessProbe"] = json!({ "exec": { "command": ["true"] } }); }
        match restart {
            0 => container["restartPolicy"] = json!("Always"),
            1 => container["restartPolicy"] = json!("OnFailure"),
            2 => {
                container["restartPolicy"] = json!("Never");
                container["restartPolicyRules"] = json!([{ "action": "Restart", "exitCodes": { "operator": "In", "values": [42] } }]);
            }
            _ => {}
        }
        container
    }
}

prop_compose! {
    fn template()(
        one in container("web"),
        two in proptest::option::of(container("side")),
        inits in proptest::collection::vec(prop_oneof![
            Just(json!({ "name": "proxy", "image": "p", "restartPolicy": "Always" })),
            Just(json!({ "name": "istio-init", "image": "i" })),
        ], 0..2),
        root in any::<bool>(),
        completes in any::<bool>(),
        depends in proptest::option::of(dependencies()),
        readiness in proptest::option::of(Just("none")),
        rewait in 0..3,
    ) -> Value {
        let mut annotations = Map::new();
        annotations.insert("other".to_owned(), json!("kept"));
        if let Some(depends) = depends { annotations.insert(format!("{PREFIX}/depends-on"), json!(depends)); }
        if let Some(readiness) = readiness { annotations.insert(format!("{PREFIX}/readiness"), json!(readiness)); }
        if rewait == 0 { annotations.insert(format!("{PREFIX}/on-restart"), json!("rewait")); }
        let mut containers = vec![one];
        containers.extend(two);
        let mut spec = json!({ "futureField": { "deep": [1, null, 2.5] }, "containers": containers, "nodeName": null });
        if !inits.is_empty() { spec["initContainers"] = json!(inits); }
        if root { spec["securityContext"] = json!({ "runAsUser": 0 }); }
        if completes { spec["restartPolicy"] = json!("Never"); }
        json!({ "metadata": { "annotations": annotations, "labels": { "app": "web" } }, "spec": spec })
    }
}

/// Takes away what a plan may add, so that the rest can be compared.
fn without_ours(template: &Value, original: &Value) -> Value {
    let mut rest = template.clone();
    if let Some(annotations) = rest["metadata"]["annotations"].as_object_mut() {
        annotations.shift_remove("waitwarden.io/injected");
    }
    for (key, ours) in [
        ("initContainers", "wait-for-dependencies"),
        ("initContainers", "watch-dependencies"),
        ("volumes", "waitwarden-api-access"),
        ("volumes", "waitwarden-watch"),
    ] {
        let Some(list) = rest["spec"].get_mut(key).and_then(Value::as_array_mut) else {
            continue;
        };
        list.retain(|value| value["name"] != ours);
        if list.is_empty() {
            rest["spec"].as_object_mut().unwrap().shift_remove(key);
        }
    }
    for (at, container) in rest["spec"]["containers"].as_array_mut().unwrap().iter_mut().enumerate() {
        let before = &original["spec"]["containers"][at];
        for key in ["readinessProbe", "restartPolicy", "restartPolicyRules"] {
            if before.get(key).is_none() {
                container.as_object_mut().unwrap().shift_remove(key);
            }
        }
    }
    rest
}

/// What the cluster made of it.
fn looked_up(verdict: &Verdict) -> Vec<&Finding> {
    let about = |finding: &&Finding| LOOKUP_RULES.contains(&finding.rule) || finding.rule == "lookup-failed";
    verdict.findings.iter().filter(about).collect()
}

/// A Deployment without what a changed declaration may leave as it is, since a change would be a rollout: timeouts that
/// became shorter, and the order of what was added.
fn essence(object: &Value) -> Value {
    let mut object = object.clone();
    let spec = &mut object["spec"]["template"]["spec"];
    for container in spec.get_mut("initContainers").and_then(Value::as_array_mut).into_iter().flatten() {
        if container["command"] == json!(["/waitwarden-wait"]) {
            let args = container["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap());
            let mut args: Vec<String> = args
                .filter(|arg| !arg.starts_with("--timeout="))
                .map(|arg| arg.split(" timeout=").next().unwrap().to_owned())
                .collect();
            args.sort();
            container["args"] = json!(args);
        }
    }
    if let Some(volumes) = spec.get_mut("volumes").and_then(Value::as_array_mut) {
        volumes.sort_by_key(|volume| volume["name"].to_string());
    }
    object
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Idempotent, agreeing, conservative, QoS kept: for each kind, whatever the cluster says.
    #[test]
    fn applying_is_idempotent_agreeing_and_conservative(template in template(), at in 0..KINDS.len(), world in world()) {
        let (kind, group, pointer) = KINDS[at];
        let object = wrap(kind, pointer, template);
        let ask = |object: &Value, mode: &str| world.decide(&request(kind, group, object), &settings(mode));
        let before = object.pointer(pointer).unwrap();
        let declared = before["metadata"]["annotations"].as_object().unwrap().keys().any(|key| key.starts_with(PREFIX));
        let first = ask(&object, "mutate");
        if !declared {
            prop_assert_eq!(first, Verdict::accept());
            return Ok(());
        }
        if !first.accepted() {
            prop_assert_eq!(&first.object, &None);
            let known = [
                "no-readiness-probe",
                "rewait-contradiction",
                "dependency-cycle",
                "self-dependency",
                "service-without-endpoints",
                "unknown-service-port",
            ];
            let errors = first.findings.iter().filter(|finding| finding.severity == Severity::Error);
            for finding in errors { prop_assert!(known.contains(&finding.rule), "{finding:?}"); }
            return Ok(());
        }
        // The cluster has a say in what is refused, and none in what is written.
        let alone = decide(&request(kind, group, &object), &settings("mutate"));
        prop_assert_eq!(&first.object, &alone.object);
        let after = first.object.clone().unwrap_or_else(|| object.clone());
        let depends = !before["metadata"]["annotations"]["waitwarden.io/depends-on"].is_null();
        let template = after.pointer(pointer).unwrap();
        let waits = template["spec"]["initContainers"].as_array().into_iter().flatten().filter(|c| c["name"] == "wait-for-dependencies").count();
        prop_assert_eq!(waits, usize::from(depends));
        let loses = before["metadata"]["annotations"]["waitwarden.io/depends-on"].as_str().is_some_and(|text| text.contains("on-loss"));
        let inits = template["spec"]["initContainers"].as_array().cloned().unwrap_or_default();
        let place = |name: &str| inits.iter().position(|container| container["name"] == name);
        prop_assert_eq!(place("watch-dependencies"), place("wait-for-dependencies").filter(|_| loses).map(|at| at + 1));
        prop_assert_eq!(&without_ours(template, before), before);
        prop_assert_eq!(without_ours(template, before).to_string(), before.to_string(), "key order");
        prop_assert_eq!(qos(&template["spec"]), qos(&before["spec"]));
        for container in inits.iter().filter(|container| container["command"] == json!(["/waitwarden-wait"])) {
            prop_assert_eq!(weaker_than_restricted(&container["securityContext"]), None);
        }

        let second = ask(&after, "mutate");
        prop_assert_eq!(&second.object, &None);
        prop_assert_eq!(looked_up(&second), looked_up(&first));
        let judged = ask(&after, "validate");
        prop_assert!(judged.accepted(), "{}", judged.message(&after));
        prop_assert_eq!(looked_up(&judged), looked_up(&first));
        if depends {
            let original = ask(&object, "validate");
            prop_assert!(original.findings.iter().any(|finding| finding.rule == "no-wait-container"));
        }

        // The declaration goes: what was added goes with it.
        let mut gone = after.clone();
        let mut plain = object.clone();
        for value in [&mut gone, &mut plain] {
            let all = value.pointer_mut(pointer).unwrap()["metadata"]["annotations"].as_object_mut().unwrap();
            all.shift_remove("waitwarden.io/depends-on");
            all.shift_remove("waitwarden.io/readiness");
            all.shift_remove("waitwarden.io/on-restart");
        }
        let removed = ask(&gone, "mutate");
        prop_assert_eq!(removed.object.unwrap_or(gone), plain);
    }

    /// A declaration that changes takes what was added with it: all is as if it had been the first.
    #[test]
    fn a_changed_declaration_changes_what_was_added(
        template in template(),
        first in (dependencies(), any::<bool>()),
        second in (dependencies(), any::<bool>()),
        world in world(),
    ) {
        let declare = |template: &Value, (list, rewait): &(String, bool)| {
            let mut template = template.clone();
            let annotations = template["metadata"]["annotations"].as_object_mut().unwrap();
            annotations.insert("waitwarden.io/depends-on".to_owned(), json!(list));
            annotations.shift_remove("waitwarden.io/on-restart");
            if *rewait { annotations.insert("waitwarden.io/on-restart".to_owned(), json!("rewait")); }
            wrap("Deployment", "/spec/template", template)
        };
        let mutated = |object: &Value| {
            let verdict = world.decide(&request("Deployment", "apps", object), &settings("mutate"));
            verdict.accepted().then(|| verdict.object.unwrap_or_else(|| object.clone()))
        };
        let (Some(old), Some(fresh)) = (mutated(&declare(&template, &first)), mutated(&declare(&template, &second))) else {
            return Ok(());
        };
        let changed = mutated(&declare(&old["spec"]["template"], &second)).unwrap();
        prop_assert_eq!(essence(&changed), essence(&fresh));
        let judged = world.decide(&request("Deployment", "apps", &changed), &settings("validate"));
        prop_assert!(judged.accepted(), "{}", judged.message(&changed));
    }

    /// Total: no JSON makes it panic, wherever it stands.
    #[test]
    fn any_json_gets_a_verdict(value in any_json(), at in 0..KINDS.len(), place in 0..6_usize, world in world()) {
        let (kind, group, pointer) = KINDS[at];
        let mut object = wrap(kind, pointer, json!({
            "metadata": { "annotations": {
                "waitwarden.io/depends-on": "service/postgres:5432 on-loss=restart, deployment/auth on-loss=unready",
                "waitwarden.io/readiness": "tcp://:1",
                "waitwarden.io/on-restart": "rewait",
            } },
            "spec": { "containers": [{ "name": "web" }] },
        }));
        let places = ["", "/metadata", "/metadata/annotations", "/spec", "/spec/containers", "/spec/containers/0"];
        if let Some(slot) = object.pointer_mut(&format!("{pointer}{}", places[place])) { *slot = value.clone(); }
        for mode in ["mutate", "validate"] {
            let verdict = world.decide(&request(kind, group, &object), &settings(mode));
            prop_assert!(verdict.object.is_none() || verdict.accepted());
        }
        world.decide(&value, &settings("mutate"));
        let _ = Settings::read(&value);
    }

    /// Grammatical: what is printed reads as what was printed.
    #[test]
    fn display_is_the_inverse_of_parsing(list in dependencies()) {
        let (declared, errors) = parse_list(&list);
        prop_assert_eq!(errors, vec![]);
        for declared in declared {
            prop_assert_eq!(parse_one(&declared.dependency.to_string()), Ok(declared.dependency));
        }
    }

    /// Every error stands inside the text, and at character boundaries.
    #[test]
    fn errors_have_places(text in "[a-z/:#,= \n\\[\\]$%é=.0-9-]{0,60}") {
        let (declared, errors) = parse_list(&text);
        for error in &errors {
            prop_assert!(text.get(error.span.clone()).is_some(), "{error:?}");
            prop_assert!(!error.help.is_empty());
        }
        for declared in declared {
            prop_assert_eq!(parse_one(&declared.dependency.to_string()), Ok(declared.dependency));
        }
    }
}

/// A list that no application has is read no further than it takes to say so.
#[test]
fn a_list_without_end_is_cut() {
    let list = |count: usize| (0..count).map(|n| format!("service/s{n}")).collect::<Vec<_>>().join(",");
    let (declared, errors) = parse_list(&list(1_000));
    assert_eq!((declared.len(), errors), (1_000, vec![]));
    let text = list(20_000);
    let (declared, errors) = parse_list(&text);
    let messages: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    assert_eq!((declared.len(), messages), (1_000, vec!["these are more than 1000 dependencies"]));
    assert_eq!(text.get(errors[0].span.clone()), Some("service/s1000"));
    let (declared, errors) = parse_list(&"x,".repeat(100_000));
    assert_eq!((declared.len(), errors.len()), (0, 1_001));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let key = prop_oneof![
            Just("spec".to_owned()),
            Just("metadata".to_owned()),
            Just("annotations".to_owned()),
            Just("containers".to_owned()),
            Just("name".to_owned()),
            Just("waitwarden.io/depends-on".to_owned()),
            Just("wait".to_owned()),
            "[a-z]{1,4}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}
