//! Roles, and `ClusterRoles` that hold the rules of others (`pkg/controller/clusterroleaggregation`).

use super::Request;
use super::rule::Rule;
use crate::selector::LabelSelector;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How often a requirement of an aggregated role's selectors is compared with a role. A cluster has some ten aggregated roles and a few
/// hundred others; a file may have any number.
const COMPARISONS: usize = 1_000_000;

/// A Role or a `ClusterRole`.
#[derive(Debug, Default)]
pub(crate) struct Role {
    rules: Vec<Rule>,
    /// Of aggregated roles, the others whose rules are also its own.
    members: Vec<usize>,
    /// It was not looked for all members.
    cut_short: bool,
    /// It is a role of Kubernetes, and has more rules than are known here.
    partly: bool,
}

impl Role {
    pub(crate) fn new(object: &Value) -> Self {
        // The controller replaces whatever is written as rules of an aggregated role. What an API server has given out
        // is the controller's own work, and may come from roles that are not among the manifests.
        let written =
            object.get("aggregationRule").is_none_or(Value::is_null) || object.pointer("/metadata/uid").is_some();
        let rules = object.get("rules").and_then(Value::as_array).filter(|_| written).into_iter().flatten();
        Self { rules: rules.filter_map(Rule::new).collect(), ..Self::default() }
    }

    /// A role of Kubernetes.
    pub(crate) fn builtin(rules: Vec<Rule>, partly: bool) -> Self {
        Self { rules, partly, ..Self::default() }
    }
}

/// All roles, by the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Roles(Vec<Role>);

/// What was seen while roles were looked at, so that none is looked at twice for one request. Roles may select each other.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    seen: BTreeSet<usize>,
    /// One of the roles is known in part only.
    pub(crate) partly: bool,
    /// The members of one of the roles were not looked for.
    pub(crate) cut_short: bool,
}

/// A `ClusterRole` as others select it.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) role: usize,
    pub(crate) object: Cow<'a, Value>,
}

impl Roles {
    pub(crate) fn add(&mut self, role: Role) -> usize {
        self.0.push(role);
        self.0.len().saturating_sub(1)
    }

    /// Finds the members of all aggregated roles.
    pub(crate) fn aggregate(&mut self, candidates: &[Candidate<'_>]) {
        let aggregated = candidates.iter().filter_map(|candidate| {
            let selectors = candidate.object.pointer("/aggregationRule/clusterRoleSelectors")?.as_array()?;
            // With a selector that the API server refuses, the controller does nothing.
            let selectors = selectors.iter().map(LabelSelector::from_json).collect::<Option<Vec<_>>>()?;
            Some((candidate.role, selectors))
        });
        let aggregated: Vec<_> = aggregated.collect();
        let size: usize = aggregated.iter().flat_map(|(_, selectors)| selectors).map(LabelSelector::size).sum();
        let too_many = size.saturating_mul(candidates.len()) > COMPARISONS;
        for (role, selectors) in aggregated {
            let selected = candidates.iter().filter(|candidate| {
                let labels = candidate.object.pointer("/metadata/labels");
                !too_many && candidate.role != role && selectors.iter().any(|selector| selector.selects(labels))
            });
            let members = selected.map(|candidate| candidate.role).collect();
            if let Some(role) = self.0.get_mut(role) {
                role.members = members;
                role.cut_short = too_many;
            }
        }
    }

    /// Whether a role or one of its members allows a request, when none that was already walked over does.
    pub(crate) fn allow(&self, role: usize, verb: &str, request: &Request, walk: &mut Walk) -> bool {
        let mut waiting = vec![role];
        while let Some(index) = waiting.pop() {
            let Some(role) = self.0.get(index).filter(|_| walk.seen.insert(index)) else { continue };
            if role.rules.iter().any(|rule| rule.allows(verb, request)) {
                return true;
            }
            walk.cut_short |= role.cut_short;
            walk.partly |= role.partly;
            waiting.extend(role.members.iter().filter(|member| !walk.seen.contains(member)));
        }
        false
    }
}
