//! Suites in folders, and files in those folders that no suite uses.

use super::{Suite, fixture, parse};
use crate::source::{self, Input};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was found where suites were looked for.
#[derive(Debug, Default)]
pub struct Found {
    /// Suites, in the order of their files.
    pub suites: Vec<Suite>,
    /// Suites that cannot be read, and why.
    pub errors: Vec<String>,
}

/// Every suite that the paths name, and every one in the folders among them.
pub fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.is_dir() {
            in_folder(path, &mut found);
        } else {
            let suite = fixture::text(path).and_then(|text| parse::read(path, &text));
            match suite {
                Ok(suite) => found.suites.push(suite),
                Err(error) => found.errors.push(error),
            }
        }
    }
    found
}

fn in_folder(folder: &Path, found: &mut Found) {
    for input in source::inputs(&[folder.to_owned()]) {
        let Input::File(path) = input else { continue };
        let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
        let Ok(text) = fixture::text(&path) else { continue };
        let suite = text.lines().any(|line| line.trim_end() == "kind: Suite") && text.contains(parse::API_VERSION);
        if suite {
            match parse::read(&path, &text) {
                Ok(suite) => found.suites.push(suite),
                Err(error) => found.errors.push(error),
            }
        }
    }
}

/// Manifests beside or below suites that none of them uses: a fixture that nothing tests is a mistake.
pub fn unused(suites: &[Suite]) -> Vec<PathBuf> {
    let folders: BTreeSet<&Path> = suites.iter().filter_map(|suite| suite.file.parent()).collect();
    let mut unused = BTreeSet::new();
    for folder in folders {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Others in this folder use files, too, whether or not they are run.
        let mut all = Found::default();
        in_folder(here, &mut all);
        let known = |suite: &Suite| -> Vec<PathBuf> {
            [&suite.file].into_iter().chain(&suite.files).chain(&suite.policy).map(|path| real(path)).collect()
        };
        let used: BTreeSet<PathBuf> = all.suites.iter().chain(suites).flat_map(known).collect();
        let here = [here.to_owned()];
        let manifests = source::inputs(&here).filter_map(|input| match input {
            Input::File(path) => Some(path),
            Input::Stdin | Input::Missing(..) => None,
        });
        unused.extend(manifests.filter(|path| !used.contains(&real(path))));
    }
    unused.into_iter().collect()
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
