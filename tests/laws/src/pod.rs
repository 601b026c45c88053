//! Pods made of bytes, piece by piece: what Kubernetes lets through, and what it would not.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

const PREFIX: &str = "waitwarden.io";

const TARGETS: [&str; 20] = [
    "service/db:5432",
    "service/web",
    "monitoring/service/grafana:http",
    "job/migrate",
    "shop/job/seed",
    "deployment/web",
    "shop/statefulset/db",
    "daemonset/agent",
    "pods/app=web",
    "pods/app.kubernetes.io/name=web&tier=db",
    "certificates.v1.cert-manager.io/web",
    "tcp://legacy.example.com:1521",
    "tcp://db:5432",
    "http://web.shop.svc/ready",
    "https://auth.example.com/$(HOME)/a$$b",
    "grpc://[2001:db8::1]:50051/my.Service",
    "grpcs://api.example.com:443",
    "dns://example.com",
    "tcp://10.0.0.7:1",
    "service/a,service/b",
];

const OPTIONS: [&str; 16] = [
    "timeout=3m",
    "timeout=0",
    "timeout=20m",
    "required=false",
    "stable=2s",
    "status=200-299|301",
    "replicas=all",
    "condition=Issued",
    "on-loss=unready",
    "on-loss=restart",
    "on-loss=ignore",
    "stable=1h",
    "timeout=1s",
    "required=true",
    "svc=1",
    "timeout=90s",
];

/// Values that are wrong nearly everywhere, and strings that mean something.
fn odd(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.int_in_range(0..=23)? {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1.5),
        4 => json!([]),
        5 => json!({}),
        6 => json!([null]),
        7 => json!([[]]),
        8 => json!({ "name": null }),
        9 => json!(""),
        10 => json!("service/a"),
        11 => json!("web"),
        12 => json!("none"),
        13 => json!("Always"),
        14 => json!("windows"),
        15 => json!(["/waitwarden-wait"]),
        16 => json!({ "name": "x", "command": ["/waitwarden-wait"], "args": ["--", "service/a"] }),
        17 => json!([{ "name": "x", "command": ["/waitwarden-wait", "watch"], "restartPolicy": "Always" }]),
        18 => json!([{ "name": "waitwarden-api-access" }]),
        19 => json!(u64::MAX),
        20 => json!(0),
        21 => json!("wait-for-dependencies"),
        22 => json!("{\"copied\":[\"depends-on\"],\"probes\":[\"web\"],\"restartPolicyRules\":[\"web\"],\"v\":1}"),
        _ => json!(u.arbitrary::<String>()?),
    })
}

/// Puts something odd at a place of a value.
pub(crate) fn spoil(u: &mut Unstructured<'_>, value: &mut Value) -> Result<()> {
    let mut all = Vec::new();
    places(value, String::new(), &mut all);
    let place = u.choose(&all)?.clone();
    let new = odd(u)?;
    *value.pointer_mut(&place).unwrap() = new;
    Ok(())
}

