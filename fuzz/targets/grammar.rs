//! The grammar of the annotations. See `tests/laws/src/grammar.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::grammar(data));
