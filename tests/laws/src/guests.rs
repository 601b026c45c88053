//! Guests that nobody wrote with good intentions, in the engine of the command line. The bytes are a module, as binary or as
//! text (`(module …)`), or else the calls that a module makes of its host, a few bytes each.

use crate::module::POLICY;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use waitwarden::engine::{Engine, HostCall, HostCalls, Outcome};

/// The engine for modules that come and go: compiled code of thousands of them adds up in an engine that lives on.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// The deadline of a guest is two seconds; more is for a busy machine, and for compiling.
const LONGEST: Duration = Duration::from_secs(20);

/// What is kept of what a guest prints, in bytes; what is no UTF-8 becomes three.
const MOST_TEXT: usize = 3 * 64 * 1024;

const IMPORTS: &str = r#"
(import "wapc" "__guest_request" (func $c0 (param i32 i32)))
(import "wapc" "__guest_response" (func $c1 (param i32 i32)))
(import "wapc" "__guest_error" (func $c2 (param i32 i32)))
(import "wapc" "__host_call" (func $c3 (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
(import "wapc" "__host_response_len" (func $c4 (result i32)))
(import "wapc" "__host_response" (func $c5 (param i32)))
(import "wapc" "__host_error_len" (func $c6 (result i32)))
(import "wapc" "__host_error" (func $c7 (param i32)))
(import "wapc" "__console_log" (func $c8 (param i32 i32)))
(import "wasi_snapshot_preview1" "fd_write" (func $c9 (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "random_get" (func $c10 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "environ_sizes_get" (func $c11 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "environ_get" (func $c12 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "args_sizes_get" (func $c13 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "args_get" (func $c14 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "clock_time_get" (func $c15 (param i32 i64 i32) (result i32)))
(import "wasi_snapshot_preview1" "poll_oneoff" (func $c16 (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_read" (func $c17 (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_prestat_get" (func $c18 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "path_open"
  (func $c19 (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_readdir" (func $c20 (param i32 i32 i32 i64 i32) (result i32)))
(import "wasi_snapshot_preview1" "proc_exit" (func $c21 (param i32)))
(import "wasi_snapshot_preview1" "sched_yield" (func $c22 (result i32)))
(import "wasi_snapshot_preview1" "fd_fdstat_get" (func $c23 (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_close" (func $c24 (param i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_seek" (func $c25 (param i32 i64 i32 i32) (result i32)))
"#;

/// The parameters of the imports (`i`: i32, `l`: i64) and whether they return something.
const CALLS: [(&str, bool); 26] = [
    ("ii", false),
    ("ii", false),
    ("ii", false),
    ("iiiiiiii", true),
    ("", true),
    ("i", false),
    ("", true),
    ("i", false),
    ("ii", false),
    ("iiii", true),
    ("ii", true),
    ("ii", true),
    ("ii", true),
    ("ii", true),
    ("ii", true),
    ("ili", true),
    ("iiii", true),
    ("iiii", true),
    ("ii", true),
    ("iiiiillii", true),
    ("iiili", true),
    ("i", false),
    ("", true),
    ("ii", true),
    ("i", true),
    ("ilii", true),
];

/// Whatever a guest does, it ends in an answer or an error, in bounded time, and the next evaluation is right.
pub fn guests(data: &[u8]) {
    if data.starts_with(b"\0asm") {
        return guest(data);
    }
    let text = match std::str::from_utf8(data) {
        Ok(text) if text.starts_with("(module") => text.to_owned(),
        _ => shaped(data),
    };
    // Text that is none is nobody's module.
    if let Ok(wasm) = wat::parse_str(&text) {
        guest(&wasm);
    }
}

/// As [`guests`], of a module.
pub fn guest(wasm: &[u8]) {
    let begun = Instant::now();
    if let Ok(policy) = ENGINE.load(wasm) {
        let policy = policy.with_host_calls(Arc::new(Echo));
        for (operation, payload) in [("validate", &b"{\"request\":{}}"[..]), ("", b"")] {
            let Outcome { answer, stdout, stderr, log } = policy.call(operation, payload);
            for text in [stdout, stderr, log] {
                assert!(text.len() <= MOST_TEXT);
            }
            if let Err(error) = answer {
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
    let answer = POLICY.call("validate", b"{\"request\":{},\"settings\":{}}").answer;
    assert_eq!(answer.as_deref(), Ok(&b"{\"accepted\":true}"[..]), "the next evaluation");
}

/// Answers with the question, or with an error of it.
#[derive(Debug)]
struct Echo;

impl HostCalls for Echo {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        let whole =
            [call.binding.as_bytes(), call.namespace.as_bytes(), call.operation.as_bytes(), call.payload].concat();
        if call.payload.len().is_multiple_of(2) { Ok(whole) } else { Err(String::from_utf8_lossy(&whole).into_owned()) }
    }
}

/// Addresses and lengths that mean something to a host.
const NUMBERS: [u32; 20] = [
    0,
    1,
    3,
    7,
    10,
    64,
    74,
    81,
    1024,
    65_520,
    65_528,
    65_535,
    65_536,
    65_537,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff8,
    0xffff_ffff,
    1 << 24,
    0x7fff_fff8,
];

/// A module that makes the calls which the bytes say: of three functions, the one of waPC and two that are called before it.
fn shaped(data: &[u8]) -> String {
    let mut bytes = data.iter().copied();
    let flags = bytes.next().unwrap_or_default();
    let mut bodies = [String::new(), String::new(), String::new()];
    let mut at = 0;
    while let Some(byte) = bytes.next() {
        let Some(body) = bodies.get_mut(at) else { break };
        match byte {
            255 => at += 1,
            253 => body.push_str("(drop (memory.grow (i32.const 100))) "),
            252 => body.push_str("(unreachable) "),
            251 => body.push_str("(call $again (i32.const 0) (i32.const 0)) (drop) "),
            248..=250 | 254 => {
                let (to, value) = (number(&mut bytes), number(&mut bytes));
                let _ = write!(body, "(i32.store (i32.const {to}) (i32.const {value})) ");
            }
            byte => {
                let index = usize::from(byte) % CALLS.len();
                let (parameters, returns) = CALLS[index];
                let _ = write!(body, "(call $c{index}");
                for parameter in parameters.chars() {
                    let size = if parameter == 'i' { "i32" } else { "i64" };
                    let _ = write!(body, " ({size}.const {})", number(&mut bytes));
                }
                body.push_str(if returns { ") (drop) " } else { ") " });
            }
        }
    }
    let [call, init, start] = bodies;
    let pages = [1, 0, 16, 4096][usize::from(flags & 3)];
    // Where `number` finds them.
    let texts = if pages == 0 { "" } else { "(data (i32.const 64) \"kubewardentracinglog{}\")" };
    let start_section = if flags & 4 == 0 { "" } else { "(start $start)" };
    let result = (flags >> 3) & 1;
    let export = if flags & 16 == 0 { "wapc_init" } else { "_start" };
    format!(
        "(module {IMPORTS} (memory (export \"memory\") {pages}) {texts}
        (func $again (export \"__guest_call\") (param i32 i32) (result i32) (loop {call}) (i32.const {result}))
        (func (export \"{export}\") (loop {init})) (func $start (loop {start})) {start_section})"
    )
}

/// One of the numbers, or what two bytes say.
fn number(bytes: &mut impl Iterator<Item = u8>) -> i64 {
    let byte = bytes.next().unwrap_or_default();
    match NUMBERS.get(usize::from(byte)) {
        // As its parameter has it: with a sign.
        Some(number) => i64::from(number.cast_signed()),
        None => i64::from(byte) * 256 + i64::from(bytes.next().unwrap_or_default()),
    }
}

/// A module that imports all that is offered to a policy, for those who make modules.
pub fn imports() -> Vec<u8> {
    wat::parse_str(format!("(module {IMPORTS})")).unwrap()
}

/// A module with the exports of a policy, for those who make modules.
pub fn exports() -> Vec<u8> {
    wat::parse_str(
        "(module (memory (export \"memory\") 1 16)
        (func (export \"__guest_call\") (param i32 i32) (result i32) unreachable)
        (func (export \"wapc_init\") unreachable))",
    )
    .unwrap()
}
