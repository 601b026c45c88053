//! How wasm is compiled. The build script includes this file too: what it compiles ahead of time loads only into an
//! engine with the same configuration.

use wasmtime::{Config, OptLevel};

/// Deeper recursion of a guest is a trap. 512 KiB is what policy-server gives, and fits the stack of a worker thread.
const STACK_BYTES: usize = 512 * 1024;

/// The configuration, for the machine that it runs on; `target` is for the build script.
pub(crate) fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.max_wasm_stack(STACK_BYTES);
    config.cranelift_opt_level(OptLevel::Speed);
    // A trap is told by its kind and by what the guest printed. Backtraces would only make the compiled form larger.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config
}
