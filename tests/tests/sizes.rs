//! Objects and declarations as large as Kubernetes lets them in: each is answered far sooner than policy-server stops a
//! policy, and what is accepted comes out whole.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says where")]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use waitwarden_tests::exact;
use waitwarden_tests::kept::unchanged;
use waitwarden_tests::meter::Meter;

static METER: LazyLock<Meter> = LazyLock::new(|| Meter::new(MOST).expect("the module"));

/// The instructions that an answer may take: a machine does several times as many in the two seconds of policy-server.
const MOST: u64 = 1_500_000_000;

/// All annotations of an object together (Kubernetes' `TotalAnnotationSizeLimitB`).
const ANNOTATIONS: usize = 256 * 1024;

/// A Pod with these annotations under the prefix, and one container with a readiness probe.
fn pod(annotations: &[(&str, &str)]) -> Value {
    let named = annotations.iter().map(|(name, value)| (format!("waitwarden.io/{name}"), json!(value)));
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "web", "namespace": "shop", "annotations": named.collect::<Map<_, _>>() },
        "spec": { "containers": [{ "name": "web", "image": "a", "ports": [{ "containerPort": 80 }], "readinessProbe": { "exec": { "command": ["true"] } } }] },
    })
}

/// A text of about so many bytes.
fn repeated(bytes: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for at in 0.. {
        let next = piece(at);
        if text.len() + next.len() > bytes {
            break;
        }
        text += &next;
    }
    text
}

/// Containers of these names.
fn containers(count: usize) -> Vec<Value> {
    (0..count).map(|at| json!({ "name": format!("c{at}"), "image": "a", "unheardOf": at })).collect()
}

/// What is said, in short: accepted or not, and how often each rule.
fn short(answer: &Value) -> String {
    let findings = answer.pointer("/audit_annotations/findings").and_then(Value::as_str).unwrap_or("[]");
    let findings: Vec<Value> = serde_json::from_str(findings).expect("a list of findings");
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        *rules.entry(finding.get("rule").and_then(Value::as_str).expect("a rule")).or_default() += 1;
    }
    let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    format!(
        "{} {}",
        if answer.get("accepted") == Some(&json!(true)) { "accepted" } else { "refused" },
        rules.join(", ")
    )
    .trim()
    .to_owned()
}

/// Asks about a Pod in both modes: what is said, and soon; what is accepted comes out whole.
#[track_caller]
fn check(name: &str, object: &Value, mutate: &str, validate: &str) {
    for (mode, expected) in [("mutate", mutate), ("validate", validate)] {
        let settings = json!({
            "mode": mode, "kubernetesVersion": "1.36", "lookups": { "mode": "off" },
            "allow": { "onLoss": ["ignore", "unready", "restart"] },
        });
        let kind = json!({ "group": "", "version": "v1", "kind": "Pod" });
        let request = json!({ "operation": "CREATE", "kind": kind, "namespace": "shop", "object": object });
        let payload = json!({ "request": request, "settings": settings }).to_string();
        let (answer, _) = METER.validate(payload.as_bytes()).unwrap_or_else(|error| panic!("{name}, {mode}: {error}"));
        let answer = exact::read(std::str::from_utf8(&answer).expect("UTF-8")).expect("JSON");
        assert_eq!(short(&answer), expected, "{name}, {mode}");
        if let Some(after) = answer.get("mutated_object") {
            unchanged(&exact::marked(object), after, "").unwrap_or_else(|_| panic!("{name}: something is lost"));
        }
    }
}

/// Most of what a Pod's annotations may hold.
const ROOM: usize = ANNOTATIONS - 100;

