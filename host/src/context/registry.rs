//! What policies ask of registries, answered by the registry itself: digests, manifests and configurations of images.
//!
//! Source: policy-evaluator `callback_handler/oci.rs`. Nothing is kept: a policy that asks twice is answered twice.

use serde_json::{Value, json};
use waitwarden_registry::Registries;

/// Answers `v1/manifest_digest`, `v1/oci_manifest` and `v1/oci_manifest_config`; the payload is the name of an image. The
/// user's logins are used.
pub(super) fn answer(operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
    if !["v1/manifest_digest", "v1/oci_manifest", "v1/oci_manifest_config"].contains(&operation) {
        return Err(format!("`oci/{operation}` is not answered by waitwarden"));
    }
    let image: String = serde_json::from_slice(payload)
        .map_err(|error| format!("expected the name of an image as a JSON string: {error}"))?;
    let registries = Registries::of_user();
    let answer: Result<Value, _> = match operation {
        "v1/manifest_digest" => registries.manifest_digest(&image).map(|digest| json!({ "digest": digest })),
        "v1/oci_manifest" => registries.manifest(&image),
        _ => registries
            .manifest_and_config(&image)
            .map(|found| json!({ "manifest": found.manifest, "digest": found.digest, "config": found.config })),
    };
    let answer = answer.map_err(|error| error.to_string())?;
    serde_json::to_vec(&answer).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_make_no_sense_have_no_answer() {
        for (operation, payload, expected) in [
            ("v2/verify", "{}", "`oci/v2/verify` is not answered by waitwarden"),
            ("v1/manifest_digest", "\"A B\"", "`A B`: "),
            ("v1/manifest_digest", "1", "expected the name of an image as a JSON string: "),
        ] {
            let error = answer(operation, payload.as_bytes()).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
