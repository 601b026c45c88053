//! What is judged while it is measured: a Deployment as people write it, and its Pod.

use serde_json::{Value, json};

/// A manifest; every one differs from the others.
pub(crate) fn deployment(number: u32) -> String {
    format!(
        "# Application {number}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: shop
  labels:
    app.kubernetes.io/name: app-{number}
  annotations:
    waitwarden.io/depends-on: service/postgres:5432, service/redis:6379
    waitwarden.io/readiness: http://:8080/healthz
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{number}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{number}
    spec:
      serviceAccountName: app
      containers:
        - name: app
          image: registry.example.com/shop/app:{number}
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: DATABASE_URL
              value: postgres://postgres:5432/shop
            - name: LOG_LEVEL
              value: info
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          volumeMounts:
            - name: config
              mountPath: /etc/app
      volumes:
        - name: config
          configMap:
            name: app-{number}
"
    )
}

/// The Pod behind it, as its ReplicaSet makes it, with these annotations.
pub(crate) fn pod(annotations: &[(&str, &str)]) -> Value {
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "app-0",
            "namespace": "shop",
            "labels": {"app.kubernetes.io/name": "app"},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "app-5d59d67564", "controller": true,
                "uid": "0f3d9a52-6c1e-4b7e-9d0a-3f5a1f2b4c6d", "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "serviceAccountName": "app",
            "containers": [{
                "name": "app",
                "image": "registry.example.com/shop/app:1",
                "ports": [{"name": "http", "containerPort": 8080}],
                "env": [
                    {"name": "DATABASE_URL", "value": "postgres://postgres:5432/shop"},
                    {"name": "LOG_LEVEL", "value": "info"},
                ],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "volumeMounts": [{"name": "config", "mountPath": "/etc/app"}],
            }],
            "volumes": [{"name": "config", "configMap": {"name": "app"}}],
        },
    });
    if !annotations.is_empty()
        && let Some(metadata) = pod.get_mut("metadata").and_then(Value::as_object_mut)
    {
        let annotations = annotations.iter().map(|(key, text)| ((*key).to_owned(), Value::from(*text))).collect();
        metadata.insert("annotations".to_owned(), Value::Object(annotations));
    }
    pod
}

/// A Deployment of such Pods.
pub(crate) fn workload(pod: &Value) -> Value {
    let part = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app", "namespace": "shop", "labels": part("/metadata/labels")},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": part("/metadata/labels")},
            "template": {
                "metadata": {"labels": part("/metadata/labels"), "annotations": part("/metadata/annotations")},
                "spec": part("/spec"),
            },
        },
    })
}
