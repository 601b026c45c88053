//! What is known of all dependencies: kept in the record, and every word about it.

use super::bearing::Bearing;
use super::course::{Course, Seen, State, Turn};
use super::ledger::Ledger;
use super::lookout::{Due, Lookout};
use super::moment::Moment;
use super::record::{Known, Loss, Record};
use crate::args::Watch;
use crate::exit::Exit;
use crate::log::{Log, seconds};
use crate::reason::{Observation, Reason};
use std::path::{Path, PathBuf};
use std::time::Duration as Time;
use waitwarden_core::dependency::{Dependency, OnLoss};
use waitwarden_core::duration::Duration;

/// The grace time may last longer by this part.
const LATER: f64 = 0.2;

/// How the program ends: its code and its termination message.
type End = (Exit, String);

/// One dependency.
struct Entry {
    dependency: Dependency,
    /// Why it is lost, as it was seen last; none: it is present.
    lost: Option<String>,
    /// Why nothing is known of it, as it was said last; none: something is.
    unknown: Option<Reason>,
    /// It was said that it is present.
    told: bool,
}

impl Entry {
    fn restarts(&self) -> bool {
        self.dependency.options.on_loss == OnLoss::Restart
    }
}

/// All of them.
pub(super) struct Board {
    entries: Vec<Entry>,
    lookout: Lookout,
    grace: Time,
    /// The folder of the record.
    folder: PathBuf,
    log: Log,
}

impl Board {
    /// Says what is watched, and takes up what the process before knew of the same targets.
    pub(super) fn new(args: Watch, folder: &Path, log: Log) -> Self {
        let names: Vec<String> = args.looking.dependencies.iter().map(ToString::to_string).collect();
        log.start(&format!("watching {}", names.join(", ")));
        let now = Moment::now();
        let record = Record::read(folder, now).unwrap_or_else(|why| {
            log.warning(&format!(
                "{} cannot be read ({why}), so nothing is known of what was before",
                Record::path(folder).display()
            ));
            None
        });
        let (known, ledger) =
            record.map_or_else(|| (Vec::new(), Ledger::new(now)), |record| (record.dependencies, record.restarts));
        let mut entries = Vec::new();
        let mut courses = Vec::new();
        for dependency in args.looking.dependencies {
            let target = dependency.target.to_string();
            let loss = known.iter().find(|known| known.target == target).and_then(|known| known.lost.clone());
            if let Some(Loss { since, reason }) = &loss {
                let message = format!("taken up as lost after {}: {reason}", age(now, *since));
                log.known("lost", &target, &message);
            }
            let state = loss.as_ref().map_or(State::Present, |loss| State::Lost(loss.since));
            let stable = Time::from_millis(dependency.options.stable.millis);
            let entry = Entry { dependency, lost: loss.map(|loss| loss.reason), unknown: None, told: false };
            courses.push((Course::new(args.looking.interval, stable, state), entry.restarts()));
            entries.push(entry);
        }
        // Many Pods lose the same dependency in the same moment, and should not all start again in the same one.
        let grace = args.grace.mul_f64(1.0 + LATER * fastrand::f64());
        let lookout = Lookout::new(grace, courses, ledger, now);
        Self { entries, lookout, grace: args.grace, folder: folder.to_owned(), log }
    }

    /// Writes what is known.
    ///
    /// # Errors
    /// It cannot be written, and the program ends.
    pub(super) fn keep(&self, now: Moment) -> Result<(), End> {
        let known = |(at, entry): (usize, &Entry)| {
            let lost = match self.lookout.state(at) {
                State::Lost(since) => Some(Loss::new(since, entry.lost.as_deref().unwrap_or_default())),
                State::Present => None,
            };
            Known { target: entry.dependency.target.to_string(), lost }
        };
        let dependencies = self.entries.iter().enumerate().map(known).collect();
        Record::new(now, dependencies, self.lookout.ledger()).write(&self.folder).map_err(|error| {
            let folder = self.folder.display();
            let message = format!(
                "cannot keep what is known in {} ({error}); mount a volume there that this container may write to: \
                 emptyDir: {{medium: Memory}} at {folder}",
                Record::path(&self.folder).display()
            );
            self.log.end("failed", &message);
            (Exit::CannotWrite, message)
        })
    }

    /// Takes an observation; where it `is_conclusive`, a failure says something of the dependency.
    ///
    /// # Errors
    /// The program ends.
    pub(super) fn observe(
        &mut self,
        at: usize,
        now: Moment,
        observation: Observation,
        is_conclusive: bool,
    ) -> Result<(), End> {
        match observation {
            Observation::Ready(remark) => self.ready(at, now, remark.as_deref()),
            Observation::Waiting(reason) | Observation::Failed(reason) => match Bearing::of(reason.kind) {
                Bearing::Lost if is_conclusive => self.away(at, now, &reason),
                Bearing::Lost | Bearing::Unknown | Bearing::Never => {
                    self.unknown(at, now, reason);
                    Ok(())
                }
            },
        }
    }

