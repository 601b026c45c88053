//! What the image runs on: the names that images, Rust and ELF files give to the same machines.

use oci_spec::image::Arch;
use std::fmt;
use std::str::FromStr;

/// Linux on one kind of processor, by the name that images use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// 64-bit x86.
    Amd64,
    /// 64-bit ARM, little-endian.
    Arm64,
}

/// There is no such platform.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no platform is called `{0}`; expected one of amd64, arm64")]
pub struct UnknownPlatform(String);

impl Platform {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// The name, as in an image's `architecture`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The Rust target of the static program.
    pub fn target(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-musl",
            Self::Arm64 => "aarch64-unknown-linux-musl",
        }
    }

    /// `e_machine` of its ELF files.
    pub(crate) fn machine(self) -> u16 {
        match self {
            Self::Amd64 => object::elf::EM_X86_64,
            Self::Arm64 => object::elf::EM_AARCH64,
        }
    }

    /// The same in the types of the specification.
    pub(crate) fn arch(self) -> Arch {
        match self {
            Self::Amd64 => Arch::Amd64,
            Self::Arm64 => Arch::ARM64,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(name: &str) -> Result<Self, UnknownPlatform> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or_else(|| UnknownPlatform(name.to_owned()))
    }
}
