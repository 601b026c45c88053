//! Questions about the rest of the cluster as Kubewarden's host calls, and what their answers mean. It decides nothing.

use kubewarden_policy_sdk::wapc_guest::host_call;
use serde_json::{Value, json};
use waitwarden_core::cluster::{Answer, Question, groups};

/// How policy-server says that there is no such object; any other error has neither both parts.
/// Source: policy-evaluator, `callback_handler/kubernetes/client.rs`.
const ABSENT: [&str; 2] = ["Cannot find ", "named '"];
/// How it says that the policy does not name the kind in its `contextAwareResources`, or is not trusted with the capability.
const DENIED: &str = "has not been granted access";
/// How a host that has only manifests says that it cannot know.
const UNKNOWN: &str = "unknown: ";
/// What stands before the text of an error, in this order.
const WRAPPERS: [&str; 2] = ["Host error: ", "Callback evaluation failure: "];

/// Asks the host.
pub(crate) fn ask(question: &Question) -> Answer {
    let (operation, payload) = call(question);
    let Ok(payload) = serde_json::to_vec(&payload) else {
        return Answer::Failed("the question cannot be written".to_owned());
    };
    match host_call("kubewarden", "kubernetes", operation, &payload) {
        Ok(json) => Answer::Found(json),
        Err(error) => failure(&error.to_string()),
    }
}

/// The operation and its payload. Source: `kubewarden-policy-sdk`, `host_capabilities/kubernetes.rs`.
fn call(question: &Question) -> (&'static str, Value) {
    match question {
        Question::Get { kind, namespace, name } => (
            "get_resource",
            json!({
                "api_version": kind.api_version(),
                "kind": kind.name(),
                "name": name,
                "namespace": namespace,
                "disable_cache": false,
                "field_masks": kind.object_mask(),
            }),
        ),
        Question::List { kind, namespace } => (
            "list_resources_by_namespace",
            json!({
                "api_version": kind.api_version(),
                "kind": kind.name(),
                "namespace": namespace,
                "field_masks": kind.list_mask(),
            }),
        ),
        Question::Can { user, namespace, group, resource, name, verb } => (
            "can_i",
            json!({
                "subject_access_review": {
                    "user": user,
                    "groups": groups(user),
                    "resource_attributes": {
                        "group": group,
                        "name": name,
                        "namespace": namespace,
                        "resource": resource,
                        "verb": verb,
                    },
                },
                "disable_cache": false,
            }),
        ),
    }
}

/// What an error means; only its text tells.
fn failure(text: &str) -> Answer {
    let text = WRAPPERS.iter().fold(text, |text, wrapper| text.strip_prefix(wrapper).unwrap_or(text));
    if text.starts_with(UNKNOWN) {
        Answer::Unknown
    } else if text.contains(DENIED) {
        Answer::Denied(text.to_owned())
    } else if ABSENT.iter().all(|part| text.contains(part)) {
        Answer::Absent
    } else {
        Answer::Failed(text.to_owned())
    }
}
