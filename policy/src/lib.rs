//! The guest: bytes in, bytes out. It names waPC and the SDK, and decides nothing; see `waitwarden-core`.

use kubewarden_policy_sdk::response::ValidationResponse;
use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use kubewarden_policy_sdk::wapc_guest::{self as guest, CallResult};
use serde_json::Value;
use waitwarden_core::{Settings, Verdict, decide};

/// Called by the host once for each instance.
#[expect(unsafe_code, reason = "waPC looks the function up by name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    guest::register_function("validate", validate);
    guest::register_function("validate_settings", validate_settings);
    guest::register_function("protocol_version", kubewarden_policy_sdk::protocol_version_guest);
}

fn validate(payload: &[u8]) -> CallResult {
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else {
        return refuse("waitwarden: the request is not JSON".to_owned());
    };
    let settings = match Settings::read(payload.get("settings").unwrap_or(&Value::Null)) {
        Ok(settings) => settings,
        Err(errors) => return refuse(settings_message(&errors)),
    };
    let request = payload.get("request").unwrap_or(&Value::Null);
    answer(decide(request, &settings), request.get("object").unwrap_or(&Value::Null))
}

fn validate_settings(payload: &[u8]) -> CallResult {
    let message = match serde_json::from_slice::<Value>(payload) {
        Err(error) => Some(format!("the settings are not JSON: {error}")),
        Ok(settings) => Settings::read(&settings).err().map(|errors| settings_message(&errors)),
    };
    Ok(serde_json::to_vec(&SettingsValidationResponse { valid: message.is_none(), message })?)
}

/// All that is wrong with the settings, a line each.
fn settings_message(errors: &[String]) -> String {
    format!("waitwarden: the settings are not valid:\n- {}", errors.join("\n- "))
}

/// 422: the request was understood and refused. 500 would be an error of the policy's own, for the audit scanner too.
const REFUSED: u16 = 422;

fn refuse(message: String) -> CallResult {
    Ok(serde_json::to_vec(&ValidationResponse {
        accepted: false,
        message: Some(message),
        code: Some(REFUSED),
        mutated_object: None,
        audit_annotations: None,
        warnings: None,
    })?)
}

fn answer(verdict: Verdict, object: &Value) -> CallResult {
    let accepted = verdict.accepted();
    let warnings = verdict.warnings();
    let annotations: std::collections::HashMap<String, String> =
        [("findings", verdict.findings_json()), ("plan", verdict.plan.as_ref().map(Value::to_string))]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect();
    Ok(serde_json::to_vec(&ValidationResponse {
        accepted,
        message: (!accepted).then(|| verdict.message(object)),
        code: (!accepted).then_some(REFUSED),
        mutated_object: if accepted { verdict.object } else { None },
        audit_annotations: (!annotations.is_empty()).then_some(annotations),
        warnings: (!warnings.is_empty()).then_some(warnings),
    })?)
}
