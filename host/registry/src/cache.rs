//! What was pulled, kept for the next time, so that it is there without a network.
//!
//! ```text
//! blobs/sha256/DIGEST    manifests and modules, each under the digest of what it holds
//! tags/DIGEST.json       what a tag meant when it was last asked for, under the digest of its name
//! ```
//!
//! A file is written whole under another name and then renamed, so two processes never see each other's halves; both would
//! write the same. Nothing is believed: what is read is compared with its name.

use crate::{Digest, Problem, Reference};
use serde::{Deserialize, Serialize};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A folder of manifests and modules.
///
/// It grows by one module for each version that is pulled, and nothing is removed by itself. It can be deleted at any time,
/// whole or in part, also while a program uses it: `rm -r ~/.cache/waitwarden`. What is missing is pulled again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    folder: PathBuf,
}

/// What a tag meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) digest: Digest,
    /// When the registry said so.
    pub(crate) seen: SystemTime,
}

/// The file of a tag.
#[derive(Serialize, Deserialize)]
struct Tag {
    /// What stands in the name of the file as a digest.
    reference: String,
    digest: Digest,
    /// Seconds since 1970.
    seen: u64,
}

impl Cache {
    /// In a folder, which is made when something is put into it.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The user's: `$XDG_CACHE_HOME/waitwarden`, else `~/.cache/waitwarden`.
    ///
    /// Source: XDG Base Directory Specification; a relative path is not taken.
    ///
    /// # Errors
    /// [`Problem::NoCacheFolder`] where neither `XDG_CACHE_HOME` nor `HOME` is an absolute path.
    pub fn of_user() -> Result<Self, Problem> {
        Self::of(|name| env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Problem> {
        let named = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
        base.map(|base| Self::at(base.join("waitwarden"))).ok_or(Problem::NoCacheFolder)
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes with a digest; none where they are not there.
    pub(crate) fn read(&self, digest: &Digest, largest: u64) -> Result<Option<Vec<u8>>, Problem> {
        let path = self.blob(digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, &error)),
        };
        let mut bytes = Vec::new();
        file.take(largest.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&path, &error))?;
        let actual = Digest::of(&bytes);
        match actual == *digest {
            true if bytes.len() as u64 > largest => {
                Err(Problem::TooLarge { what: path.display().to_string(), limit: largest })
            }
            true => Ok(Some(bytes)),
            false => Err(Problem::Damaged { path, actual }),
        }
    }

    /// Keeps bytes whose digest was checked.
    pub(crate) fn write(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Problem> {
        put(&self.blob(digest), bytes)
    }

    /// Keeps what a tag means.
    pub(crate) fn remember(&self, reference: &Reference, digest: &Digest) -> Result<(), Problem> {
        let (name, path) = self.tag(reference);
        let seen = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let tag = Tag { reference: name, digest: digest.clone(), seen };
        let text = serde_json::to_vec(&tag).map_err(|error| failed(&path, &error.into()))?;
        put(&path, &text)
    }

    /// What a tag meant; none where nobody ever asked, or where the file makes no sense.
    pub(crate) fn recall(&self, reference: &Reference) -> Option<Memory> {
        let (name, path) = self.tag(reference);
        let mut text = Vec::new();
        File::open(path).ok()?.take(1 << 16).read_to_end(&mut text).ok()?;
        let tag: Tag = serde_json::from_slice(&text).ok()?;
        let seen = UNIX_EPOCH.checked_add(Duration::from_secs(tag.seen))?;
        (tag.reference == name).then_some(Memory { digest: tag.digest, seen })
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs/sha256").join(digest.hex())
    }

    fn tag(&self, reference: &Reference) -> (String, PathBuf) {
        let name =
            format!("{}/{}:{}", reference.registry(), reference.repository(), reference.tag().unwrap_or("latest"));
        let file = format!("{}.json", Digest::of(name.as_bytes()).hex());
        (name, self.folder.join("tags").join(file))
    }
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    Problem::Cache { path: path.to_owned(), reason: error.to_string() }
}

/// Writes a file whole, or not at all.
fn put(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let write = || {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder)?;
        let mut draft = tempfile::Builder::new().prefix(".draft-").tempfile_in(folder)?;
        draft.write_all(bytes)?;
        draft.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| failed(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_there_as_long_as_it_is_not_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("new"));
        let digest = Digest::of(b"bytes");
        assert_eq!(cache.read(&digest, 100), Ok(None));
        cache.write(&digest, b"bytes").unwrap();
        assert_eq!(cache.read(&digest, 5), Ok(Some(b"bytes".to_vec())));
        let path = cache.blob(&digest);
        fs::write(&path, b"other").unwrap();
        assert_eq!(cache.read(&digest, 5), Err(Problem::Damaged { path: path.clone(), actual: Digest::of(b"other") }));
        // An endless file is not read to its end.
        fs::write(&path, b"bytes and more").unwrap();
        assert_eq!(cache.read(&digest, 5), Err(Problem::Damaged { path, actual: Digest::of(b"bytes ") }));
        cache.write(&digest, b"bytes").unwrap();
        assert_eq!(cache.read(&digest, 5), Ok(Some(b"bytes".to_vec())), "it was written over");
        let files = fs::read_dir(folder.path().join("new/blobs/sha256")).unwrap().count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn a_tag_is_remembered_for_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let (one, two): (Reference, Reference) = ("a.io/b:1".parse().unwrap(), "a.io/b:2".parse().unwrap());
        let digest = Digest::of(b"bytes");
        assert_eq!(cache.recall(&one), None);
        cache.remember(&one, &digest).unwrap();
        let memory = cache.recall(&one).unwrap();
        assert_eq!(memory.digest, digest);
        assert!(memory.seen.elapsed().unwrap() < Duration::from_mins(1), "{memory:?}");
        assert_eq!(cache.recall(&two), None);
        // A file under another name, and one that makes no sense.
        fs::copy(cache.tag(&one).1, cache.tag(&two).1).unwrap();
        assert_eq!(cache.recall(&two), None);
        fs::write(cache.tag(&one).1, "{\"digest\": \"sha256:../..\"}").unwrap();
        assert_eq!(cache.recall(&one), None);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let problem = Cache::at(file.path()).write(&Digest::of(b""), b"").unwrap_err();
        assert!(matches!(problem, Problem::Cache { .. }), "{problem}");
    }

    #[test]
    fn the_users_cache_is_where_the_specification_puts_it() {
        let of = |pairs: &'static [(&str, &str)]| {
            Cache::of(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
        };
        let at = |folder: &str| Ok(Cache::at(folder));
        assert_eq!(of(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), at("/c/waitwarden"));
        assert_eq!(of(&[("HOME", "/h")]), at("/h/.cache/waitwarden"));
        assert_eq!(of(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]), at("/h/.cache/waitwarden"));
        assert_eq!(of(&[("XDG_CACHE_HOME", ""), ("HOME", "")]), Err(Problem::NoCacheFolder));
    }
}