#[test]
fn one_long_item() {
    let check = |name: &str, item: &str, mutate: &str, validate: &str| {
        check(name, &pod(&[("depends-on", item)]), mutate, validate);
    };
    check(
        "a name",
        &format!("service/{}", "a".repeat(ROOM)),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "a host",
        &format!("tcp://{}:1", "a.".repeat(ROOM / 2)),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check("a path", &format!("http://a/{}", "a".repeat(ROOM)), "accepted", "refused 1 no-wait-container");
    check("a path of dollars", &format!("http://a/{}", "$".repeat(ROOM)), "accepted", "refused 1 no-wait-container");
    check("slashes", &"/".repeat(ROOM), "refused 1 invalid-dependency", "refused 1 invalid-dependency");
    check("colons", &":".repeat(ROOM), "refused 1 invalid-dependency", "refused 1 invalid-dependency");
    check(
        "letters of two bytes",
        &"\u{e9}".repeat(ROOM / 2),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "a selector",
        &format!("pods/{}z=", repeated(ROOM, |at| format!("l{at}=&"))),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "a selector backwards",
        &format!("pods/{}z=", repeated(ROOM, |at| format!("l{}=&", 99_999 - at))),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "codes",
        &format!("http://a status={}200", "200|".repeat(ROOM / 4 - 10)),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "codes backwards",
        &format!("http://a status={}100", repeated(ROOM - 30, |at| format!("{}|", 599 - at % 500))),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "ranges of codes",
        &format!(
            "http://a status={}100",
            repeated(ROOM - 30, |at| format!("{}-{}|", 598 - at % 499, 599 - at / 499 % 2))
        ),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "digits",
        &format!("job/a timeout={}s", "1".repeat(ROOM)),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "units",
        &format!("job/a timeout={}", "1h".repeat(ROOM / 2)),
        "refused 1 invalid-dependency",
        "refused 1 invalid-dependency",
    );
    check(
        "words",
        &format!("job/a{}", " a".repeat(ROOM / 2)),
        "refused 31 invalid-dependency",
        "refused 31 invalid-dependency",
    );
    check(
        "options",
        &format!("job/a{}", " a=".repeat(ROOM / 3)),
        "refused 31 invalid-dependency",
        "refused 31 invalid-dependency",
    );
    check(
        "one option, often",
        &format!("job/a{}", " required=true".repeat(ROOM / 14)),
        "refused 30 invalid-dependency",
        "refused 30 invalid-dependency",
    );
}

#[test]
fn many_items() {
    let check = |name: &str, list: &str, mutate: &str, validate: &str| {
        check(name, &pod(&[("depends-on", list)]), mutate, validate);
    };
    check("a comment", &format!("job/a {}", "#".repeat(ROOM)), "accepted", "refused 1 no-wait-container");
    check("commas", &",".repeat(ROOM), "accepted", "accepted");
    check("ends of lines", &"\n".repeat(ROOM), "accepted", "accepted");
    check("blanks", &" ".repeat(ROOM), "accepted", "accepted");
    check(
        "items that are wrong",
        &"x,".repeat(ROOM / 2),
        "refused 1001 invalid-dependency",
        "refused 1001 invalid-dependency",
    );
    check(
        "items that are wrong in many ways",
        &format!("x{}\n", " a".repeat(80)).repeat(ROOM / 162),
        "refused 1025 invalid-dependency",
        "refused 1025 invalid-dependency",
    );
    check(
        "items that are wrong at the end of each line",
        &format!("#{}\nx\n", " ".repeat(200)).repeat(ROOM / 204),
        "refused 1001 invalid-dependency",
        "refused 1001 invalid-dependency",
    );
    check(
        "items that are right",
        &repeated(ROOM, |at| format!("service/s{at}\n")),
        "refused 1 invalid-dependency, 1 not-allowed",
        "refused 1 invalid-dependency, 1 not-allowed",
    );
    check(
        "items that are right and long",
        &repeated(ROOM, |at| format!("{}{at}/service/{0}:1 timeout=5m stable=2s\n", "n".repeat(50))),
        "refused 1 invalid-dependency, 1 not-allowed",
        "refused 1 invalid-dependency, 1 not-allowed",
    );
}

#[test]
fn other_annotations() {
    let many = |name: &dyn Fn(usize) -> String, value: &str, count: usize| {
        let mut object = waiting();
        let map = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut).expect("a map");
        map.extend((0..count).map(|at| (name(at), json!(value))));
        object
    };
    check(
        "a probe with many words",
        &pod(&[("readiness", &format!("tcp://:80{}", " a".repeat(ROOM / 2)))]),
        "refused 31 invalid-readiness",
        "refused 31 invalid-readiness",
    );
    check(
        "a probe with one option, often",
        &pod(&[("readiness", &format!("tcp://:80{}", " period=1s".repeat(ROOM / 10)))]),
        "refused 30 invalid-readiness",
        "refused 30 invalid-readiness",
    );
    check(
        "a probe with a long path",
        &pod(&[("readiness", &format!("http://:80/{}", "a".repeat(ROOM)))]),
        "refused 1 readiness-conflict",
        "refused 1 readiness-conflict",
    );
    check(
        "a long timeout",
        &pod(&[("timeout", &"9".repeat(ROOM))]),
        "refused 1 invalid-timeout",
        "refused 1 invalid-timeout",
    );
    check(
        "a long word",
        &pod(&[("inject", &"f".repeat(ROOM))]),
        "refused 1 invalid-annotation",
        "refused 1 invalid-annotation",
    );
    check(
        "names that nobody knows",
        &many(&|at| format!("waitwarden.io/a{at}"), "", 10_000),
        "refused 10000 unknown-annotation",
        "refused 10000 unknown-annotation",
    );
    check(
        "names of others",
        &many(&|at| format!("example.com/a{at}"), "kept", 10_000),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "probes for nobody",
        &many(&|at| format!("waitwarden.io/readiness.x{at}"), "none", 6_000),
        "refused 2 invalid-readiness",
        "refused 2 invalid-readiness",
    );
    check(
        "a note of many names",
        &pod(&[("depends-on", "service/db:5432"), ("injected", &note(|at| at))]),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "a note of many names backwards",
        &pod(&[("depends-on", "service/db:5432"), ("injected", &note(|at| 99_999 - at))]),
        "accepted",
        "refused 1 no-wait-container",
    );
}

