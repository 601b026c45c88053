//! Fixture suites: objects, and what a policy is expected to make of them.
//!
//! A suite is a YAML file (`apiVersion: waitwarden.io/v1alpha1`, `kind: Suite`). Its paths are relative to it and lead to
//! nothing outside of its folder, except those of policies.

mod case;
mod fixture;
mod folder;
mod golden;
mod parse;
mod junit;

pub use case::Bench;
pub use folder::{Found, find, unused};
pub use junit::junit;

use crate::request::{Operation, UserInfo};
use crate::verdict::Severity;
use regex::Regex;
use serde_json::Value;
use std::path::PathBuf;

/// A suite.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its file.
    pub file: PathBuf,
    /// What is tested; the policy that is built in, where nothing is named.
    pub policy: Vec<PathBuf>,
    /// The settings of cases that have none of their own.
    pub settings: Value,
    /// The objects that are in the cluster, of cases that say nothing else.
    pub context: Vec<PathBuf>,
    /// The cases.
    pub cases: Vec<Case>,
    /// Every file that belongs to it.
    pub files: Vec<PathBuf>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What people read.
    pub name: String,
    /// `FILE:LINE:COLUMN`.
    pub at: String,
    /// The objects; none where only settings are looked at.
    pub object: Option<PathBuf>,
    /// The objects as they are in the cluster.
    pub old: Option<PathBuf>,
    /// The objects that are in the cluster, for policies that look around; none is what the suite says.
    pub context: Option<Vec<PathBuf>>,
    /// What happens to the objects.
    pub operation: Operation,
    /// Who does it.
    pub user: Option<UserInfo>,
    /// Settings of this case alone.
    pub settings: Option<Value>,
    /// What should come of it.
    pub expect: Expect,
    /// A file with the objects as they come into the cluster, and the Pods behind them.
    pub golden: Option<PathBuf>,
    /// What should be said; none is not looked at.
    pub findings: Option<Vec<Expected>>,
    /// There may be other findings.
    pub at_least: bool,
}

/// What should come of a case.
#[derive(Clone, Debug)]
pub enum Expect {
    /// Accepted as it is.
    Allow,
    /// Refused.
    Deny,
    /// Accepted and changed.
    Mutate,
    /// The policy cannot answer.
    Error,
    /// The policy refuses the settings, with a message like this.
    SettingsError(Regex),
}

/// A finding that should be there.
#[derive(Clone, Debug)]
pub struct Expected {
    rule: String,
    severity: Option<Severity>,
    pointer: Option<String>,
    message: Option<Regex>,
    count: usize,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The suite's file.
    pub suite: String,
    /// The case.
    pub name: String,
    /// `FILE:LINE:COLUMN`.
    pub at: String,
    /// What is wrong, a text each; empty where all is well.
    pub failures: Vec<String>,
    /// The golden file was written.
    pub blessed: bool,
}
