//! The only layer: a tar archive with one file, and that archive compressed.

use crate::Program;
use flate2::{Compression, GzBuilder};
use std::io::{self, Write as _};
use tar::{Builder, EntryType, Header};

/// A layer in both forms: the specification names it by the digest of either.
#[derive(Debug)]
pub(crate) struct Layer {
    /// The archive, whose digest stands in the configuration.
    pub(crate) tar: Vec<u8>,
    /// The same, compressed, whose digest stands in the manifest.
    pub(crate) gzip: Vec<u8>,
}

impl Layer {
    /// Holds exactly the program at `name`, for anyone to run and nobody to write.
    ///
    /// # Errors
    /// Where `name` or `modified` (seconds since 1970) cannot be written down in an archive.
    pub(crate) fn of(program: &Program, name: &str, modified: u64) -> io::Result<Self> {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o555);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(modified);
        header.set_size(program.bytes().len() as u64);
        let mut archive = Builder::new(Vec::new());
        archive.append_data(&mut header, name, program.bytes())?;
        let tar = archive.into_inner()?;
        // Neither a time nor a file name nor the kind of machine goes into the head.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        gzip.write_all(&tar)?;
        Ok(Self { gzip: gzip.finish()?, tar })
    }
}
