//! Reading a `plan` as the policy wrote it. What is not of its shape is named, and whatever is left of it is kept.

use crate::duration;
use crate::graph::OnLoss;
use serde_json::Value;
use std::time::Duration;

/// One thing that a workload waits for.
#[derive(Debug, Clone)]
pub(crate) struct Dependency<'p> {
    pub(crate) target: &'p str,
    /// None: the workload's own.
    pub(crate) namespace: Option<&'p str>,
    pub(crate) options: &'p str,
    /// What its target needs to be allowed.
    pub(crate) asks: Vec<Ask<'p>>,
}

/// A right at the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask<'p> {
    pub(crate) group: &'p str,
    pub(crate) resource: &'p str,
    pub(crate) verbs: Vec<&'p str>,
    /// None: the workload's own.
    pub(crate) namespace: Option<&'p str>,
}

/// What the options of a dependency say, as far as the graph shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) required: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_loss: OnLoss,
}

/// The dependencies of a plan, and what in it is none.
pub(crate) fn dependencies(plan: &Value) -> (Vec<Dependency<'_>>, Vec<String>) {
    let Some(list) = plan.get("dependencies").and_then(Value::as_array) else {
        return (Vec::new(), vec!["the plan has no list `dependencies`".to_owned()]);
    };
    let mut known = Vec::new();
    let mut problems = Vec::new();
    for (at, item) in list.iter().enumerate() {
        match item.get("target").and_then(Value::as_str) {
            Some(target) => known.push(Dependency {
                target,
                namespace: item.get("namespace").and_then(Value::as_str),
                options: item.get("options").and_then(Value::as_str).unwrap_or_default(),
                asks: item.get("asks").and_then(Value::as_array).into_iter().flatten().filter_map(ask).collect(),
            }),
            None => problems.push(format!("the dependency {at} of the plan has no text `target`")),
        }
    }
    (known, problems)
}

/// The service account of the Pods.
pub(crate) fn service_account(plan: &Value) -> &str {
    plan.get("serviceAccount").and_then(Value::as_str).filter(|name| !name.is_empty()).unwrap_or("default")
}

fn ask(value: &Value) -> Option<Ask<'_>> {
    let verbs: Vec<&str> = value.get("verbs")?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!verbs.is_empty()).then_some(Ask {
        group: value.get("apiGroup")?.as_str()?,
        resource: value.get("resource")?.as_str()?,
        verbs,
        namespace: value.get("namespace").and_then(Value::as_str),
    })
}

/// Reads canonical options.
pub(crate) fn options(text: &str) -> Options {
    let value = |key: &str| text.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
    Options {
        required: value("required") != Some("false"),
        timeout: value("timeout").and_then(duration::parse),
        on_loss: match value("on-loss") {
            Some("unready") => OnLoss::Unready,
            Some("restart") => OnLoss::Restart,
            _ => OnLoss::Ignore,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_are_read() {
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        for (text, expected) in [
            ("", Options { required: true, timeout: None, on_loss: OnLoss::Ignore }),
            (
                "on-loss=unready required=false timeout=10m",
                Options { required: false, timeout: minutes(10), on_loss: OnLoss::Unready },
            ),
            ("on-loss=restart stable=5s", Options { required: true, timeout: None, on_loss: OnLoss::Restart }),
        ] {
            assert_eq!(options(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_plan_is_named() {
        assert_eq!(dependencies(&json!("x")).1, ["the plan has no list `dependencies`"]);
        let plan = json!({"dependencies": [{"target": "dns://x"}, {"target": 5}]});
        let (known, problems) = dependencies(&plan);
        assert_eq!(known.iter().map(|known| known.target).collect::<Vec<_>>(), ["dns://x"]);
        assert_eq!(problems, ["the dependency 1 of the plan has no text `target`"]);
    }
}
