//! What can go wrong, in the words that a user reads.

use crate::{Digest, Login};
use std::path::PathBuf;

/// Something went wrong with an artifact. No text holds a password or a token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{reference}`: {problem}")]
pub struct Error {
    /// As it was written, or with what was added to it.
    pub reference: String,
    /// What is wrong, what was expected and what to do.
    pub problem: Problem,
}

/// What went wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is no reference.
    #[error("{0}; expected registry://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST], with a repository in lower case")]
    Reference(String),
    /// Something is to be pushed to a digest.
    #[error("nothing can be pushed to a digest, which follows from the content; write a tag instead of `@sha256:…`")]
    PushToDigest,
    /// No connection.
    #[error("the registry cannot be reached ({0}); check its name and port, and the network")]
    Unreachable(String),
    /// No answer, or none in time.
    #[error("the registry takes longer than {seconds} seconds; try again, or check the network")]
    TimedOut {
        /// The limit that was met.
        seconds: u64,
    },
    /// A status that says: not now (429, 5xx).
    #[error("the registry cannot answer now (status {status}); try again later")]
    Unavailable {
        /// HTTP.
        status: u16,
    },
    /// A status 401.
    #[error("the registry wants a login; {0}")]
    Unauthorized(Login),
    /// A status 403.
    #[error("the registry does not allow this; {0}")]
    Denied(Login),
    /// A status 404.
    #[error(
        "{what} is not in the registry; check repository, tag and digest (some registries say so, too, where a login is needed)"
    )]
    NotFound {
        /// A manifest or a blob.
        what: String,
    },
    /// Another status.
    #[error("the registry refuses (status {status}): {message}")]
    Refused {
        /// HTTP.
        status: u16,
        /// What it says, without control characters, at most 200 characters.
        message: String,
    },
    /// The bytes are not those that were meant.
    #[error(
        "{what} has the digest {actual}, expected {expected}; it was damaged or exchanged: push it again, or pin the digest that you mean"
    )]
    WrongDigest {
        /// A manifest or a blob.
        what: String,
        /// Of the reference, the manifest or the registry's own word.
        expected: Digest,
        /// Of the bytes.
        actual: Digest,
    },
    /// A blob is shorter or longer than its manifest says.
    #[error("{what} has {actual} bytes, expected {expected}; it is damaged in the registry: push it again")]
    WrongSize {
        /// A blob.
        what: String,
        /// Of the manifest.
        expected: u64,
        /// What the registry has, or the first byte too many.
        actual: u64,
    },
    /// The connection ended too early.
    #[error("{what} broke off after {received} bytes, expected {expected}; try again")]
    Cut {
        /// A manifest or a blob.
        what: String,
        /// What was to come; none where nobody said.
        expected: Expected,
        /// What came.
        received: u64,
    },
    /// More than is taken.
    #[error("{what} has more than {limit} bytes, the most that is taken; check that it is what you mean")]
    TooLarge {
        /// A manifest, a blob, a file.
        what: String,
        /// In bytes.
        limit: u64,
    },
    /// An image for several platforms where a policy was expected.
    #[error(
        "it is an index of {manifests} manifests, expected the manifest of one policy; a policy is pushed with `waitwarden push` or `kwctl push`"
    )]
    Index {
        /// How many it names.
        manifests: usize,
    },
    /// A container image, a chart.
    #[error(
        "it is no policy: its layers are {found}, expected `application/vnd.wasm.content.layer.v1+wasm`; a policy is pushed with `waitwarden push` or `kwctl push`"
    )]
    NotAPolicy {
        /// The media types of its layers.
        found: String,
    },
    /// The layer, or the file to push, is no WebAssembly.
    #[error("the module does not begin as WebAssembly does (`\\0asm`); expected a policy that was compiled")]
    NotWasm,
    /// A document that cannot be read.
    #[error("{what} cannot be understood: {reason}")]
    Malformed {
        /// A manifest, a configuration.
        what: String,
        /// Why.
        reason: String,
    },
    /// An annotation that cannot stand in a manifest.
    #[error(
        "the annotation `{name}` holds a control character, which manifests cannot hold; remove it from the metadata"
    )]
    Annotation {
        /// Its key.
        name: String,
    },
    /// A folder that is no OCI layout, or not of one image.
    #[error("{}: {reason}; expected an OCI layout with one image, as `make image` writes it", path.display())]
    Layout {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The login cannot be read.
    #[error("{}: {reason}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why, and what to do; nothing of what stands in it.
        reason: String,
    },
    /// Offline, and never pulled.
    #[error("it is not in the cache {}, and the network may not be asked; pull it once while it may", folder.display())]
    NotCached {
        /// The cache.
        folder: PathBuf,
    },
    /// A file of the cache does not hold what its name says.
    #[error("{}: the file is damaged (its digest is {actual}); pull it again while the network may be asked", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Of what it holds.
        actual: Digest,
    },
    /// The cache cannot be read or written.
    #[error("the cache {}: {reason}; make it writable, or name another folder with XDG_CACHE_HOME", path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Neither `XDG_CACHE_HOME` nor `HOME` says where the user's cache is.
    #[error("there is no folder for the cache; set XDG_CACHE_HOME, or HOME, to an absolute path")]
    NoCacheFolder,
    /// No client can be made.
    #[error(
        "no connection can be made ({0}); install the system's CA certificates, or name a file of them in SSL_CERT_FILE"
    )]
    Client(String),
    /// The library ended in a panic.
    #[error("this is a bug of waitwarden")]
    Bug,
}

/// How many bytes were to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// So many.
    Bytes(u64),
    /// Nobody said.
    Unknown,
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Unknown => f.write_str("more"),
        }
    }
}

impl Problem {
    /// Whether the registry could not be asked at all: what was seen before may be used then.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut { .. } | Self::Unavailable { .. })
    }
}
