//! What `metadata.yml` may hold, what is written of it, and every mistake at once.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that fails says where")]

use proptest::prelude::*;
use serde_json::{Value, json};
use waitwarden_manifest::{Entry, read};
use waitwarden_module::{Metadata, Reading};

fn yaml(text: &str) -> Value {
    let Some(Entry::Document(document)) = read(text).into_iter().next() else { panic!("{text}") };
    document.value
}

fn mistakes(text: &str) -> String {
    let mistakes = Metadata::read(&yaml(text)).unwrap_err();
    mistakes.iter().map(|mistake| mistake.to_string() + "\n").collect()
}

#[test]
fn it_is_written_in_the_order_of_kwctl() {
    let metadata = Metadata::read(&yaml(
        "minimumKubewardenVersion: 1.27.0
hostCapabilities: [kubernetes/get_resource, kubernetes/can_i, oci/*]
contextAwareResources:
  - {kind: Service, apiVersion: v1}
  - {kind: Pod, apiVersion: v1}
  - {kind: Deployment, apiVersion: apps/v1}
  - {kind: Pod, apiVersion: v1}
policyType: kubernetes
executionMode: kubewarden-wapc
backgroundAudit: false
mutating: true
annotations:
  io.kubewarden.policy.title: b
  a: \"ä\\n\\u0001\"
rules:
  - operations: [CREATE, UPDATE]
    resources: [pods, pods/status, '*/scale']
    apiVersions: ['*']
    apiGroups: ['']
protocolVersion: Unknown
",
    ))
    .unwrap();
    let expected = [
        r#"{"protocolVersion":"v1","#,
        r#""rules":[{"apiGroups":[""],"apiVersions":["*"],"resources":["pods","pods/status","*/scale"],"operations":["CREATE","UPDATE"]}],"#,
        r#""annotations":{"a":"ä\n\u0001","io.kubewarden.policy.title":"b"},"#,
        r#""mutating":true,"backgroundAudit":false,"executionMode":"kubewarden-wapc","policyType":"kubernetes","#,
        r#""contextAwareResources":[{"apiVersion":"apps/v1","kind":"Deployment"},{"apiVersion":"v1","kind":"Pod"},{"apiVersion":"v1","kind":"Service"}],"#,
        r#""hostCapabilities":["kubernetes/can_i","kubernetes/get_resource","oci/*"],"#,
        r#""minimumKubewardenVersion":"1.27.0"}"#,
    ];
    assert_eq!(metadata.json(), expected.concat());
}

#[test]
fn every_mistake_is_named_at_once() {
    let text = "
rules:
  - {apiGroups: [], apiVersions: ['*', v1], resources: ['*', pods], operations: ['*', CREATE]}
  - {apiGroups: '', apiVersions: [1], resources: [pods/*, pods/status, pods, ''], operations: [create]}
  - {apiGroups: ['*', '*'], apiVersions: [v1], resources: ['*/*', pods], scope: Namespaced}
  - {apiGroups: [''], apiVersions: [v1], resources: ['*/status', pods/status], operations: [DELETE]}
  - pods
annotations:
  io.kubewarden.policy.version: v1.0
  io.kubewarden.policy.title: 7
  io.kubewarden.hidden-ui: true
  io.kubewarden.policy.author: [me]
mutating: 'yes'
backgroundAudit: null
executionMode: wapc
policyType: pod
contextAware: true
contextAwareResources:
  - {apiVersion: v1}
  - {apiVersion: '', kind: Pod, verbs: [get]}
hostCapabilities: [kubernetes/get, kubernetes, oci*, 'net/*', '*']
minimumKubewardenVersion: 1.27
protocolVersion: v2
";
    assert_eq!(mistakes(text), include_str!("data/mistakes.txt"));
}

#[test]
fn what_is_missing_is_said() {
    assert_eq!(
        mistakes("annotations: {}\n"),
        "rules: it is missing; expected a list of {apiGroups, apiVersions, resources, operations}\n\
         mutating: it is missing; expected true or false\n"
    );
    assert_eq!(
        mistakes("- rules\n"),
        "a list is not possible; expected a mapping of protocolVersion, rules, annotations, mutating, backgroundAudit, \
         executionMode, policyType, contextAwareResources, hostCapabilities, minimumKubewardenVersion\n"
    );
}

#[test]
fn what_others_wrote_is_read_with_its_unknown_fields() {
    let old = json!({
        "protocolVersion": "v1",
        "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"], "scope": "*" }],
        "mutating": false,
        "contextAware": false,
        "labels": { "env": "production" },
    });
    let reading = Reading::of(&old);
    assert_eq!(reading.mistakes, []);
    assert_eq!(
        reading.unknown,
        [
            ("contextAware".to_owned(), json!(false)),
            ("labels".to_owned(), json!({ "env": "production" })),
            ("rules[0].scope".to_owned(), json!("*")),
        ]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("rules"),
        Just("annotations"),
        Just("mutating"),
        Just("apiGroups"),
        Just("resources"),
        Just("operations"),
        Just("contextAwareResources"),
        Just("hostCapabilities"),
        Just("kind"),
        Just("*"),
        Just("*/*"),
        Just("a/*"),
        Just("")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".*".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((words.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(value in any_json()) {
        let reading = Reading::of(&value);
        prop_assert_eq!(
            Metadata::read(&value).is_ok(),
            reading.unknown.is_empty() && reading.mistakes.is_empty()
        );
        if let Ok(metadata) = Metadata::read(&value) {
            let written: Value = serde_json::from_str(&metadata.json()).unwrap();
            prop_assert_eq!(Metadata::read(&written).map(|again| again.json()), Ok(metadata.json()));
        }
    }
}
