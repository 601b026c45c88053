//! Policies that look around: what they are told of the rest of the cluster, and what they may not ask.

#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/command.rs"]
mod command;

use command::Folder;

const DB: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop}\n";
const WEB: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\n";
const QUESTION: &str = r#"{"api_version":"v1","kind":"Service","namespace":"shop","name":"db","disable_cache":false}"#;

/// A policy that accepts what comes where its question has an answer, and else fails with the reason.
fn asking(namespace: &str, operation: &str, question: &str) -> Vec<u8> {
    let escaped = question.replace('"', "\\\"");
    let text = format!(
        r#"(module
            (import "wapc" "__guest_response" (func $response (param i32 i32)))
            (import "wapc" "__guest_error" (func $error (param i32 i32)))
            (import "wapc" "__host_call" (func $ask (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (import "wapc" "__host_error_len" (func $length (result i32)))
            (import "wapc" "__host_error" (func $reason (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\"v1\"") (data (i32.const 16) "{{\"valid\":true}}") (data (i32.const 64) "{{\"accepted\":true}}")
            (data (i32.const 100) "kubewarden") (data (i32.const 120) "{namespace}") (data (i32.const 160) "{operation}")
            (data (i32.const 256) "{escaped}")
            (func (export "__guest_call") (param $op i32) (param i32) (result i32) (local $bytes i32)
                (if (i32.eq (local.get $op) (i32.const 16))
                    (then (call $response (i32.const 0) (i32.const 4)) (return (i32.const 1))))
                (if (i32.eq (local.get $op) (i32.const 17))
                    (then (call $response (i32.const 16) (i32.const 14)) (return (i32.const 1))))
                (if (call $ask (i32.const 100) (i32.const 10) (i32.const 120) (i32.const {}) (i32.const 160) (i32.const {})
                    (i32.const 256) (i32.const {}))
                    (then (call $response (i32.const 64) (i32.const 17)) (return (i32.const 1))))
                (local.set $bytes (call $length))
                (call $reason (i32.const 1024))
                (call $error (i32.const 1024) (local.get $bytes))
                (i32.const 0)))"#,
        namespace.len(),
        operation.len(),
        question.len()
    );
    wat::parse_str(text).unwrap()
}

/// A folder with the policy and these files.
fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new(files);
    folder.write("policy.wasm", asking("kubernetes", "get_resource", QUESTION));
    folder
}

/// Why the policy could not answer about the `ConfigMap`; none where it could.
fn reason(folder: &Folder, args: &[&str]) -> Option<String> {
    let run = folder.run(&[&["lint", "-q"], args].concat());
    let first = run.out.lines().next().unwrap_or_default();
    match run.code {
        0 => {
            assert_eq!(first, "");
            None
        }
        3 => Some(first.strip_prefix("error[not-evaluated]: the policy failed: ").unwrap().to_owned()),
        _ => panic!("{run:?}"),
    }
}

const POLICY: [&str; 2] = ["--policy", "policy.wasm"];
const UNKNOWN: &str = "unknown: v1 Service `db` in namespace `shop` is not among the manifests";
const ABSENT: &str =
    "Callback evaluation failure: Cannot find v1/Service named 'db' inside of namespace 'Some(\"shop\")'";

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&POLICY, args].concat()
}

#[test]
fn what_is_among_the_manifests_is_there_and_the_rest_unknown() {
    let folder = folder(&[("web.yaml", WEB), ("cluster/db.yaml", DB)]);
    assert_eq!(reason(&folder, &with(&["web.yaml"])).as_deref(), Some(UNKNOWN));
    assert_eq!(reason(&folder, &with(&["--closed-world", "web.yaml"])).as_deref(), Some(ABSENT));
    // The manifests that are looked at, and those that are already there.
    for args in [&["web.yaml", "cluster"][..], &["--context", "cluster", "web.yaml"]] {
        assert_eq!(reason(&folder, &with(args)), None);
        assert_eq!(reason(&folder, &with(&[&["--closed-world"], args].concat())), None);
    }
}

#[test]
fn standard_input_is_looked_at_and_asked_about() {
    let folder = folder(&[]);
    let run = folder.feed(&["lint", "-q", "--policy", "policy.wasm"], &format!("{WEB}---\n{DB}"));
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn a_manifest_that_cannot_be_read_leaves_the_world_open() {
    let folder = folder(&[("web.yaml", WEB), ("broken.yaml", "a: [\n")]);
    let run = folder.run(&["lint", "-q", "--policy", "policy.wasm", "--closed-world", "."]);
    assert_eq!(run.code, 3);
    assert!(run.out.contains(UNKNOWN), "{}", run.out);
    let run = folder.run(&["lint", "--policy", "policy.wasm", "--context", "broken.yaml", "web.yaml"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.starts_with("error: --context broken.yaml:"), "{}", run.err);
}

#[test]
fn a_policy_sees_what_its_manifest_grants() {
    let folder = folder(&[("web.yaml", WEB), ("db.yaml", DB)]);
    let manifest = |kind: &str, more: &str| {
        format!(
            "apiVersion: policies.kubewarden.io/v1\nkind: {kind}\nmetadata: {{name: looks, namespace: shop}}\nspec:\n  \
             module: file://policy.wasm\n  rules: [{{apiGroups: [''], apiVersions: [v1], resources: [configmaps], \
             operations: [CREATE]}}]\n{more}"
        )
    };
    let denied =
        "Policy has not been granted access to Kubernetes v1/Service resources. The violation has been reported.";
    let granted = "  contextAwareResources: [{apiVersion: v1, kind: Service}]\n";
    for (kind, more, expected) in [
        ("ClusterAdmissionPolicy", "", Some(denied)),
        ("ClusterAdmissionPolicy", "  contextAwareResources: [{apiVersion: v1, kind: Secret}]\n", Some(denied)),
        ("ClusterAdmissionPolicy", granted, None),
        ("AdmissionPolicy", "", Some(denied)),
    ] {
        folder.write("policy.yaml", manifest(kind, more));
        let args = ["--policy", "policy.yaml", "web.yaml", "db.yaml"];
        assert_eq!(reason(&folder, &args).as_deref(), expected, "{kind} {more}");
    }
}

#[test]
fn the_network_is_asked_only_when_it_may_be() {
    let folder = Folder::new(&[("web.yaml", WEB)]);
    folder.write("policy.wasm", asking("net", "v1/dns_lookup_host", "\"127.0.0.1\""));
    assert_eq!(
        reason(&folder, &with(&["web.yaml"])).as_deref(),
        Some("`net/v1/dns_lookup_host` asks the network, which needs --allow-network")
    );
    assert_eq!(reason(&folder, &with(&["--allow-network", "web.yaml"])), None);
    folder.write("policy.wasm", asking("oci", "v2/verify", "{}"));
    assert_eq!(
        reason(&folder, &with(&["web.yaml"])).as_deref(),
        Some("`oci/v2/verify` asks the network, which needs --allow-network")
    );
    assert_eq!(
        reason(&folder, &with(&["--allow-network", "web.yaml"])).as_deref(),
        Some("`oci/v2/verify` is not answered by waitwarden")
    );
}

#[test]
fn suites_say_what_is_in_the_cluster() {
    let folder = folder(&[("web.yaml", WEB), ("db.yaml", DB), ("other.yaml", &DB.replace("name: db", "name: other"))]);
    let suite = |more: &str, expect: &str| {
        format!(
            "apiVersion: waitwarden.io/v1alpha1\nkind: Suite\npolicy: policy.wasm\n{more}cases:\n  - name: looks\n    \
             object: web.yaml\n    context: other.yaml\n    expect: error\n  - name: finds\n    object: web.yaml\n    \
             expect: {expect}\n"
        )
    };
    folder.write("suite.yaml", suite("context: [db.yaml]\n", "allow"));
    let run = folder.run(&["test"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    // A file that no case uses any more is told.
    folder.write("suite.yaml", suite("", "error"));
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("db.yaml"), "{}", run.err);
    folder.write("suite.yaml", suite("context: {a: b}\n", "allow"));
    let run = folder.run(&["test"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("suite.yaml:4:10: expected the path of a file"), "{}", run.err);
}
