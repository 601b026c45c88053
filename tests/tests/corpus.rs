//! Nothing lost of manifests as people write them: in each workload and Pod a declaration is planted, and outside of what
//! the plan adds it comes out of the module as it went in. `WAITWARDEN_CORPUS` names a folder of further manifests.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use waitwarden::engine::Policy;
use waitwarden_tests::kept::{KINDS, is_ours, mutated, unchanged};
use waitwarden_tests::{documents, exact, root, spec, verdict};

const DEPENDS_ON: &str = "waitwarden.io/depends-on";

/// What was read, and what came of it.
#[derive(Debug, Default)]
struct Count {
    files: usize,
    documents: usize,
    /// Workloads and Pods, by kind.
    workloads: BTreeMap<String, usize>,
    /// Those of them that were compared.
    compared: usize,
    /// Those that were refused, by the rule; they are not changed.
    refused: BTreeMap<String, usize>,
    /// Those that were not tried: the policy wrote something in them already.
    ours: usize,
    /// Those that are left alone: of Windows, of another object, of the kubelet.
    alone: usize,
    wrong: Vec<String>,
}

/// The files of a folder, and of the folders in it.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| !path.is_symlink()) {
        if path.is_dir() {
            files(&path, endings, found);
        } else if path.extension().and_then(|ending| ending.to_str()).is_some_and(|it| endings.contains(&it)) {
            found.push(path);
        }
    }
}

/// The manifests in a file: the file itself, or the YAML blocks of a page.
fn manifests(path: &Path) -> Vec<String> {
    // What is no UTF-8 is no manifest.
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    if path.extension().is_some_and(|ending| ending == "md") {
        let blocks = spec::cases(&text).into_iter().flat_map(|case| case.blocks);
        return blocks.filter(|block| block.info.starts_with("yaml")).map(|block| block.text).collect();
    }
    vec![text]
}

impl Count {
    fn file(&mut self, path: &Path, policy: &Policy) {
        self.files += 1;
        for text in manifests(path) {
            for document in documents(&text) {
                self.documents += 1;
                for (_, object) in document.items() {
                    self.object(object, path, policy);
                }
            }
        }
    }

    fn object(&mut self, object: &Value, path: &Path, policy: &Policy) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let Some((group, kind, pointer)) = KINDS.iter().find(|(g, k, _)| (*g, *k) == (group, text("kind"))) else {
            return;
        };
        *self.workloads.entry((*kind).to_owned()).or_default() += 1;
        let mut before = exact::marked(object);
        let settings = exact::marked(
            &json!({ "inject": "templates", "lookups": { "mode": "off" }, "readiness": { "required": "never" } }),
        );
        if holds_ours(object, pointer) {
            self.ours += 1;
            return;
        }
        undeclare(&mut before, pointer);
        // Without a declaration it is left alone.
        match mutated(policy, (group, kind), &before, &settings) {
            Ok(None) => {}
            other => self.wrong.push(format!("{}: changed without a declaration: {other:?}", path.display())),
        }
        if !plant(&mut before, pointer) {
            *self.refused.entry("(no template)".to_owned()).or_default() += 1;
            return;
        }
        match mutated(policy, (group, kind), &before, &settings) {
            Ok(None) if is_left_alone(&before, pointer) => self.alone += 1,
            Ok(after) => {
                self.compared += 1;
                let after = after.unwrap_or_default();
                let inits = after.pointer(&format!("{pointer}/spec/initContainers")).and_then(Value::as_array);
                if inits.into_iter().flatten().filter(|container| is_ours(container)).count() != 1 {
                    self.wrong.push(format!("{}: nothing waits: {after}", path.display()));
                } else if let Err(why) = unchanged(&before, &after, pointer) {
                    self.wrong.push(format!("{}: {why}", path.display()));
                }
            }
            Err(answer) => {
                let findings = serde_json::from_str::<Value>(&answer).unwrap_or_default();
                let findings = findings.pointer("/audit_annotations/findings").and_then(Value::as_str).unwrap_or("[]");
                let findings: Vec<Value> = serde_json::from_str(findings).unwrap_or_default();
                let mut errors = findings.iter().filter(|finding| finding.get("severity") == Some(&json!("error")));
                let rule = errors.next().and_then(|finding| finding.get("rule")).and_then(Value::as_str);
                match rule {
                    Some(rule) => *self.refused.entry(rule.to_owned()).or_default() += 1,
                    None => self.wrong.push(format!("{}: no reason: {answer}", path.display())),
                }
            }
        }
    }

    /// What was read, for people.
    fn say(&self, name: &str) -> String {
        let refused: usize = self.refused.values().sum();
        let all: usize = self.workloads.values().sum();
        format!(
            "{name}: {} files, {} documents, {all} workloads {:?}: {} compared, {refused} refused {:?}, {} left alone, {} hold something of ours, {} wrong",
            self.files,
            self.documents,
            self.workloads,
            self.compared,
            self.refused,
            self.alone,
            self.ours,
            self.wrong.len()
        )
    }
}

