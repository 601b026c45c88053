//! Settings. The bytes are JSON.

use crate::decision;
use serde_json::{Value, json};
use waitwarden_core::Settings;

/// Total; every mistake says where it is; with what was read, requests are decided by the laws.
pub fn settings(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    match Settings::read(&value) {
        Ok(_) => {
            for request in requests() {
                decision::hold(&request, &value);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                let known = value.as_object().into_iter().flatten().any(|(key, _)| error.starts_with(key.as_str()));
                assert!(known || error.starts_with("settings: "), "{error:?} says not where in {value}");
                assert!(error.contains(": "), "{error:?}");
            }
        }
    }
}

/// With something of everything that settings are about.
fn requests() -> [Value; 2] {
    let depends = "service/db:5432 on-loss=restart timeout=30s, monitoring/job/seed\ntcp://db.example.com:1, \
                   https://a.example/$(B) on-loss=unready, pods/app=web";
    let template = json!({
        "metadata": { "annotations": {
            "waitwarden.io/depends-on": depends, "waitwarden.io/readiness": "http://:web/ready",
            "waitwarden.io/on-restart": "rewait",
        } },
        "spec": {
            "securityContext": { "runAsUser": 0 },
            "initContainers": [{ "name": "istio-init", "image": "i" }],
            "containers": [{
                "name": "web", "image": "app:1", "ports": [{ "name": "web", "containerPort": 8080 }],
                "resources": { "limits": { "cpu": "1", "memory": "64Mi" } },
            }],
        },
    });
    let mut pod = template.clone();
    pod["kind"] = json!("Pod");
    let request = |group: &str, kind: &str, object: Value| {
        json!({
            "operation": "CREATE", "namespace": "shop", "kind": { "group": group, "version": "v1", "kind": kind },
            "object": object,
        })
    };
    [
        request("", "Pod", pod),
        request("apps", "Deployment", json!({ "metadata": { "name": "web" }, "spec": { "template": template } })),
    ]
}
