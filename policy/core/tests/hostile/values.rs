//! Values that are nothing, of another type or at the edge of their type, at every place of an object.

use crate::ask;
use serde_json::{Value, json};
use waitwarden_core::finding::Severity;

/// A Pod in which everything stands that is read.
fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web", "generateName": "web-", "namespace": "shop", "labels": { "app": "web" },
            "annotations": {
                "waitwarden.io/depends-on": "service/db:5432 on-loss=unready, tcp://a:1", "waitwarden.io/timeout": "10m",
                "waitwarden.io/readiness": "http://:http/ready period=5s", "waitwarden.io/on-restart": "rewait",
                "waitwarden.io/inject": "true", "waitwarden.io/injected": "{\"probes\":[\"old\"],\"v\":1}", "other": "kept",
            },
            "ownerReferences": [{ "apiVersion": "example.com/v1", "kind": "Web", "name": "web", "controller": true }],
        },
        "spec": {
            "restartPolicy": "Always", "hostNetwork": false, "os": { "name": "linux" }, "serviceAccountName": "web",
            "nodeSelector": { "kubernetes.io/os": "linux" }, "securityContext": { "runAsUser": 0 },
            "imagePullSecrets": [{ "name": "regcred" }], "terminationGracePeriodSeconds": 30, "activeDeadlineSeconds": null,
            "volumes": [{ "name": "waitwarden-api-access", "projected": { "sources": [] } }, { "name": "data", "emptyDir": {} }],
            "initContainers": [
                { "name": "proxy", "image": "p", "restartPolicy": "Always" },
                {
                    "name": "wait-for-dependencies", "image": "w", "command": ["/waitwarden-wait"],
                    "args": ["--timeout=5m", "--", "tcp://a:1"], "securityContext": { "runAsNonRoot": true },
                    "volumeMounts": [{ "name": "waitwarden-api-access", "mountPath": "/a" }],
                },
            ],
            "containers": [
                {
                    "name": "web", "image": "a", "ports": [{ "name": "http", "containerPort": 8080, "protocol": "TCP" }],
                    "resources": { "requests": { "cpu": "1", "memory": 1024 }, "limits": { "cpu": 0.5, "memory": "64Mi" } },
                    "restartPolicy": "Always", "restartPolicyRules": [{ "action": "Restart", "exitCodes": { "operator": "In", "values": [1] } }],
                },
                {
                    "name": "side", "image": "b", "readinessProbe": {
                        "httpGet": { "port": 80, "host": "a", "path": "/" }, "periodSeconds": 1, "timeoutSeconds": 1,
                        "failureThreshold": 1, "successThreshold": 1, "initialDelaySeconds": 0,
                    },
                },
            ],
        },
    })
}

/// Every place of a value, as pointers.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, &format!("{at}/{}", escaped(key)), all)),
        Value::Array(list) => list.iter().enumerate().for_each(|(n, value)| places(value, &format!("{at}/{n}"), all)),
        _ => {}
    }
}

/// What came of it holds together: what is refused is not changed and says why; what is changed settles, and passes.
fn check(object: &Value, place: &str) {
    for mode in ["mutate", "validate"] {
        let verdict = ask(object, mode);
        let errors: Vec<_> = verdict.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.iter().all(|error| !error.message.is_empty()), "{place}");
        let Some(after) = verdict.object else { continue };
        assert!(errors.is_empty() && mode == "mutate", "{place}: {errors:?}");
        assert_eq!(ask(&after, "mutate").object, None, "{place}: {object}");
        let judged = ask(&after, "validate");
        assert!(judged.accepted(), "{place}: {}\n{after}", judged.message(&after));
    }
}

#[test]
fn every_value_may_be_nothing_or_of_another_type() {
    let pod = pod();
    let mut all = Vec::new();
    places(&pod, "", &mut all);
    assert!(all.len() > 100, "{}", all.len());
    for place in &all {
        for value in [
            json!(null),
            json!(false),
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(""),
            json!("a"),
            json!([]),
            json!([null]),
            json!([[]]),
            json!(["a"]),
            json!([{}]),
            json!({}),
            json!({ "name": null }),
            json!({ "": {} }),
        ] {
            let mut object = pod.clone();
            *object.pointer_mut(place).unwrap() = value;
            check(&object, place);
        }
    }
}

