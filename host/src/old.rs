//! Objects as they are in the cluster, which an update replaces.

pub use waitwarden_review::old::Old;

use crate::source;
use std::path::PathBuf;
use waitwarden_manifest::Entry;

/// Reads files and folders. The namespace is for objects that name none.
///
/// # Errors
/// A text for people, with file, line and column, where something cannot be read.
pub fn read(paths: &[PathBuf], namespace: &str) -> Result<Old, String> {
    let mut objects = Vec::new();
    for input in source::inputs(paths) {
        let source = input.read().map_err(|error| format!("{}: {}", error.name, error.message))?;
        for entry in waitwarden_manifest::read(&source.text) {
            match entry {
                Entry::Document(document) => {
                    objects.extend(document.items().into_iter().map(|(_, object)| object.clone()));
                }
                Entry::Empty { .. } => {}
                Entry::Broken(broken) => {
                    return Err(format!("{}:{}:{}: {}", source.name, broken.line, broken.column, broken.message));
                }
            }
        }
    }
    Ok(Old::of(objects, namespace))
}
