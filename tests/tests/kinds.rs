//! Nine kinds through `waitwarden render`: each comes out with a wait container that Pod Security `restricted` accepts,
//! at its own path, and nothing else changed.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use waitwarden_tests::{binary, documents, root};

/// Where the template of each kind stands.
const TEMPLATES: [(&str, &str); 9] = [
    ("CronJob", "/spec/jobTemplate/spec/template"),
    ("DaemonSet", "/spec/template"),
    ("Deployment", "/spec/template"),
    ("Job", "/spec/template"),
    ("Pod", ""),
    ("PodTemplate", "/template"),
    ("ReplicaSet", "/spec/template"),
    ("ReplicationController", "/spec/template"),
    ("StatefulSet", "/spec/template"),
];

/// What `restricted` asks of a container. Source: Kubernetes' Pod Security Standards.
fn assert_restricted(container: &Value) {
    let context = &container["securityContext"];
    assert_eq!(context["allowPrivilegeEscalation"], json!(false));
    assert_eq!(context["capabilities"], json!({ "drop": ["ALL"] }));
    assert_eq!(context["runAsNonRoot"], json!(true));
    assert_eq!(context["seccompProfile"], json!({ "type": "RuntimeDefault" }));
    let forbidden = ["privileged", "procMount", "seLinuxOptions", "runAsUser", "windowsOptions"];
    let there: Vec<_> = forbidden.into_iter().filter(|key| !context[key].is_null()).collect();
    assert_eq!(there, Vec::<&str>::new());
    for key in ["ports", "lifecycle", "livenessProbe"] {
        assert_eq!(container[key], Value::Null, "{key}");
    }
}

/// Only the kinds of volumes that `restricted` knows.
fn assert_volume(volume: &Value) {
    let kinds: Vec<&String> = volume.as_object().expect("a volume").keys().filter(|key| *key != "name").collect();
    assert_eq!(kinds, ["projected"]);
}

/// Takes away what the policy adds; what is left should be what came in.
fn without_ours(template: &mut Value) -> Value {
    let spec = template["spec"].as_object_mut().expect("a spec");
    let mut ours = Value::Null;
    for (key, name) in [("initContainers", "wait-for-dependencies"), ("volumes", "waitwarden-api-access")] {
        let list = spec.get_mut(key).and_then(Value::as_array_mut).expect(key);
        let at = list.iter().position(|item| item["name"] == name).expect(name);
        let item = list.remove(at);
        if key == "volumes" {
            assert_volume(&item);
        } else {
            ours = item;
        }
        if list.is_empty() {
            spec.shift_remove(key);
        }
    }
    ours
}

#[test]
fn nothing_but_the_plan_is_added() {
    let path = root().join("tests/data/nine-kinds.yaml");
    let text = fs::read_to_string(&path).expect("the manifests");
    let output = Command::new(binary("waitwarden")).arg("render").arg(&path).output().expect("waitwarden runs");
    let rendered = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (before, after) = (documents(&text), documents(&rendered));
    let mut kinds: Vec<&str> = after.iter().map(|document| document.value["kind"].as_str().expect("a kind")).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, TEMPLATES.map(|(kind, _)| kind));
    for (before, after) in before.iter().zip(&after) {
        let kind = before.value["kind"].as_str().expect("a kind");
        let (_, pointer) = TEMPLATES.iter().find(|(known, _)| *known == kind).expect("a kind");
        let mut stripped = after.value.clone();
        let container = without_ours(stripped.pointer_mut(pointer).expect("a template"));
        assert_eq!(container["command"], json!(["/waitwarden-wait"]), "{kind}");
        assert_eq!(container["args"].as_array().expect("arguments").last(), Some(&json!("service/api:80")), "{kind}");
        assert_restricted(&container);
        assert_eq!(stripped.to_string(), before.value.to_string(), "{kind}: something else changed");
    }
    // Not a byte of the text either: every line that was there is there, in its order.
    let mut lines = rendered.lines();
    for line in text.lines() {
        assert!(lines.any(|rendered| rendered == line), "lost or moved: {line}");
    }
}

/// What a release wrote is accepted by every later one of the same major: a new release must not stop a cluster.
#[test]
fn what_every_release_wrote_is_accepted() {
    let folder = root().join("tests/goldens");
    let settings = root().join("examples/settings/validate.yaml");
    let mut releases = 0;
    for golden in fs::read_dir(folder).expect("the goldens").map(|entry| entry.expect("an entry").path()) {
        let output = Command::new(binary("waitwarden"))
            .args(["lint", "--settings"])
            .args([&settings, &golden])
            .output()
            .expect("waitwarden runs");
        let report = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}: {report}", golden.display());
        assert!(!report.contains("error["), "{report}");
        releases += 1;
    }
    assert!(releases > 0, "no golden was found");
}

#[test]
fn rendering_what_was_rendered_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |path: &std::path::Path| {
        let output = Command::new(binary("waitwarden")).arg("render").arg(path).output().expect("waitwarden runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let once = run(&root().join("tests/data/nine-kinds.yaml"));
    let path = folder.path().join("once.yaml");
    fs::write(&path, &once).expect("write");
    assert_eq!(run(&path), once);
    let settings = root().join("examples/settings/validate.yaml");
    let judge = |path: &std::path::Path| {
        let output = Command::new(binary("waitwarden"))
            .args(["lint", "--format", "json", "--settings"])
            .args([settings.as_path(), path])
            .output()
            .expect("waitwarden runs");
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), report["findings"].as_array().expect("findings").clone())
    };
    assert_eq!(judge(&path), (Some(0), Vec::new()), "what was rendered is accepted");
    let (code, findings) = judge(&root().join("tests/data/nine-kinds.yaml"));
    let rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().expect("a rule")).collect();
    assert_eq!((code, rules), (Some(1), vec!["no-wait-container"; 9]), "what was not is refused");
}
