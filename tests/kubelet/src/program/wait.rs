//! `waitwarden-wait`: ends with 0 once every dependency was there, with 69 when its time is over.

use super::{Asks, Settings, Step, Target};
use crate::Seconds;
use crate::world::{Answer, World};

/// The code for "timed out" (`wait/src/exit.rs`).
const TIMED_OUT: i32 = 69;
/// How long the API server may not answer before a TCP connection stands in for it (`docs/wait.md`).
const FALLBACK_AFTER: Seconds = 10;

/// What it was started with.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    pub(super) settings: Settings,
    pub(super) targets: Vec<Target>,
}

/// The process.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    timeout: Option<Seconds>,
    fallback: bool,
    waiting: Vec<Target>,
    api_silent: Seconds,
    said: bool,
}

impl Wait {
    pub(super) fn start(&self) -> Running {
        let Settings { timeout, fallback, .. } = self.settings;
        Running { timeout, fallback, waiting: self.targets.clone(), api_silent: 0, said: false }
    }
}

impl Running {
    pub(super) fn step(&mut self, age: Seconds, world: &World) -> Step {
        self.api_silent = if world.api_away { self.api_silent + 1 } else { 0 };
        let connects = self.fallback && self.api_silent > FALLBACK_AFTER;
        self.waiting.retain(|target| {
            let there = match world.ask(target) {
                Answer::There => true,
                Answer::Away => false,
                Answer::Unknown => connects && target.asks == Asks::ApiOrPort && !world.away.contains(&target.text),
            };
            let over = target.timeout.is_some_and(|timeout| age >= timeout);
            !there && (target.required || !over)
        });
        if self.waiting.is_empty() {
            return Step::exit(0);
        }
        let over = |target: &Target| target.timeout.is_some_and(|timeout| age >= timeout);
        if self.timeout.is_some_and(|timeout| age >= timeout) || self.waiting.iter().any(over) {
            return Step::exit(TIMED_OUT);
        }
        if std::mem::replace(&mut self.said, true) {
            return Step::default();
        }
        let names: Vec<&str> = self.waiting.iter().map(|target| target.text.as_str()).collect();
        Step { said: vec![format!("waits for {}", names.join(", "))], exit: None }
    }
}
