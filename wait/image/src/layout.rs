//! An OCI image layout: blobs under the names of their digests, and the index that is the way in.
//! Source: image-spec 1.1, `image-layout.md`.

use oci_spec::image::{Descriptor, DescriptorBuilder, Digest, ImageIndexBuilder, MediaType, OciLayoutBuilder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::{fs, io};

/// The file that says that a folder is a layout.
const MARK: &str = "oci-layout";

/// A layout that is not written yet.
#[derive(Debug, Default)]
pub struct Layout {
    blobs: BTreeMap<String, Vec<u8>>,
    entries: Vec<Descriptor>,
}

/// Why a layout cannot be made or written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// What should go in breaks a rule of the specification.
    #[error("this cannot stand in an image: {0}")]
    Specification(#[from] oci_spec::OciSpecError),
    /// A value that has no JSON.
    #[error("this cannot stand in an image: {0}")]
    Json(#[from] serde_json::Error),
    /// The layer.
    #[error("the layer cannot be written: {0}")]
    Layer(io::Error),
    /// A folder that would be lost.
    #[error("{0}: there is something that is not an OCI layout; remove it, or name another folder")]
    Occupied(PathBuf),
    /// The disk.
    #[error("{0}: {1}")]
    Disk(PathBuf, io::Error),
}

/// `sha256:…` of bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

/// JSON with its keys in order: the types of the specification keep annotations in hash maps.
fn json(value: &impl Serialize) -> Result<Vec<u8>, LayoutError> {
    let mut value = serde_json::to_value(value)?;
    value.sort_all_objects();
    Ok(serde_json::to_vec(&value)?)
}

impl Layout {
    /// Adds a blob; what to call it by.
    pub(crate) fn blob(&mut self, kind: MediaType, bytes: Vec<u8>) -> Result<Descriptor, LayoutError> {
        let name = digest(&bytes);
        let descriptor = DescriptorBuilder::default()
            .media_type(kind)
            .size(bytes.len() as u64)
            .digest(Digest::from_str(&name)?)
            .build()?;
        self.blobs.insert(name, bytes);
        Ok(descriptor)
    }

    /// Adds a document; what to call it by.
    pub(crate) fn document(&mut self, kind: MediaType, value: &impl Serialize) -> Result<Descriptor, LayoutError> {
        self.blob(kind, json(value)?)
    }

    /// Adds a way in.
    pub(crate) fn entry(&mut self, descriptor: Descriptor) {
        self.entries.push(descriptor);
    }

    /// Every file: the path inside the layout and what it holds.
    ///
    /// # Errors
    /// Where something in it has no JSON.
    pub fn files(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, LayoutError> {
        let mark = OciLayoutBuilder::default().image_layout_version("1.0.0").build()?;
        let index = ImageIndexBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageIndex)
            .manifests(self.entries.clone())
            .build()?;
        let blobs = self.blobs.iter().map(|(digest, bytes)| {
            let path: PathBuf = ["blobs".into(), digest.replace(':', "/")].iter().collect();
            (path, bytes.clone())
        });
        let heads = [(PathBuf::from(MARK), json(&mark)?), (PathBuf::from("index.json"), json(&index)?)];
        Ok(blobs.chain(heads).collect())
    }

    /// Writes it to a folder, in the place of a layout that is there, and never half of it.
    ///
    /// # Errors
    /// Where the folder holds something else, or the disk does not take it.
    pub fn write(&self, folder: &Path) -> Result<(), LayoutError> {
        let disk = |path: &Path| {
            let path = path.to_path_buf();
            move |error| LayoutError::Disk(path, error)
        };
        let there = folder.exists();
        if there && !folder.join(MARK).is_file() {
            return Err(LayoutError::Occupied(folder.to_path_buf()));
        }
        let parent = match folder.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(disk(parent))?;
        let draft = tempfile::Builder::new().prefix(".layout-").tempdir_in(parent).map_err(disk(parent))?;
        let fresh = draft.path().join("new");
        for (name, bytes) in self.files()? {
            let path = fresh.join(name);
            let around = path.parent().unwrap_or(&fresh);
            fs::create_dir_all(around).map_err(disk(around))?;
            fs::write(&path, bytes).map_err(disk(&path))?;
        }
        if there {
            fs::rename(folder, draft.path().join("old")).map_err(disk(folder))?;
        }
        fs::rename(&fresh, folder).map_err(disk(folder))
    }
}
