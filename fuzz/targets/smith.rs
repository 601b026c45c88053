//! Modules of any shape that import what a host of policies offers, and export what it asks for. What breaks a law here goes
//! to `regressions/guests` as the module itself: what the bytes mean changes with every version of wasm-smith.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::sync::LazyLock;
use wasm_smith::{Config, Module};

/// What may be imported: waPC, and some of WASI.
static IMPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| waitwarden_test_laws::imports());

/// What is exported; the memory is small, so that not each module has one of its own gigabyte.
static EXPORTS: LazyLock<Vec<u8>> = LazyLock::new(|| waitwarden_test_laws::exports());

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut bytes = Unstructured::new(data);
    let Ok(mut config) = Config::arbitrary(&mut bytes) else { return Corpus::Reject };
    config.available_imports = Some(IMPORTS.clone());
    config.exports = Some(EXPORTS.clone());
    config.module_shape = None;
    let Ok(mut module) = Module::new(config, &mut bytes) else { return Corpus::Reject };
    if module.ensure_termination(1_000).is_err() {
        return Corpus::Reject;
    }
    waitwarden_test_laws::guest(&module.to_bytes());
    Corpus::Keep
});
