//! Makes seeds of what the repository holds already: the specifications, the pages of the rules, the examples, the truth
//! table of YAML. `cargo run -p waitwarden-test-laws --no-default-features --example seeds`, from the top folder; those of
//! `answers` and `guests` are written by hand.
#![expect(clippy::unwrap_used, reason = "nobody but us runs it")]

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use waitwarden_manifest::{Entry, read};

/// Larger ones are slow to mutate, and say nothing new.
const LARGEST: usize = 3_000;

/// Kinds with a Pod in them, and their groups.
const KINDS: [(&str, &str); 9] = [
    ("CronJob", "batch"),
    ("DaemonSet", "apps"),
    ("Deployment", "apps"),
    ("Job", "batch"),
    ("Pod", ""),
    ("PodTemplate", ""),
    ("ReplicaSet", "apps"),
    ("ReplicationController", ""),
    ("StatefulSet", "apps"),
];

/// By folder and name.
#[derive(Default)]
struct Seeds(BTreeMap<(&'static str, String), String>);

impl Seeds {
    fn add(&mut self, law: &'static str, name: &str, text: &str) {
        if text.is_empty() || text.len() > LARGEST || self.0.iter().any(|((of, _), known)| *of == law && known == text)
        {
            return;
        }
        let name =
            (0..9_999).map(|nth| format!("{name}-{nth}")).find(|name| !self.0.contains_key(&(law, name.clone())));
        self.0.insert((law, name.unwrap()), text.to_owned());
    }

    /// What a text of YAML holds.
    fn yaml(&mut self, name: &str, text: &str, settings: &Value) {
        self.add("manifest", name, text);
        for entry in read(text) {
            let Entry::Document(document) = entry else { continue };
            for (_, object) in document.items() {
                self.annotations(name, object);
                self.request(name, object, settings);
            }
        }
    }

    fn annotations(&mut self, name: &str, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match value.as_str().filter(|_| key.starts_with("waitwarden.io/")) {
                        Some(text) => self.add("grammar", name, text),
                        None => self.annotations(name, value),
                    }
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.annotations(name, value)),
            _ => {}
        }
    }

    fn request(&mut self, name: &str, object: &Value, settings: &Value) {
        let text = object.to_string();
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some((_, group)) = KINDS.iter().find(|(known, _)| *known == kind) else { return };
        if text.contains("waitwarden") {
            let request = json!({
                "operation": "CREATE", "namespace": "shop", "kind": { "group": group, "version": "v1", "kind": kind },
                "object": object,
            });
            let case = json!({ "settings": settings, "request": request, "facts": [{ "allowed": true }, "absent"] });
            self.add("decision", name, &case.to_string());
            self.add("module", name, &case.to_string());
        }
    }

    fn settings(&mut self, name: &str, text: &str) -> Value {
        let entries = read(text);
        let [Entry::Document(document)] = entries.as_slice() else { return Value::Null };
        self.add("settings", name, &document.value.to_string());
        document.value.clone()
    }
}

/// Files of a folder and the folders in it, by name.
fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, all) } else { all.push(path) }
    }
}

/// The fenced blocks of a page: what stands behind the fence, and the lines.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(info), false) => blocks.push((info.to_owned(), String::new())),
            (None, true) => blocks.last_mut().unwrap().1.extend([line, "\n"]),
            _ => {}
        }
        inside ^= line.starts_with("```");
    }
    blocks
}

fn main() {
    let mut seeds = Seeds::default();
    let mut all = Vec::new();
    for folder in ["tests/specs", "docs/rules", "examples"] {
        files(Path::new(folder), &mut all);
    }
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            if path.to_string_lossy().contains("settings") {
                seeds.settings(&name, &text);
            } else {
                seeds.yaml(&name, &text, &Value::Null);
            }
            continue;
        }
        let mut settings = Value::Null;
        for (info, text) in blocks(&text) {
            if info == "yaml settings" {
                settings = seeds.settings(&name, &text);
            } else if info.starts_with("yaml") {
                seeds.yaml(&name, &text, &settings);
                settings = Value::Null;
            }
        }
    }
    let truth = fs::read_to_string("host/manifest/tests/data/goyaml-truth.json").unwrap();
    let truth: Vec<Value> = serde_json::from_str(&truth).unwrap();
    for (nth, case) in truth.iter().enumerate() {
        seeds.add("manifest", &format!("truth-{nth:03}"), case.get("yaml").and_then(Value::as_str).unwrap());
    }
    for ((law, name), text) in seeds.0 {
        let folder = Path::new("fuzz/seeds").join(law);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), text).unwrap();
    }
}
