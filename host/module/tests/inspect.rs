//! What people read about a module.

use proptest::prelude::*;
use serde_json::{Value, json};
use waitwarden_module::{Inspection, describe};

fn inspection(metadata: &Value) -> Inspection {
    let sections = [("type", 6), ("custom io.kubewarden.metadata", 100)].map(|(name, size)| (name.to_owned(), size));
    Inspection { size: 114, sections: sections.into(), metadata: Some(metadata.clone()) }
}

#[test]
fn a_policy_is_shown_with_all_that_it_says() {
    let metadata = json!({
        "protocolVersion": "v1",
        "rules": [
            { "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE", "UPDATE"], "scope": "*" },
            { "apiGroups": ["apps"], "apiVersions": ["*"], "resources": ["deployments"], "operations": ["*"] },
        ],
        "annotations": {
            "io.kubewarden.policy.usage": "# Usage\n\n\twith \u{1b}[31mred\n\n",
            "io.kubewarden.policy.title": "a\u{202e}b",
            "io.kubewarden.policy.version": "1.0.0",
            "zzz": "line\nbreak",
            "io.kubewarden.kwctl": "1.36.0",
        },
        "mutating": false,
        "contextAware": false,
        "executionMode": "kubewarden-wapc",
        "contextAwareResources": [{ "apiVersion": "v1", "kind": "Service" }, { "apiVersion": "apps/v1", "kind": "Deployment" }],
        "hostCapabilities": ["kubernetes/*"],
        "minimumKubewardenVersion": "1.30.0",
    });
    let expected = "\
Policy
  title    a\\u{202e}b
  version  1.0.0

How Kubewarden runs it
  mutating             false
  background audit     true, the default
  policy type          kubernetes, the default
  execution mode       kubewarden-wapc
  protocol version     v1
  Kubewarden at least  1.30.0

Rules
  OPERATIONS      GROUPS  VERSIONS  RESOURCES
  CREATE, UPDATE  \"\"      v1        pods
  *               apps    *         deployments

What it may ask the cluster for
  Deployment  apps/v1
  Service     v1

  Grant it only what you would let its author read.

Host capabilities
  kubernetes/*

Other annotations
  io.kubewarden.kwctl  1.36.0
  zzz                  line break

Fields that Kubewarden 1.36 does not read
  contextAware    false
  rules[0].scope  \"*\"

Module
  the whole file                 114 bytes
  type                           6 bytes
  custom io.kubewarden.metadata  100 bytes

Usage
# Usage

\twith \\u{1b}[31mred
";
    assert_eq!(describe(&inspection(&metadata)), expected);
}

#[test]
fn metadata_that_kubewarden_refuses_are_shown_with_the_reasons() {
    let expected = "\
Policy

How Kubewarden runs it
  mutating          maybe
  background audit  true, the default
  policy type       kubernetes, the default
  execution mode    kubewarden-wapc, the default
  protocol version  not said

Rules
  none

Mistakes in the metadata
  rules: it is missing; expected a list of {apiGroups, apiVersions, resources, operations}
  mutating: \"maybe\" is not possible; expected true or false

Module
  the whole file                 114 bytes
  type                           6 bytes
  custom io.kubewarden.metadata  100 bytes
";
    assert_eq!(describe(&inspection(&json!({ "mutating": "maybe" }))), expected);
}

#[test]
fn a_module_without_metadata_is_said_to_have_none() {
    let module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\0\x05\x04name";
    let inspection = Inspection::of(module).unwrap();
    assert_eq!(
        inspection.json(),
        json!({
            "size": 21,
            "sections": [{ "name": "type", "size": 6 }, { "name": "custom name", "size": 7 }],
            "metadata": null,
        })
    );
    let expected = "\
This module has no Kubewarden metadata, so policy-server does not load it. If it is a policy, annotate it:

  kwctl annotate --metadata-path metadata.yml --usage-path README.md \\
    --output-path annotated-policy.wasm policy.wasm

Module
  the whole file  21 bytes
  type            6 bytes
  custom name     7 bytes
";
    assert_eq!(describe(&inspection), expected);
}

#[test]
fn of_several_sections_the_first_is_shown() {
    let section = |json: &str| {
        [&[0, u8::try_from(23 + json.len()).unwrap(), 22], b"io.kubewarden.metadata".as_slice(), json.as_bytes()]
            .concat()
    };
    let module = [b"\0asm\x01\0\0\0".as_slice(), &section("{\"a\":1}"), &section("not json")].concat();
    let inspection = Inspection::of(&module).unwrap();
    assert_eq!(inspection.metadata, Some(json!({ "a": 1 })));
    let text = describe(&inspection);
    let note = "\n  There are 2 sections with metadata. Kubewarden reads the first, and the others count nothing.\n";
    assert!(text.ends_with(note), "{text}");
}

proptest! {
    #[test]
    fn nothing_that_is_shown_controls_a_terminal(key in ".*", value in ".*", size: usize) {
        let metadata = json!({
            &key: &value,
            "annotations": { &key: &value, "io.kubewarden.policy.title": &value, "io.kubewarden.policy.usage": &value },
            "rules": [{ "apiGroups": [&value], "resources": [&key], &key: &value }],
            "hostCapabilities": [&value],
            "contextAwareResources": [{ "apiVersion": &value, "kind": &value }],
        });
        let sections = vec![(format!("custom {key}"), size)];
        let text = describe(&Inspection { size, sections, metadata: Some(metadata) });
        prop_assert!(!text.contains(|char: char| char.is_control() && char != '\n' && char != '\t'), "{text:?}");
    }
}
