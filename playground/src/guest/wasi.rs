//! WASI preview 1, as far as a policy needs it: no arguments, environment, files or network. What it prints is kept.
//!
//! Source: `wasi_snapshot_preview1.witx`.

use super::memory::{check, copy_in, copy_out, random};
use super::state::{Shared, State};
use js_sys::Uint8Array;
use waitwarden_review::failure::Error;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

pub(super) const MODULE: &str = "wasi_snapshot_preview1";

const SUCCESS: u32 = 0;
/// There are no files.
const BAD_FILE: u32 = 8;
const INVALID: u32 = 28;
/// There is no such thing here: sleeping, sockets, signals.
const NOT_SUPPORTED: u32 = 58;
/// More slices than this in one write are no writer's.
const MOST_SLICES: u32 = 1024;

type Thrown<T> = Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    fn random_values(into: &Uint8Array) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn milliseconds() -> f64;
}

/// Fills bytes from the browser's source of chance.
pub(super) fn get_random_values(into: &Uint8Array) -> Thrown<()> {
    random_values(into).map(drop)
}

/// Calls on files, none of which there are.
const OF_FILES: [&str; 24] = [
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "path_create_directory",
    "path_filestat_get",
    "path_open",
    "path_readlink",
];

/// Calls that are answered with "not supported".
const OTHERS: [&str; 12] = [
    "path_filestat_set_times",
    "path_link",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_raise",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];

/// The imports, by name.
pub(super) fn functions(shared: &Shared) -> Vec<(&'static str, JsValue)> {
    let (one, two, three, four) = (shared.clone(), shared.clone(), shared.clone(), shared.clone());
    let (five, six, seven) = (shared.clone(), shared.clone(), shared.clone());
    // Arguments that nobody looks at, JavaScript leaves out.
    let always = |errno: u32| Closure::<dyn FnMut() -> u32>::new(move || errno).into_js_value();
    let mut all = vec![
        (
            "fd_write",
            Closure::<dyn FnMut(u32, u32, u32, u32) -> Thrown<u32>>::new(move |file, slices, count, written| {
                fd_write(&mut one.borrow_mut(), file, slices, count, written)
            })
            .into_js_value(),
        ),
        (
            "proc_exit",
            Closure::<dyn FnMut(i32) -> Thrown<()>>::new(move |code| Err(two.borrow_mut().fail(Error::Exit(code))))
                .into_js_value(),
        ),
        (
            "random_get",
            Closure::<dyn FnMut(u32, u32) -> Thrown<u32>>::new(move |pointer, length| {
                random(&mut three.borrow_mut(), "random_get", pointer, length)?;
                Ok(SUCCESS)
            })
            .into_js_value(),
        ),
        ("environ_sizes_get", nothing("environ_sizes_get", four)),
        ("args_sizes_get", nothing("args_sizes_get", five)),
        (
            "clock_time_get",
            Closure::<dyn FnMut(u32, u64, u32) -> Thrown<u32>>::new(move |clock, _precision, pointer| {
                let milliseconds = match clock {
                    0 => js_sys::Date::now(),
                    1 => milliseconds(),
                    _ => return Ok(INVALID),
                };
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "until the year 2554")]
                let nanoseconds = (milliseconds * 1e6) as u64;
                copy_out(&mut six.borrow_mut(), "clock_time_get", pointer, &nanoseconds.to_le_bytes())?;
                Ok(SUCCESS)
            })
            .into_js_value(),
        ),
        (
            "clock_res_get",
            Closure::<dyn FnMut(u32, u32) -> Thrown<u32>>::new(move |clock, pointer| {
                if clock > 1 {
                    return Ok(INVALID);
                }
                copy_out(&mut seven.borrow_mut(), "clock_res_get", pointer, &1_000_000u64.to_le_bytes())?;
                Ok(SUCCESS)
            })
            .into_js_value(),
        ),
        ("environ_get", always(SUCCESS)),
        ("args_get", always(SUCCESS)),
        ("sched_yield", always(SUCCESS)),
    ];
    all.extend(OF_FILES.map(|name| (name, always(BAD_FILE))));
    all.extend(OTHERS.map(|name| (name, always(NOT_SUPPORTED))));
    all
}

/// A list that is empty: no entries, no bytes.
fn nothing(call: &'static str, shared: Shared) -> JsValue {
    Closure::<dyn FnMut(u32, u32) -> Thrown<u32>>::new(move |count, bytes| {
        let mut state = shared.borrow_mut();
        copy_out(&mut state, call, count, &[0; 4])?;
        copy_out(&mut state, call, bytes, &[0; 4])?;
        Ok(SUCCESS)
    })
    .into_js_value()
}

fn fd_write(state: &mut State, file: u32, slices: u32, count: u32, written: u32) -> Thrown<u32> {
    const CALL: &str = "fd_write";
    if file != 1 && file != 2 {
        return Ok(BAD_FILE);
    }
    let count = count.min(MOST_SLICES);
    let list = copy_in(state, CALL, slices, count * 8)?;
    let mut total: u32 = 0;
    for slice in list.chunks_exact(8) {
        let number = |at: usize| slice.get(at..at + 4).and_then(|part| part.try_into().ok()).map(u32::from_le_bytes);
        let (Some(pointer), Some(length)) = (number(0), number(4)) else { continue };
        let room = if file == 1 { state.stdout.room() } else { state.stderr.room() };
        // Checked in full, copied as far as it is kept.
        check(state, CALL, pointer, length)?;
        let bytes = copy_in(state, CALL, pointer, length.min(u32::try_from(room).unwrap_or(u32::MAX)))?;
        let stream = if file == 1 { &mut state.stdout } else { &mut state.stderr };
        stream.push(&bytes);
        total = match total.checked_add(length) {
            Some(total) => total,
            None => return Err(state.fail(Error::Pointer { call: CALL, pointer, length: length as usize })),
        };
    }
    copy_out(state, CALL, written, &total.to_le_bytes())?;
    Ok(SUCCESS)
}
