//! What is around the Pod: dependencies, the API server, the time.

use crate::Seconds;
use crate::program::{Asks, Target};
use std::collections::BTreeSet;

/// What a look at a dependency yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    There,
    Away,
    /// Nobody could be asked.
    Unknown,
}

/// The world in one second.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) now: Seconds,
    pub(crate) away: BTreeSet<String>,
    pub(crate) api_away: bool,
}

impl World {
    /// What the wait program learns of a target.
    pub(crate) fn ask(&self, target: &Target) -> Answer {
        match (target.asks != Asks::Itself && self.api_away, self.away.contains(&target.text)) {
            (true, _) => Answer::Unknown,
            (false, true) => Answer::Away,
            (false, false) => Answer::There,
        }
    }
}