#[test]
fn every_value_may_be_missing() {
    let pod = pod();
    let mut all = Vec::new();
    places(&pod, "", &mut all);
    for place in all.iter().filter(|place| !place.is_empty()) {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut object = pod.clone();
        match object.pointer_mut(parent).unwrap() {
            Value::Object(map) => {
                map.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            Value::Array(list) => {
                list.remove(key.parse().unwrap());
            }
            _ => {}
        }
        check(&object, place);
    }
}

#[test]
fn every_field_may_be_nothing_at_once() {
    let pod = pod();
    let mut all = Vec::new();
    places(&pod, "", &mut all);
    for place in all {
        let mut object = pod.clone();
        if let Some(map) = object.pointer_mut(&place).and_then(Value::as_object_mut) {
            map.values_mut().for_each(|value| *value = Value::Null);
            check(&object, &place);
        }
    }
}

/// Numbers at the edges of ports, of 32 and of 64 bits, wherever a number stands.
#[test]
fn numbers_at_the_edge() {
    let pod = pod();
    let mut all = Vec::new();
    places(&pod, "", &mut all);
    all.retain(|place| pod.pointer(place).is_some_and(Value::is_number));
    assert!(all.len() > 9, "{all:?}");
    for place in all {
        for number in [
            "0",
            "-0",
            "1",
            "-1",
            "1.0",
            "1e3",
            "65535",
            "65536",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e308",
            "5e-324",
        ] {
            let mut object = pod.clone();
            *object.pointer_mut(&place).unwrap() = serde_json::from_str(number).unwrap();
            check(&object, &place);
        }
    }
}

/// Which numbers are ports, in a probe, of a container and in an annotation.
#[test]
fn ports_at_the_edge() {
    let refused = |object: &Value| {
        let mut rules: Vec<&str> = ask(object, "mutate")
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.rule)
            .collect();
        rules.dedup();
        rules
    };
    let plain = |annotation: &str, value: &str, container: Value| {
        json!({
            "metadata": { "annotations": { format!("waitwarden.io/{annotation}"): value } },
            "spec": { "containers": [container] },
        })
    };
    for (port, good) in [
        ("1", true),
        ("65535", true),
        ("0", false),
        ("65536", false),
        ("-1", false),
        ("1.0", false),
        ("1e3", false),
        ("18446744073709551616", false),
        ("01", false),
        ("+1", false),
        ("", false),
        ("0x50", false),
    ] {
        // In a declaration.
        for place in ["service/db:", "tcp://db:", "grpc://db:", "http://db:"] {
            let object = plain(
                "depends-on",
                &format!("{place}{port}"),
                json!({ "name": "a", "readinessProbe": { "exec": { "command": ["a"] } } }),
            );
            // A Service's port may have such a name.
            let named = place == "service/db:" && ["1e3", "0x50"].contains(&port);
            let wanted: &[&str] = if good || named { &[] } else { &["invalid-dependency"] };
            assert_eq!(refused(&object), wanted, "{place}{port}");
        }
        for place in ["tcp://:", "http://:", "grpc://:"] {
            let object = plain("readiness", &format!("{place}{port}"), json!({ "name": "a" }));
            let wanted: &[&str] = if good { &[] } else { &["invalid-readiness"] };
            assert_eq!(refused(&object), wanted, "{place}{port}");
        }
        // As a number of the object.
        if let Ok(number) = serde_json::from_str::<Value>(port) {
            let probe = json!({ "name": "a", "readinessProbe": { "tcpSocket": { "port": number } } });
            let wanted: &[&str] = if good { &[] } else { &["readiness-cannot-work"] };
            assert_eq!(refused(&plain("depends-on", "tcp://db:1", probe)), wanted, "{port}");
            let declared = json!({ "name": "a", "ports": [{ "containerPort": number }] });
            let wanted: &[&str] = if good { &[] } else { &["no-readiness-probe"] };
            assert_eq!(refused(&plain("depends-on", "tcp://db:1", declared)), wanted, "{port}");
        }
    }
}
