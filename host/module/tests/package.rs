//! The files of this policy that are made of others: `policy/questions-ui.yml` of the settings' schema, `artifacthub-pkg.yml`
//! of `policy/metadata.yml`. `BLESS=1` writes them.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use waitwarden_manifest::{Entry, print, read};
use waitwarden_module::{Addition, Form, Metadata, Resource, artifacthub, questions};

const HEAD: &str = "\
# The package as Artifact Hub shows it, made of policy/metadata.yml and policy/questions-ui.yml as `kwctl scaffold
# artifacthub` does, with two additions: who provides it, and the image of the wait program. `make bless` writes all but
# the time, which a release sets.
";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(text: &str) -> Value {
    let Some(Entry::Document(document)) = read(text).into_iter().next() else { panic!("{text}") };
    document.value
}

fn metadata() -> Metadata {
    Metadata::read(&yaml(&text("policy/metadata.yml"))).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&text("host/schema/settings.schema.json")).unwrap()
}

fn form() -> Form {
    questions(&schema()).unwrap()
}

fn additions() -> [Addition; 2] {
    let image =
        schema().pointer("/properties/wait/properties/image/default").and_then(Value::as_str).unwrap().to_owned();
    [Addition::Provider("waitwarden".to_owned()), Addition::Image { name: "wait".to_owned(), image }]
}

fn is_fresh(name: &str, expected: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path(name), expected).unwrap();
    }
    let found = fs::read_to_string(path(name)).unwrap_or_default();
    assert!(found == expected, "{name} is another one now: `make bless` writes it, `git diff` shows it");
}

#[test]
fn the_form_is_that_of_the_schema() {
    is_fresh("policy/questions-ui.yml", &form().text());
    assert_eq!(yaml(&form().text()), form().questions);
}

#[test]
fn the_package_is_made_of_the_metadata() {
    let old = yaml(&text("artifacthub-pkg.yml"));
    let created = old.get("createdAt").and_then(Value::as_str).unwrap();
    let package = artifacthub(&metadata(), created, Some(&form().text()), &additions()).unwrap();
    is_fresh("artifacthub-pkg.yml", &(HEAD.to_owned() + &print(&package)));
    assert_eq!(yaml(&print(&package)), package);
}

#[test]
fn two_things_are_not_as_kwctl_writes_them() {
    let created = "2026-11-24T00:00:00Z";
    let plain = artifacthub(&metadata(), created, None, &[]).unwrap();
    let mut ours = artifacthub(&metadata(), created, None, &additions()).unwrap();
    assert_eq!(ours["provider"], json!({ "name": "waitwarden" }));
    ours["provider"] = json!({ "name": "kubewarden" });
    let wait = ours["containersImages"].as_array_mut().unwrap().pop();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(wait, Some(json!({ "name": "wait", "image": format!("ghcr.io/waitwarden/wait:{version}") })));
    assert_eq!(ours, plain);
}

#[test]
fn the_version_is_that_of_the_release() {
    assert_eq!(metadata().annotation(waitwarden_module::key::VERSION), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_owners_of_the_repository_are_the_maintainers_of_the_package() {
    let package = artifacthub(&metadata(), "2026-11-24T00:00:00Z", None, &[]).unwrap();
    assert_eq!(yaml(&text("artifacthub-repo.yml"))["owners"], package["maintainers"]);
}

/// The table of docs/lookups.md names each operation and each kind; a test of the core holds that page to the code.
#[test]
fn the_metadata_name_what_is_looked_up() {
    let page = text("docs/lookups.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| row.split_once("` | "));
    let (mut operations, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    let known = ["get_resource", "list_resources_by_namespace", "can_i"];
    for (operation, rest) in rows.filter(|(operation, _)| known.contains(operation)) {
        operations.insert(format!("kubernetes/{operation}"));
        if let Some((api_version, kind)) = rest.strip_prefix('`').and_then(|rest| rest.split_once("` ")) {
            let kind = kind.split(' ').next().unwrap();
            if operation != "can_i" {
                kinds.insert(Resource { api_version: api_version.to_owned(), kind: kind.to_owned() });
            }
        }
    }
    assert_eq!(metadata().context_aware_resources(), &kinds);
    let written: Value = serde_json::from_str(&metadata().json()).unwrap();
    assert_eq!(written["hostCapabilities"], json!(operations));
}
