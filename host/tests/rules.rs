//! The pages of `docs/rules`, held against the code and against the policy: every rule has one, every wrong example does
//! what its page says, and every right one is right.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests may fail")]

#[path = "support/module.rs"]
mod module;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use waitwarden::context::Context;
use waitwarden::engine::Engine;
use waitwarden::request::{DEFAULT_NAMESPACE, Identity, User, create};
use waitwarden::verdict::Verdict;
use waitwarden_manifest::Entry;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rule of updates, which take two files, that of a bug, and that of a cluster that does not answer.
const WITHOUT_EXAMPLE: [&str; 3] = ["created", "lookup-failed", "not-edited"];

/// The rules that the sources name: literals given to what makes a finding, and constants that say so.
fn named(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests stand last in a file.
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            for maker in ["Finding::new(", "error(", "refuse("] {
                for (at, _) in code.match_indices(maker) {
                    let before = code.get(..at).unwrap().chars().next_back();
                    let rest = code.get(at + maker.len()..).unwrap().trim_start();
                    let literal = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                    if let (Some((rule, _)), false) =
                        (literal, before.is_some_and(|char| char == '.' || char == '_' || char.is_alphanumeric()))
                    {
                        found.insert(rule.to_owned());
                    }
                }
            }
            let mut lines = code.lines().peekable();
            while let Some(line) = lines.next() {
                if line.starts_with("/// The rule of ")
                    && let Some((_, value)) = lines.peek().and_then(|next| next.split_once("&str = \""))
                {
                    found.insert(value.trim_end_matches("\";").to_owned());
                }
            }
        }
    }
}

fn pages() -> BTreeSet<String> {
    let files = std::fs::read_dir(root().join("docs/rules")).unwrap();
    files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let mut found = BTreeSet::new();
    named(&root().join("policy/core/src"), &mut found);
    named(&root().join("host/review/src"), &mut found);
    named(&root().join("host/src"), &mut found);
    assert_eq!(found, pages());
    let explained: BTreeSet<String> = waitwarden::explain::pages().map(|page| page.rule.to_owned()).collect();
    assert_eq!(explained, pages());
}

#[test]
fn specifications_name_no_other_rule() {
    let known = pages();
    for file in std::fs::read_dir(root().join("tests/specs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let rest = ["error[", "warning[", "note["].iter().find_map(|word| line.strip_prefix(word));
            if let Some((rule, _)) = rest.and_then(|rest| rest.split_once(']')) {
                assert!(known.contains(rule), "{rule}");
            }
        }
    }
}

/// A page, cut at its headings.
struct Page {
    rule: String,
    text: String,
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    title: String,
    /// What stands behind a fence, and the lines up to the next.
    blocks: Vec<(String, String)>,
}

impl Page {
    fn read(rule: &str) -> Self {
        let text = std::fs::read_to_string(root().join(format!("docs/rules/{rule}.md"))).unwrap();
        let mut sections = vec![Section::default()];
        let mut open: Option<(String, String)> = None;
        for line in text.lines() {
            match (&mut open, line.strip_prefix("```"), line.strip_prefix("## ")) {
                (None, None, Some(title)) => sections.push(Section { title: title.to_owned(), blocks: Vec::new() }),
                (None, Some(info), _) => open = Some((info.to_owned(), String::new())),
                (Some(_), Some(_), _) => sections.last_mut().unwrap().blocks.extend(open.take()),
                (Some((_, block)), None, _) => {
                    block.push_str(line);
                    block.push('\n');
                }
                (None, None, None) => {}
            }
        }
        Self { rule: rule.to_owned(), sections, text }
    }

    fn blocks(&self, heading: &str) -> &[(String, String)] {
        let section = self.sections.iter().find(|section| section.title == heading);
        section.map_or(&[], |section| section.blocks.as_slice())
    }

    /// The rules of what is found in the example under a heading.
    fn found(&self, heading: &str) -> Vec<String> {
        let find = |info: &str| {
            let all = self.blocks("Settings").iter().chain(self.blocks(heading));
            all.rev().find(|(name, _)| name == info).map(|(_, text)| text.as_str())
        };
        let closed = find("yaml closed");
        let manifest =
            closed.or_else(|| find("yaml")).unwrap_or_else(|| panic!("{}: no example under {heading}", self.rule));
        if let Some(old) = find("yaml old") {
            return updated(manifest, old);
        }
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
        command.env_clear().args(["lint", "--isolated", "--format", "json"]).arg(write("a.yaml", manifest.as_bytes()));
        if closed.is_some() {
            command.arg("--closed-world");
        }
        if let Some(settings) = find("yaml settings") {
            command.arg("--settings").arg(write("settings.yaml", settings.as_bytes()));
        }
        if let Some(answer) = find("text answer") {
            command.arg("--policy").arg(write("policy.wasm", &module::answering(answer.trim_end())));
        }
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{}: {error}: {}", self.rule, String::from_utf8_lossy(&output.stderr));
        });
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

/// The rules of what is found when an object that is there is changed.
fn updated(manifest: &str, old: &str) -> Vec<String> {
    let value = |text: &str| match waitwarden_manifest::read(text).into_iter().next() {
        Some(Entry::Document(document)) => document.value,
        _ => Value::Null,
    };
    let object = value(manifest);
    let identity = Identity::of(&object, DEFAULT_NAMESPACE);
    let mut request = serde_json::to_value(create(&object, &identity, User::Person)).unwrap();
    request["operation"] = json!("UPDATE");
    request["oldObject"] = value(old);
    let (policy, _) = Engine::new().unwrap().built_in().unwrap();
    let policy = policy.with_host_calls(Arc::new(Context::default()));
    let payload = json!({"request": request, "settings": {}}).to_string();
    let verdict = Verdict::read(&policy.call("validate", payload.as_bytes()).answer.unwrap()).unwrap();
    verdict.findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn wrong_examples_are_wrong_and_right_ones_right() {
    let mut wrong = Vec::new();
    for rule in pages().into_iter().filter(|rule| !WITHOUT_EXAMPLE.contains(&rule.as_str())) {
        let page = Page::read(&rule);
        let found = page.found("Wrong");
        if !found.contains(&rule) {
            wrong.push(format!("{rule}: the wrong example gives {found:?}"));
        }
        let found = page.found("Right");
        if !found.is_empty() {
            wrong.push(format!("{rule}: the right example gives {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_have_the_same_shape() {
    for rule in pages() {
        let page = Page::read(&rule);
        assert!(page.text.starts_with(&format!("# {rule}\n\n")), "{rule}");
        let headings: Vec<&str> = page.sections.iter().skip(1).map(|section| section.title.as_str()).collect();
        let expected: &[&str] = match headings.get(1) {
            _ if WITHOUT_EXAMPLE.contains(&rule.as_str()) => &["Why it matters", "What to do"],
            Some(&"Settings") => &["Why it matters", "Settings", "Wrong", "Right", "What to do"],
            _ => &["Why it matters", "Wrong", "Right", "What to do"],
        };
        assert_eq!(headings, expected, "{rule}");
        let summary = waitwarden::explain::page(&rule).unwrap().summary();
        assert!(summary.ends_with('.') && summary.len() <= 100, "{rule}: {summary}");
    }
}
