//! One evaluation: in a fresh instance of the module, in one that is kept, natively, and in fuel.

use crate::figure::{Error, Figure, median, seconds};
use crate::requests::{Request, Silent, typical};
use serde_json::{Value, json};
use std::sync::Arc;
use waitwarden::engine::{Engine, POLICY_WASM, Policy};
use waitwarden_core::cluster::Answer;
use waitwarden_core::{Settings, decide_with};

/// Evaluations that are timed, of each sort.
const RUNS: usize = 3000;

/// What a fresh instance may take, in microseconds: where something is declared, and where nothing is.
const BUDGETS: [f64; 2] = [100.0, 50.0];

/// Measures a policy: the built-in one, or another file of it.
pub fn measure(wasm: Option<&[u8]>) -> Result<Vec<Figure>, Error> {
    let engine = Engine::new()?;
    let policy = match wasm {
        None => engine.built_in()?.0,
        Some(wasm) => engine.load(wasm)?,
    };
    let policy = policy.with_host_calls(Arc::new(Silent));
    let fuel = fuel(wasm.unwrap_or(POLICY_WASM))?;
    let mut figures = Vec::new();
    for (number, (request, (_, fuel))) in typical()?.iter().zip(fuel).enumerate() {
        let (fresh, kept, native) = times(&policy, request)?;
        let name = request.name;
        let budget = if number == 0 { BUDGETS[1] } else { BUDGETS[0] };
        figures.push(Figure::new(format!("{name}: a fresh instance"), fresh, "µs").within(budget));
        figures.push(Figure::new(format!("{name}: an instance that is kept"), kept, "µs"));
        figures.push(Figure::new(format!("{name}: natively"), native, "µs"));
        figures.push(Figure::new(format!("{name}: wasm against native"), fresh / native, "×").within(3.0).everywhere());
        figures.push(Figure::new(format!("{name}: fuel"), f64::from(u32::try_from(fuel)?), "").everywhere());
    }
    Ok(figures)
}

/// What each of the six executes, in wasmtime's fuel, which is the same on every machine.
pub fn fuel(wasm: &[u8]) -> Result<Vec<(&'static str, u64)>, Error> {
    let policy = Engine::metered(u64::MAX)?.load(wasm)?.with_host_calls(Arc::new(Silent));
    typical()?
        .iter()
        .map(|request| {
            let mut instance = policy.keep()?;
            instance.call("validate", &request.payload).answer?;
            Ok((request.name, instance.fuel().ok_or("the engine does not meter")?))
        })
        .collect()
}

/// Evaluates the Pod that declares something, each time in a fresh instance, for `perf` to look at.
pub fn profile(wasm: &[u8], evaluations: u32) -> Result<(), Error> {
    let policy = Engine::profiled()?.load(wasm)?.with_host_calls(Arc::new(Silent));
    let request = typical()?.into_iter().nth(1).ok_or("no request")?;
    for _ in 0..evaluations {
        policy.call("validate", &request.payload).answer?;
    }
    Ok(())
}

/// A fresh instance, one that is kept, and the core natively, in microseconds.
fn times(policy: &Policy, request: &Request) -> Result<(f64, f64, f64), Error> {
    let payload = &request.payload;
    let expected = policy.call("validate", payload).answer?;
    let mut kept = policy.keep()?;
    for _ in 0..2 {
        if kept.call("validate", payload).answer? != expected {
            return Err(format!("{}: an instance that is kept answers something else", request.name).into());
        }
    }
    natively(payload).ok_or("the core refuses the request")?;
    // By turns, so that what else the machine does is shared by all three.
    let mut taken = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        let [fresh_runs, kept_runs, native_runs] = &mut taken;
        fresh_runs.push(microseconds(|| drop(policy.call("validate", payload))));
        kept_runs.push(microseconds(|| drop(kept.call("validate", payload))));
        native_runs.push(microseconds(|| drop(natively(payload))));
    }
    let [fresh, kept, native] = taken.map(median);
    Ok((fresh, kept, native))
}

/// What the guest does, without waPC around it.
fn natively(payload: &[u8]) -> Option<String> {
    let payload: Value = serde_json::from_slice(payload).ok()?;
    let settings = Settings::read(payload.get("settings")?).ok()?;
    let request = payload.get("request")?;
    let verdict = decide_with(request, &settings, &mut |_| Answer::Unknown);
    let message = (!verdict.accepted()).then(|| verdict.message(request.get("object").unwrap_or(&Value::Null)));
    let answer = json!({
        "accepted": verdict.accepted(),
        "status": message,
        "warnings": verdict.warnings(),
        "audit_annotations": {"findings": verdict.findings_json(), "plan": verdict.plan},
        "mutated_object": verdict.object,
    });
    Some(answer.to_string())
}

/// The time of some work.
fn microseconds(work: impl FnOnce()) -> f64 {
    seconds(work).1 * 1e6
}
