//! The package that Artifact Hub shows, and every annotation that it cannot be made of.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_module::{Addition, Metadata, artifacthub};

const CREATED: &str = "2026-11-24T01:00:00+01:00";

fn with(annotations: &Value) -> Metadata {
    Metadata::read(&json!({
        "rules": [
            { "apiGroups": ["", "it's"], "apiVersions": ["*"], "resources": ["pods", "a/*", "yes"], "operations": ["*"] },
        ],
        "mutating": false,
        "contextAwareResources": [{ "apiVersion": "v1", "kind": "Service" }, { "apiVersion": "apps/v1", "kind": "Deployment" }],
        "annotations": annotations,
    }))
    .unwrap()
}

fn required() -> Value {
    json!({
        "io.kubewarden.policy.version": "1.2.3-rc.1",
        "io.kubewarden.policy.title": "a",
        "io.kubewarden.policy.description": "d",
        "io.artifacthub.displayName": "A",
        "io.kubewarden.policy.ociUrl": "ghcr.io/x/policies/a",
    })
}

fn mistakes(metadata: &Metadata, created: &str, questions: Option<&str>) -> Vec<String> {
    artifacthub(metadata, created, questions, &[]).unwrap_err().iter().map(ToString::to_string).collect()
}

/// The keys, their order and the values are those of `kwctl scaffold artifacthub` 1.36; the words of `install` are ours.
#[test]
fn everything_that_is_annotated_is_shown() {
    let mut annotations = required();
    let more = json!({
        "io.kubewarden.policy.license": "Apache-2.0",
        "io.kubewarden.policy.url": "https://example.com",
        "io.kubewarden.policy.source": "https://github.com/x/y",
        "io.kubewarden.policy.author": "A B <a@b.co>, c@d.org",
        "io.kubewarden.policy.severity": "low",
        "io.artifacthub.keywords": " pod,wait for it ",
        "io.artifacthub.resources": "Pod, Service",
        "io.kubewarden.hidden-ui": "true",
        "com.github.release.tag": "a/v1.2.3 b",
    });
    annotations.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let image = "ghcr.io/x/policies/a:v1.2.3-rc.1";
    let expected = json!({
        "version": "1.2.3-rc.1",
        "name": "a",
        "displayName": "A",
        "createdAt": "2026-11-24T00:00:00Z",
        "description": "d",
        "license": "Apache-2.0",
        "homeURL": "https://example.com/",
        "containersImages": [{ "name": "policy", "image": image }],
        "keywords": ["pod", "wait for it"],
        "links": [
            { "name": "policy", "url": "https://github.com/x/y/releases/download/a%2Fv1.2.3+b/policy.wasm" },
            { "name": "source", "url": "https://github.com/x/y" },
        ],
        "install": format!(
            "Pull the policy with [kwctl](https://docs.kubewarden.io/howtos/install-kwctl):\n\n```console\nkwctl pull \
             {image}\n```\n\nThen let it write a manifest, and set what you need:\n\n```console\nkwctl scaffold manifest -t \
             ClusterAdmissionPolicy registry://{image}\n```\n"
        ),
        "maintainers": [{ "name": "A B", "email": "a@b.co" }, { "name": "", "email": "c@d.org" }],
        "provider": { "name": "kubewarden" },
        "recommendations": [{ "url": "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller" }],
        "annotations": {
            "kubewarden/contextAwareResources":
                "- apiVersion: apps/v1\n  kind: Deployment\n- apiVersion: v1\n  kind: Service\n",
            "kubewarden/hidden-ui": "true",
            "kubewarden/mutation": "false",
            "kubewarden/questions-ui": "questions: []\n",
            "kubewarden/resources": "Pod, Service",
            "kubewarden/rules":
                "- apiGroups:\n  - ''\n  - 'it''s'\n  apiVersions:\n  - '*'\n  resources:\n  - pods\n  - a/*\n  - 'yes'\n  \
                 operations:\n  - '*'\n",
        },
    });
    let package = artifacthub(&with(&annotations), CREATED, Some("questions: []\n"), &[]).unwrap();
    // As texts: the order counts.
    assert_eq!(format!("{package:#}"), format!("{expected:#}"));
}

