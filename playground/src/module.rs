//! A policy's file before a browser sees it: is it one, and how much memory may it ever have?

use waitwarden_review::failure::{Error, Foreign, MEMORY_BYTES};

const PAGE_BYTES: u64 = 64 << 10;
/// The most pages of memory that a policy may have.
const MOST_PAGES: u64 = MEMORY_BYTES as u64 / PAGE_BYTES;

const MEMORY_SECTION: u8 = 5;
const HAS_MAXIMUM: u8 = 1;

/// The same module, with a bound on its memory: where it asks for more it is refused by the browser.
///
/// # Errors
/// What is no module, and one that begins with more memory than a policy may have.
pub fn bounded(wasm: &[u8]) -> Result<Vec<u8>, Error> {
    if !wasm.starts_with(b"\0asm") {
        return Err(Error::NotWasm);
    }
    // The second half of the version is the layer: 0 for modules, 1 for components.
    if wasm.get(6..8) == Some(&[1, 0]) {
        return Err(Error::NotWapc(Foreign::Component));
    }
    let cut = || Error::Invalid("a section is longer than the file".to_owned());
    let (head, mut rest) = wasm.split_at_checked(8).ok_or_else(cut)?;
    let mut out = head.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (length, body) = number(after).ok_or_else(cut)?;
        let length = usize::try_from(length).map_err(|_| cut())?;
        let (section, next) = body.split_at_checked(length).ok_or_else(cut)?;
        if id == MEMORY_SECTION {
            let section = memories(section)?;
            out.push(id);
            put(&mut out, section.len() as u64);
            out.extend(section);
        } else {
            let whole = rest.len() - next.len();
            out.extend_from_slice(rest.get(..whole).unwrap_or_default());
        }
        rest = next;
    }
    Ok(out)
}

/// The memory section, each memory with a maximum. Source: the WebAssembly specification, binary format, limits.
fn memories(section: &[u8]) -> Result<Vec<u8>, Error> {
    let broken = || Error::Invalid("its memory section cannot be read".to_owned());
    let (count, mut rest) = number(section).ok_or_else(broken)?;
    let mut out = Vec::with_capacity(section.len() + 4);
    put(&mut out, count);
    for _ in 0..count {
        let (&flags, after) = rest.split_first().ok_or_else(broken)?;
        let (minimum, mut after) = number(after).ok_or_else(broken)?;
        let mut maximum = MOST_PAGES;
        if flags & HAS_MAXIMUM != 0 {
            let (own, next) = number(after).ok_or_else(broken)?;
            (maximum, after) = (own.min(MOST_PAGES), next);
        }
        if minimum > MOST_PAGES {
            return Err(Error::Memory);
        }
        out.push(flags | HAS_MAXIMUM);
        put(&mut out, minimum);
        put(&mut out, maximum.max(minimum));
        rest = after;
    }
    // Anything behind it (page sizes of a proposal) is for the browser to judge.
    out.extend_from_slice(rest);
    Ok(out)
}

/// An unsigned LEB128 number, and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(memory: &str) -> Vec<u8> {
        wat::parse_str(format!("(module (func (export \"f\")) {memory} (data \"after\"))")).unwrap()
    }

    #[test]
    fn memory_gets_a_maximum() {
        for (written, bounded_as) in [
            ("(memory 1)", "(memory 1 4096)"),
            ("(memory 2 3)", "(memory 2 3)"),
            ("(memory 2 65536)", "(memory 2 4096)"),
            ("(memory 4096)", "(memory 4096 4096)"),
            ("", ""),
        ] {
            assert_eq!(bounded(&module(written)), Ok(module(bounded_as)), "{written}");
        }
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert_eq!(bounded(b"kind: Pod"), Err(Error::NotWasm));
        assert_eq!(bounded(b"\0asm\x0d\0\x01\0"), Err(Error::NotWapc(Foreign::Component)));
        assert_eq!(bounded(&module("(memory 4097)")), Err(Error::Memory));
        let cut = Err(Error::Invalid("a section is longer than the file".to_owned()));
        assert_eq!(bounded(b"\0asm\x01\0\0\0\x05\xff"), cut);
        assert_eq!(bounded(b"\0asm\x01\0\0\0\x05\x09\x01"), cut);
        assert_eq!(bounded(b"\0asm"), cut);
        let broken = Err(Error::Invalid("its memory section cannot be read".to_owned()));
        assert_eq!(bounded(b"\0asm\x01\0\0\0\x05\x01\x01"), broken);
        assert_eq!(bounded(b"\0asm\x01\0\0\0\x05\x02\xff\xff"), broken);
    }
}
