//! The image of the wait program: from scratch, one static file, a user that is a number.
//!
//! ```text
//! ELF files → Program ┐
//! cargo tree → Bom ───┴→ image: layer, config, manifest, index → Layout → a folder
//! ```
//!
//! No container engine takes part, and nothing of the machine gets in: the same programs, version and time give the same
//! bytes. The names and rules are those of the OCI image specification 1.1.
#![forbid(unsafe_code)]

mod content;
mod platform;
mod program;
mod bom;
mod layer;
mod layout;
mod image;

pub use bom::{Bom, BomError};
pub use content::Content;
pub use image::{Image, USER};
pub use layout::{Layout, LayoutError};
pub use platform::{Platform, UnknownPlatform};
pub use program::{Program, ProgramError};
