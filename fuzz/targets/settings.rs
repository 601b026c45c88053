//! Settings. See `tests/laws/src/settings.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::settings(data));
