//! Questions about the rest of the cluster as Kubewarden's host calls, and what their answers mean. It decides nothing.

use kubewarden_policy_sdk::wapc_guest::host_call;
use serde_json::Value;
use waitwarden_core::cluster::{Answer, Kind, Question, groups};
use waitwarden_core::finding::compact;

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
    match host_call("kubewarden", "kubernetes", operation, payload.as_bytes()) {
        Ok(json) => Answer::Found(json),
        Err(error) => failure(&error.to_string()),
    }
}

/// The operation and its payload, in the words of `kubewarden-policy-sdk`, `host_capabilities/kubernetes.rs`. It is written
/// at once and not built as a value first, which would be 4 KiB of wasm.
fn call(question: &Question) -> (&'static str, String) {
    let mut json = String::new();
    let operation = match question {
        Question::Get { kind, namespace, name } => {
            kind_in(&mut json, *kind, namespace, kind.object_mask());
            text(&mut json, "\",\"name\":\"", name);
            json.push_str("\",\"disable_cache\":false}");
            "get_resource"
        }
        Question::List { kind, namespace } => {
            kind_in(&mut json, *kind, namespace, kind.list_mask());
            json.push_str("\"}");
            "list_resources_by_namespace"
        }
        Question::Can { user, namespace, group, resource, name, verb } => {
            text(&mut json, "{\"subject_access_review\":{\"user\":\"", user);
            strings(&mut json, "\",\"groups\":[", &groups(user));
            text(&mut json, ",\"resource_attributes\":{\"namespace\":\"", namespace);
            text(&mut json, "\",\"group\":\"", group);
            text(&mut json, "\",\"resource\":\"", resource);
            text(&mut json, "\",\"verb\":\"", verb);
            if let Some(name) = name {
                text(&mut json, "\",\"name\":\"", name);
            }
            json.push_str("\"}},\"disable_cache\":false}");
            "can_i"
        }
    };
    (operation, json)
}

/// A kind, its namespace and a mask; ends inside a string.
fn kind_in(json: &mut String, kind: Kind, namespace: &str, mask: &[&str]) {
    strings(json, "{\"field_masks\":[", mask);
    text(json, ",\"api_version\":\"", kind.api_version());
    text(json, "\",\"kind\":\"", kind.name());
    text(json, "\",\"namespace\":\"", namespace);
}

/// What stands before, and a list.
fn strings<T: AsRef<str>>(json: &mut String, before: &str, list: &[T]) {
    json.push_str(before);
    let mut before = "\"";
    for one in list {
        text(json, before, one.as_ref());
        before = "\",\"";
    }
    json.push_str("\"]");
}

/// What stands before, and the inside of a JSON string.
fn text(json: &mut String, before: &str, text: &str) {
    json.push_str(before);
    let quoted = compact(&Value::from(text));
    json.push_str(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
}

/// What an error means; only its text tells.
fn failure(text: &str) -> Answer {
    let text = WRAPPERS.iter().fold(text, |text, wrapper| text.strip_prefix(wrapper).unwrap_or(text));
    if text.starts_with(UNKNOWN) {
        Answer::Unknown
    } else if has(text, DENIED) {
        Answer::Denied(text.to_owned())
    } else if ABSENT.iter().all(|part| has(text, part)) {
        Answer::Absent
    } else {
        Answer::Failed(text.to_owned())
    }
}

/// Is this a part of the text? (The standard library's search is made for long texts, and large.)
fn has(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window == part.as_bytes())
}
