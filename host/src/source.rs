//! Where manifests come from: files, folders and standard input.

pub use waitwarden_review::check::Source;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The argument that means standard input.
pub const STDIN: &str = "-";

/// Larger files are not manifests.
const LARGEST_FILE: u64 = 64 << 20;

/// Where somebody hands over an open pipe under a name, as shells do for `<(…)`.
const DESCRIPTORS: [&str; 3] = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/"];

/// What counts as a manifest in a folder.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Something to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// Something that was asked for and is not there.
    Missing(PathBuf, String),
}

/// Why an input has no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// As it is shown.
    pub name: String,
    /// Why.
    pub message: String,
}

impl Input {
    /// The name as it is shown.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "<stdin>".to_owned(),
            Self::File(path) | Self::Missing(path, _) => {
                let path = path.strip_prefix(".").unwrap_or(path);
                path.display().to_string()
            }
        }
    }

    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Missing(..) => None,
        }
    }

    /// Reads it whole.
    pub fn read(&self) -> Result<Source, Unreadable> {
        let name = self.name();
        let unreadable = |message: String| Unreadable { name: name.clone(), message };
        let bytes = match self {
            Self::Missing(_, why) => return Err(unreadable(why.clone())),
            Self::Stdin => stdin(),
            Self::File(path) => {
                open(path).and_then(|(file, length)| bounded(file, length)).map_err(|error| plain(&error))
            }
        };
        let bytes = bytes.map_err(unreadable)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => Err(unreadable(not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()))),
        }
    }
}

/// Opens a file, with its length. A device never ends, and opening a pipe without a writer never returns.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let metadata = std::fs::metadata(path)?;
    let handed = DESCRIPTORS.iter().any(|descriptor| path.to_string_lossy().starts_with(descriptor));
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if !metadata.is_file() && !handed {
        return Err(io::Error::other(
            "it is no regular file but a pipe, a socket or a device; pipe manifests into `-`",
        ));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(too_large());
    }
    Ok((File::open(path)?, metadata.len()))
}

fn too_large() -> io::Error {
    io::Error::other(format!("it is larger than {} MiB; manifests are smaller", LARGEST_FILE >> 20))
}

/// Standard input, which comes only once, and is looked at again where a policy asks what else there is.
fn stdin() -> Result<Vec<u8>, String> {
    static READ: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
    READ.get_or_init(|| bounded(io::stdin().lock(), 0).map_err(|error| plain(&error))).clone()
}

/// Reads all of it; `length` is how much there probably is, in bytes.
fn bounded(reader: impl Read, length: u64) -> io::Result<Vec<u8>> {
    // One more, to see the end without making room again.
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(LARGEST_FILE)).unwrap_or(0) + 1);
    reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Without the number that only programs read.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => {
            let text = error.to_string();
            text.split_once(" (os error ").map_or(text.as_str(), |(words, _)| words).to_owned()
        }
    }
}

fn not_utf8(bytes: &[u8], at: usize) -> String {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return "it is UTF-16; manifests are UTF-8".to_owned();
    }
    let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    format!("it is not UTF-8: line {line} has a byte that no text has")
}

/// Every input that the arguments name, in order. A folder stands for the manifests in it, by name, without what
/// `.gitignore` and `.ignore` leave out and without hidden ones. Folders are walked as the inputs are taken.
pub fn inputs(paths: &[PathBuf]) -> impl Iterator<Item = Input> + '_ {
    paths.iter().flat_map(|path| -> Box<dyn Iterator<Item = Input>> {
        if path.as_os_str() == STDIN {
            Box::new(std::iter::once(Input::Stdin))
        } else if path.is_dir() {
            Box::new(folder(path))
        } else {
            Box::new(std::iter::once(Input::File(path.clone())))
        }
    })
}

fn folder(path: &Path) -> impl Iterator<Item = Input> {
    ignore::WalkBuilder::new(path).sort_by_file_name(Ord::cmp).require_git(false).build().filter_map(
        |entry| match entry {
            Ok(entry) => {
                let extension = entry.path().extension().and_then(|extension| extension.to_str()).unwrap_or_default();
                let manifest = EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known));
                // Links count as what they lead to; pipes and sockets would never end.
                (manifest && entry.path().is_file()).then(|| Input::File(entry.into_path()))
            }
            Err(error) => {
                let path = walked(&error).unwrap_or_default();
                Some(Input::Missing(path, error.io_error().map_or_else(|| error.to_string(), plain)))
            }
        },
    )
}

fn walked(error: &ignore::Error) -> Option<PathBuf> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path.clone()),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walked(err),
        _ => None,
    }
}
