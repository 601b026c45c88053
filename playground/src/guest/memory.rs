//! A guest's memory. Every address comes from the guest and is believed only after a look.

use super::state::State;
use js_sys::{ArrayBuffer, Uint8Array, WebAssembly::Memory};
use waitwarden_review::failure::Error;
use wasm_bindgen::{JsCast, JsValue};

/// How large a memory is, in bytes.
pub(super) fn size(memory: &Memory) -> usize {
    memory.buffer().dyn_ref::<ArrayBuffer>().map_or(usize::MAX, |buffer| buffer.byte_length() as usize)
}

/// The bytes at an address, not copied; they are gone when the memory grows.
fn view(state: &mut State, call: &'static str, pointer: u32, length: u32) -> Result<Uint8Array, JsValue> {
    let all = state.memory.as_ref().map(|memory| Uint8Array::new(&memory.buffer()));
    let end = pointer.checked_add(length);
    match (all, end) {
        (Some(all), Some(end)) if end <= all.length() => Ok(all.subarray(pointer, end)),
        // A module whose start function already calls its host, before it has shown a memory.
        (None, _) => Err(state.fail(Error::MissingExport("memory"))),
        _ => Err(state.fail(Error::Pointer { call, pointer, length: length as usize })),
    }
}

/// Does the guest have this memory?
pub(super) fn check(state: &mut State, call: &'static str, pointer: u32, length: u32) -> Result<(), JsValue> {
    view(state, call, pointer, length).map(drop)
}

/// A copy of what stands at an address.
pub(super) fn copy_in(state: &mut State, call: &'static str, pointer: u32, length: u32) -> Result<Vec<u8>, JsValue> {
    Ok(view(state, call, pointer, length)?.to_vec())
}

/// Text at an address. What is not UTF-8 becomes the replacement character: it is shown to people or compared.
pub(super) fn text_in(state: &mut State, call: &'static str, pointer: u32, length: u32) -> Result<String, JsValue> {
    Ok(String::from_utf8_lossy(&copy_in(state, call, pointer, length)?).into_owned())
}

/// Writes to an address.
pub(super) fn copy_out(state: &mut State, call: &'static str, pointer: u32, bytes: &[u8]) -> Result<(), JsValue> {
    let length = u32::try_from(bytes.len()).map_err(|_| state.fail(Error::Memory))?;
    view(state, call, pointer, length)?.copy_from(bytes);
    Ok(())
}

/// Random bytes to an address, of the browser.
pub(super) fn random(state: &mut State, call: &'static str, pointer: u32, length: u32) -> Result<(), JsValue> {
    /// What `getRandomValues` fills at once.
    const MOST: u32 = 1 << 16;
    let all = view(state, call, pointer, length)?;
    let mut from = 0;
    while from < length {
        let to = length.min(from + MOST);
        super::wasi::get_random_values(&all.subarray(from, to))?;
        from = to;
    }
    Ok(())
}