/// Every place of a value, as pointers.
pub(crate) fn places(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                places(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                places(value, format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

/// What a workload declares.
pub(crate) fn annotations(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut annotations = Map::new();
    annotations.insert("other.example.com/kept".to_owned(), json!("as it is"));
    let mut declare = |name: &str, value: &str| {
        annotations.insert(format!("{PREFIX}/{name}"), json!(value));
    };
    if u.ratio(7, 8)? {
        declare("depends-on", &dependencies(u)?);
    }
    if u.ratio(1, 3)? {
        let name = *u.choose(&["readiness", "readiness.web", "readiness.side"])?;
        let value = *u.choose(&[
            "none",
            "http://:http/ready",
            "tcp://:8080 period=5s failures=2",
            "grpc://:9090/my.Service",
            "https://:8443/x delay=10s timeout=3s",
            "tcp://:nowhere",
            "http://host:80/",
        ])?;
        declare(name, value);
    }
    if u.ratio(1, 5)? {
        declare("timeout", u.choose(&["10m", "0", "1s", "5", "1h"])?);
    }
    if u.ratio(1, 4)? {
        declare("on-restart", u.choose(&["rewait", "ignore", "Rewait"])?);
    }
    if u.ratio(1, 10)? {
        declare("inject", u.choose(&["false", "true", "no"])?);
    }
    if u.ratio(1, 16)? {
        declare("dependson", "service/a");
    }
    Ok(annotations.into())
}

/// A list of dependencies, mostly without a mistake.
pub(crate) fn dependencies(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 16)? {
        return u.arbitrary();
    }
    let mut text = String::new();
    for _ in 0..u.int_in_range(1..=4)? {
        text.push_str(u.choose(&TARGETS)?);
        for _ in 0..u.int_in_range(0..=2)? {
            text.push(' ');
            text.push_str(u.choose(&OPTIONS)?);
        }
        text.push_str(u.choose(&["\n", ", ", "\n# and\n", " # so\n"])?);
    }
    Ok(text)
}

fn resources(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut resources = json!({});
    for kind in ["requests", "limits"] {
        for name in ["cpu", "memory"] {
            if u.arbitrary()? {
                let all: &[&str] = if name == "cpu" {
                    &["100m", "1", "0.5", "2"]
                } else {
                    &["64Mi", "16Mi", "1Gi", "128974848", "129M"]
                };
                resources[kind][name] = json!(*u.choose(all)?);
            }
        }
    }
    Ok(resources)
}

fn container(u: &mut Unstructured<'_>, name: &str) -> Result<Value> {
    let mut container = json!({ "name": name, "image": "app:1", "brandNew": { "x": [1.5, null] } });
    if u.arbitrary()? {
        container["resources"] = resources(u)?;
    }
    match u.int_in_range(0..=3)? {
        0 => container["ports"] = json!([{ "name": "http", "containerPort": 8080 }]),
        1 => container["ports"] = json!([{ "containerPort": 9090 }, { "name": "metrics", "containerPort": 9100 }]),
        2 => {
            container["ports"] =
                json!([{ "name": "a", "containerPort": 1 }, { "name": "b", "containerPort": 2, "protocol": "UDP" }]);
        }
        _ => {}
    }
    match u.int_in_range(0..=7)? {
        0 | 1 => container["readinessProbe"] = json!({ "exec": { "command": ["true"] } }),
        2 => container["readinessProbe"] = json!({ "httpGet": { "path": "/ready", "port": "http" } }),
        3 => container["readinessProbe"] = json!({ "tcpSocket": { "port": 8080, "host": "a" }, "periodSeconds": 5 }),
        4 => container["readinessProbe"] = Value::Null,
        _ => {}
    }
    match u.int_in_range(0..=11)? {
        0 => container["restartPolicy"] = json!("Always"),
        1 => container["restartPolicy"] = json!("OnFailure"),
        2 => {
            container["restartPolicy"] = json!("Never");
            container["restartPolicyRules"] =
                json!([{ "action": "Restart", "exitCodes": { "operator": "In", "values": [42] } }]);
        }
        3 => container["restartPolicyRules"] = json!([]),
        _ => {}
    }
    Ok(container)
}

/// The metadata and the spec of a Pod.
pub(crate) fn template(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut containers = vec![container(u, "web")?];
    if u.arbitrary()? {
        containers.push(container(u, "side")?);
    }
    let mut spec = json!({ "futureField": { "deep": [1, null, 2.5] } });
    let inits = match u.int_in_range(0..=5)? {
        0 => json!([{ "name": "proxy", "image": "p", "restartPolicy": "Always" }]),
        1 => json!([{ "name": "istio-init", "image": "i" }, { "name": "own", "image": "o", "command": ["/x"] }]),
        2 => json!([]),
        3 => json!([{ "name": "init", "image": "i", "resources": resources(u)? }]),
        _ => Value::Null,
    };
    if !inits.is_null() {
        spec["initContainers"] = inits;
    }
    spec["containers"] = containers.into();
    if u.ratio(1, 4)? {
        spec["securityContext"] = json!({ "runAsUser": 0 });
    }
    match u.int_in_range(0..=7)? {
        0 => spec["restartPolicy"] = json!("Never"),
        1 => spec["restartPolicy"] = json!("OnFailure"),
        2 => spec["restartPolicy"] = json!("Always"),
        _ => {}
    }
    match u.int_in_range(0..=15)? {
        0 => spec["hostNetwork"] = json!(true),
        1 => spec["os"] = json!({ "name": "windows" }),
        2 => spec["volumes"] = json!([{ "name": "data", "emptyDir": {} }]),
        3 => spec["imagePullSecrets"] = json!([{ "name": "pull" }]),
        4 => spec["resources"] = json!({ "limits": { "cpu": "1" } }),
        5 => spec["volumes"] = json!([]),
        6 => spec["activeDeadlineSeconds"] = json!(30),
        _ => {}
    }
    Ok(json!({ "metadata": { "labels": { "app": "web" }, "annotations": annotations(u)? }, "spec": spec }))
}

/// Something that the rest of the cluster may say: an object, a list, or a word of [`crate::facts`].
pub(crate) fn fact(u: &mut Unstructured<'_>) -> Result<Value> {
    let workload = |u: &mut Unstructured<'_>| -> Result<Value> {
        let mut workload = json!({
            "metadata": { "name": *u.choose(&["web", "db", "migrate"])?, "labels": { "app": "web" } },
            "spec": { "selector": { "app": *u.choose(&["web", "db"])? }, "template": template(u)? },
        });
        match u.int_in_range(0..=7)? {
            0 => workload["spec"]["type"] = json!("ExternalName"),
            1 => workload["spec"]["ports"] = json!([{ "name": "http", "port": 80 }, { "port": 5432 }]),
            2 => workload["spec"]["publishNotReadyAddresses"] = json!(true),
            3 => workload["spec"]["ttlSecondsAfterFinished"] = json!(1),
            4 => {
                workload["metadata"]["annotations"] =
                    json!({ "helm.sh/hook": "post-install", "waitwarden.io/depends-on": "service/web" });
            }
            _ => {}
        }
        if u.ratio(1, 8)? {
            spoil(u, &mut workload)?;
        }
        Ok(workload)
    };
    Ok(match u.int_in_range(0..=9)? {
        0..=2 => json!({ "allowed": true }),
        3 => json!({ "allowed": false }),
        4 | 5 => workload(u)?,
        6 | 7 => {
            let items = (0..u.int_in_range(0..=3)?).map(|_| workload(u)).collect::<Result<Vec<_>>>()?;
            json!({ "metadata": { "continue": *u.choose(&["", "more"])? }, "items": items })
        }
        8 => json!(*u.choose(&["absent", "denied", "failed", "unknown", "broken"])?),
        _ => odd(u)?,
    })
}
