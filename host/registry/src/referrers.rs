//! Manifests about other manifests: signatures, bills of materials.
//!
//! Newer registries list them by themselves. For older ones the client keeps a list under a tag that is made of the digest.
//!
//! Source: OCI distribution-spec 1.1, "Pushing Manifests with Subject", "Referrers Tag Schema".

use crate::Problem;
use crate::layout::Referrer;
use crate::session::Session;
use oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE;
use serde_json::{Value, json};

impl Session<'_> {
    /// Sends a manifest about another, so that whoever asks about that one finds it.
    pub(crate) async fn send_referrer(&self, referrer: &Referrer) -> Result<(), Problem> {
        let part = &referrer.document.part;
        self.send_manifest(part.digest.as_str(), referrer.document.bytes.clone(), &part.media_type).await?;
        if self.lists_referrers(&referrer.subject).await? {
            return Ok(());
        }
        let tag = format!("sha256-{}", referrer.subject.hex());
        let list = match self.manifest(&tag).await {
            Ok(document) => Some(document.bytes),
            Err(Problem::NotFound { .. }) => None,
            Err(problem) => return Err(problem),
        };
        match with(list.as_deref(), referrer)
            .map_err(|reason| Problem::Malformed { what: format!("the list of referrers `{tag}`"), reason })?
        {
            Some(list) => self.send_manifest(&tag, list, OCI_IMAGE_INDEX_MEDIA_TYPE).await,
            None => Ok(()),
        }
    }
}

/// A list with one more; none where it is there already. Whatever else stands in the list stays.
fn with(list: Option<&[u8]>, referrer: &Referrer) -> Result<Option<Vec<u8>>, String> {
    let part = &referrer.document.part;
    let mut index = match list {
        Some(bytes) => serde_json::from_slice(bytes).map_err(|error| error.to_string())?,
        None => json!({ "schemaVersion": 2, "mediaType": OCI_IMAGE_INDEX_MEDIA_TYPE, "manifests": [] }),
    };
    let entries = index.get_mut("manifests").and_then(Value::as_array_mut).ok_or("expected an index")?;
    if entries.iter().any(|entry| entry.get("digest").and_then(Value::as_str) == Some(part.digest.as_str())) {
        return Ok(None);
    }
    let mut entry = json!({
        "mediaType": part.media_type,
        "digest": part.digest,
        "size": part.size,
        "artifactType": referrer.artifact_type,
    });
    if let Some(object) = entry.as_object_mut().filter(|_| !referrer.annotations.is_empty()) {
        object.insert("annotations".to_owned(), json!(referrer.annotations));
    }
    entries.push(entry);
    serde_json::to_vec(&index).map(Some).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::layout::{Document, Part};

    fn referrer(text: &str) -> Referrer {
        let bytes = text.as_bytes().to_vec();
        let part = Part { media_type: "m".to_owned(), digest: Digest::of(&bytes), size: bytes.len() as u64 };
        Referrer {
            document: Document { part, bytes },
            subject: Digest::of(b"subject"),
            artifact_type: "a".to_owned(),
            annotations: [("k".to_owned(), "v".to_owned())].into(),
        }
    }

    #[test]
    fn the_list_grows_and_names_nothing_twice() {
        let one = with(None, &referrer("one")).unwrap().unwrap();
        assert_eq!(with(Some(&one), &referrer("one")), Ok(None));
        let two = with(Some(&one), &referrer("two")).unwrap().unwrap();
        let entry = |text: &str| {
            json!({ "mediaType": "m", "digest": Digest::of(text.as_bytes()), "size": 3, "artifactType": "a",
                    "annotations": { "k": "v" } })
        };
        let expected = json!({
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE_INDEX_MEDIA_TYPE,
            "manifests": [entry("one"), entry("two")],
        });
        assert_eq!(serde_json::from_slice::<Value>(&two).unwrap(), expected);
        assert_eq!(with(Some(b"{}"), &referrer("one")), Err("expected an index".to_owned()));
    }
}
