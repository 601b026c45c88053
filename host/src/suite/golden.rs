//! Golden files: what comes into the cluster, as YAML.

use super::fixture;
use crate::patch;
use crate::reading::documents;
use serde_json::Value;
use std::path::Path;

/// Compares a golden file with what came into the cluster; a text where they differ. With `bless` it is written instead,
/// and the answer says whether it had to be.
pub(super) fn check(path: &Path, objects: &[Value], bless: bool) -> Result<bool, String> {
    let found = print(objects);
    let name = path.display().to_string();
    if !path.exists() {
        if bless {
            return write(path, &found).map(|()| true);
        }
        return Err(format!("there is no golden file {name}; --bless writes it"));
    }
    let text = fixture::text(path)?;
    let golden = match documents(&name, &text) {
        Ok(documents) => documents.into_iter().map(|document| document.value).collect::<Vec<_>>(),
        Err(_) if bless => Vec::new(),
        Err(error) => return Err(error),
    };
    if golden == objects {
        return Ok(false);
    }
    if bless {
        return write(path, &found).map(|()| true);
    }
    let diff = patch::unified(&name, &print(&golden), &found);
    Err(format!("the result is another one (--bless takes it):\n{diff}"))
}

/// All of them, as YAML.
pub(super) fn print(objects: &[Value]) -> String {
    objects.iter().map(waitwarden_manifest::print).collect::<Vec<_>>().join("---\n")
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
