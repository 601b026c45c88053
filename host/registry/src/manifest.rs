//! What a manifest says.

use crate::session::{Document, MANIFEST};
use crate::{Digest, Problem};
use oci_client::manifest::{self as media, OciDescriptor, OciManifest, Versioned};
use std::collections::BTreeSet;

/// The layer of a policy.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
}

fn malformed(what: &str, reason: impl Into<String>) -> Problem {
    Problem::Malformed { what: what.to_owned(), reason: reason.into() }
}

/// Reads a manifest or an index.
pub(crate) fn parse(document: &Document) -> Result<OciManifest, Problem> {
    let bytes = document.bytes.as_slice();
    let versioned: Versioned = serde_json::from_slice(bytes).map_err(|error| malformed(MANIFEST, error.to_string()))?;
    if versioned.schema_version != 2 {
        return Err(malformed(MANIFEST, format!("its `schemaVersion` is {}, expected 2", versioned.schema_version)));
    }
    let image = || serde_json::from_slice(bytes).map(OciManifest::Image);
    let index = || serde_json::from_slice(bytes).map(OciManifest::ImageIndex);
    match versioned.media_type.as_deref() {
        Some(media::OCI_IMAGE_MEDIA_TYPE | media::IMAGE_MANIFEST_MEDIA_TYPE) => image(),
        Some(media::OCI_IMAGE_INDEX_MEDIA_TYPE | media::IMAGE_MANIFEST_LIST_MEDIA_TYPE) => index(),
        Some(other) => {
            let text: String = other.chars().filter(|letter| !letter.is_control()).take(100).collect();
            return Err(malformed(
                MANIFEST,
                format!("its `mediaType` is `{text}`, expected an OCI or Docker manifest"),
            ));
        }
        None => serde_json::from_slice(bytes),
    }
    .map_err(|error| malformed(MANIFEST, error.to_string()))
}

/// The layer of a policy's manifest: the first, and all must be WebAssembly, as for kwctl and policy-server.
///
/// Source: policy-fetcher `registry/mod.rs`, `fetch`; `oci-client`'s `validate_layers`.
pub(crate) fn policy(document: &Document) -> Result<Layer, Problem> {
    let manifest = match parse(document)? {
        OciManifest::Image(manifest) => manifest,
        OciManifest::ImageIndex(index) => return Err(Problem::Index { manifests: index.manifests.len() }),
    };
    match manifest.layers.first() {
        Some(layer) if manifest.layers.iter().all(|layer| layer.media_type == media::WASM_LAYER_MEDIA_TYPE) => {
            let (digest, size) = place(layer, "the layer of the policy")?;
            Ok(Layer { digest, size })
        }
        _ => {
            let types: BTreeSet<String> = manifest.layers.iter().map(|layer| shown(&layer.media_type)).collect();
            let types: Vec<String> = types.into_iter().take(5).collect();
            Err(Problem::NotAPolicy { found: if types.is_empty() { "none".to_owned() } else { types.join(", ") } })
        }
    }
}

fn shown(media_type: &str) -> String {
    let text: String = media_type.chars().filter(|letter| !letter.is_control()).take(100).collect();
    format!("`{text}`")
}

/// Digest and size of a descriptor.
pub(crate) fn place(descriptor: &OciDescriptor, what: &str) -> Result<(Digest, u64), Problem> {
    let digest = descriptor.digest.parse().map_err(|reason: String| malformed(what, reason))?;
    let size = u64::try_from(descriptor.size).map_err(|_| malformed(what, "its size is negative"))?;
    Ok((digest, size))
}

/// Whether some bytes begin as WebAssembly does. Source: policy-fetcher `lib.rs`, `WASM_MAGIC_NUMBER`.
pub(crate) fn check_wasm(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.starts_with(b"\0asm") { Ok(()) } else { Err(Problem::NotWasm) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &serde_json::Value) -> Result<Layer, Problem> {
        let bytes = value.to_string().into_bytes();
        policy(&Document { digest: Digest::of(&bytes), bytes })
    }

    fn layer(media_type: &str, digest: &str, size: i64) -> serde_json::Value {
        json!({ "mediaType": media_type, "digest": digest, "size": size })
    }

    #[test]
    fn a_policy_is_one_manifest_whose_layers_are_wasm() {
        let digest = Digest::of(b"");
        let wasm = layer(media::WASM_LAYER_MEDIA_TYPE, digest.as_str(), 3);
        let tar = layer("application/vnd.oci.image.layer.v1.tar+gzip", digest.as_str(), 3);
        let config = layer(media::WASM_CONFIG_MEDIA_TYPE, digest.as_str(), 2);
        let of = |layers: serde_json::Value| json!({ "schemaVersion": 2, "config": config, "layers": layers });
        assert_eq!(read(&of(json!([wasm]))), Ok(Layer { digest: digest.clone(), size: 3 }));
        assert_eq!(read(&of(json!([]))), Err(Problem::NotAPolicy { found: "none".to_owned() }));
        let found = "`application/vnd.oci.image.layer.v1.tar+gzip`, `application/vnd.wasm.content.layer.v1+wasm`";
        assert_eq!(read(&of(json!([wasm, tar]))), Err(Problem::NotAPolicy { found: found.to_owned() }));
        let index = json!({ "schemaVersion": 2, "mediaType": media::OCI_IMAGE_INDEX_MEDIA_TYPE, "manifests": [] });
        assert_eq!(read(&index), Err(Problem::Index { manifests: 0 }));
        assert_eq!(read(&json!({ "schemaVersion": 2, "manifests": [] })), Err(Problem::Index { manifests: 0 }));
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        let wasm = |digest: &str, size| layer(media::WASM_LAYER_MEDIA_TYPE, digest, size);
        let config = layer("", "", 0);
        for (value, what, start) in [
            (json!([]), MANIFEST, "invalid length 0, expected struct Versioned"),
            (json!({ "schemaVersion": 1 }), MANIFEST, "its `schemaVersion` is 1, expected 2"),
            (
                json!({ "schemaVersion": 2, "mediaType": "text/plain\n" }),
                MANIFEST,
                "its `mediaType` is `text/plain`, expected an OCI or Docker manifest",
            ),
            (
                json!({ "schemaVersion": 2, "config": config, "layers": [wasm("sha256:0", 1)] }),
                "the layer of the policy",
                "expected a digest: ",
            ),
            (
                json!({ "schemaVersion": 2, "config": config, "layers": [wasm(Digest::of(b"").as_str(), -1)] }),
                "the layer of the policy",
                "its size is negative",
            ),
        ] {
            match read(&value) {
                Err(Problem::Malformed { what: found, reason }) => {
                    assert_eq!(found, what);
                    assert!(reason.starts_with(start), "{reason}");
                }
                other => panic!("{value}: {other:?}"),
            }
        }
    }
}
