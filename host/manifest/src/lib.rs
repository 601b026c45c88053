//! Kubernetes manifests as text and as values, with the place of every value, and edits that keep the text around them.
//!
//! A value is what Kubernetes' own reader makes of the text (`sigs.k8s.io/yaml` over goyaml v2, so YAML 1.1): an
//! unquoted `yes` is a boolean, `0644` is 420, a date is a string, `<<` merges, and of two equal keys the last counts.
//! The truth table in `tests/data/goyaml-truth.json` holds this crate to it.
//!
//! ```
//! use waitwarden_manifest::{Entry, read};
//!
//! let text = "kind: Pod\nmetadata:\n  name: web # the site\n";
//! let entries = read(text);
//! let [Entry::Document(document)] = entries.as_slice() else { panic!() };
//! assert_eq!(document.value["metadata"]["name"], "web");
//! assert_eq!(document.place("/metadata/name", None).line, 3);
//!
//! let mut wanted = document.value.clone();
//! wanted["metadata"]["labels"] = serde_json::json!({"debug": "yes"});
//! assert_eq!(
//!     document.edited(text, &wanted),
//!     "kind: Pod\nmetadata:\n  name: web # the site\n  labels:\n    debug: \"yes\"\n",
//! );
//! ```
//!
//! # Documents of a file
//!
//! A file is cut into documents as kubectl cuts it: at lines that begin with `---`, with nothing but blanks or a
//! comment after it, before any YAML is read. A text that begins with `{` is tried as JSON first, and there may be
//! several JSON values after each other. Everything of a document after a `...` line is not read, as Kubernetes does
//! not read it; a warning says so.

#![forbid(unsafe_code)]

use std::ops::Range;

pub use crate::document::{Document, Place, Warning};
pub use crate::origin::origin;
pub use crate::read::read;

mod read;
mod split;
mod source;
mod document;
mod tree;
mod compose;
mod json;
mod scalar;
mod value;
mod decode;
mod complaint;
mod edit;
mod emit;
mod quote;
mod layout;
mod origin;
mod admission;

/// A value that nobody has written yet, as block YAML, as kubectl would print it. Texts that somebody wrote are
/// [edited](Document::edited), never printed anew.
pub fn print(value: &serde_json::Value) -> String {
    emit::inner(value, 0, &layout::Layout::default()) + "\n"
}

/// One document of a file, or what stands in its place.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A document that has a value.
    Document(Document),
    /// Only comments and blanks.
    Empty {
        /// Bytes of the file.
        range: Range<usize>,
    },
    /// A document that cannot be read. The ones after it can.
    Broken(Broken),
}

impl Entry {
    /// The bytes of the file this entry covers.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Document(document) => document.range.clone(),
            Self::Empty { range } => range.clone(),
            Self::Broken(broken) => broken.range.clone(),
        }
    }
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Bytes of the file.
    pub range: Range<usize>,
    /// The byte of the file where reading stopped.
    pub offset: usize,
    /// The line of it, from 1.
    pub line: usize,
    /// The column in that line, in characters, from 1.
    pub column: usize,
    /// What was expected, in plain words. A second line that begins with `hint: ` says what to try.
    pub message: String,
    /// It looks like a Helm template that was never rendered: braces stand where YAML has a key, an item or a value.
    pub template: bool,
}
