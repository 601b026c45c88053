//! The bill of materials: the crates that are linked into the program, in `CycloneDX` 1.5.
//!
//! Cargo resolves which they are, for the program's own features and the platforms of the image; the lock file knows
//! their checksums. No time and no serial number: the same sources have the same bill.

use crate::{Content, Platform};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands between the columns; no license and no address has it.
const SEPARATOR: char = '|';

/// A bill of materials.
#[derive(Clone, Debug)]
pub struct Bom {
    json: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum BomError {
    /// Cargo did not run, or said no.
    #[error("cargo cannot tell what the program is made of: {0}")]
    Cargo(String),
    /// What Cargo printed is not what was asked for.
    #[error("cargo tree: expected DEPTH, name and version, license, address, but got `{0}`")]
    Line(String),
    /// The lock file.
    #[error("{0}: {1}")]
    Lock(PathBuf, String),
    /// It has no JSON.
    #[error("the bill of materials: {0}")]
    Json(#[from] serde_json::Error),
}

/// A crate by name and version.
type Name = (String, String);

/// What is known of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    license: String,
    address: String,
    needs: BTreeSet<Name>,
}

impl Bom {
    /// Of the program in the workspace at `workspace`, built for these platforms.
    ///
    /// # Errors
    /// Where Cargo or the lock file cannot be asked.
    pub fn of(workspace: &Path, content: Content, platforms: &[Platform]) -> Result<Self, BomError> {
        let lock = workspace.join("Cargo.lock");
        let text = fs::read_to_string(&lock).map_err(|error| BomError::Lock(lock.clone(), error.to_string()))?;
        let checksums = checksums(&text).map_err(|error| BomError::Lock(lock, error.to_string()))?;
        let mut parts = BTreeMap::new();
        for platform in platforms {
            read(&tree(workspace, content, *platform)?, &mut parts)?;
        }
        Ok(Self { json: serde_json::to_vec_pretty(&document(content, &parts, &checksums))? })
    }

    /// The document.
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

/// The checksums of a lock file.
fn checksums(text: &str) -> Result<BTreeMap<Name, String>, toml::de::Error> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
        checksum: Option<String>,
    }
    let packages = toml::from_str::<Lock>(text)?.package.into_iter();
    Ok(packages.filter_map(|package| Some(((package.name, package.version), package.checksum?))).collect())
}

