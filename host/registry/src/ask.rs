//! What policies may ask about images. Nothing is kept: who asks twice is answered twice.
//!
//! Source: policy-evaluator `callback_handler/oci.rs`; policy-fetcher `registry/mod.rs`.

use crate::manifest::{parse, place};
use crate::registries::wait;
use crate::session::{Document, LARGEST_MANIFEST, MANIFEST, Session};
use crate::{Error, Problem, Reference, Registries};
use oci_client::RegistryOperation;
use oci_client::manifest::{ImageIndexEntry, OciImageIndex, OciImageManifest, OciManifest};
use oci_spec::image::{Arch, Os};
use serde_json::Value;

/// An image with its configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Configured {
    /// As `oci-client` reads it, so without fields that it does not know, like policy-server.
    pub manifest: Value,
    /// Of the manifest.
    pub digest: String,
    /// The configuration that the manifest names.
    pub config: Value,
}

impl Registries {
    /// The digest of an image, or of the index of its platforms, as the registry says it.
    ///
    /// # Errors
    /// Where there is no such image, or the registry cannot be asked.
    pub fn manifest_digest(&self, image: &str) -> Result<String, Error> {
        self.ask(image, async |session, reference| {
            let at = reference.manifest();
            let digest = match session.digest(at).await? {
                Some(digest) => digest,
                None => session.manifest(at).await?.digest,
            };
            match reference.digest().filter(|pin| **pin != digest) {
                Some(pin) => {
                    Err(Problem::WrongDigest { what: MANIFEST.to_owned(), expected: pin.clone(), actual: digest })
                }
                None => Ok(digest.into()),
            }
        })
    }

    /// The manifest of an image, or the index of its platforms.
    ///
    /// # Errors
    /// Where there is no such image, it cannot be understood, or the registry cannot be asked.
    pub fn manifest(&self, image: &str) -> Result<Value, Error> {
        self.ask(image, async |session, reference| {
            let manifest = parse(&session.manifest(reference.manifest()).await?)?;
            to_value(&manifest)
        })
    }

    /// The manifest of an image and its configuration. Of an index, those for Linux on this machine's processor.
    ///
    /// # Errors
    /// As [`Registries::manifest`], and where the index has none for this machine.
    pub fn manifest_and_config(&self, image: &str) -> Result<Configured, Error> {
        self.ask(image, async |session, reference| {
            let document = session.manifest(reference.manifest()).await?;
            let (document, manifest) = match parse(&document)? {
                OciManifest::Image(manifest) => (document, manifest),
                OciManifest::ImageIndex(index) => for_this_machine(session, &index).await?,
            };
            let what = "the configuration";
            let (digest, size) = place(&manifest.config, what)?;
            let config = session.blob(&digest, size, LARGEST_MANIFEST).await?;
            let config = serde_json::from_slice(&config)
                .map_err(|error| Problem::Malformed { what: what.to_owned(), reason: error.to_string() })?;
            Ok(Configured { manifest: to_value(&manifest)?, digest: document.digest.into(), config })
        })
    }

    /// Asks about an image. Errors name it as it was named.
    fn ask<T: Send>(
        &self,
        image: &str,
        question: impl AsyncFnOnce(&Session<'_>, &Reference) -> Result<T, Problem> + Send,
    ) -> Result<T, Error> {
        let reference = Reference::image(image)?;
        let answer = wait(&reference, self.patience.question, || async {
            let session = Session::open(self, &reference, RegistryOperation::Pull).await?;
            question(&session, &reference).await
        });
        answer.map_err(|error| Error { reference: image.to_owned(), ..error })
    }
}

async fn for_this_machine(
    session: &Session<'_>,
    index: &OciImageIndex,
) -> Result<(Document, OciImageManifest), Problem> {
    let malformed = |reason: String| Problem::Malformed { what: "the index".to_owned(), reason };
    let fits = |entry: &&ImageIndexEntry| {
        entry
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == Os::Linux && platform.architecture == Arch::default())
    };
    let entry = index
        .manifests
        .iter()
        .find(fits)
        .ok_or_else(|| malformed(format!("it has no image for linux/{}", Arch::default())))?;
    let digest: crate::Digest = entry.digest.parse().map_err(malformed)?;
    let document = session.manifest(digest.as_str()).await?;
    match parse(&document)? {
        OciManifest::Image(manifest) => Ok((document, manifest)),
        OciManifest::ImageIndex(_) => Err(malformed("it names an index where an image was expected".to_owned())),
    }
}

fn to_value(manifest: &impl serde::Serialize) -> Result<Value, Problem> {
    serde_json::to_value(manifest)
        .map_err(|error| Problem::Malformed { what: MANIFEST.to_owned(), reason: error.to_string() })
}
