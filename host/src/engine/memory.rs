//! A guest's memory. Every address comes from the guest and is believed only after a look.

use super::Error;
use super::state::State;
use wasmtime::{Caller, Extern, Memory};

fn memory(caller: &mut Caller<'_, State>) -> Result<Memory, Error> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(Error::MissingExport("memory")),
    }
}

fn end(pointer: u32, length: usize) -> Option<(usize, usize)> {
    let start = usize::try_from(pointer).ok()?;
    Some((start, start.checked_add(length)?))
}

/// Does the guest have this memory?
pub(crate) fn check(
    caller: &mut Caller<'_, State>,
    call: &'static str,
    pointer: u32,
    length: u32,
) -> Result<(), Error> {
    let length = length as usize;
    let memory = memory(caller)?;
    let there = end(pointer, length).is_some_and(|(start, end)| memory.data(&caller).get(start..end).is_some());
    if there { Ok(()) } else { Err(Error::Pointer { call, pointer, length }) }
}

/// A copy of what stands at an address.
pub(crate) fn copy_in(
    caller: &mut Caller<'_, State>,
    call: &'static str,
    pointer: u32,
    length: u32,
) -> Result<Vec<u8>, Error> {
    let length = length as usize;
    let memory = memory(caller)?;
    end(pointer, length)
        .and_then(|(start, end)| memory.data(&caller).get(start..end))
        .map(<[u8]>::to_vec)
        .ok_or(Error::Pointer { call, pointer, length })
}

/// More of a text is not read: it is shown to people or compared.
pub(crate) const TEXT_BYTES: u32 = 64 * 1024;

/// A copy of what stands at an address, as far as a text is read.
pub(crate) fn head_in(
    caller: &mut Caller<'_, State>,
    call: &'static str,
    pointer: u32,
    length: u32,
) -> Result<Vec<u8>, Error> {
    // Checked in full, copied as far as it is kept.
    check(caller, call, pointer, length)?;
    copy_in(caller, call, pointer, length.min(TEXT_BYTES))
}

/// Text at an address. What is not UTF-8 becomes the replacement character.
pub(crate) fn text_in(
    caller: &mut Caller<'_, State>,
    call: &'static str,
    pointer: u32,
    length: u32,
) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(&head_in(caller, call, pointer, length)?).into_owned())
}

/// Writes to an address.
pub(crate) fn copy_out(
    caller: &mut Caller<'_, State>,
    call: &'static str,
    pointer: u32,
    bytes: &[u8],
) -> Result<(), Error> {
    let memory = memory(caller)?;
    end(pointer, bytes.len())
        .and_then(|(start, end)| memory.data_mut(caller).get_mut(start..end))
        .map(|target| target.copy_from_slice(bytes))
        .ok_or(Error::Pointer { call, pointer, length: bytes.len() })
}