#[test]
fn many_containers_and_volumes() {
    let reserved_last = |mut all: Vec<Value>| {
        all.push(json!({ "name": "wait-for-dependencies", "image": "mine" }));
        all
    };
    let ours =
        |args: Vec<String>| json!([{ "name": "wait-for-dependencies", "command": ["/waitwarden-wait"], "args": args }]);
    let probes = |value: &str| {
        let mut object = waiting();
        let map = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut).expect("a map");
        map.extend((0..5_000).map(|at| (format!("waitwarden.io/readiness.c{at}"), json!(value))));
        with(object, "containers", containers(10_000))
    };
    check(
        "containers",
        &with(waiting(), "containers", containers(10_000)),
        "accepted 1 no-readiness-probe",
        "refused 1 no-readiness-probe, 1 no-wait-container",
    );
    check(
        "init containers",
        &with(waiting(), "initContainers", containers(10_000)),
        "accepted",
        "refused 1 no-wait-container",
    );
    check(
        "the reserved name at the end",
        &with(waiting(), "containers", reserved_last(containers(10_000))),
        "refused 1 no-readiness-probe, 1 reserved-name",
        "refused 1 no-readiness-probe, 1 reserved-name",
    );
    check(
        "the reserved name behind init containers",
        &with(waiting(), "initContainers", reserved_last(containers(10_000))),
        "refused 1 reserved-name",
        "refused 1 reserved-name",
    );
    check("volumes", &with(waiting(), "volumes", containers(10_000)), "accepted", "refused 1 no-wait-container");
    check(
        "volumes of our name",
        &with(waiting(), "volumes", vec![json!({ "name": "waitwarden-api-access" }); 10_000]),
        "refused 10000 reserved-name",
        "refused 10000 reserved-name",
    );
    check(
        "arguments that cannot be read",
        &with(waiting(), "initContainers", ours(vec!["--".to_owned(); 300_000])),
        "accepted",
        "refused 1002 missing-dependency, 1 no-api-access, 1 outdated-wait, 1 weak-security-context",
    );
    check(
        "arguments that nobody declares",
        &with(
            waiting(),
            "initContainers",
            ours(std::iter::once("--".to_owned()).chain((0..60_000).map(|at| format!("service/s{at}"))).collect()),
        ),
        "accepted",
        "refused 2 missing-dependency, 1 no-api-access, 1 outdated-wait, 1 weak-security-context",
    );
    check(
        "containers, and a note of many names",
        &with(
            pod(&[("depends-on", "service/db:5432"), ("injected", &note(|at| at))]),
            "containers",
            containers(10_000),
        ),
        "accepted 1 no-readiness-probe",
        "refused 1 no-readiness-probe, 1 no-wait-container",
    );
    check(
        "containers that wait again",
        &with(
            pod(&[("depends-on", "service/db:5432"), ("on-restart", "rewait"), ("readiness", "none")]),
            "containers",
            containers(10_000),
        ),
        "accepted 1 restarts-all-containers",
        "refused 10000 no-restart-rule, 1 no-wait-container, 1 restarts-all-containers",
    );
    check(
        "containers, each with its probe",
        &probes("tcp://:80"),
        "refused 1 invalid-readiness",
        "refused 1 invalid-readiness",
    );
    check("containers, each without", &probes("none"), "refused 1 invalid-readiness", "refused 1 invalid-readiness");
}

/// A Pod that waits.
fn waiting() -> Value {
    pod(&[("depends-on", "service/db:5432")])
}

fn with(mut pod: Value, key: &str, list: impl Into<Value>) -> Value {
    pod.pointer_mut("/spec").and_then(Value::as_object_mut).expect("a spec").insert(key.to_owned(), list.into());
    pod
}

/// A note of an earlier run with more names than there are containers, in their order or not.
fn note(name: impl Fn(usize) -> usize) -> String {
    let names = repeated(ROOM / 2 - 100, |at| format!("\"x{:05}\",", name(at)));
    format!(r#"{{"restartPolicyRules":[{names}"y"],"probes":[{names}"y"],"v":1}}"#)
}
