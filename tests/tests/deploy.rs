//! The manifests in `deploy/`: what is in them, and what the policy makes of objects when they run it.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use waitwarden_tests::{binary, documents, root, yaml};

/// When a request is about something that declares something; as it was tried on an API server.
const CONDITION: &str = "[object.?metadata, object.?spec.?template.?metadata, \
    object.?spec.?jobTemplate.?spec.?template.?metadata, object.?template.?metadata]\
    .exists(m, m.?annotations.orValue({}).exists(k, k.startsWith('waitwarden.io/')))";

/// The fields of a `ClusterAdmissionPolicy`'s spec. Source: Kubewarden 1.36 `api/policies/v1/policy.go`.
const POLICY: [&str; 19] = [
    "allowInsideAdmissionControllerNamespace",
    "backgroundAudit",
    "contextAwareResources",
    "failurePolicy",
    "hostCapabilities",
    "matchConditions",
    "matchPolicy",
    "message",
    "mode",
    "module",
    "mutating",
    "namespaceSelector",
    "objectSelector",
    "policyServer",
    "rules",
    "settings",
    "sideEffects",
    "timeoutEvalSeconds",
    "timeoutSeconds",
];

/// Those of a `PolicyServer`'s. Source: Kubewarden `api/policies/v1/policyserver_types.go`.
const SERVER: [&str; 15] = [
    "affinity",
    "annotations",
    "env",
    "image",
    "imagePullSecret",
    "insecureSources",
    "limits",
    "maxUnavailable",
    "minAvailable",
    "replicas",
    "requests",
    "securityContexts",
    "serviceAccountName",
    "sourceAuthorities",
    "verificationConfig",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("deploy/") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Every object in a file.
fn objects(file: &Path) -> Vec<Value> {
    documents(&fs::read_to_string(file).expect("a file")).into_iter().map(|document| document.value).collect()
}

fn policies() -> Vec<(PathBuf, Value)> {
    let all = files(&root().join("deploy")).into_iter();
    let all = all.flat_map(|file| objects(&file).into_iter().map(move |object| (file.clone(), object)));
    all.filter(|(_, object)| object["kind"] == "ClusterAdmissionPolicy").collect()
}

fn waitwarden(arguments: &[&str], paths: &[&Path]) -> Output {
    Command::new(binary("waitwarden"))
        .args(arguments)
        .args(paths)
        .current_dir(root())
        .output()
        .expect("waitwarden runs")
}

#[test]
fn the_command_line_has_nothing_to_say_about_them() {
    let output = waitwarden(&["lint", "--isolated", "deploy"], &[]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let count = files(&root().join("deploy")).iter().map(|file| objects(file).len()).sum::<usize>();
    assert!(said.starts_with(&format!("Checked {count} objects in ")) && said.ends_with(": no findings.\n"), "{said}");
}

#[test]
fn they_have_only_fields_that_kubewarden_knows() {
    let mut seen = BTreeSet::new();
    for file in files(&root().join("deploy")) {
        for object in objects(&file) {
            let known: &[&str] = match object["kind"].as_str().expect("a kind") {
                "ClusterAdmissionPolicy" => &POLICY,
                "PolicyServer" => &SERVER,
                _ => continue,
            };
            assert_eq!(object["apiVersion"], "policies.kubewarden.io/v1");
            for key in object["spec"].as_object().expect("a spec").keys() {
                assert!(known.contains(&key.as_str()), "{}: {key}", file.display());
            }
            seen.insert(object["kind"].to_string());
        }
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn they_say_what_the_metadata_says() {
    let metadata = yaml(&fs::read_to_string(root().join("policy/metadata.yml")).expect("policy/metadata.yml"));
    let oci = metadata["annotations"]["io.kubewarden.policy.ociUrl"].as_str().expect("an address");
    let policies = policies();
    assert_eq!(policies.len(), 6);
    for (file, policy) in policies {
        let (file, spec) = (file.display(), &policy["spec"]);
        assert_eq!(spec["module"], format!("registry://{oci}:v{}", env!("CARGO_PKG_VERSION")), "{file}");
        assert_eq!(spec["contextAwareResources"], metadata["contextAwareResources"], "{file}");
        let rules = |rules: &Value| -> BTreeSet<String> {
            rules.as_array().expect("rules").iter().map(Value::to_string).collect()
        };
        assert_eq!(rules(&spec["rules"]), rules(&metadata["rules"]), "{file}");
        let expression = spec["matchConditions"][0]["expression"].as_str().expect("a condition");
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(plain(expression), plain(CONDITION), "{file}");
        assert_eq!(
            spec["namespaceSelector"]["matchExpressions"][0],
            json!({ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system", "kubewarden"] }),
            "{file}"
        );
        let mutates = spec["settings"]["mode"] == "mutate";
        assert_eq!(spec["mutating"], mutates, "{file}");
        assert_eq!(spec["backgroundAudit"], !mutates, "{file}");
        assert_eq!(spec["failurePolicy"], "Fail", "{file}");
    }
}

/// What comes of one Pod, by file: how many errors and notes, and whether it is changed or not even asked about.
#[test]
fn they_do_what_their_first_lines_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let pod = |namespace: &str, annotations: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: {namespace}\n  annotations:\n    {annotations}\n\
             spec:\n  containers:\n    - {{name: web, image: \"web:1\", readinessProbe: {{tcpSocket: {{port: 80}}}}}}\n"
        )
    };
    let namespaces = write(
        "namespaces.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n",
    );
    let declares = "waitwarden.io/depends-on: tcp://db.example.com:5432";
    let cases = [
        ("declares", pod("shop", declares)),
        ("plain", pod("shop", "example.com/waitwarden.io: x")),
        ("system", pod("kube-system", declares)),
    ];
    for (file, errors, notes, touched) in [
        ("mutate", 0, 0, true),
        ("validate", 1, 0, false),
        ("mutate-and-validate", 0, 0, true),
        ("monitor", 0, 1, false),
        ("openshift", 0, 0, true),
    ] {
        let policy = root().join("deploy").join(file).with_extension("yaml");
        for (case, text) in &cases {
            let path = write(&format!("{case}.yaml"), text);
            let arguments = ["lint", "--isolated", "--format", "json", "--policy"];
            let output = waitwarden(&arguments, &[&policy, Path::new("--context"), &namespaces, &path]);
            let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let rules: Vec<&Value> = report["findings"].as_array().expect("findings").iter().collect();
            let count = |severity: &str| rules.iter().filter(|finding| finding["severity"] == severity).count();
            let (asked, expected) = (*case == "declares", (errors, notes));
            let found = (count("error"), count("note"));
            assert_eq!(found, if asked { expected } else { (0, 0) }, "{file}, {case}: {rules:?}");
            let rendered = waitwarden(
                &["render", "--isolated", "--policy"],
                &[&policy, Path::new("--context"), &namespaces, &path],
            );
            let changed = rendered.stdout != text.as_bytes() && rendered.status.success();
            assert_eq!(changed, asked && touched, "{file}, {case}");
        }
    }
}
