//! The files of a suite.

use crate::reading::documents;
use crate::source::Input;
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

/// A path in the suite's folder, or below it. The file need not be there yet.
pub(super) fn path(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let escapes = || format!("`{name}` leads out of the suite's folder; put the file beside the suite, or below");
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return Err(escapes()),
        }
    }
    let path = folder.join(path);
    // Nor by a link.
    let root = real(folder);
    let there = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok()).unwrap_or(folder);
    if real(there).starts_with(root) { Ok(path) } else { Err(escapes()) }
}

fn real(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let source = Input::File(path.to_owned()).read().map_err(|error| format!("{}: {}", error.name, error.message))?;
    Ok(source.text)
}

/// The objects in a file, of every document and List.
pub(super) fn objects(path: &Path) -> Result<Vec<Value>, String> {
    let name = path.display().to_string();
    let documents = documents(&name, &text(path)?)?;
    let objects: Vec<Value> =
        documents.iter().flat_map(|document| document.items()).map(|(_, object)| object.clone()).collect();
    if objects.is_empty() {
        return Err(format!("{name}: there is no object in it"));
    }
    for object in &objects {
        if ["apiVersion", "kind"].iter().any(|key| !object.get(key).is_some_and(Value::is_string)) {
            return Err(format!("{name}: what has no apiVersion and kind is no Kubernetes object"));
        }
    }
    Ok(objects)
}