    /// Nothing is known: said where the reason is a new one.
    fn unknown(&mut self, at: usize, now: Moment, reason: Reason) {
        self.lookout.observe(at, now, Seen::Unknown);
        let state = self.lookout.state(at);
        let Some(entry) = self.entries.get_mut(at) else { return };
        if entry.unknown.as_ref() != Some(&reason) {
            let stays = if state == State::Present { "present" } else { "lost" };
            let message = format!("unknown: {reason}; until more is known it counts as {stays}");
            self.log.lost("unknown", &entry.dependency.target, &reason, &message);
            entry.unknown = Some(reason);
        }
    }

    fn ready(&mut self, at: usize, now: Moment, remark: Option<&str>) -> Result<(), End> {
        let news = self.lookout.observe(at, now, Seen::Ready);
        self.known_again(at);
        let remark = remark.map_or_else(String::new, |remark| format!(" ({remark})"));
        let is_back = matches!(news.turn, Some(Turn::Back(_)));
        let is_present = self.lookout.state(at) == State::Present;
        let Some(entry) = self.entries.get_mut(at) else { return Ok(()) };
        let is_told = entry.told;
        entry.told |= is_present;
        if is_back {
            entry.lost = None;
            self.keep(now)?;
        }
        let Some(entry) = self.entries.get(at) else { return Ok(()) };
        let target = &entry.dependency.target;
        match news.turn {
            Some(Turn::Back(time)) => self.log.known("back", target, &format!("back after {}{remark}", seconds(time))),
            _ if is_present && !is_told => self.log.known("present", target, &format!("present{remark}")),
            _ => {}
        }
        Ok(())
    }

    fn away(&mut self, at: usize, now: Moment, reason: &Reason) -> Result<(), End> {
        let news = self.lookout.observe(at, now, Seen::Away);
        self.known_again(at);
        let State::Lost(since) = self.lookout.state(at) else { return Ok(()) };
        let Some(entry) = self.entries.get_mut(at) else { return Ok(()) };
        let before = entry.lost.replace(reason.to_string());
        let is_new = news.turn.is_some() || before != entry.lost;
        // What is said is kept already.
        if is_new || news.due == Some(Due::Restart) {
            self.keep(now)?;
        }
        let Some(entry) = self.entries.get(at) else { return Ok(()) };
        let target = &entry.dependency.target;
        if is_new {
            let hint = if news.turn.is_some() && entry.restarts() {
                format!("; the Pod starts again where that lasts {}", duration(self.grace))
            } else {
                String::new()
            };
            self.log.lost("lost", target, reason, &format!("lost: {reason}{hint}"));
        }
        let still = format!("still lost after {}: {reason}", age(now, since));
        match news.due {
            None => Ok(()),
            Some(Due::Held(until)) => {
                let rest = age(until, now);
                let hint = format!("the Pod started again not long ago, so it only is unready for another {rest}");
                self.log.lost("held", target, reason, &format!("{still}; {hint}"));
                Ok(())
            }
            Some(Due::Restart) => {
                self.log.lost("restart", target, reason, &format!("{still}; the Pod starts again"));
                Err(self.restart(at, now))
            }
        }
    }

    /// There is an answer where there was none.
    fn known_again(&mut self, at: usize) {
        if let Some(entry) = self.entries.get_mut(at)
            && entry.unknown.take().is_some()
        {
            self.log.known("known", &entry.dependency.target, "known again");
        }
    }

    /// The Pod starts again for this one.
    fn restart(&self, at: usize, now: Moment) -> End {
        let target = self.entries.get(at).map(|entry| entry.dependency.target.to_string()).unwrap_or_default();
        let code = Exit::Restart as u8;
        self.log.end("end", &format!("ended with {code}, so that the Pod starts again, for {target}"));
        let mut message = vec![format!("the Pod starts again for {target}")];
        for (at, entry) in self.entries.iter().enumerate() {
            if let (State::Lost(since), Some(reason)) = (self.lookout.state(at), &entry.lost) {
                message.push(format!("{}: lost after {}: {reason}", entry.dependency.target, age(now, since)));
            }
        }
        (Exit::Restart, message.join("\n"))
    }

    /// A signal came.
    pub(super) fn stopped(&self, signal: &str) -> End {
        let list = |lost: bool| -> Vec<String> {
            let of = self.entries.iter().filter(|entry| entry.lost.is_some() == lost);
            of.map(|entry| entry.dependency.target.to_string()).collect()
        };
        let parts: Vec<String> = [("lost: ", list(true)), ("present: ", list(false))]
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(word, list)| format!("{word}{}", list.join(", ")))
            .collect();
        let said = format!("stopped by {signal} after {}: {}", self.log.elapsed(), parts.join("; "));
        self.log.end("stopped", &said);
        (Exit::Satisfied, said)
    }
}

/// The time from one moment to a later one, in whole seconds.
fn age(now: Moment, since: Moment) -> Duration {
    seconds(now.since(since))
}

/// A time as it is written in options.
fn duration(time: Time) -> Duration {
    Duration { millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX) }
}
