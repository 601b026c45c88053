//! What policies ask of registries, answered by a real one.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use std::process::Command;
use waitwarden::context::Context;
use waitwarden::engine::{HostCall, HostCalls};
use waitwarden_tests::image::{document, unpacked};
use waitwarden_tests::registry::Registry;

/// The answer about an image, where the network may be asked.
fn ask(operation: &str, image: &str) -> Result<Value, String> {
    let context = Context::read(&[], "default").expect("nothing to read").network(true);
    let payload = json!(image).to_string();
    let call = HostCall { binding: "kubewarden", namespace: "oci", operation, payload: payload.as_bytes() };
    context.answer(&call).map(|bytes| serde_json::from_slice(&bytes).expect("JSON"))
}

#[test]
fn images_are_looked_at() {
    let layout = &unpacked().expect("the image").layout;
    let registry = Registry::start().expect("a registry");
    let repository = registry.repository("wait");
    let source = format!("oci:{}:{}", layout.display(), env!("CARGO_PKG_VERSION"));
    let target = format!("{repository}:1");
    let pushed = Command::new("skopeo")
        .args(["copy", "--quiet", "--all", "--dest-tls-verify=false", &source, &target])
        .output()
        .unwrap_or_else(|error| panic!("skopeo: {error}; install it, `make tools` says how"));
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let image = target.strip_prefix("docker://").expect("a name").to_owned();
    let top: Value =
        serde_json::from_slice(&std::fs::read(layout.join("index.json")).expect("the layout")).expect("JSON");
    let index = document(layout, &top["manifests"][0]).expect("the index");
    let digest = &top["manifests"][0]["digest"];
    assert_eq!(ask("v1/manifest_digest", &image), Ok(json!({ "digest": digest })));
    let manifest = ask("v1/oci_manifest", &image).expect("the index");
    assert_eq!(manifest["manifests"][0]["digest"], index["manifests"][0]["digest"]);
    // Of an index the one for this machine.
    let found = ask("v1/oci_manifest_config", &image).expect("manifest and configuration");
    let wanted = document(layout, &index["manifests"][0]).expect("the manifest");
    assert_eq!(found["digest"], index["manifests"][0]["digest"]);
    assert_eq!(found["manifest"]["config"]["digest"], wanted["config"]["digest"]);
    assert_eq!(found["config"], document(layout, &wanted["config"]).expect("the configuration"));
    // What is not there, and nobody there.
    let missing = image.replace("/wait:1", "/none:1");
    let error = ask("v1/manifest_digest", &missing).expect_err("it is not there");
    assert!(error.starts_with(&format!("`{missing}`: ")), "{error}");
    drop(registry);
    let error = ask("v1/manifest_digest", &image).expect_err("nobody answers");
    assert!(error.starts_with(&format!("`{image}`: ")), "{error}");
}
