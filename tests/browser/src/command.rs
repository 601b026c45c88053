//! What the command line says of the same text.

use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What the command line says.
#[derive(Debug)]
pub struct Said {
    /// `lint`, each finding as [`plain`] has it.
    pub findings: Value,
    /// `render`; none where it prints nothing.
    pub rendered: Option<String>,
    /// `diff`; none where nothing differs.
    pub diff: Option<String>,
    /// `graph`, as SVG; none where nobody waits for anybody.
    pub graph: Option<String>,
}

/// A finding, as far as the page and the command line tell it in the same words.
pub fn plain(finding: &Value) -> Value {
    let keys = ["line", "column", "endLine", "endColumn", "pointer", "rule", "severity", "message", "help"];
    let fields = keys.map(|key| (key.to_owned(), finding.get(key).cloned().unwrap_or_else(|| json!(""))));
    Value::Object(Map::from_iter(fields))
}

/// What the command line says of manifests, with settings and, where one is given, with another policy.
pub fn said(manifests: &str, settings: &str, policy: Option<&Path>) -> Said {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("manifests.yaml"), manifests).expect("a file");
    fs::write(place.path().join("settings.yaml"), settings).expect("a file");
    let run = |words: &[&str]| {
        let mut all = words.to_vec();
        if !settings.is_empty() {
            all.extend(["--settings", "settings.yaml"]);
        }
        if let Some(policy) = policy {
            all.extend(["--policy", policy.to_str().expect("a name")]);
        }
        all.push("manifests.yaml");
        waitwarden(place.path(), &all)
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let lint: Value = serde_json::from_slice(&run(&["lint", "--format", "json"]).stdout).expect("JSON");
    let render = run(&["render"]);
    let graph = text(run(&["graph", "--format", "svg"]).stdout);
    Said {
        findings: lint["findings"].as_array().expect("a list").iter().map(plain).collect(),
        rendered: render.status.success().then(|| text(render.stdout)),
        diff: Some(text(run(&["diff"]).stdout)).filter(|diff| !diff.is_empty()),
        graph: Some(graph).filter(|graph| graph.contains("class=\"ww-edge")),
    }
}

/// Runs the command line of the workspace; `cargo test --workspace` has built it.
fn waitwarden(folder: &Path, arguments: &[&str]) -> Output {
    let own = std::env::current_exe().expect("this test");
    let target = own.parent().and_then(Path::parent).expect("the target folder");
    let binary = target.join(format!("waitwarden{}", std::env::consts::EXE_SUFFIX));
    Command::new(&binary).args(arguments).current_dir(folder).output().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo test --workspace` builds it", binary.display());
    })
}