#[test]
fn what_is_not_annotated_is_left_out() {
    let metadata = Metadata::read(&json!({ "rules": [], "mutating": true, "annotations": required() })).unwrap();
    let package = artifacthub(&metadata, CREATED, None, &[]).unwrap();
    let keys: Vec<&str> = package.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "version",
            "name",
            "displayName",
            "createdAt",
            "description",
            "containersImages",
            "install",
            "provider",
            "recommendations",
            "annotations"
        ]
    );
    assert_eq!(package["annotations"], json!({ "kubewarden/mutation": "true", "kubewarden/rules": "[]\n" }));
}

#[test]
fn elsewhere_than_on_github_there_is_no_link_to_a_module() {
    let mut annotations = required();
    annotations["io.kubewarden.policy.source"] = json!("https://git.example.com/x");
    annotations["io.kubewarden.policy.ociUrl"] = json!("x/a");
    let package = artifacthub(&with(&annotations), CREATED, None, &[]).unwrap();
    assert_eq!(package["links"], json!([{ "name": "source", "url": "https://git.example.com/x" }]));
    assert_eq!(package["containersImages"], json!([{ "name": "policy", "image": "docker.io/x/a:v1.2.3-rc.1" }]));
}

#[test]
fn additions_are_added() {
    let additions = [
        Addition::Provider("x".to_owned()),
        Addition::Image { name: "wait".to_owned(), image: "ghcr.io/x/wait:1".to_owned() },
    ];
    let package = artifacthub(&with(&required()), CREATED, None, &additions).unwrap();
    assert_eq!(package["provider"], json!({ "name": "x" }));
    assert_eq!(package["containersImages"][1], json!({ "name": "wait", "image": "ghcr.io/x/wait:1" }));
}

#[test]
fn every_annotation_that_is_missing_or_wrong_is_named() {
    assert_eq!(
        mistakes(&with(&json!(null)), "today", Some("")),
        [
            "annotations.io.kubewarden.policy.ociUrl: it is missing, and Artifact Hub wants it; expected where the policy is \
             published, such as ghcr.io/OWNER/policies/NAME",
            "annotations.io.kubewarden.policy.version: it is missing, and Artifact Hub wants it; expected a semantic version, \
             such as 1.0.0",
            "annotations.io.kubewarden.policy.title: it is missing, and Artifact Hub wants it; expected the name of the \
             package, such as `waitwarden`",
            "annotations.io.artifacthub.displayName: it is missing, and Artifact Hub wants it; expected a name for people",
            "createdAt: `today` is no time; expected RFC 3339, such as 2026-11-24T00:00:00Z",
            "annotations.io.kubewarden.policy.description: it is missing, and Artifact Hub wants it; expected one line",
            "questions-ui.yml: it is empty; expected questions, or no such file",
        ]
    );
    let mut annotations = required();
    let more = json!({
        "io.kubewarden.policy.ociUrl": "https://ghcr.io/x/a",
        "io.kubewarden.policy.url": "example",
        "io.kubewarden.policy.source": "@&*foo",
        "io.kubewarden.policy.author": "The authors",
        "io.artifacthub.keywords": "a,,b",
        "io.kubewarden.hidden-ui": "yes",
    });
    annotations.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!(
        mistakes(&with(&annotations), CREATED, None),
        [
            "annotations.io.kubewarden.policy.ociUrl: `https://ghcr.io/x/a`, with the tag v1.2.3-rc.1, is no image reference \
             (invalid reference format); expected REGISTRY/REPOSITORY without scheme and tag, such as \
             ghcr.io/OWNER/policies/NAME",
            "annotations.io.kubewarden.policy.url: `example` is no URL (relative URL without a base); expected one such as \
             https://github.com/OWNER/NAME",
            "annotations.io.artifacthub.keywords: a keyword of `a,,b` is empty; expected words between commas",
            "annotations.io.kubewarden.policy.source: `@&*foo` is no URL (relative URL without a base); expected one such as \
             https://github.com/OWNER/NAME",
            "annotations.io.kubewarden.policy.author: `The authors` has no address that could be used (Missing separator \
             character '@'.); expected NAME <ADDRESS>, such as `Jane Doe <jane@example.com>`, several with commas",
            "annotations.io.kubewarden.hidden-ui: `yes` is not possible; expected \"true\" or \"false\"",
        ]
    );
}
