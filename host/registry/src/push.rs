//! Pushing a policy or an image.

use crate::layout::{self, Image};
use crate::manifest::check_wasm;
use crate::registries::wait;
use crate::session::{MANIFEST, Session};
use crate::{Digest, Error, Problem, Reference, Registries, annotations, manifest_annotations};
use oci_client::RegistryOperation;
use oci_client::manifest::{self as media, OciDescriptor, OciImageManifest};
use olpc_cjson::CanonicalFormatter;
use serde::Serialize as _;
use serde_json::Serializer;
use std::collections::BTreeMap;
use std::path::Path;

/// Something that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The repository with the digest: what to write where it must not move.
    pub reference: Reference,
    /// Of the manifest or index, as the registry has it.
    pub digest: Digest,
    /// The blobs that were sent; the others were there.
    pub sent: Vec<Digest>,
    /// The annotations of the metadata that a manifest cannot hold, because they have several lines.
    pub left_out: Vec<String>,
}

impl Registries {
    /// Pushes a module as kwctl pushes it, to the tag of the reference. `metadata` are the annotations of the policy's
    /// metadata; [`manifest_annotations`] says what becomes of them. Without any the manifest has none.
    ///
    /// The manifest is the one that kwctl writes, byte for byte: no `mediaType`, a configuration `{}`, one layer, keys in
    /// order.
    ///
    /// # Errors
    /// Where the bytes are no WebAssembly, the reference has a digest, or the registry does not take it.
    pub fn push_policy(
        &self,
        reference: &Reference,
        wasm: &[u8],
        metadata: &BTreeMap<String, String>,
    ) -> Result<Pushed, Error> {
        let fail = |problem| Error { reference: reference.to_string(), problem };
        check_target(reference).and_then(|()| check_wasm(wasm)).map_err(fail)?;
        let annotations = manifest_annotations(metadata);
        annotations::check(&annotations).map_err(fail)?;
        let left_out = metadata.keys().filter(|key| !annotations.contains_key(*key)).cloned().collect();
        let manifest = OciImageManifest {
            config: descriptor(media::WASM_CONFIG_MEDIA_TYPE, CONFIG),
            layers: vec![descriptor(media::WASM_LAYER_MEDIA_TYPE, wasm)],
            annotations: if annotations.is_empty() { None } else { Some(annotations) },
            ..OciImageManifest::default()
        };
        let bytes = canonical(&manifest).map_err(fail)?;
        let pushed = wait(reference, self.patience.whole, || async {
            let mut session = Session::open(self, reference, RegistryOperation::Push).await?;
            let mut sent = Vec::new();
            for bytes in [wasm, CONFIG] {
                let digest = Digest::of(bytes);
                if !session.has_blob(&digest).await? {
                    session.send_blob(&digest, bytes.to_vec()).await?;
                    sent.push(digest);
                }
            }
            session.log_in(RegistryOperation::Push).await?;
            let digest = session.send_top(bytes, media::OCI_IMAGE_MEDIA_TYPE).await?;
            Ok((digest, sent))
        });
        pushed.map(|(digest, sent)| Pushed { reference: reference.pinned(&digest), digest, sent, left_out })
    }

    /// Pushes the image of an OCI layout to the tag of the reference: for all its platforms, with everything that refers to
    /// it, such as a bill of materials. Blobs go first and the tag last, so nobody sees a half; what the registry has is not
    /// sent again.
    ///
    /// # Errors
    /// Where the folder is no layout of one image, one of its files is not what its digest says, the reference has a digest,
    /// or the registry does not take it.
    pub fn push_layout(&self, reference: &Reference, folder: &Path) -> Result<Pushed, Error> {
        let fail = |problem| Error { reference: reference.to_string(), problem };
        check_target(reference).map_err(fail)?;
        let image = Image::read(folder).map_err(fail)?;
        let pushed = wait(reference, self.patience.whole, || async {
            let mut session = Session::open(self, reference, RegistryOperation::Push).await?;
            session.send_image(folder, &image).await
        });
        let left_out = Vec::new();
        pushed.map(|(digest, sent)| Pushed { reference: reference.pinned(&digest), digest, sent, left_out })
    }
}