/// What Cargo links for a platform; crates that only run while building are left out.
fn tree(workspace: &Path, content: Content, platform: Platform) -> Result<String, BomError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace)
        .args(["tree", "--locked", "--package", content.name(), "--target", platform.target()])
        .args(["--edges", "normal,no-proc-macro", "--charset", "ascii", "--color", "never"])
        .args(["--prefix", "depth", "--format", "|{p}|{l}|{r}|"])
        .output()
        .map_err(|error| BomError::Cargo(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(BomError::Cargo(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// Reads lines `DEPTH|NAME vVERSION [(…)]|LICENSE|ADDRESS|`, each below the one that needs it.
fn read(tree: &str, parts: &mut BTreeMap<Name, Part>) -> Result<(), BomError> {
    let mut path: Vec<Name> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let wrong = || BomError::Line(line.to_owned());
        let mut columns = line.split(SEPARATOR);
        let mut column = || columns.next().ok_or_else(wrong);
        let depth: usize = column()?.parse().map_err(|_| wrong())?;
        let (name, version) = column()?.split_once(" v").ok_or_else(wrong)?;
        let version = version.split(' ').next().unwrap_or_default();
        let name = (name.to_owned(), version.to_owned());
        // Old crates write `MIT/Apache-2.0`, which SPDX spells with OR.
        let license = column()?.replace('/', " OR ");
        let address = column()?.to_owned();
        if depth > path.len() {
            return Err(wrong());
        }
        path.truncate(depth);
        if let Some(parent) = path.last() {
            parts.entry(parent.clone()).or_default().needs.insert(name.clone());
        }
        let part = parts.entry(name.clone()).or_default();
        (part.license, part.address) = (license, address);
        path.push(name);
    }
    Ok(())
}

/// The package URL. Source: package-url/purl-spec, type `cargo`.
fn purl((name, version): &Name) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn document(content: Content, parts: &BTreeMap<Name, Part>, checksums: &BTreeMap<Name, String>) -> Value {
    let component = |(name, part): (&Name, &Part)| {
        let program = name.0 == content.name();
        let mut value = json!({
            "type": if program { "application" } else { "library" },
            "bom-ref": purl(name),
            "name": name.0,
            "version": name.1,
            "purl": purl(name),
        });
        if let Some(map) = value.as_object_mut() {
            if !part.license.is_empty() {
                map.insert("licenses".to_owned(), json!([{ "expression": part.license }]));
            }
            if !part.address.is_empty() {
                map.insert("externalReferences".to_owned(), json!([{ "type": "vcs", "url": part.address }]));
            }
            if let Some(checksum) = checksums.get(name) {
                map.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": checksum }]));
            }
        }
        value
    };
    let (programs, libraries): (Vec<_>, Vec<_>) = parts.iter().partition(|((name, _), _)| name == content.name());
    let dependencies = parts.iter().map(|(name, part)| {
        let needs: Vec<String> = part.needs.iter().map(purl).collect();
        json!({ "ref": purl(name), "dependsOn": needs })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": programs.into_iter().map(component).next() },
        "components": libraries.into_iter().map(component).collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_becomes_a_bill() {
        let tree = "0|waitwarden-wait v0.1.0 (/somewhere)|Apache-2.0|https://example.com/wait|\n\
                    1|a v1.2.3+x|MIT/Apache-2.0||\n\
                    2|b v2.0.0|||\n\
                    1|b v2.0.0||| (*)\n";
        let mut parts = BTreeMap::new();
        read(tree, &mut parts).unwrap();
        let checksums = BTreeMap::from([(("b".to_owned(), "2.0.0".to_owned()), "ab".to_owned())]);
        let library = |name: &str, version: &str, purl: &str| json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl });
        let mut a = library("a", "1.2.3+x", "pkg:cargo/a@1.2.3%2Bx");
        a["licenses"] = json!([{ "expression": "MIT OR Apache-2.0" }]);
        let mut b = library("b", "2.0.0", "pkg:cargo/b@2.0.0");
        b["hashes"] = json!([{ "alg": "SHA-256", "content": "ab" }]);
        let program = json!({
            "type": "application",
            "bom-ref": "pkg:cargo/waitwarden-wait@0.1.0",
            "name": "waitwarden-wait",
            "version": "0.1.0",
            "purl": "pkg:cargo/waitwarden-wait@0.1.0",
            "licenses": [{ "expression": "Apache-2.0" }],
            "externalReferences": [{ "type": "vcs", "url": "https://example.com/wait" }],
        });
        let expected = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": program },
            "components": [a, b],
            "dependencies": [
                { "ref": "pkg:cargo/a@1.2.3%2Bx", "dependsOn": ["pkg:cargo/b@2.0.0"] },
                { "ref": "pkg:cargo/b@2.0.0", "dependsOn": [] },
                {
                    "ref": "pkg:cargo/waitwarden-wait@0.1.0",
                    "dependsOn": ["pkg:cargo/a@1.2.3%2Bx", "pkg:cargo/b@2.0.0"],
                },
            ],
        });
        assert_eq!(document(Content::Wait, &parts, &checksums), expected);
    }

    #[test]
    fn checksums_come_from_the_lock_file() {
        let lock = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"ab\"\n\
                    [[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
        let expected = BTreeMap::from([(("a".to_owned(), "1.0.0".to_owned()), "ab".to_owned())]);
        assert_eq!(checksums(lock).unwrap(), expected);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for line in ["x", "0|a|MIT||", "2|a v1|MIT||", "0|a v1"] {
            let error = read(line, &mut BTreeMap::new()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("cargo tree: expected DEPTH, name and version, license, address, but got `{line}`")
            );
        }
    }
}
