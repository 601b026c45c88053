//! What policies ask of registries, answered by the registry itself: digests, manifests and configurations of images.
//!
//! Source: policy-evaluator `callback_handler/oci.rs`. Nothing is kept: a policy that asks twice is answered twice.

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;

/// Longer than any registry should need for a manifest.
const LONGEST: Duration = Duration::from_secs(30);

/// Answers `v1/manifest_digest`, `v1/oci_manifest` and `v1/oci_manifest_config`; the payload is the name of an image. Plain
/// HTTP is spoken on loopback only, and nobody logs in.
pub(super) fn answer(operation: &str, payload: &[u8]) -> Result<Vec<u8>, String> {
    if !["v1/manifest_digest", "v1/oci_manifest", "v1/oci_manifest_config"].contains(&operation) {
        return Err(format!("`oci/{operation}` is not answered by waitwarden"));
    }
    let image: String = serde_json::from_slice(payload)
        .map_err(|error| format!("expected the name of an image as a JSON string: {error}"))?;
    let reference: Reference = image.parse().map_err(|error| format!("`{image}` is no name of an image: {error}"))?;
    let operation = operation.to_owned();
    // A thread of its own: whoever calls may stand in a runtime, and one cannot wait in another.
    let asked = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        runtime.block_on(async {
            match tokio::time::timeout(LONGEST, ask(&operation, &reference)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("`{reference}`: the registry takes longer than {} seconds", LONGEST.as_secs())),
            }
        })
    });
    let answer = asked.join().map_err(|_| format!("`{image}`: this is a bug of waitwarden"))??;
    serde_json::to_vec(&answer).map_err(|error| error.to_string())
}

async fn ask(operation: &str, reference: &Reference) -> Result<Value, String> {
    // The one that is there already is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let registry = reference.resolve_registry().to_owned();
    let protocol =
        if is_loopback(&registry) { ClientProtocol::HttpsExcept(vec![registry]) } else { ClientProtocol::Https };
    let client = Client::new(ClientConfig { protocol, ..ClientConfig::default() });
    let failed = |error: oci_client::errors::OciDistributionError| format!("`{reference}`: {error}");
    match operation {
        "v1/manifest_digest" => {
            let digest = client.fetch_manifest_digest(reference, &RegistryAuth::Anonymous).await.map_err(failed)?;
            Ok(json!({ "digest": digest }))
        }
        "v1/oci_manifest" => {
            let (manifest, _) = client.pull_manifest(reference, &RegistryAuth::Anonymous).await.map_err(failed)?;
            serde_json::to_value(manifest).map_err(|error| error.to_string())
        }
        _ => {
            let (manifest, digest, config) =
                client.pull_manifest_and_config(reference, &RegistryAuth::Anonymous).await.map_err(failed)?;
            let config: Value = serde_json::from_str(&config)
                .map_err(|error| format!("`{reference}`: its configuration is no JSON: {error}"))?;
            Ok(json!({ "manifest": manifest, "digest": digest, "config": config }))
        }
    }
}

fn is_loopback(registry: &str) -> bool {
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    host == "localhost"
        || host == "[::1]"
        || host.parse().is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback() {
        for (registry, expected) in [
            ("localhost:5000", true),
            ("127.0.0.1:5000", true),
            ("127.0.0.1", true),
            ("[::1]:5000", true),
            ("ghcr.io", false),
            ("10.0.0.1:5000", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(is_loopback(registry), expected, "{registry}");
        }
    }

    #[test]
    fn questions_that_make_no_sense_have_no_answer() {
        for (operation, payload, expected) in [
            ("v2/verify", "{}", "`oci/v2/verify` is not answered by waitwarden"),
            ("v1/manifest_digest", "\"A B\"", "`A B` is no name of an image: "),
            ("v1/manifest_digest", "1", "expected the name of an image as a JSON string: "),
        ] {
            let error = answer(operation, payload.as_bytes()).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
