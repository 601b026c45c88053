//! One request, one verdict. See `tests/laws/src/decision.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::decision(data));
