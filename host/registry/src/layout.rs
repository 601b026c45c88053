//! An image on the disk, as an OCI layout. Everything is read and compared with its digest before anything is sent.
//!
//! Source: OCI image-spec 1.1, `image-layout.md`.

use crate::{Digest, Problem};
use oci_client::manifest as media;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Of a manifest, an index and the files beside them, in bytes: what registries take.
const LARGEST_DOCUMENT: u64 = crate::session::LARGEST_MANIFEST;

/// Of a blob, in bytes: 512 MiB. One at a time is held in memory.
pub(crate) const LARGEST_BLOB: u64 = 512 << 20;

/// Indexes in indexes; one in one is rare.
const DEEPEST: usize = 4;

/// A part of an image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

/// A manifest or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) part: Part,
    pub(crate) bytes: Vec<u8>,
}

/// A manifest about another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Referrer {
    pub(crate) document: Document,
    pub(crate) subject: Digest,
    pub(crate) artifact_type: String,
    pub(crate) annotations: BTreeMap<String, String>,
}

/// An image with everything that belongs to it, in the order in which it can be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) blobs: Vec<Part>,
    /// What the top names, and what that names before it.
    pub(crate) manifests: Vec<Document>,
    pub(crate) referrers: Vec<Referrer>,
    /// The index, or the manifest of an image for one platform.
    pub(crate) top: Document,
}

/// What stands in a manifest or an index, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    config: Option<Part>,
    #[serde(default)]
    layers: Vec<Part>,
    #[serde(default)]
    manifests: Vec<Part>,
    subject: Option<Part>,
    artifact_type: Option<String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Image {
    /// Reads a layout of one image.
    pub(crate) fn read(folder: &Path) -> Result<Self, Problem> {
        let marker = folder.join("oci-layout");
        let value: Value = json(&marker, &bytes(&marker, LARGEST_DOCUMENT)?)?;
        if value.get("imageLayoutVersion").and_then(Value::as_str) != Some("1.0.0") {
            return Err(wrong(&marker, "its `imageLayoutVersion` is not 1.0.0"));
        }
        let path = folder.join("index.json");
        let index: Body = json(&path, &bytes(&path, LARGEST_DOCUMENT)?)?;
        let mut walk = Walk { folder, seen: BTreeSet::new(), blobs: Vec::new(), manifests: Vec::new() };
        let (mut images, mut referrers) = (Vec::new(), Vec::new());
        for part in index.manifests {
            let (document, body) = walk.document(&part)?;
            walk.below(&body, 0)?;
            match body.subject {
                Some(subject) => referrers.push(Referrer {
                    document,
                    subject: subject.digest,
                    // Source: distribution-spec 1.1, "Listing Referrers": without a type it is that of the configuration.
                    artifact_type: body
                        .artifact_type
                        .or(body.config.map(|config| config.media_type))
                        .unwrap_or_default(),
                    annotations: body.annotations,
                }),
                None => images.push(document),
            }
        }
        let count = images.len();
        match (images.pop(), images.is_empty()) {
            (Some(top), true) => Ok(Self { blobs: walk.blobs, manifests: walk.manifests, referrers, top }),
            _ => Err(wrong(&path, &format!("it names {count} images"))),
        }
    }
}

/// A walk from the top to the blobs.
struct Walk<'a> {
    folder: &'a Path,
    seen: BTreeSet<Digest>,
    blobs: Vec<Part>,
    manifests: Vec<Document>,
}

impl Walk<'_> {
    fn document(&self, part: &Part) -> Result<(Document, Body), Problem> {
        let path = place(self.folder, &part.digest);
        let known = [
            media::OCI_IMAGE_MEDIA_TYPE,
            media::OCI_IMAGE_INDEX_MEDIA_TYPE,
            media::IMAGE_MANIFEST_MEDIA_TYPE,
            media::IMAGE_MANIFEST_LIST_MEDIA_TYPE,
        ];
        if !known.contains(&part.media_type.as_str()) {
            return Err(wrong(&path, &format!("its media type is `{}`, not that of a manifest", part.media_type)));
        }
        let bytes = read(self.folder, part, LARGEST_DOCUMENT)?;
        let body = json(&path, &bytes)?;
        Ok((Document { part: part.clone(), bytes }, body))
    }

    /// What a manifest or index names.
    fn below(&mut self, body: &Body, depth: usize) -> Result<(), Problem> {
        for part in &body.manifests {
            if self.seen.insert(part.digest.clone()) {
                let (document, body) = self.document(part)?;
                if depth == DEEPEST {
                    return Err(wrong(&place(self.folder, &part.digest), "too many indexes in indexes"));
                }
                self.below(&body, depth + 1)?;
                self.manifests.push(document);
            }
        }
        for part in body.config.iter().chain(&body.layers) {
            if self.seen.insert(part.digest.clone()) {
                read(self.folder, part, LARGEST_BLOB)?;
                self.blobs.push(part.clone());
            }
        }
        Ok(())
    }
}

/// A part, which has its size and its digest.
pub(crate) fn read(folder: &Path, part: &Part, largest: u64) -> Result<Vec<u8>, Problem> {
    let path = place(folder, &part.digest);
    let bytes = bytes(&path, largest)?;
    if bytes.len() as u64 != part.size {
        return Err(wrong(&path, &format!("it has {} bytes where {} are named", bytes.len(), part.size)));
    }
    let digest = Digest::of(&bytes);
    if digest != part.digest {
        return Err(wrong(&path, &format!("its digest is {digest}")));
    }
    Ok(bytes)
}

fn place(folder: &Path, digest: &Digest) -> PathBuf {
    folder.join("blobs/sha256").join(digest.hex())
}

fn bytes(path: &Path, largest: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(largest.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| wrong(path, &error.to_string()))?;
    if bytes.len() as u64 > largest {
        return Err(Problem::TooLarge { what: path.display().to_string(), limit: largest });
    }
    Ok(bytes)
}

fn json<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, reason: &str) -> Problem {
    Problem::Layout { path: path.to_owned(), reason: reason.to_owned() }
}
