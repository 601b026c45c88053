//! What is written down about the policy, read and judged without an engine: the literate specifications ([`spec`]), by
//! whoever is given ([`judge`]), and the core as the policy of a host ([`host`]), for the pages of the rules.

use serde_json::Value;
use std::path::{Path, PathBuf};
use waitwarden_manifest::{Document, Entry, read};
use waitwarden_review::request::{Identity, User, create};

pub mod judge;
pub mod spec;
pub mod host;

/// The workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The documents of a text that hold a value.
pub fn documents(text: &str) -> Vec<Document> {
    let entries = read(text).into_iter();
    entries.filter_map(|entry| if let Entry::Document(document) = entry { Some(document) } else { None }).collect()
}

/// The value of a YAML text with one document; null where there is none.
pub fn yaml(text: &str) -> Value {
    documents(text).into_iter().next().map(|document| document.value).unwrap_or_default()
}

/// The request to create an object, as JSON.
pub fn admission(object: &Value, identity: &Identity) -> Value {
    serde_json::to_value(create(object, identity, User::Person)).unwrap_or_default()
}

/// A unified diff without its head.
pub fn diff(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let text = diff.unified_diff().context_radius(2).missing_newline_hint(false).to_string();
    // The lines of the places move with every edit of a specification.
    text.lines().filter(|line| !line.starts_with("@@")).fold(String::new(), |text, line| text + line.trim_end() + "\n")
}
