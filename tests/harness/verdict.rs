//! What the policy says, asked natively and as WebAssembly: one verdict.

use serde_json::{Map, Value, json};
use std::sync::Arc;
use waitwarden::context::Context;
use waitwarden::engine::{Engine, Policy};
use waitwarden_core::{Settings, Verdict, decide};

/// The policy that is built in, ready to be asked. Of the rest of the cluster nothing is known.
///
/// # Errors
/// Where the engine cannot load it.
pub fn policy() -> Result<Policy, String> {
    let engine = Engine::new().map_err(|error| error.to_string())?;
    let (policy, note) = engine.built_in().map_err(|error| error.to_string())?;
    note.map_or_else(|| Ok(policy.with_host_calls(Arc::new(Context::default()))), Err)
}

/// Calls an operation of the module; its answer as JSON.
///
/// # Errors
/// Where the guest fails, or answers no JSON.
pub fn call(policy: &Policy, operation: &str, payload: &Value) -> Result<Value, String> {
    let answer = policy.call(operation, payload.to_string().as_bytes()).answer.map_err(|error| error.to_string())?;
    serde_json::from_slice(&answer).map_err(|error| error.to_string())
}

/// What the module should answer, from the core's verdict.
fn expected(request: &Value, verdict: &Verdict) -> Value {
    let null = Value::Null;
    let object = request.get("object").unwrap_or(&null);
    let mut answer = Map::new();
    answer.insert("accepted".to_owned(), json!(verdict.accepted()));
    if !verdict.accepted() {
        answer.insert("message".to_owned(), json!(verdict.message(object)));
        answer.insert("code".to_owned(), json!(422));
    }
    if !verdict.warnings().is_empty() {
        answer.insert("warnings".to_owned(), json!(verdict.warnings()));
    }
    let mut annotations = Map::new();
    annotations.extend(verdict.findings_json().map(|text| ("findings".to_owned(), json!(text))));
    annotations.extend(verdict.plan.as_ref().map(|plan| ("plan".to_owned(), json!(plan))));
    if !annotations.is_empty() {
        answer.insert("audit_annotations".to_owned(), json!(annotations));
    }
    if let (true, Some(object)) = (verdict.accepted(), &verdict.object) {
        answer.insert("mutated_object".to_owned(), object.clone());
    }
    Value::Object(answer)
}

/// Asks both, which must agree to the byte of every value and to the order of every key.
///
/// # Errors
/// Where they do not agree, or the settings are not valid.
pub fn ask(policy: &Policy, request: &Value, settings: &Value) -> Result<Verdict, String> {
    let read = Settings::read(settings).map_err(|errors| errors.join("\n"))?;
    let verdict = decide(request, &read);
    let answer = call(policy, "validate", &json!({ "request": request, "settings": settings }))?;
    let wanted = expected(request, &verdict);
    let (said, wished) = (answer.to_string(), wanted.to_string());
    // Also the order of the keys.
    if answer == wanted && said == wished {
        Ok(verdict)
    } else {
        Err(format!("the module says\n  {answer}\nand the core says\n  {wanted}"))
    }
}
