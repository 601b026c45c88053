//! The package as it is published: one version, one set of rules, one image, wherever they are written down.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::fs;
use waitwarden_core::Settings;
use waitwarden_tests::{root, yaml};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn file(path: &str) -> Value {
    yaml(&fs::read_to_string(root().join(path)).expect(path))
}

#[test]
fn the_version_is_the_same_everywhere() {
    let metadata = file("policy/metadata.yml");
    let hub = file("artifacthub-pkg.yml");
    assert_eq!(metadata["annotations"]["io.kubewarden.policy.version"], VERSION);
    assert_eq!(hub["version"], VERSION);
    let policy = metadata["annotations"]["io.kubewarden.policy.ociUrl"].as_str().expect("an address");
    let image = Settings::read(&Value::Null).expect("the defaults").wait.image;
    assert_eq!(
        hub["containersImages"],
        json!([{ "name": "policy", "image": format!("{policy}:v{VERSION}") }, { "name": "wait", "image": image }])
    );
    let install = hub["install"].as_str().expect("text");
    assert_eq!(install.matches(&format!("{policy}:v{VERSION}")).count(), 2);
}

#[test]
fn the_rules_are_the_same_and_cover_the_nine_kinds() {
    let metadata = file("policy/metadata.yml");
    let hub = file("artifacthub-pkg.yml");
    assert_eq!(yaml(hub["annotations"]["kubewarden/rules"].as_str().expect("text")), metadata["rules"]);
    assert_eq!(hub["annotations"]["kubewarden/resources"], metadata["annotations"]["io.artifacthub.resources"]);
    assert_eq!(hub["annotations"]["kubewarden/mutation"], metadata["mutating"].to_string());
    let rules = metadata["rules"].as_array().expect("a list");
    let mut resources: Vec<&str> =
        rules.iter().flat_map(|rule| rule["resources"].as_array().expect("a list")).filter_map(Value::as_str).collect();
    resources.sort_unstable();
    assert_eq!(
        resources,
        [
            "cronjobs",
            "daemonsets",
            "deployments",
            "jobs",
            "pods",
            "podtemplates",
            "replicasets",
            "replicationcontrollers",
            "statefulsets"
        ]
    );
}

#[test]
fn the_readme_shows_the_defaults() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, rest) = readme.split_once("```yaml settings\n").expect("the settings");
    let (block, _) = rest.split_once("```").expect("the end of the settings");
    let written = Settings::read(&yaml(block)).expect("the settings of the README are valid");
    let defaults = Settings::read(&Value::Null).expect("the defaults");
    assert_eq!(format!("{written:#?}"), format!("{defaults:#?}"));
}
