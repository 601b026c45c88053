//! What the page offers to start from: the examples of the repository, and those of the rules' pages.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Rules whose wrong example stands for a mistake that people make, with what the list calls it.
const MISTAKES: [(&str, &str); 12] = [
    ("unknown-annotation", "A misspelt annotation"),
    ("invalid-dependency", "A dependency that cannot be read"),
    ("invalid-timeout", "A timeout that is no duration"),
    ("not-a-string", "An annotation that is a number"),
    ("no-readiness-probe", "No readiness probe"),
    ("readiness-cannot-work", "A probe that cannot work"),
    ("readiness-conflict", "Two probes that differ"),
    ("reserved-name", "A wait container of one's own"),
    ("dependency-cycle", "Two that wait for each other"),
    ("self-dependency", "One that waits for itself"),
    ("unknown-service-port", "A port that the Service does not have"),
    ("dependency-without-readiness-probe", "A dependency that is ready too early"),
];

/// One example: `{id, group, title, manifests, settings}`.
fn example(id: &str, group: &str, title: &str, manifests: &str, settings: &str) -> Value {
    json!({ "id": id, "group": group, "title": title, "manifests": manifests, "settings": settings })
}

/// All of them, in the order of the list, from the root of the repository.
///
/// # Errors
/// A file that is not there, and a page without a wrong example.
pub fn examples(root: &Path) -> Result<Vec<Value>, String> {
    let read = |path: &str| fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"));
    let folder = |path: &str| joined(&root.join(path)).map_err(|error| format!("{path}: {error}"));
    let start = "Start here";
    let mut all = vec![
        example("grafana", start, "A client of Grafana", &read("examples/grafana-client.yaml")?, ""),
        example("shop", start, "A whole shop", &folder("examples/shop")?, ""),
        example(
            "shop-validate",
            start,
            "The shop, where the policy only checks",
            &folder("examples/shop")?,
            &read("examples/settings/validate.yaml")?,
        ),
    ];
    let after = "After the start";
    let settings = read("examples/after-start/settings.yaml")?;
    for (name, title) in [
        ("ignore", "What happens later is its own affair"),
        ("unready", "Out of the Service while a dependency is away"),
        ("rewait", "Waits again when it restarts"),
        ("restart", "Restarts when a dependency was away"),
    ] {
        let manifests = read(&format!("examples/after-start/{name}.yaml"))?;
        all.push(example(&format!("after-start-{name}"), after, title, &manifests, &settings));
    }
    let wrong = "Several mistakes at once";
    for (name, title) in [
        ("api", "Written from memory"),
        ("web", "Copied from elsewhere"),
        ("payments", "Two ports and a password"),
        ("report", "A wait that never ends"),
    ] {
        all.push(example(&format!("wrong-{name}"), wrong, title, &read(&format!("examples/wrong/{name}.yaml"))?, ""));
    }
    for (rule, title) in MISTAKES {
        let page = read(&format!("docs/rules/{rule}.md"))?;
        let manifests =
            wrong_example(&page).ok_or_else(|| format!("docs/rules/{rule}.md: no example below `## Wrong`"))?;
        all.push(example(rule, "One mistake each", title, manifests, ""));
    }
    Ok(all)
}

/// The manifests of a folder as one text, by name.
fn joined(folder: &Path) -> std::io::Result<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|file| file.path()).collect();
    files.sort();
    let mut text = String::new();
    for file in files {
        let manifest = fs::read_to_string(&file)?;
        if !text.is_empty() && !manifest.starts_with("---") {
            text.push_str("---\n");
        }
        text.push_str(&manifest);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

/// The YAML below `## Wrong`.
fn wrong_example(page: &str) -> Option<&str> {
    let (_, below) = page.split_once("\n## Wrong\n")?;
    let (_, yaml) = below.split_once("```yaml\n")?;
    yaml.split_once("```").map(|(yaml, _)| yaml)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_example_is_there_once() {
        let all = examples(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        let ids: BTreeSet<&str> = all.iter().filter_map(|example| example["id"].as_str()).collect();
        assert_eq!(ids.len(), all.len());
        for example in &all {
            assert!(example["manifests"].as_str().is_some_and(|text| text.contains("kind: ")), "{example}");
        }
    }

    #[test]
    fn the_wrong_example_is_the_first_below_its_heading() {
        let page = "# x\n\n## Wrong\n\nText.\n\n```yaml\na: b\n```\n\n## Right\n\n```yaml\nc: d\n```\n";
        assert_eq!(wrong_example(page), Some("a: b\n"));
        assert_eq!(wrong_example("# x\n"), None);
    }
}
