//! The guest: bytes in, bytes out. It names waPC and the SDK, and decides nothing; see `waitwarden-core`.

mod cluster;
mod wire;

use kubewarden_policy_sdk::wapc_guest as guest;
use serde_json::Value;
use waitwarden_core::{Settings, Verdict, decide_with, payload};

/// Nested too deeply to be read is the same: nothing is let through unread.
const NOT_JSON: &str = "waitwarden: the request is not JSON";

/// What would not come out as it came in is not let through.
const RESERVED: &str =
    "waitwarden: the request holds a key `$serde_json::private::Number`, which no object of Kubernetes has";

const SETTINGS_NOT_JSON: &str = "waitwarden: the settings are not JSON";

/// Kubewarden's protocol, as its SDK answers.
const PROTOCOL: &[u8] = b"\"v1\"";

/// Called by the host once for each instance.
#[expect(unsafe_code, reason = "waPC looks the function up by name")]
#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    guest::register_function("validate", |payload| Ok(validate(payload).into_bytes()));
    guest::register_function("validate_settings", |payload| Ok(validate_settings(payload).into_bytes()));
    guest::register_function("protocol_version", |_| Ok(PROTOCOL.to_vec()));
}

fn validate(payload: &[u8]) -> String {
    let Some(head) = payload::settings(payload) else {
        return wire::refusal(NOT_JSON);
    };
    let settings = match Settings::read(&head) {
        Ok(settings) => settings,
        Err(errors) => return wire::refusal(&settings_message(&errors)),
    };
    if !payload::may_concern(payload, &settings) {
        return wire::response(Verdict::accept(), &Value::Null);
    }
    if payload::holds_reserved_key(payload) {
        return wire::refusal(RESERVED);
    }
    let Some(request) = payload::request(payload) else {
        return wire::refusal(NOT_JSON);
    };
    let verdict = decide_with(&request, &settings, &mut cluster::ask);
    wire::response(verdict, request.get("object").unwrap_or(&Value::Null))
}

fn validate_settings(payload: &[u8]) -> String {
    let message = match payload::value(payload) {
        None => Some(SETTINGS_NOT_JSON.to_owned()),
        Some(settings) => Settings::read(&settings).err().map(|errors| settings_message(&errors)),
    };
    wire::settings(message.as_deref())
}

/// All that is wrong with the settings, a line each.
fn settings_message(errors: &[String]) -> String {
    format!("waitwarden: the settings are not valid:\n- {}", errors.join("\n- "))
}
