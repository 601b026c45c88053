//! Manifests: reading and editing. See `tests/laws/src/manifest.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| waitwarden_test_laws::manifest(data));
