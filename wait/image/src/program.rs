//! The program that goes into the image. There is no loader and no library beside it, so it must need none.

use crate::Platform;
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};
use object::{Endianness, elf};

/// A static ELF program for one platform.
#[derive(Clone, Debug)]
pub struct Program {
    platform: Platform,
    bytes: Vec<u8>,
}

/// Why a file cannot be the program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// No ELF file, or a broken one.
    #[error("not a 64-bit ELF file ({0}); expected the program that `make wait` builds")]
    NotElf(String),
    /// An object file, a core dump.
    #[error("an ELF file that cannot be run (no entry point); expected the program that `make wait` builds")]
    NotAProgram,
    /// For another processor.
    #[error("built for another processor (ELF machine {found}); expected {wanted}: build it with `--target {target}`")]
    OtherPlatform {
        /// `e_machine` of the file.
        found: u16,
        /// The platform it was named for.
        wanted: Platform,
        /// The Rust target of that platform.
        target: &'static str,
    },
    /// `PT_INTERP`: the kernel would look for a loader, and report "no such file".
    #[error("needs the loader {0}, which is not in the image; expected a static program: build it for a `musl` target")]
    NeedsLoader(String),
    /// `DT_NEEDED`.
    #[error(
        "needs shared libraries, which are not in the image; expected a static program: build it for a `musl` target"
    )]
    NeedsLibraries,
}

impl Program {
    /// Takes a file's content for a platform.
    ///
    /// # Errors
    /// Where it is not a static program for that platform.
    pub fn new(platform: Platform, bytes: Vec<u8>) -> Result<Self, ProgramError> {
        check(platform, &bytes)?;
        Ok(Self { platform, bytes })
    }

    /// What it runs on.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn check(platform: Platform, bytes: &[u8]) -> Result<(), ProgramError> {
    let broken = |error: object::Error| ProgramError::NotElf(error.to_string());
    let header = elf::FileHeader64::<Endianness>::parse(bytes).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    let found = header.e_machine(endian);
    if found != platform.machine() || endian != Endianness::Little {
        return Err(ProgramError::OtherPlatform { found, wanted: platform, target: platform.target() });
    }
    if ![elf::ET_EXEC, elf::ET_DYN].contains(&header.e_type(endian)) || header.e_entry(endian) == 0 {
        return Err(ProgramError::NotAProgram);
    }
    for segment in header.program_headers(endian, bytes).map_err(broken)? {
        if let Some(loader) = segment.interpreter(endian, bytes).map_err(broken)? {
            return Err(ProgramError::NeedsLoader(String::from_utf8_lossy(loader).into_owned()));
        }
        // A static program that can be loaded anywhere has this table too, but names no library in it.
        let entries = segment.dynamic(endian, bytes).map_err(broken)?.unwrap_or_default();
        if entries.iter().any(|entry| entry.d_tag(endian) == elf::DT_NEEDED) {
            return Err(ProgramError::NeedsLibraries);
        }
    }
    Ok(())
}
