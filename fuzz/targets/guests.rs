//! Guests that mean no good. See `tests/laws/src/guests.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::guests(data));