fn check_target(reference: &Reference) -> Result<(), Problem> {
    if reference.digest().is_some() { Err(Problem::PushToDigest) } else { Ok(()) }
}

/// The configuration of every policy.
const CONFIG: &[u8] = b"{}";

fn descriptor(media_type: &str, bytes: &[u8]) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: Digest::of(bytes).into(),
        // Nothing in memory is longer than that.
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

/// The bytes that `oci-client`, and so kwctl, would send.
fn canonical(manifest: &OciImageManifest) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let written = manifest.serialize(&mut Serializer::with_formatter(&mut bytes, CanonicalFormatter::new()));
    match written {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Problem::Malformed { what: MANIFEST.to_owned(), reason: error.to_string() }),
    }
}

impl Session<'_> {
    async fn send_blob(&self, digest: &Digest, bytes: Vec<u8>) -> Result<(), Problem> {
        let sent = self.client.push_blob(self.reference.oci(), bytes, digest.as_str()).await;
        sent.map(drop).map_err(|error| self.failed(error, &format!("the blob {digest}")))
    }

    async fn has_blob(&self, digest: &Digest) -> Result<bool, Problem> {
        let there = self.client.blob_exists(self.reference.oci(), digest.as_str()).await;
        there.map_err(|error| self.failed(error, &format!("the blob {digest}")))
    }

    /// Sends a manifest to a tag or a digest.
    pub(crate) async fn send_manifest(&self, at: &str, bytes: Vec<u8>, media_type: &str) -> Result<(), Problem> {
        // As a tag, also where it is a digest: `oci-client` looks for the tag in the address that it made of it.
        let target = oci_client::Reference::with_tag(
            self.reference.oci().registry().to_owned(),
            self.reference.repository().to_owned(),
            at.to_owned(),
        );
        let malformed = |reason: String| Problem::Malformed { what: "a media type".to_owned(), reason };
        let kind = media_type.parse().map_err(|_| malformed("it cannot stand in a header".to_owned()))?;
        let sent = self.client.push_manifest_raw(&target, bytes, kind).await;
        sent.map(drop).map_err(|error| self.failed(error, MANIFEST))
    }

    /// Sends what the tag is to mean, and asks whether it does.
    async fn send_top(&self, bytes: Vec<u8>, media_type: &str) -> Result<Digest, Problem> {
        let digest = Digest::of(&bytes);
        let tag = self.reference.manifest();
        self.send_manifest(tag, bytes, media_type).await?;
        let there = match self.digest(tag).await? {
            Some(there) => there,
            None => self.manifest(tag).await?.digest,
        };
        if there == digest {
            Ok(digest)
        } else {
            Err(Problem::WrongDigest { what: format!("what is now tagged `{tag}`"), expected: digest, actual: there })
        }
    }

    async fn send_image(&mut self, folder: &Path, image: &Image) -> Result<(Digest, Vec<Digest>), Problem> {
        let mut sent = Vec::new();
        for blob in &image.blobs {
            if self.has_blob(&blob.digest).await? {
                continue;
            }
            let bytes = layout::read(folder, blob, layout::LARGEST_BLOB)?;
            self.send_blob(&blob.digest, bytes).await?;
            sent.push(blob.digest.clone());
        }
        self.log_in(RegistryOperation::Push).await?;
        for document in &image.manifests {
            let at = document.part.digest.as_str();
            self.send_manifest(at, document.bytes.clone(), &document.part.media_type).await?;
        }
        for referrer in &image.referrers {
            self.send_referrer(referrer).await?;
        }
        let digest = self.send_top(image.top.bytes.clone(), &image.top.part.media_type).await?;
        Ok((digest, sent))
    }
}
