//! Files, written as a whole or not at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Puts `new` into a file that said `old`: into a new file beside it, which then takes its name. The mode stays, and so do
/// links to the file.
///
/// # Errors
/// Nothing is written where the file says something else by now, may not be written, or the folder takes no new file.
pub fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    // A link stays, and what it leads to is written.
    let target = path.canonicalize()?;
    // A folder that may be written does not make its read-only files so.
    let file = OpenOptions::new().read(true).write(true).open(&target)?;
    let metadata = file.metadata()?;
    if !same(file, old)? {
        return Err(io::Error::other("it was changed by somebody else in the meantime"));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new().prefix(".waitwarden-").tempfile_in(folder)?;
    beside.write_all(new.as_bytes())?;
    keep_owner(beside.as_file(), &metadata);
    beside.as_file().set_permissions(metadata.permissions())?;
    beside.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

fn same(mut file: File, old: &str) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(old.len());
    io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok(bytes == old.as_bytes())
}

/// Only root may give files away; for others a file that they may replace becomes theirs.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (user, group) = (metadata.uid(), metadata.gid());
    if fchown(file, Some(user), Some(group)).is_err() {
        let _ = fchown(file, None, Some(group));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_says_something_else_is_left_alone() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "theirs").unwrap();
        assert!(replace(&path, "ours", "new").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        replace(&path, "theirs", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
