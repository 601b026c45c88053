//! Which lists a rule may hold: those of a webhook.
//!
//! Source: policy-evaluator, `policy_metadata.rs` (`validate_asterisk_usage`, `validate_resources`), after Kubernetes,
//! `pkg/apis/admissionregistration/validation/validation.go` (`validateResources`). There it matters which of two comes
//! first; here it does not.

/// What is wrong with a list in which `*` has to be alone.
pub(super) fn asterisk(list: &[&str]) -> Option<String> {
    let others = list.iter().filter(|word| **word != "*").count();
    (list.contains(&"*") && list.len() > 1).then(|| {
        if others == 0 {
            "`*` stands there more than once; write [\"*\"]".to_owned()
        } else {
            "`*` means all, so nothing else may stand beside it; write [\"*\"], or leave it out".to_owned()
        }
    })
}

/// Everything that is wrong with a list of resources.
pub(super) fn resources(list: &[&str]) -> Vec<String> {
    let mut mistakes = Vec::new();
    let has = |wanted: &str| list.contains(&wanted);
    if list.len() > 1 && has("*/*") {
        mistakes.push(
            "`*/*` means all resources and subresources, so nothing else may stand beside it; write [\"*/*\"]"
                .to_owned(),
        );
        return mistakes;
    }
    for entry in list {
        let covered = match entry.split_once('/') {
            _ if entry.is_empty() => {
                mistakes.push("a resource has no name; expected a plural name such as `pods`".to_owned());
                continue;
            }
            None if *entry != "*" && has("*") => Some("*".to_owned()),
            None => None,
            Some((resource, subresource)) => {
                [format!("{resource}/*"), format!("*/{subresource}")].into_iter().find(|all| has(all) && all != entry)
            }
        };
        if let Some(all) = covered {
            mistakes.push(format!("`{entry}` is among `{all}` already; leave one of them out"));
        }
    }
    mistakes
}
