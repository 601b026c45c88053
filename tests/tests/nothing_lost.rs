//! Nothing lost: Pods and workloads with fields that nobody has heard of, everywhere, come out of the module as they went
//! in, outside of what the plan adds: each value, each digit of each number, the order of keys.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use waitwarden::engine::Policy;
use waitwarden_tests::kept::{KINDS, is_ours, mutated, unchanged};
use waitwarden_tests::{exact, verdict};

static POLICY: LazyLock<Policy> = LazyLock::new(|| verdict::policy().expect("the policy"));

/// Numbers that no float and no integer of 64 bits holds as they are written.
const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "1",
    "-1",
    "1.10",
    "1e+400",
    "-1e+2",
    "5e-324",
    "0.1e-7",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "12345678901234567890123",
    "0.30000000000000004440892098500626",
];

/// Keys that need escaping somewhere, and some that look like others.
const KEYS: [&str; 16] = [
    "",
    " ",
    "/",
    "~",
    "~0",
    "~1",
    "a/b~c",
    "\"",
    "\\",
    "\u{0}",
    "\u{1b}[31m",
    "\u{202e}",
    "ｓｐｅｃ",
    "Spec",
    "0",
    "\u{1f980}",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(NUMBERS.to_vec()).prop_map(exact::number),
        1 => any::<i64>().prop_map(|number| exact::number(&number.to_string())),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => text().prop_map(Value::from),
    ]
}

/// Any text but one that looks like a number that was read.
fn text() -> impl Strategy<Value = String> {
    ".{0,12}".prop_map(|text: String| text.replace(exact::MARK, ""))
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![select(KEYS.to_vec()).prop_map(str::to_owned), text()]
}

fn unheard_of() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// A template that is accepted, with most of what the policy reads in it.
fn template(variant: usize, declaration: &Map<String, Value>) -> Value {
    let mut spec = json!({
        "containers": [
            { "name": "web", "image": "a", "ports": [{ "name": "http", "containerPort": 8080 }], "resources": { "limits": { "cpu": "1", "memory": "64Mi" } } },
            { "name": "side", "image": "b", "env": [{ "name": "A", "value": "$(B)" }] },
        ],
    });
    let more = [
        json!({ "initContainers": [{ "name": "istio-init", "image": "i" }, { "name": "proxy", "image": "p", "restartPolicy": "Always" }] }),
        json!({ "volumes": [{ "name": "data", "emptyDir": {} }], "securityContext": { "runAsUser": 0 } }),
        json!({ "initContainers": null, "volumes": null }),
        json!({ "initContainers": [], "volumes": [], "nodeSelector": { "a": "b" } }),
        json!({ "tolerations": [{ "operator": "Exists" }], "terminationGracePeriodSeconds": 30 }),
    ];
    let all = more.get(variant % more.len()).and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(spec) = spec.as_object_mut() {
        spec.extend(all);
    }
    let mut annotations = declaration.clone();
    annotations.insert("example.com/kept".to_owned(), json!("1.10"));
    json!({ "metadata": { "labels": { "app": "web" }, "annotations": annotations }, "spec": spec })
}

/// Puts a template where a kind has it.
fn object(kind: &str, pointer: &str, template: Value) -> Value {
    let mut object = pointer
        .split('/')
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .fold(template, |inner, key| json!({ key: inner }));
    for (place, value) in [("apiVersion", json!("v1")), ("kind", json!(kind))] {
        object.as_object_mut().expect("an object").insert(place.to_owned(), value);
    }
    object.as_object_mut().expect("an object").entry("metadata").or_insert_with(|| json!({}));
    object
        .pointer_mut("/metadata")
        .and_then(Value::as_object_mut)
        .expect("metadata")
        .insert("name".to_owned(), json!("web"));
    object
}

/// Every mapping of a value, as pointers.
fn mappings(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            all.push(at.to_owned());
            for (key, value) in map {
                mappings(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                mappings(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fields_that_nobody_has_heard_of_survive(
        at in 0..KINDS.len(),
        variant in 0..5_usize,
        extras in prop::collection::vec((any::<Index>(), key(), unheard_of()), 1..16),
        inject in select(vec!["pods", "templates"]),
        depends in select(vec!["service/db:5432", "tcp://db:1, job/migrate", "service/cache:6379 on-loss=restart"]),
        rewait in any::<bool>(),
        above in any::<bool>(),
    ) {
        let (group, kind, pointer) = KINDS[at];
        let completes = group == "batch";
        let mut declaration = Map::new();
        let depends = if completes { depends.replace(" on-loss=restart", "") } else { depends.to_owned() };
        declaration.insert("waitwarden.io/depends-on".to_owned(), json!(depends));
        if rewait && !completes {
            declaration.insert("waitwarden.io/on-restart".to_owned(), json!("rewait"));
        }
        let above = above && !pointer.is_empty();
        let mut template = template(variant, &if above { Map::new() } else { declaration.clone() });
        if completes {
            template["spec"]["restartPolicy"] = json!("Never");
        }
        let mut before = exact::marked(&object(kind, pointer, template));
        if above {
            before["metadata"]["annotations"] = Value::Object(declaration);
        }
        for (place, key, value) in extras {
            let mut all = Vec::new();
            mappings(&before, "", &mut all);
            let there = before.pointer_mut(place.get::<String>(&all)).and_then(Value::as_object_mut);
            there.expect("a mapping").entry(key).or_insert(value);
        }
        let settings = json!({
            "kubernetesVersion": "1.36", "inject": inject, "lookups": { "mode": "off" },
            "allow": { "onLoss": ["ignore", "unready", "restart"] }, "readiness": { "required": "never" },
        });
        let settings = exact::marked(&settings);
        let after = mutated(&POLICY, (group, kind), &before, &settings).map_err(TestCaseError::fail)?;
        // A template that declares for itself and gets no containers is left alone.
        let untouched = inject == "pods" && !pointer.is_empty() && !above;
        prop_assert_eq!(after.is_none(), untouched);
        let after = after.unwrap_or_else(|| before.clone());
        unchanged(&before, &after, pointer).map_err(TestCaseError::fail)?;
        let inits = after.pointer(&format!("{pointer}/spec/initContainers")).and_then(Value::as_array);
        let waits = inits.into_iter().flatten().any(is_ours);
        prop_assert_eq!(waits, pointer.is_empty() || inject == "templates");
        // Once more changes nothing.
        prop_assert_eq!(mutated(&POLICY, (group, kind), &after, &settings).map_err(TestCaseError::fail)?, None);
    }
}
