//! What the policy says, asked natively and as WebAssembly: one verdict.

use serde_json::{Value, json};
use std::sync::Arc;
use waitwarden::context::Context;
use waitwarden::engine::{Engine, Policy};
use waitwarden_core::{Settings, Verdict, decide_with};
use waitwarden_test_native::host::answer;
use waitwarden_test_native::judge::{Judge, Natively, response};

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

/// Asks both, which must agree to the byte of every value and to the order of every key.
///
/// # Errors
/// Where they do not agree, or the settings are not valid.
pub fn ask(policy: &Policy, request: &Value, settings: &Value) -> Result<Verdict, String> {
    agree(policy, request, settings, Natively.verdict(request, settings)?)
}

/// As [`ask`], and both look up what they want to know in a cluster.
///
/// # Errors
/// As [`ask`].
pub fn ask_in(context: &Arc<Context>, policy: &Policy, request: &Value, settings: &Value) -> Result<Verdict, String> {
    let read = Settings::read(settings).map_err(|errors| errors.join("\n"))?;
    let verdict = decide_with(request, &read, &mut |question| answer(context.cluster(), question));
    agree(&policy.clone().with_host_calls(Arc::<Context>::clone(context)), request, settings, verdict)
}

fn agree(policy: &Policy, request: &Value, settings: &Value, verdict: Verdict) -> Result<Verdict, String> {
    let answer = call(policy, "validate", &json!({ "request": request, "settings": settings }))?;
    let wanted = response(request, &verdict);
    let (said, wished) = (answer.to_string(), wanted.to_string());
    // Also the order of the keys.
    if answer == wanted && said == wished {
        Ok(verdict)
    } else {
        Err(format!("the module says\n  {answer}\nand the core says\n  {wanted}"))
    }
}

/// The core and the module, which must agree.
#[derive(Clone, Copy, Debug)]
pub struct Both<'p>(pub &'p Policy);

impl Judge for Both<'_> {
    fn verdict(&self, request: &Value, settings: &Value) -> Result<Verdict, String> {
        ask(self.0, request, settings)
    }

    fn mistakes(&self, settings: &Value) -> Result<Vec<String>, String> {
        let errors = Natively.mistakes(settings)?;
        let answer = call(self.0, "validate_settings", settings)?;
        let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
        let named = errors.iter().all(|error| message.contains(error.as_str()));
        if answer.get("valid") == Some(&json!(errors.is_empty())) && named {
            Ok(errors)
        } else {
            Err(format!("the module says\n  {answer}\nand the core says\n  {errors:?}"))
        }
    }
}
