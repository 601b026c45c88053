//! An application, as a scenario describes it.

use super::Step;
use crate::Seconds;
use crate::scenario::Application;
use crate::world::World;

/// The process.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    behaviour: Application,
    connected: bool,
    broken: bool,
    works: bool,
    without: Seconds,
}

impl Running {
    pub(super) fn new(behaviour: &Application) -> Self {
        Self { behaviour: behaviour.clone(), connected: false, broken: false, works: false, without: 0 }
    }

    pub(super) fn stops_in(&self) -> Seconds {
        self.behaviour.stops_in.max(1)
    }

    /// Its own health, as a readiness probe should ask for it: it has started. What it depends on is not asked.
    pub(super) fn ready(&self, age: Seconds) -> bool {
        self.connected && age >= self.behaviour.ready_after
    }

    pub(super) fn step(&mut self, age: Seconds, world: &World) -> Step {
        if let Some((after, code)) = self.behaviour.ends
            && age >= after
        {
            return Step::exit(code);
        }
        let all_there = !self.behaviour.needs.iter().any(|need| world.away.contains(need));
        if !all_there && !self.connected {
            self.without += 1;
            let crashes = self.behaviour.crashes_after.is_some_and(|after| self.without >= after);
            return if crashes { Step::exit(1) } else { Step::default() };
        }
        self.broken |= !all_there && !self.behaviour.reconnects;
        let worked = std::mem::replace(&mut self.works, all_there && !self.broken);
        let first = !std::mem::replace(&mut self.connected, true);
        let said = match (worked, self.works) {
            (true, false) => Some("answers with errors"),
            (false, true) if !first => Some("works again"),
            _ => None,
        };
        Step { said: said.into_iter().map(str::to_owned).collect(), exit: None }
    }
}
