//! Where an object comes from, as Kustomize writes it down.

use crate::{Entry, read};
use serde_json::Value;

/// The annotation of `buildMetadata: [originAnnotations]`. Its value is a YAML document.
const ANNOTATION: &str = "config.kubernetes.io/origin";

/// The file that Kustomize read an object from: its path, or `REPO//PATH?ref=REF` where it came from a repository, or the
/// generator's configuration. None where the object does not say.
///
/// ```
/// let object = serde_json::json!({"metadata": {"annotations": {"config.kubernetes.io/origin": "path: base/web.yaml\n"}}});
/// assert_eq!(waitwarden_manifest::origin(&object).as_deref(), Some("base/web.yaml"));
/// ```
pub fn origin(object: &Value) -> Option<String> {
    let text = object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str()?;
    let Some(Entry::Document(document)) = read(text).into_iter().next() else { return None };
    let field = |name: &str| document.value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let path = field("path").or_else(|| field("configuredIn"))?;
    let Some(repo) = field("repo") else { return Some(path.to_owned()) };
    let reference = field("ref").map(|reference| format!("?ref={reference}")).unwrap_or_default();
    Some(format!("{repo}//{path}{reference}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let object = json!({"metadata": {"annotations": {ANNOTATION: text}}});
        assert_eq!(origin(&object).as_deref(), expected);
    }

    #[test]
    fn kustomize_names_the_file() {
        check("path: ../base/web.yaml\n", Some("../base/web.yaml"));
        check(
            "path: examples/simple/service.yaml\nrepo: https://github.com/kubernetes-sigs/kustomize\nref: v1.0.6\n",
            Some("https://github.com/kubernetes-sigs/kustomize//examples/simple/service.yaml?ref=v1.0.6"),
        );
        let generated =
            "configuredIn: kustomization.yaml\nconfiguredBy:\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n";
        check(generated, Some("kustomization.yaml"));
    }

    #[test]
    fn anything_else_is_no_origin() {
        check("", None);
        check("- a\n", None);
        check("path: {a", None);
        assert_eq!(origin(&json!({"metadata": {"annotations": {ANNOTATION: 1}}})), None);
    }
}
