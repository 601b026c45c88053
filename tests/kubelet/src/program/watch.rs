//! `waitwarden-wait watch`: follows dependencies while the Pod runs, and keeps what it knows in a volume.

use super::{Settings, Step, Target};
use crate::Seconds;
use crate::text::written;
use crate::world::{Answer, World};
use std::collections::BTreeMap;

/// The code for "start the whole Pod again" (`EX_TEMPFAIL`).
const RESTART: i32 = 75;
/// For so many intervals every look has to find it away before it counts as lost.
const LOOKS: Seconds = 3;
/// The shortest time between two restarts, and the longest; it doubles in between.
const DISTANCES: (Seconds, Seconds) = (600, 3_600);

/// What it was started with.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    pub(super) settings: Settings,
    pub(super) targets: Vec<Target>,
}

/// What it keeps in its memory-backed `emptyDir`: a restart of containers leaves it, a reboot does not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Volume {
    lost: BTreeMap<String, bool>,
    restarted: Option<Seconds>,
    distance: Seconds,
}

/// The process.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    settings: Settings,
    followed: Vec<Followed>,
    held_back: bool,
}

/// A dependency: a state, and how long the observations have spoken otherwise.
#[derive(Debug, Clone)]
struct Followed {
    target: Target,
    lost: bool,
    otherwise: Seconds,
    lost_for: Seconds,
}

impl Watch {
    /// It takes up the states that the file has; what is in none is there until an answer says otherwise.
    pub(super) fn start(&self, volume: &Volume) -> Running {
        let follow = |target: &Target| Followed {
            target: target.clone(),
            lost: volume.lost.get(&target.text).copied().unwrap_or_default(),
            otherwise: 0,
            lost_for: 0,
        };
        let followed = self.targets.iter().map(follow).collect();
        Running { settings: self.settings.clone(), followed, held_back: false }
    }
}

impl Volume {
    /// When the bound allows the next restart.
    fn allowed(&self) -> Seconds {
        self.restarted.map_or(0, |at| at + self.distance)
    }

    fn note_restart(&mut self, now: Seconds) {
        let (shortest, longest) = DISTANCES;
        // An hour in which nothing was held back and nothing happened makes it begin anew.
        let goes_on = self.restarted.is_some() && now < self.allowed() + longest;
        self.distance = if goes_on { (self.distance * 2).min(longest) } else { shortest };
        self.restarted = Some(now);
    }
}

impl Running {
    /// Whether any dependency is lost: what `waitwarden-wait check` reads.
    pub(super) fn loses(&self) -> bool {
        self.followed.iter().any(|followed| followed.lost)
    }

    pub(super) fn step(&mut self, world: &World, volume: &mut Volume) -> Step {
        let mut step = Step::default();
        for followed in &mut self.followed {
            let answer = world.ask(&followed.target);
            if followed.observe(answer, self.settings.interval) {
                let word = if followed.lost { "lost" } else { "back" };
                step.said.push(format!("finds {} {word}", followed.target.text));
            }
            volume.lost.insert(followed.target.text.clone(), followed.lost);
        }
        let due = |followed: &Followed| followed.target.restarts && followed.lost_for >= self.settings.grace;
        if !self.followed.iter().any(due) {
            self.held_back = false;
        } else if world.now >= volume.allowed() {
            volume.note_restart(world.now);
            step.exit = Some(RESTART);
        } else if !std::mem::replace(&mut self.held_back, true) {
            step.said.push(format!("may not restart the Pod before {}", written(volume.allowed())));
        }
        step
    }
}

impl Followed {
    /// Takes an observation in; whether the state changed. Unknown changes nothing and counts nothing.
    fn observe(&mut self, answer: Answer, interval: Seconds) -> bool {
        let away = match answer {
            Answer::There => false,
            Answer::Away => true,
            Answer::Unknown => return false,
        };
        if away == self.lost {
            self.otherwise = 0;
            self.lost_for = if away { self.lost_for + 1 } else { 0 };
            return false;
        }
        self.otherwise += 1;
        let needed = if away { LOOKS * interval } else { self.target.stable.max(interval) };
        // The first look begins the time and is not part of it.
        let changed = self.otherwise > needed;
        if changed {
            self.lost = away;
            self.otherwise = 0;
            self.lost_for = 0;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed() -> Followed {
        let target = Target::read("service/db:5432 on-loss=restart", "args").expect("a target");
        Followed { target, lost: false, otherwise: 0, lost_for: 0 }
    }

    fn states(answers: &str) -> String {
        let mut followed = followed();
        let state = |letter| {
            let answer = match letter {
                'u' => Answer::Unknown,
                'a' => Answer::Away,
                _ => Answer::There,
            };
            followed.observe(answer, 2);
            if followed.lost { 'L' } else { '.' }
        };
        answers.chars().map(state).collect()
    }

    #[test]
    fn lost_after_six_seconds_and_back_after_two() {
        let cases = [
            ("tttttttt", "........"),
            ("aaaaaaaatt", "......LLLL"),
            ("aaaaaaaattt", "......LLLL."),
            ("aaaaaataaaaaa", "............."),
            ("atatatatatat", "............"),
            ("aaaaaaattattatt", "......LLLLLLLLL"),
            ("aaauuuuuuuuaaaa", "..............L"),
            ("aaaaaaauuuuuuuu", "......LLLLLLLLL"),
        ];
        assert_eq!(cases.map(|(answers, _)| states(answers)), cases.map(|(_, states)| states.to_owned()));
    }

    #[test]
    fn restarts_are_ten_minutes_apart_and_then_longer() {
        let mut volume = Volume::default();
        let mut exits = Vec::new();
        let mut now = 0;
        while exits.len() < 7 {
            if now >= volume.allowed() {
                volume.note_restart(now);
                exits.push(now);
            }
            now += 1;
        }
        assert_eq!(exits, [0, 600, 1_800, 4_200, 7_800, 11_400, 15_000]);
        let quiet = volume.allowed() + 3_600;
        volume.note_restart(quiet);
        assert_eq!(volume.allowed(), quiet + 600);
    }
}
