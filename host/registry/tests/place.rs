//! A registry, a cache and a client for one test.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;
use waitwarden_registry::{Cache, Patience, Pushed, Reference, Registries};
use waitwarden_test_registry::Registry;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Where a test takes place.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) registries: Registries,
    pub(crate) cache: Cache,
    pub(crate) folder: tempfile::TempDir,
}

impl Place {
    /// With an empty registry for everybody and an empty cache.
    pub(crate) fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let cache = Cache::at(folder.path().join("cache"));
        Ok(Self { registry: Registry::start()?, registries: impatient(), cache, folder })
    }

    /// The same cache and client without the registry: it is gone.
    pub(crate) fn without_registry(self) -> (Registries, Cache, tempfile::TempDir) {
        drop(self.registry);
        (self.registries, self.cache, self.folder)
    }

    /// A reference to something in the registry.
    pub(crate) fn reference(&self, name: &str) -> Outcome<Reference> {
        Ok(format!("registry://{}/{name}", self.registry.address()).parse()?)
    }

    /// Pushes a module without annotations.
    pub(crate) fn push(&self, name: &str, module: &[u8]) -> Outcome<Pushed> {
        Ok(self.registries.push_policy(&self.reference(name)?, module, &BTreeMap::new())?)
    }

    /// The digest of the layer of a module.
    pub(crate) fn blob(&self, module: &[u8]) -> std::path::PathBuf {
        self.registry.blob(waitwarden_registry::Digest::of(module).as_str())
    }
}

/// A client that waits for a second or two, which is long on loopback.
pub(crate) fn impatient() -> Registries {
    let seconds = Duration::from_secs;
    let patience = Patience { connect: seconds(2), silence: seconds(2), question: seconds(4), whole: seconds(20) };
    Registries { patience, ..Registries::default() }
}

/// Something that begins as WebAssembly does, of a length.
pub(crate) fn module(letter: u8, length: usize) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.resize(length.max(bytes.len()), letter);
    bytes
}
