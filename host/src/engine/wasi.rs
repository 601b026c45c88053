//! The WASI calls that are answered here rather than by wasmtime-wasi: printing is kept and never reaches the terminal,
//! nobody sleeps, since a deadline does not end a sleep, and what is random is the same in every run, so that the same
//! manifests give the same findings.

use super::Error;
use super::memory::{copy_in, copy_out};
use super::state::State;
use wasmtime::{Caller, Linker};

/// Errno `badf`: there are no files.
const BAD_FILE: u32 = 8;
/// Errno `notsup`.
const NOT_SUPPORTED: u32 = 58;
/// More slices than this in one write are no writer's.
const MOST_SLICES: u32 = 1024;

/// What is kept of a stream; more is swallowed, since a guest that prints too much is not a guest that fails.
const KEPT_BYTES: usize = 64 * 1024;

/// What a guest printed to one stream.
#[derive(Debug, Default)]
pub(crate) struct Stream(Vec<u8>);

impl Stream {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES.saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).trim_end().to_owned()
    }

    /// Room for more?
    fn room(&self) -> usize {
        KEPT_BYTES.saturating_sub(self.0.len())
    }
}

/// Adds preview 1, with nothing in it: no arguments, environment, folders, input or network.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    const MODULE: &str = "wasi_snapshot_preview1";
    wasmtime_wasi::p1::add_to_linker_sync(linker, State::wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap(MODULE, "fd_write", fd_write)?;
    linker.func_wrap(MODULE, "random_get", random_get)?;
    linker.func_wrap(MODULE, "environ_sizes_get", |mut caller: Caller<'_, State>, count: u32, bytes: u32| {
        copy_out(&mut caller, "environ_sizes_get", count, &[0; 4])?;
        copy_out(&mut caller, "environ_sizes_get", bytes, &[0; 4])?;
        wasmtime::Result::Ok(0u32)
    })?;
    linker.func_wrap(MODULE, "environ_get", |_: u32, _: u32| 0u32)?;
    linker.func_wrap(MODULE, "poll_oneoff", |_: u32, _: u32, _: u32, _: u32| NOT_SUPPORTED)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Most ask for the seed of a hash map. Steele, Lea and Flood's `SplitMix64`.
fn random_get(mut caller: Caller<'_, State>, pointer: u32, length: u32) -> wasmtime::Result<u32> {
    const CALL: &str = "random_get";
    super::memory::check(&mut caller, CALL, pointer, length)?;
    let state = caller.data_mut();
    let mut bytes = Vec::with_capacity(length as usize + 8);
    while bytes.len() < length as usize {
        state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(length as usize);
    copy_out(&mut caller, CALL, pointer, &bytes)?;
    Ok(0)
}

fn fd_write(mut caller: Caller<'_, State>, file: u32, slices: u32, count: u32, written: u32) -> wasmtime::Result<u32> {
    const CALL: &str = "fd_write";
    if file != 1 && file != 2 {
        return Ok(BAD_FILE);
    }
    let count = count.min(MOST_SLICES);
    let list = copy_in(&mut caller, CALL, slices, count * 8)?;
    let mut total: u32 = 0;
    for slice in list.chunks_exact(8) {
        let number = |at: usize| slice.get(at..at + 4).and_then(|part| part.try_into().ok()).map(u32::from_le_bytes);
        let (Some(pointer), Some(length)) = (number(0), number(4)) else { continue };
        let State { stdout, stderr, .. } = caller.data();
        let room = if file == 1 { stdout.room() } else { stderr.room() };
        // Checked in full, copied as far as it is kept.
        super::memory::check(&mut caller, CALL, pointer, length)?;
        let bytes = copy_in(&mut caller, CALL, pointer, length.min(u32::try_from(room).unwrap_or(u32::MAX)))?;
        let State { stdout, stderr, .. } = caller.data_mut();
        if file == 1 {
            stdout.push(&bytes);
        } else {
            stderr.push(&bytes);
        }
        total = total.checked_add(length).ok_or(Error::Pointer { call: CALL, pointer, length: length as usize })?;
    }
    copy_out(&mut caller, CALL, written, &total.to_le_bytes())?;
    Ok(0)
}
