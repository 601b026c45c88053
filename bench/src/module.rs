//! The module itself: its size, and how long it takes until it can be asked.

use crate::figure::{Error, Figure, median, seconds};
use waitwarden::engine::{Engine, POLICY_WASM};

/// Compilations that are timed.
const RUNS: usize = 7;

/// Measures the policy that is built in.
pub fn measure() -> Result<Vec<Figure>, Error> {
    let engine = Engine::new()?;
    let mut compiled = Vec::new();
    let mut loaded = Vec::new();
    for _ in 0..RUNS {
        let (policy, took) = seconds(|| engine.load(POLICY_WASM));
        policy?;
        compiled.push(took * 1e3);
        let (policy, took) = seconds(|| engine.built_in());
        if let Some(note) = policy?.1 {
            return Err(note.into());
        }
        loaded.push(took * 1e3);
    }
    let kibibytes = f64::from(u32::try_from(POLICY_WASM.len())?) / 1024.0;
    Ok(vec![
        Figure::new("size of policy.wasm", kibibytes, "KiB").within(300.0).everywhere(),
        Figure::new("it is compiled (as policy-server does at its start)", median(compiled), "ms"),
        Figure::new("its compiled form is loaded (as the command line does)", median(loaded), "ms"),
    ])
}
