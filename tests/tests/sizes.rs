//! Objects and declarations as large as Kubernetes lets them in: each is answered far sooner than policy-server stops a
//! policy, and what is accepted comes out whole.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails says where")]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use waitwarden_tests::meter::Meter;

/// The instructions that an answer may take. A machine does several of these in the two seconds of policy-server.
const MOST: u64 = 700_000_000;

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

fn settings() -> Value {
    json!({ "kubernetesVersion": "1.36", "lookups": { "mode": "off" }, "allow": { "onLoss": ["ignore", "unready", "restart"] } })
}

/// What is said, in short: accepted or not, and how often each rule.
fn short(answer: &Value) -> String {
    let findings = answer["audit_annotations"]["findings"].as_str().unwrap_or("[]");
    let findings: Vec<Value> = serde_json::from_str(findings).expect("a list of findings");
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        *rules.entry(finding["rule"].as_str().expect("a rule")).or_default() += 1;
    }
    let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    format!("{} {}", if answer["accepted"] == true { "accepted" } else { "refused" }, rules.join(", "))
        .trim()
        .to_owned()
}

#[test]
fn what_is_large_is_answered_soon() {
    let meter = Meter::new().expect("the module");
    let with = |pod: &Value, key: &str, value: Value| {
        let mut pod = pod.clone();
        pod["spec"][key] = value;
        pod
    };
    let waiting = pod(&[("depends-on", "service/db:5432")]);
    let list = |text: &str| pod(&[("depends-on", text)]);
    let room = ANNOTATIONS - 100;
    let reserved_last = |mut all: Vec<Value>| {
        all.push(json!({ "name": "wait-for-dependencies", "image": "mine" }));
        all
    };
    let many = |name: &dyn Fn(usize) -> String, value: &str, count: usize| {
        let mut object = waiting.clone();
        let map = object["metadata"]["annotations"].as_object_mut().expect("a map");
        map.extend((0..count).map(|at| (name(at), json!(value))));
        object
    };
    let marker = format!(
        r#"{{"rules":[],"restartPolicyRules":[{}"x"],"probes":[{}"x"],"v":1}}"#,
        repeated(room / 2, |at| format!("\"x{at}\",")),
        repeated(room / 2 - 200, |at| format!("\"x{at}\","))
    );
    let ours =
        |args: Vec<String>| json!([{ "name": "wait-for-dependencies", "command": ["/waitwarden-wait"], "args": args }]);
    for (name, object) in [
        ("one name", list(&format!("service/{}", "a".repeat(room)))),
        ("one host", list(&format!("tcp://{}:1", "a.".repeat(room / 2)))),
        ("one path", list(&format!("http://a/{}", "a".repeat(room)))),
        ("one path of dollars", list(&format!("http://a/{}", "$".repeat(room)))),
        ("one word of slashes", list(&"/".repeat(room))),
        ("one word of colons", list(&":".repeat(room))),
        ("one word of two-byte letters", list(&"\u{e9}".repeat(room / 2))),
        ("one selector", list(&format!("pods/{}z=", repeated(room, |at| format!("l{at}=&"))))),
        ("one selector backwards", list(&format!("pods/{}z=", repeated(room, |at| format!("l{}=&", 99_999 - at))))),
        ("one list of codes", list(&format!("http://a status={}200", repeated(room, |_| "200|".to_owned())))),
        (
            "one list of codes backwards",
            list(&format!("http://a status={}100", repeated(room, |at| format!("{}|", 599 - at % 500)))),
        ),
        (
            "one list of ranges",
            list(&format!(
                "http://a status={}100",
                repeated(room, |at| format!("{}-{}|", 599 - at % 499 - 1, 599 - at / 499 % 2))
            )),
        ),
        ("one duration", list(&format!("job/a timeout={}s", "1".repeat(room)))),
        ("one duration of units", list(&format!("job/a timeout={}", "1h".repeat(room / 2)))),
        ("one item of words", list(&format!("job/a{}", repeated(room, |_| " a".to_owned())))),
        ("one item of options", list(&format!("job/a{}", repeated(room, |_| " a=".to_owned())))),
        ("one option, often", list(&format!("job/a{}", repeated(room, |_| " required=true".to_owned())))),
        ("one comment", list(&format!("job/a #{}", "#".repeat(room)))),
        ("commas", list(&",".repeat(room))),
        ("line ends", list(&"\n".repeat(room))),
        ("blanks", list(&" ".repeat(room))),
        ("a hundred thousand items", list(&repeated(room, |_| "x,".to_owned()))),
        (
            "items with many mistakes",
            list(&repeated(room, |at| if at % 80 == 0 { "\nx".to_owned() } else { " a".to_owned() })),
        ),
        ("items that are right", list(&repeated(room, |at| format!("service/s{at}\n")))),
        (
            "items that are right and long",
            list(&repeated(room, |at| format!("{}{at}/service/{0}:1 timeout=5m stable=2s\n", "n".repeat(50)))),
        ),
        ("a readiness of words", pod(&[("readiness", &format!("tcp://:80{}", repeated(room, |_| " a".to_owned())))])),
        (
            "a readiness of options",
            pod(&[("readiness", &format!("tcp://:80{}", repeated(room, |_| " period=1s".to_owned())))]),
        ),
        ("a readiness with a path", pod(&[("readiness", &format!("http://:80/{}", "a".repeat(room)))])),
        ("a long timeout", pod(&[("timeout", &"9".repeat(room))])),
        ("a long word for inject", pod(&[("inject", &"f".repeat(room))])),
        ("many annotations of nobody", many(&|at| format!("waitwarden.io/a{at}"), "", 10_000)),
        ("many annotations of others", many(&|at| format!("example.com/a{at}"), "kept", 10_000)),
        ("many probes for nobody", many(&|at| format!("waitwarden.io/readiness.x{at}"), "none", 6_000)),
        ("a marker of names", pod(&[("depends-on", "service/db:5432"), ("injected", &marker)])),
        ("ten thousand containers", with(&waiting, "containers", containers(10_000).into())),
        ("ten thousand init containers", with(&waiting, "initContainers", containers(10_000).into())),
        ("the reserved name at the end", with(&waiting, "containers", reserved_last(containers(10_000)).into())),
        (
            "the reserved name behind init containers",
            with(&waiting, "initContainers", reserved_last(containers(10_000)).into()),
        ),
        ("ten thousand volumes", with(&waiting, "volumes", containers(10_000).into())),
        (
            "ten thousand volumes of our name",
            with(&waiting, "volumes", (0..10_000).map(|_| json!({ "name": "waitwarden-api-access" })).collect()),
        ),
        ("arguments that cannot be read", with(&waiting, "initContainers", ours(vec!["--".to_owned(); 300_000]))),
        (
            "arguments of others",
            with(
                &waiting,
                "initContainers",
                ours(std::iter::once("--".to_owned()).chain((0..60_000).map(|at| format!("service/s{at}"))).collect()),
            ),
        ),
        (
            "containers and a marker of names",
            with(
                &pod(&[("depends-on", "service/db:5432"), ("injected", &marker)]),
                "containers",
                containers(10_000).into(),
            ),
        ),
        (
            "containers that wait again",
            with(
                &pod(&[("depends-on", "service/db:5432"), ("on-restart", "rewait"), ("readiness", "none")]),
                "containers",
                containers(10_000).into(),
            ),
        ),
        (
            "containers, each with its probe",
            with(
                &many(&|at| format!("waitwarden.io/readiness.c{at}"), "tcp://:80", 5_000),
                "containers",
                containers(10_000).into(),
            ),
        ),
        (
            "containers, none with its probe",
            with(
                &many(&|at| format!("waitwarden.io/readiness.c{at}"), "none", 5_000),
                "containers",
                containers(10_000).into(),
            ),
        ),
    ] {
        for mode in ["mutate", "validate"] {
            let mut settings = settings();
            settings["mode"] = json!(mode);
            let request = json!({ "operation": "CREATE", "kind": { "group": "", "version": "v1", "kind": "Pod" }, "namespace": "shop", "object": object });
            let payload = json!({ "request": request, "settings": settings }).to_string();
            let begin = std::time::Instant::now();
            match meter.validate(payload.as_bytes(), 20_000_000_000) {
                Ok((answer, spent)) => {
                    let parsed: Value = serde_json::from_slice(&answer).expect("JSON");
                    println!(
                        "{spent:>12} {:>6} KiB {:>5} ms {mode:>8} {name}: {}",
                        answer.len() / 1024,
                        begin.elapsed().as_millis(),
                        short(&parsed)
                    );
                }
                Err(e) => println!("{name} {mode}: {e} {:?}", begin.elapsed()),
            }
        }
    }
}
