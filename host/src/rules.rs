//! What a policy wants to be asked about: the rules in the metadata that `kwctl annotate` puts into a module.
//!
//! In the cluster they become the rules of a webhook. A policy that only knows Pods refuses everything else, so asking it
//! about a Service would be wrong.

use crate::request::{Request, Resource};
use serde::Deserialize;

/// The custom section that holds the metadata.
const SECTION: &str = "io.kubewarden.metadata";

/// The rules of a policy; none where it has no metadata, and then it is asked about everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Option<Vec<Rule>>);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    rules: Vec<Rule>,
}

impl Rules {
    /// The rules of a module.
    pub fn of(wasm: &[u8]) -> Self {
        let metadata = custom_section(wasm, SECTION).and_then(|json| serde_json::from_slice::<Metadata>(json).ok());
        Self(metadata.map(|metadata| metadata.rules).filter(|rules| !rules.is_empty()))
    }

    /// Does one of them name what the request is about?
    pub fn name(&self, request: &Request<'_>) -> bool {
        self.match_resource(request.resource(), request.operation())
    }

    /// Does one of them name a resource and an operation?
    pub fn match_resource(&self, resource: &Resource<'_>, operation: &str) -> bool {
        let Some(rules) = &self.0 else { return true };
        rules.iter().any(|rule| {
            among(&rule.api_groups, resource.group)
                && among(&rule.api_versions, resource.version)
                && among(&rule.operations, operation)
                && (among(&rule.resources, &resource.resource) || rule.resources.iter().any(|name| name == "*/*"))
        })
    }
}

fn among(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == "*" || known == word)
}

/// The last custom section of that name in a module that a compiler has accepted.
fn custom_section<'w>(wasm: &'w [u8], name: &str) -> Option<&'w [u8]> {
    let mut rest = wasm.get(8..)?;
    let mut found = None;
    while let Some((id, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (section, next) = body.split_at_checked(length)?;
        if *id == 0 {
            let (length, section) = number(section)?;
            let (title, content) = section.split_at_checked(length)?;
            if title == name.as_bytes() {
                found = Some(content);
            }
        }
        rest = next;
    }
    found
}

/// An unsigned LEB128 number, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value: usize = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(metadata: &str) -> Vec<u8> {
        let mut section = vec![u8::try_from(SECTION.len()).unwrap()];
        section.extend_from_slice(SECTION.as_bytes());
        section.extend_from_slice(metadata.as_bytes());
        let length = section.len();
        // A section before it, and a length of two bytes.
        let mut wasm = b"\0asm\x01\0\0\0\x01\x01\0".to_vec();
        wasm.extend([0, u8::try_from(length & 0x7f).unwrap() | 0x80, u8::try_from(length >> 7).unwrap()]);
        wasm.append(&mut section);
        wasm
    }

    fn named(rules: &Rules, group: &str, resource: &str) -> bool {
        rules.match_resource(&Resource { group, version: "v1", resource: resource.to_owned() }, "CREATE")
    }

    #[test]
    fn a_policy_is_asked_about_what_its_rules_name() {
        let rules = Rules::of(&module(
            r#"{"rules":[{"apiGroups":[""],"apiVersions":["v1"],"resources":["pods"],"operations":["CREATE","UPDATE"]},
                {"apiGroups":["apps"],"apiVersions":["*"],"resources":["*"],"operations":["*"]},
                {"apiGroups":["batch"],"apiVersions":["v1"],"resources":["jobs"],"operations":["DELETE"]}],"mutating":true}"#,
        ));
        assert!(named(&rules, "", "pods"));
        assert!(!named(&rules, "", "services"));
        assert!(named(&rules, "apps", "deployments"));
        assert!(!named(&rules, "batch", "jobs"));
    }

    #[test]
    fn a_policy_without_metadata_is_asked_about_everything() {
        for wasm in [
            b"\0asm\x01\0\0\0".to_vec(),
            module("{}"),
            module("not json"),
            b"\0asm\x01\0\0\0\0\xff".to_vec(),
            Vec::new(),
        ] {
            assert_eq!(Rules::of(&wasm), Rules(None));
        }
        assert!(named(&Rules::default(), "", "services"));
    }
}
