//! One evaluation: in a fresh instance of the module, and natively.

use crate::figure::{Error, Figure, median};
use crate::manifest;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;
use waitwarden::engine::{Engine, POLICY_WASM};
use waitwarden::request::{Identity, User, create};
use waitwarden_core::{Settings, decide};

/// Evaluations that are timed, of each sort.
const RUNS: usize = 5000;

/// Measures the policy that is built in, or another file of it.
pub(crate) fn measure(file: Option<&Path>) -> Result<Vec<Figure>, Error> {
    let engine = Engine::new()?;
    let (policy, size) = match file {
        None => (engine.built_in()?.0, POLICY_WASM.len()),
        Some(file) => {
            let wasm = std::fs::read(file)?;
            (engine.load(&wasm)?, wasm.len())
        }
    };
    let measure = |declared: bool| -> Result<(f64, f64), Error> {
        let object = manifest::pod(declared);
        let identity = Identity::of(&object, "default");
        let payload = create(&object, &identity, User::Person).envelope(&json!({}))?;
        policy.call("validate", &payload).answer?;
        Ok((microseconds(|| drop(policy.call("validate", &payload))), microseconds(|| drop(natively(&payload)))))
    };
    let (declared, native) = measure(true)?;
    let (undeclared, _) = measure(false)?;
    let kibibytes = f64::from(u32::try_from(size)?) / 1024.0;
    let figure = |what: &str, value, budget, unit| Figure { what: what.to_owned(), value, budget, unit };
    Ok(vec![
        figure("size of policy.wasm", kibibytes, 300.0, "KiB"),
        figure("one evaluation, a fresh instance, a Pod that declares", declared, 100.0, "µs"),
        figure("one evaluation, a fresh instance, no declaration", undeclared, 50.0, "µs"),
        figure("wasm against the core natively", declared / native, 3.0, "×"),
    ])
}

/// What the guest does, without waPC around it.
fn natively(payload: &[u8]) -> Option<String> {
    let payload: Value = serde_json::from_slice(payload).ok()?;
    let settings = Settings::read(payload.get("settings")?).ok()?;
    let verdict = decide(payload.get("request")?, &settings);
    let answer = json!({
        "accepted": verdict.accepted(),
        "audit_annotations": {"findings": verdict.findings_json(), "plan": verdict.plan},
        "mutated_object": verdict.object,
    });
    Some(answer.to_string())
}

/// The median time of some work.
fn microseconds(mut work: impl FnMut()) -> f64 {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e6
    });
    median(times.collect())
}