/// Is there something in an object that the policy wrote? It may go.
fn holds_ours(object: &Value, pointer: &str) -> bool {
    let inits = object.pointer(&format!("{pointer}/spec/initContainers")).and_then(Value::as_array);
    let annotations = object.pointer(&format!("{pointer}/metadata/annotations"));
    annotations.is_some_and(|all| all.get("waitwarden.io/injected").is_some())
        || inits.into_iter().flatten().any(is_ours)
}

/// Is it one of those in which nothing is done, whatever they declare?
fn is_left_alone(object: &Value, pointer: &str) -> bool {
    let text = |place: &str| object.pointer(place).and_then(Value::as_str);
    let windows = ["/spec/os/name", "/spec/nodeSelector/kubernetes.io~1os"];
    windows.iter().any(|place| text(&format!("{pointer}{place}")) == Some("windows"))
        || text("/metadata/annotations/kubernetes.io~1config.mirror").is_some()
        || object.pointer("/metadata/ownerReferences").is_some()
}

/// Takes away what an object declares.
fn undeclare(object: &mut Value, pointer: &str) {
    for place in ["/metadata/annotations".to_owned(), format!("{pointer}/metadata/annotations")] {
        if let Some(all) = object.pointer_mut(&place).and_then(Value::as_object_mut) {
            all.retain(|key, _| !key.starts_with("waitwarden.io/"));
        }
    }
}

/// Puts a declaration into the template; false where there is none.
fn plant(object: &mut Value, pointer: &str) -> bool {
    let Some(template) = object.pointer_mut(pointer).and_then(Value::as_object_mut) else { return false };
    let mapping = |value: &mut Value| {
        if value.is_null() {
            *value = json!({});
        }
        value.is_object()
    };
    let metadata = template.entry("metadata").or_insert(Value::Null);
    if !mapping(metadata) {
        return false;
    }
    let annotations = metadata.as_object_mut().expect("a mapping").entry("annotations").or_insert(Value::Null);
    if !mapping(annotations) {
        return false;
    }
    let annotations: &mut Map<String, Value> = annotations.as_object_mut().expect("a mapping");
    annotations.insert(
        DEPENDS_ON.to_owned(),
        json!("service/nobody-here:5432\njob/nothing-here timeout=3m\ntcp://nobody.example.com:1521"),
    );
    true
}

#[test]
fn manifests_keep_everything_that_is_not_planned() {
    let policy = verdict::policy().expect("the policy");
    let mut own = Vec::new();
    for folder in [
        "examples",
        "deploy",
        "docs",
        "tests/data",
        "tests/specs",
        "tests/goldens",
        "host/tests/data",
        "host/manifest/tests/data",
    ] {
        files(&root().join(folder), &["yaml", "yml", "json", "md"], &mut own);
    }
    let mut count = Count::default();
    for path in &own {
        count.file(path, &policy);
    }
    println!("{}", count.say("here"));
    assert_eq!(count.wrong, Vec::<String>::new());
    assert!(count.compared >= 40, "{}", count.say("too few were compared"));
}

/// The same for the folder that `WAITWARDEN_CORPUS` names. Without it, there is nothing to do.
#[test]
fn further_manifests_do_too() {
    let Some(folder) = std::env::var_os("WAITWARDEN_CORPUS") else { return };
    let policy = verdict::policy().expect("the policy");
    let mut paths = Vec::new();
    files(Path::new(&folder), &["yaml", "yml", "json"], &mut paths);
    let (left, right) = paths.split_at(paths.len() / 2);
    let count = |paths: &[PathBuf]| {
        let mut count = Count::default();
        for path in paths {
            count.file(path, &policy);
        }
        count
    };
    let counts = std::thread::scope(|scope| {
        let other = scope.spawn(|| count(right));
        [count(left), other.join().expect("the other half")]
    });
    for count in counts {
        println!("{}", count.say("corpus"));
        let wrong: Vec<&str> = count.wrong.iter().take(10).map(String::as_str).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count.compared > 0, "nothing was compared");
    }
}
