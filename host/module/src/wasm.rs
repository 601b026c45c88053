//! The frame of a WebAssembly module: which sections it has and where they are. Their insides are left alone, but for
//! the names of custom sections and of exports.
//!
//! A module is eight bytes (`\0asm`, version 1) and sections; a section is one byte that says which, its length as
//! LEB128 and that many bytes; a custom section (0) begins with its name. Source: WebAssembly core specification,
//! "Binary Format", sections 5.2.2 and 5.5.

use crate::Error;
use std::ops::Range;

/// How every module begins.
const PREAMBLE: &[u8] = b"\0asm\x01\0\0\0";
/// How the second half of a component's preamble reads: version 13 of layer 1.
const COMPONENT: &[u8] = b"\x0d\0\x01\0";
/// The section of custom sections.
pub(crate) const CUSTOM: u8 = 0;
/// The section of exports.
const EXPORT: u8 = 7;
/// What the sections 0 to 13 are for.
const NAMES: [&str; 14] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section<'m> {
    /// Which.
    pub(crate) id: u8,
    /// Its place in the file, with its head.
    pub(crate) range: Range<usize>,
    /// The name of a custom section; of the others what they are for.
    pub(crate) name: &'m str,
    /// What is behind the head and, in a custom section, behind the name.
    pub(crate) content: &'m [u8],
}

/// Compilers write some twenty sections; empty ones by the million would only cost memory.
const MOST: usize = 10_000;

/// Every section of a module in the order of the file.
///
/// # Errors
/// The bytes are no module, or end where they should not.
pub(crate) fn sections(module: &[u8]) -> Result<Vec<Section<'_>>, Error> {
    let mut cursor = Cursor { bytes: module, at: 0 };
    let Some(PREAMBLE) = cursor.peek(PREAMBLE.len()) else {
        return Err(other_file(module));
    };
    cursor.at = PREAMBLE.len();
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut seen = [false; NAMES.len()];
    while cursor.at < module.len() {
        let start = cursor;
        let section = cursor.section()?;
        let twice = seen.get_mut(usize::from(section.id)).is_some_and(|seen| std::mem::replace(seen, true));
        if twice && section.id != CUSTOM {
            return Err(start.broken(format!("a second {} section; expected one", section.name)));
        }
        if sections.len() == MOST {
            return Err(start.broken(format!("more than {MOST} sections; expected some twenty")));
        }
        sections.push(section);
    }
    Ok(sections)
}

/// Does a module export something of this name?
///
/// # Errors
/// The export section is broken.
pub(crate) fn exports(module: &[u8], sections: &[Section<'_>], name: &str) -> Result<bool, Error> {
    let Some(section) = sections.iter().find(|section| section.id == EXPORT) else {
        return Ok(false);
    };
    let end = section.range.end;
    let bytes = module.get(..end).unwrap_or(module);
    let mut cursor = Cursor { bytes, at: end.saturating_sub(section.content.len()) };
    for _ in 0..cursor.number("the export section")? {
        let found = cursor.name("an export")? == name;
        // What it is and which of them.
        cursor.byte("an export")?;
        cursor.number("an export")?;
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The bytes of a custom section.
pub(crate) fn custom(name: &str, content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut inside = number(name.len())?;
    inside.extend_from_slice(name.as_bytes());
    inside.extend_from_slice(content);
    let mut section = vec![CUSTOM];
    section.append(&mut number(inside.len())?);
    section.append(&mut inside);
    Ok(section)
}

/// A length as LEB128, as short as possible.
fn number(length: usize) -> Result<Vec<u8>, Error> {
    let mut rest = u32::try_from(length).map_err(|_| Error::TooLarge { length })?;
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low & 0x7f);
            return Ok(bytes);
        }
        bytes.push(low | 0x80);
    }
}

