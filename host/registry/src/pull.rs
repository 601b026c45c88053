//! Pulling a policy: from the registry, or from the cache where that is as good or all there is.

use crate::manifest::{Layer, check_wasm, policy};
use crate::registries::wait;
use crate::session::{Document, LARGEST_MANIFEST, Session};
use crate::{Cache, Digest, Error, Problem, Reference, Registries};
use oci_client::RegistryOperation;
use std::time::SystemTime;

/// A policy that was pulled.
#[derive(Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The module. Its digest is the one that the manifest names.
    pub bytes: Vec<u8>,
    /// Of the manifest: what a pin would be.
    pub digest: Digest,
    /// Who said that this is what the reference means.
    pub origin: Origin,
    /// Why it could not be put into the cache; the next pull needs the network then.
    pub not_kept: Option<Error>,
}

/// Who said what a reference means.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// The registry, just now. A module that is in the cache already was not fetched again.
    Registry,
    /// The pin itself: everything was in the cache and nobody was asked.
    Pin,
    /// The cache: this is what the registry said the last time. The tag may have moved since.
    Remembered {
        /// When the registry said so.
        seen: SystemTime,
        /// Why it was not asked now; none where the network may not be used.
        because: Option<Box<Error>>,
    },
}

impl Pulled {
    /// Whether the registry was not asked.
    pub fn from_cache(&self) -> bool {
        self.origin != Origin::Registry
    }
}

/// What a policy is, wherever it was found.
struct Found {
    bytes: Vec<u8>,
    digest: Digest,
    not_kept: Option<Problem>,
}

/// How asking the registry ended.
enum Asked {
    Found(Found),
    /// It could not be asked.
    Absent(Problem),
}

impl Registries {
    /// Pulls a policy. A pinned one that is in the cache needs no network. A tag is asked for each time; where the registry
    /// cannot be reached, or `offline` is set, it is what it was the last time.
    ///
    /// Other than for kwctl, which asks only for `latest` again, a tag that moved is seen.
    ///
    /// # Errors
    /// Where there is no such policy, it is damaged or too large, or neither registry nor cache has it.
    pub fn pull_policy(&self, reference: &Reference, cache: &Cache, offline: bool) -> Result<Pulled, Error> {
        let fail = |problem| Error { reference: reference.to_string(), problem };
        let missing = || fail(Problem::NotCached { folder: cache.folder().to_owned() });
        let pulled = |found: Found, origin| Pulled {
            bytes: found.bytes,
            digest: found.digest,
            origin,
            not_kept: found.not_kept.map(fail),
        };
        if let Some(pin) = reference.digest() {
            match self.kept(cache, pin) {
                Ok(Some(found)) => return Ok(pulled(found, Origin::Pin)),
                Ok(None) if offline => return Err(missing()),
                Err(problem) if offline => return Err(fail(problem)),
                // What is missing or damaged is fetched again.
                Ok(None) | Err(_) => {}
            }
        }
        let absence = if offline {
            None
        } else {
            match wait(reference, self.patience.whole, || self.fetch(reference, cache))? {
                Asked::Found(found) => return Ok(pulled(found, Origin::Registry)),
                Asked::Absent(problem) => Some(fail(problem)),
            }
        };
        let memory = if reference.digest().is_none() { cache.recall(reference) } else { None };
        let Some(memory) = memory else { return Err(absence.unwrap_or_else(missing)) };
        match self.kept(cache, &memory.digest) {
            Ok(Some(found)) => {
                let because = absence.map(Box::new);
                Ok(pulled(found, Origin::Remembered { seen: memory.seen, because }))
            }
            Ok(None) => Err(absence.unwrap_or_else(missing)),
            Err(problem) => Err(fail(problem)),
        }
    }

    /// The policy whose manifest has a digest, from the cache alone; none where a part is not there.
    fn kept(&self, cache: &Cache, digest: &Digest) -> Result<Option<Found>, Problem> {
        let Some(bytes) = cache.read(digest, LARGEST_MANIFEST)? else { return Ok(None) };
        let layer = policy(&Document { bytes, digest: digest.clone() })?;
        let Some(bytes) = cache.read(&layer.digest, self.largest_policy)? else { return Ok(None) };
        check_wasm(&bytes)?;
        Ok(Some(Found { bytes, digest: digest.clone(), not_kept: None }))
    }

    async fn fetch(&self, reference: &Reference, cache: &Cache) -> Result<Asked, Problem> {
        let asked = async {
            let session = Session::open(self, reference, RegistryOperation::Pull).await?;
            let document = session.manifest(reference.manifest()).await?;
            Ok::<_, Problem>((session, document))
        };
        let (session, document) = match asked.await {
            Ok(answer) => answer,
            Err(problem) if problem.is_absence() => return Ok(Asked::Absent(problem)),
            Err(problem) => return Err(problem),
        };
        let layer = policy(&document)?;
        let (bytes, fresh) = match cache.read(&layer.digest, self.largest_policy) {
            Ok(Some(bytes)) => (bytes, false),
            // What is damaged, or cannot be read, is fetched again.
            Ok(None) | Err(_) => (session.blob(&layer.digest, layer.size, self.largest_policy).await?, true),
        };
        check_wasm(&bytes)?;
        let not_kept = keep(cache, reference, &document, &layer, fresh.then_some(bytes.as_slice())).err();
        Ok(Asked::Found(Found { bytes, digest: document.digest, not_kept }))
    }
}

/// Puts a policy into the cache; the tag last, so that what it names is there.
fn keep(
    cache: &Cache,
    reference: &Reference,
    document: &Document,
    layer: &Layer,
    bytes: Option<&[u8]>,
) -> Result<(), Problem> {
    if let Some(bytes) = bytes {
        cache.write(&layer.digest, bytes)?;
    }
    cache.write(&document.digest, &document.bytes)?;
    match reference.digest() {
        Some(_) => Ok(()),
        None => cache.remember(reference, &document.digest),
    }
}
