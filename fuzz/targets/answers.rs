//! Answers of an API server, as the wait program reads them. See `tests/laws/src/answers.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::answers(data));
