//! The documentation: links lead somewhere, manifests do what the page says, tests that it names are there.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use waitwarden_tests::{binary, root};

/// Every page for people.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["docs", "docs/rules", "deploy", "examples", ""]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

fn text(page: &Path) -> String {
    fs::read_to_string(page).expect("a page")
}

/// The lines outside of fenced blocks, and the blocks: what stands behind the fence, and the lines.
fn cut(text: &str) -> (Vec<&str>, Vec<(String, String)>) {
    let (mut lines, mut blocks) = (Vec::new(), Vec::new());
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some((_, block)), _) => *block = format!("{block}{line}\n"),
            (None, None) => lines.push(line),
        }
    }
    (lines, blocks)
}

/// The anchor that a heading has where Markdown is shown.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

/// Where a page's links lead, without those to the web.
fn links(text: &str) -> Vec<String> {
    let (lines, _) = cut(text);
    let text = lines.join("\n");
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let own = text(&page);
        for link in links(&own) {
            seen += 1;
            let (path, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            let there = target.exists()
                && (fragment.is_empty()
                    || cut(&text(&target)).0.iter().any(|line| line.starts_with('#') && anchor(line) == fragment));
            if !there {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(seen > 100, "only {seen} links were found");
}

/// `yaml after` is a manifest as it should be, `yaml settings` are settings.
#[test]
fn manifests_are_right_and_settings_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for page in pages().into_iter().filter(|page| page.parent().is_some_and(|folder| folder.ends_with("docs"))) {
        for (info, block) in cut(&text(&page)).1 {
            let path = folder.path().join("block.yaml");
            let mut command = Command::new(binary("waitwarden"));
            command.args(["lint", "--isolated", "--fail-on", "note"]);
            match info.as_str() {
                "yaml after" => fs::write(&path, &block).expect("a file"),
                "yaml settings" => {
                    fs::write(&path, &block).expect("a file");
                    command.arg("--settings").arg(&path).arg("--allow-empty");
                }
                _ => continue,
            }
            let output = command.arg(&path).output().expect("waitwarden runs");
            let said = [output.stdout, output.stderr].concat();
            if !output.status.success() {
                wrong.push(format!("{}: {block}\n{}", page.display(), String::from_utf8_lossy(&said)));
            }
            seen.insert(info);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), 2);
}

/// What the security model and the proof claim, a test holds: `FILE: NAME`, where NAME may be several.
#[test]
fn the_tests_that_pages_name_are_there() {
    let page = text(&root().join("docs/security.md")) + &text(&root().join("docs/proof.md"));
    let mut missing = Vec::new();
    let mut file = None;
    let mut seen = 0;
    for word in page.split('`').skip(1).step_by(2) {
        let (path, name) = word.split_once(": ").map_or((None, word), |(path, name)| (Some(path), name));
        if let Some(path) = path.filter(|path| Path::new(path).extension().is_some_and(|extension| extension == "rs")) {
            file = Some(text(&root().join(path)));
        } else if !(name.contains('_') && name.chars().all(|char| char.is_ascii_lowercase() || char == '_')) {
            continue;
        }
        if let Some(file) = &file {
            seen += 1;
            if !file.contains(&format!("fn {name}(")) {
                missing.push(word.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(seen > 20, "only {seen} tests are named");
}

/// The index of rules has each one once, with the sentence of its page.
#[test]
fn the_index_of_rules_has_each() {
    let index = text(&root().join("docs/rules.md"));
    let mut pages: Vec<PathBuf> =
        fs::read_dir(root().join("docs/rules")).expect("pages").map(|entry| entry.expect("an entry").path()).collect();
    pages.sort();
    for page in pages {
        let name = page.file_stem().expect("a name").to_string_lossy().into_owned();
        let summary = text(&page).lines().skip(1).find(|line| !line.is_empty()).expect("a summary").to_owned();
        let rows: Vec<&str> = index.lines().filter(|line| line.contains(&format!("(rules/{name}.md)"))).collect();
        assert_eq!(rows.len(), 1, "{name}");
        assert!(rows.iter().all(|row| row.contains(summary.trim_end_matches('.'))), "{name}: {rows:?}\n{summary}");
    }
}

/// The settings have a heading each, those of the schema and no others.
#[test]
fn the_settings_have_a_heading_each() {
    let schema: serde_json::Value =
        serde_json::from_str(&text(&root().join("host/schema/settings.schema.json"))).expect("JSON");
    let mut expected = BTreeSet::new();
    leaves(&schema, "", &mut expected);
    let page = text(&root().join("docs/settings.md"));
    let found: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    // A heading over others groups them.
    let groups = |one: &str| found.iter().any(|other| other.starts_with(&format!("{one}.")));
    let found: BTreeSet<String> = found.iter().filter(|one| !groups(one)).map(|&one| one.to_owned()).collect();
    assert_eq!(found, expected);
}

/// The paths of what can be set: what has no properties of its own, or stands for itself.
fn leaves(schema: &serde_json::Value, path: &str, all: &mut BTreeSet<String>) {
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    match properties.filter(|_| path != "wait.sidecarResources") {
        Some(properties) => {
            for (key, inner) in properties {
                leaves(inner, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, all);
            }
        }
        None => drop(all.insert(path.to_owned())),
    }
}
