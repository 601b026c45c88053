//! Policies as a cluster asks them: manifests, their order, what they are asked about; and requests other than CREATE.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/module.rs"]
mod module;

use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[derive(Debug)]
struct Run {
    out: String,
    err: String,
    code: i32,
}

fn run(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.args(args).current_dir(folder).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    Run {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A policy that answers every `validate` with the same text, in a file.
fn module(folder: &TempDir, name: &str, answer: &str) {
    std::fs::write(folder.path().join(name), module::answering(answer)).unwrap();
}

const CONFIG: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: config
  namespace: shop
  labels: {tier: web}
data: {}
";

const ADDS: &str = r#"{"accepted":true,"mutated_object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"config","namespace":"shop","labels":{"tier":"web"}},"data":{"added":"yes"}}}"#;
const REFUSES: &str = r#"{"accepted":false,"message":"no"}"#;

/// A policy that is asked about everything, with more in its spec.
fn manifest(name: &str, module: &str, more: &str) -> String {
    format!(
        "apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata: {{name: {name}}}
spec:
  module: file://{module}
  rules: [{{apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*']}}]
{more}"
    )
}

/// What `lint` says of the `ConfigMap`, where a policy that refuses everything has this in its spec.
fn refuser(more: &str) -> (String, String, i32) {
    let folder = folder(&[("config.yaml", CONFIG), ("policy.yaml", &manifest("refuser", "no.wasm", more))]);
    module(&folder, "no.wasm", REFUSES);
    let run = run(folder.path(), &["lint", "--policy", "policy.yaml", "config.yaml"]);
    let first = run.out.lines().next().unwrap_or_default().to_owned();
    (first, run.err, run.code)
}

#[test]
fn a_manifest_is_honoured() {
    let refused = ("error[policy]: no".to_owned(), String::new(), 1);
    let outside = "Checked 1 object in 1 file: no findings; 1 object outside the policy's rules.";
    let unasked = (outside.to_owned(), String::new(), 0);
    assert_eq!(refuser(""), refused);
    assert_eq!(refuser("  mode: protect\n"), refused);
    assert_eq!(refuser("  mode: monitor\n"), ("note[policy]: no".to_owned(), String::new(), 0));
    assert_eq!(refuser("  objectSelector: {matchLabels: {tier: web}}\n"), refused);
    assert_eq!(refuser("  objectSelector: {matchLabels: {tier: db}}\n"), unasked);
    let name = |operator: &str, name: &str| {
        format!(
            "  namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: {operator}, values: [{name}]}}]}}\n"
        )
    };
    assert_eq!(refuser(&name("In", "shop")), refused);
    assert_eq!(refuser(&name("In", "other")), unasked);
    assert_eq!(refuser(&name("NotIn", "shop")), unasked);
    let condition = |expression: &str| format!("  matchConditions: [{{name: c, expression: \"{expression}\"}}]\n");
    assert_eq!(refuser(&condition("object.metadata.name == 'config'")), refused);
    assert_eq!(refuser(&condition("request.operation == 'DELETE'")), unasked);
    assert_eq!(refuser(&condition("object.metadata.labels.exists(key, key == 'tier')")), refused);
    assert_eq!(refuser(&condition("!('kube-system' == request.namespace)")), refused);
}

#[test]
fn what_cannot_be_known_is_said() {
    let team = "  namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}\n";
    let (out, _, code) = refuser(team);
    assert_eq!(
        out,
        "note[not-evaluated]: the policy refuser is not asked: its namespaceSelector asks for the label `team` of the \
         namespace `shop`, which no manifest here shows"
    );
    assert_eq!(code, 3);
    let (out, _, code) = refuser(
        "  matchConditions: [{name: who, expression: \"authorizer.group('').resource('pods').check('get').allowed()\"}]\n",
    );
    assert!(
        out.starts_with("note[not-evaluated]: the policy refuser is not asked: its condition `who` cannot be"),
        "{out}"
    );
    assert_eq!(code, 3);
    // A key that is not there is an error in the cluster, too: there the failure policy decides.
    let missing = "  matchConditions: [{name: c, expression: \"object.nothing == 1\"}]\n";
    assert_eq!(refuser(missing).0, "error[policy]: refuser: its condition `c` fails: no such key: nothing");
    assert_eq!(refuser(&format!("{missing}  failurePolicy: Ignore\n")).2, 0);
}

#[test]
fn labels_of_a_namespace_that_kubewarden_drops_are_told() {
    let (out, err, code) = refuser("  namespaceSelector: {matchLabels: {team: a}}\n");
    assert_eq!((out.as_str(), code), ("error[policy]: no", 1));
    assert!(err.starts_with("note: policy.yaml:7:"), "{err}");
    assert!(err.contains("write them as `matchExpressions`"), "{err}");
}

#[test]
fn mutating_policies_come_first_and_in_order() {
    let policies = [
        manifest("b", "adds.wasm", "  mutating: true\n"),
        manifest("a", "says.wasm", ""),
        manifest("c", "says.wasm", "  mutating: true\n"),
    ];
    let folder = folder(&[("config.yaml", CONFIG), ("policies.yaml", &policies.join("---\n"))]);
    module(&folder, "adds.wasm", ADDS);
    module(&folder, "says.wasm", r#"{"accepted":true,"warnings":["here"]}"#);
    let run = run(folder.path(), &["lint", "--policy", "policies.yaml", "config.yaml"]);
    let said: Vec<&str> = run.out.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(said, ["warning[policy]: c: here", "warning[policy]: a: here"], "{run:?}");
    assert!(run.out.contains("2 warnings; the policy changes 1 object.\n"), "{run:?}");
    let run = self::run(folder.path(), &["render", "-q", "--policy", "policies.yaml", "config.yaml"]);
    assert!(run.out.contains("added: "), "{run:?}");
}

#[test]
fn a_policy_that_may_not_change_anything_is_held_to_it() {
    let folder = folder(&[("config.yaml", CONFIG), ("policy.yaml", &manifest("adder", "adds.wasm", ""))]);
    module(&folder, "adds.wasm", ADDS);
    let run = run(folder.path(), &["lint", "--policy", "policy.yaml", "config.yaml"]);
    assert!(
        run.out.starts_with(
            "error[policy]: the policy adder wants to change the object, and its manifest says `mutating: false`"
        ),
        "{run:?}"
    );
    assert_eq!(run.code, 1);
}

#[test]
fn a_namespaced_policy_is_for_its_namespace() {
    let policy = |namespace: &str| {
        manifest("one", "no.wasm", "")
            .replace("ClusterAdmissionPolicy", "AdmissionPolicy")
            .replace("{name: one}", &format!("{{name: one, namespace: {namespace}}}"))
    };
    let folder = folder(&[("config.yaml", CONFIG), ("shop.yaml", &policy("shop")), ("other.yaml", &policy("other"))]);
    module(&folder, "no.wasm", REFUSES);
    assert_eq!(run(folder.path(), &["lint", "--policy", "shop.yaml", "config.yaml"]).code, 1);
    assert_eq!(run(folder.path(), &["lint", "--policy", "other.yaml", "config.yaml"]).code, 0);
}

#[test]
fn a_manifest_that_is_wrong_is_wrong_usage() {
    for (text, expected) in [
        (manifest("p", "no.wasm", "  mode: watch\n"), "policy.yaml:7:9: mode: unknown variant `watch`"),
        (manifest("p", "no.wasm", "  setings: {}\n"), "policy.yaml:7:"),
        (manifest("p", "gone.wasm", ""), "policy.yaml:5:11: module: gone.wasm: "),
        (
            manifest("p", "no.wasm", "").replace("file://no.wasm", "registry://ghcr.io/a/b:v1"),
            // Nothing is fetched here: this run has no home.
            "policy.yaml:5:11: module: there is no folder for the cache; set XDG_CACHE_HOME, or HOME",
        ),
        (
            manifest("p", "no.wasm", "").replace("ClusterAdmissionPolicy", "ClusterAdmissionPolicyGroup"),
            "policy.yaml:2:7: policy groups are not evaluated here",
        ),
        (
            manifest("p", "no.wasm", "").replace("kubewarden.io/v1", "kubewarden.io/v1alpha2"),
            "policy.yaml:1:13: expected",
        ),
        (CONFIG.to_owned(), "policy.yaml:1:1: this is no policy"),
        (String::new(), "policy.yaml: there is no policy in it"),
    ] {
        let folder = folder(&[("config.yaml", CONFIG), ("policy.yaml", &text)]);
        module(&folder, "no.wasm", REFUSES);
        let run = run(folder.path(), &["lint", "--policy", "policy.yaml", "config.yaml"]);
        assert!(run.err.contains(expected), "{expected}\n{run:?}");
        assert_eq!((run.out.as_str(), run.code), ("", 2), "{run:?}");
    }
}

#[test]
fn a_manifest_may_name_the_policy_of_the_release() {
    let version = env!("CARGO_PKG_VERSION");
    let named = |tag: &str| {
        manifest("waitwarden", "x", "  mutating: true\n  settings: {mode: validate}\n")
            .replace("file://x", &format!("registry://ghcr.io/waitwarden/policies/waitwarden:{tag}"))
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations: {waitwarden.io/depends-on: job/a}\n\
               spec: {containers: [{name: a, image: a}]}\n";
    let folder =
        folder(&[("pod.yaml", pod), ("this.yaml", &named(&format!("v{version}"))), ("other.yaml", &named("v9.9.9"))]);
    let this = run(folder.path(), &["lint", "--policy", "this.yaml", "pod.yaml"]);
    assert!(this.out.contains("error[no-wait-container]"), "{this:?}");
    let other = run(folder.path(), &["lint", "--policy", "other.yaml", "pod.yaml"]);
    assert_eq!(other.code, 2);
    // Another release is fetched.
    assert!(other.err.contains("module: there is no folder for the cache"), "{other:?}");
}

#[test]
fn updates_replace_what_was_there() {
    let old = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    metadata:\n      \
               annotations: {waitwarden.io/depends-on: svc/a}\n    spec: {containers: [{name: a, image: a}]}\n";
    let added = old.replace("name: web", "name: new");
    let folder = folder(&[("old.yaml", old), ("same.yaml", old), ("new.yaml", &added)]);
    let lint = |file: &str| run(folder.path(), &["lint", "--operation", "update", "--old", "old.yaml", file]);
    // Nothing changed, so nothing is refused: controllers update their objects all the time.
    let same = lint("same.yaml");
    assert!(same.out.starts_with("warning[invalid-dependency]"), "{same:?}");
    assert_eq!(same.code, 0);
    let new = lint("new.yaml");
    assert!(new.out.starts_with("note[created]: it is not among the old objects"), "{new:?}");
    assert_eq!(new.code, 1);
    let deleted = run(folder.path(), &["lint", "--operation", "delete", "new.yaml"]);
    assert_eq!(deleted.code, 0, "{deleted:?}");
    for wrong in [&["--operation", "update"][..], &["--old", "old.yaml"], &["--group", "g"]] {
        assert_eq!(run(folder.path(), &[&["lint", "same.yaml"], wrong].concat()).code, 2, "{wrong:?}");
    }
}
