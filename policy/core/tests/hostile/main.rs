//! Declarations and objects that nobody means well with, natively: what is written in them is refused, with its place, or
//! arrives as it is written, and nowhere else.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test that fails says where")]

mod strings;
mod values;

use serde_json::{Value, json};
use waitwarden_core::{Settings, Verdict, decide};

/// Asks about a Pod that is created, where everything is allowed.
fn ask(pod: &Value, mode: &str) -> Verdict {
    let settings = json!({
        "mode": mode, "kubernetesVersion": "1.36", "allow": { "onLoss": ["ignore", "unready", "restart"] },
    });
    let kind = json!({ "group": "", "version": "v1", "kind": "Pod" });
    let request = json!({ "operation": "CREATE", "kind": kind, "namespace": "shop", "object": pod });
    decide(&request, &Settings::read(&settings).unwrap())
}
