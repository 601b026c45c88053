//! Lists of objects, and the ones that were already written.

use crate::answer::{failure, json};
use crate::cluster::Cluster;
use crate::mask::{Mask, Shown};
use crate::object::group_and_version;
use crate::question::{List, ListAll};
use crate::scope::Scope;
use crate::selector::{FieldSelector, LabelSelector};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// All lists that are kept, with their questions. A namespace of 1 000 Deployments is 2 MB or less.
const KEPT_BYTES: usize = 64 << 20;

#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(rename = "apiVersion")]
    api_version: &'a str,
    kind: String,
    metadata: Metadata,
    items: Vec<Shown<'a>>,
}

/// `ListMeta` of `meta/v1`: there is no version of manifests.
#[derive(Debug, Serialize)]
struct Metadata {
    #[serde(rename = "resourceVersion")]
    resource_version: &'static str,
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    more: Option<String>,
}

/// The objects of a kind, by namespace and name.
pub(crate) fn answer(cluster: &Cluster, asked: &List) -> Result<Vec<u8>, String> {
    let ListAll { api_version, kind, label_selector, field_selector, field_masks } = &asked.of;
    let namespace = asked.namespace.as_deref();
    cluster.must_serve(api_version, kind)?;
    let (group, _) = group_and_version(api_version);
    if namespace.is_some() && cluster.scope(group, kind) == Some(Scope::Cluster) {
        return Err(failure(&format!(
            "resource {api_version}/{kind} is cluster wide. Cannot search for it inside of a namespace"
        )));
    }
    let labels = LabelSelector::parse(label_selector.as_deref().unwrap_or_default())?;
    let fields = FieldSelector::parse(field_selector.as_deref().unwrap_or_default())?;
    let mask = field_masks.as_ref().map_or_else(|| Ok(Mask::default()), Mask::new)?;
    let objects = cluster.list(api_version, kind, namespace);
    let items = objects
        .filter(|object| labels.selects(object.pointer("/metadata/labels")) && fields.selects(object))
        .map(|object| Shown { object, mask: &mask, listed: true });
    let metadata = Metadata { resource_version: "", more: cluster.missing_from_list(api_version, kind, namespace) };
    json(&Answer { api_version, kind: format!("{kind}List"), metadata, items: items.collect() })
}

/// Lists are asked for once for each workload, with the same few questions.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: BTreeMap<Vec<u8>, Arc<[u8]>>,
    bytes: usize,
}

impl Answers {
    /// The answer to this question, from `write` when nobody has asked before. Nobody waits for somebody else's answer.
    pub(crate) fn keep(
        &self,
        operation: &str,
        payload: &[u8],
        write: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<Vec<u8>, String> {
        let question = [operation.as_bytes(), b" ", payload].concat();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).answers.get(&question).cloned();
        if let Some(answer) = kept {
            return Ok(answer.to_vec());
        }
        let answer = write()?;
        let bytes = question.len().saturating_add(answer.len());
        if bytes > KEPT_BYTES {
            return Ok(answer);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes.saturating_add(bytes) > KEPT_BYTES {
            *kept = Kept::default();
        }
        if kept.answers.insert(question, answer.as_slice().into()).is_none() {
            kept.bytes = kept.bytes.saturating_add(bytes);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, KEPT_BYTES};

    #[test]
    fn answers_are_kept_as_long_as_they_fit() {
        let answers = Answers::default();
        let asked = |question: &[u8], size: usize| {
            let mut written = false;
            let answer = answers.keep("list", question, || {
                written = true;
                Ok(vec![b' '; size])
            });
            assert_eq!(answer.map(|answer| answer.len()), Ok(size));
            written
        };
        let third = KEPT_BYTES / 3;
        assert!(asked(b"a", third) && asked(b"b", third));
        assert!(!asked(b"a", third) && !asked(b"b", third));
        // There is no room for a third one beside the questions, so everything is forgotten first.
        assert!(asked(b"c", third));
        assert!(!asked(b"c", third) && asked(b"a", third));
        // What does not fit alone is never kept.
        assert!(asked(b"d", KEPT_BYTES) && asked(b"d", KEPT_BYTES));
        assert!(answers.0.lock().unwrap().bytes <= KEPT_BYTES);
    }

    #[test]
    fn errors_are_not_kept() {
        let answers = Answers::default();
        assert_eq!(answers.keep("list", b"a", || Err("no".to_owned())), Err("no".to_owned()));
        assert_eq!(answers.keep("list", b"a", || Ok(vec![1])), Ok(vec![1]));
    }
}
