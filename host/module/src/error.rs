//! What can be wrong with a module, and with what is to be written into it.

use std::fmt;

/// Why a module cannot be read or annotated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not even the beginning fits.
    #[error("not a WebAssembly module: {reason}")]
    NotAModule {
        /// What it is instead, and what to do.
        reason: &'static str,
    },
    /// It begins as a module and goes wrong later.
    #[error("a broken WebAssembly module: byte {offset}: {message}")]
    Broken {
        /// Where, in bytes from the beginning of the file.
        offset: usize,
        /// What was expected and what is there.
        message: String,
    },
    /// The metadata are there, but are no JSON. Kubewarden does not load such a module.
    #[error(
        "the section `{}` is not JSON: byte {offset} of the file: {message}; annotate the module again",
        crate::SECTION
    )]
    NotJson {
        /// Where, in bytes from the beginning of the file.
        offset: usize,
        /// What the JSON reader says.
        message: String,
    },
    /// The metadata say that it is a waPC policy, and it is none.
    #[error(
        "the module exports no `{export}`, so it is no waPC policy; expected one that was built with a Kubewarden SDK, \
         or another `executionMode` in the metadata"
    )]
    NotWapc {
        /// What is missing.
        export: &'static str,
    },
    /// A section can hold 4 GiB.
    #[error("{length} bytes of metadata do not fit into a section; expected less than 4 GiB")]
    TooLarge {
        /// How much there is.
        length: usize,
    },
}

/// Something in metadata, a schema or an address that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, such as `rules[0].apiGroups`; empty for the whole.
    pub path: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Mistake {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, message } = self;
        if path.is_empty() { f.write_str(message) } else { write!(f, "{path}: {message}") }
    }
}

impl std::error::Error for Mistake {}
