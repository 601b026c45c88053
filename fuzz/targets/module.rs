//! The whole policy, as WebAssembly. See `tests/laws/src/module.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::module(data));
