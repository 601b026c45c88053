//! What fuzzing found, each with its name.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};
use waitwarden_core::{Settings, decide};

fn mutated(object: &Value) -> Option<Value> {
    let request = json!({
        "operation": "CREATE", "namespace": "shop", "kind": { "group": "apps", "version": "v1", "kind": "Deployment" },
        "object": object,
    });
    let verdict = decide(&request, &Settings::read(&Value::Null).unwrap());
    assert!(verdict.accepted(), "{}", verdict.message(object));
    verdict.object
}

/// Somebody takes the annotation away from the workload and its copy from the template, and leaves the marker. It said for
/// ever that the annotation is a copy, and one that was then written into the template was taken for that and deleted.
#[test]
fn a_copy_that_was_taken_away_by_hand_is_no_copy_any_more() {
    let key = "waitwarden.io/depends-on";
    let object = |own: Value, template: Value| {
        json!({
            "metadata": { "name": "web", "annotations": own },
            "spec": { "template": { "metadata": { "annotations": template }, "spec": { "containers": [{ "name": "web" }] } } },
        })
    };
    let copied = mutated(&object(json!({ key: "dns://a.example" }), json!({ "other": "x" }))).unwrap();
    let annotations = &copied["spec"]["template"]["metadata"]["annotations"];
    let marker = r#"{"copied":["depends-on"],"v":1}"#;
    let expected = json!({ "other": "x", key: "dns://a.example", "waitwarden.io/injected": marker });
    assert_eq!(annotations, &expected);

    let by_hand = object(json!({}), json!({ "other": "x", "waitwarden.io/injected": marker }));
    let without = mutated(&by_hand).unwrap();
    assert_eq!(without, object(json!({}), json!({ "other": "x" })));

    let mut declared = without;
    declared["spec"]["template"]["metadata"]["annotations"][key] = json!("dns://b.example");
    assert_eq!(mutated(&declared), None, "it stays");
}