/// Why a file without the preamble is no module.
fn other_file(module: &[u8]) -> Error {
    let (magic, version) = module.split_at_checked(4).unwrap_or((module, &[]));
    let reason = if module.is_empty() {
        "the file is empty"
    } else if magic == b"\0asm" && version.starts_with(COMPONENT) {
        "this is a WebAssembly component, and Kubewarden runs core modules; build it for `wasm32-wasip1`"
    } else if magic == b"\0asm" {
        "the bytes 4 to 7 are not version 1 of the WebAssembly binary format"
    } else if module.trim_ascii_start().starts_with(b"(module") {
        "this is WebAssembly as text; translate it with `wat2wasm`"
    } else if module.starts_with(&[0x1f, 0x8b]) {
        "this is a gzip file; unpack it first"
    } else {
        "it does not begin with the bytes 00 61 73 6d"
    };
    Error::NotAModule { reason }
}

/// Reads a module from the beginning to the end; never beyond it.
#[derive(Clone, Copy, Debug)]
struct Cursor<'m> {
    bytes: &'m [u8],
    at: usize,
}

impl<'m> Cursor<'m> {
    fn section(&mut self) -> Result<Section<'m>, Error> {
        let start = self.at;
        let id = self.byte("a section")?;
        let Some(&known) = NAMES.get(usize::from(id)) else {
            self.at = start;
            return Err(self.broken(format!("there is no section {id}; expected 0 to {}", NAMES.len() - 1)));
        };
        let what = format!("the {known} section");
        let length = self.number(&what)?;
        let content = self.take(length, &what)?;
        let end = self.at;
        let mut section = Section { id, range: start..end, name: known, content };
        if id == CUSTOM {
            let bytes = self.bytes.get(..end).unwrap_or_default();
            let mut inside = Cursor { bytes, at: end.saturating_sub(length) };
            section.name = inside.name(&what)?;
            section.content = bytes.get(inside.at..).unwrap_or_default();
        }
        Ok(section)
    }

    /// A length and so many bytes of UTF-8.
    fn name(&mut self, of: &str) -> Result<&'m str, Error> {
        let what = format!("the name of {of}");
        let length = self.number(&what)?;
        let start = self.at;
        let bytes = self.take(length, &what)?;
        std::str::from_utf8(bytes).map_err(|error| Error::Broken {
            offset: start.saturating_add(error.valid_up_to()),
            message: format!("{what} is not UTF-8"),
        })
    }

    /// An unsigned number of 32 bits as LEB128: at most five bytes, the last of them at most 15.
    fn number(&mut self, of: &str) -> Result<usize, Error> {
        let start = self.at;
        let mut value: u64 = 0;
        for place in 0..5_u32 {
            let byte = self.byte(of)?;
            value |= u64::from(byte & 0x7f) << (place * 7);
            if byte & 0x80 == 0 {
                if let Some(value) = u32::try_from(value).ok().and_then(|value| usize::try_from(value).ok()) {
                    return Ok(value);
                }
                break;
            }
        }
        self.at = start;
        Err(self.broken(format!("a number of {of} is no LEB128 number of 32 bits; expected at most five bytes")))
    }

    fn byte(&mut self, of: &str) -> Result<u8, Error> {
        let byte = self.bytes.get(self.at).copied();
        let byte = byte.ok_or_else(|| self.broken(format!("{of} ends in its head; the file was cut off")))?;
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&'m [u8], Error> {
        let Some(bytes) = self.peek(length) else {
            let rest = self.bytes.len().saturating_sub(self.at);
            return Err(self.broken(format!(
                "{what} should go on for {length} bytes, but {rest} are left; the file was cut off or damaged"
            )));
        };
        self.at = self.at.saturating_add(length);
        Ok(bytes)
    }

    fn peek(&self, length: usize) -> Option<&'m [u8]> {
        self.bytes.get(self.at..)?.get(..length)
    }

    fn broken(&self, message: String) -> Error {
        Error::Broken { offset: self.at, message }
    }
}
