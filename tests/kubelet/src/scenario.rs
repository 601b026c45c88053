//! What happens around a Pod: a table of events, and how the applications in it behave.
//!
//! The named scenarios take the names of a container and of a dependency, so that any Pod can be played through them.

use crate::pod::Error;
use crate::{LONGEST, Seconds};

/// A scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// A word, such as `loss`.
    pub name: &'static str,
    /// What runs in the containers that are not the wait program. A container that is not named here does its work at
    /// once: an init container ends with 0, any other one is ready and runs.
    pub applications: Vec<Application>,
    /// What happens when, in seconds since the Pod was created.
    pub events: Vec<(Seconds, Event)>,
    /// The last second that is played.
    pub end: Seconds,
}

/// How the program in a container behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The name of the container.
    pub container: String,
    /// So many seconds after its start its readiness probe passes.
    pub ready_after: Seconds,
    /// So many seconds after SIGTERM it ends, at least 1.
    pub stops_in: Seconds,
    /// What it cannot start without.
    pub needs: Vec<String>,
    /// So many seconds without what it needs at the start, and it exits with 1; `None`: it goes on trying.
    pub crashes_after: Option<Seconds>,
    /// Whether it works again by itself once what it needs is back; many old ones keep their dead connections.
    pub reconnects: bool,
    /// Work that ends by itself: after so many seconds, with this exit code.
    pub ends: Option<(Seconds, i32)>,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The API server cannot be reached any more.
    ApiServerAway,
    /// It can be reached again.
    ApiServerBack,
    /// A dependency, as it is written in a declaration without options, goes away.
    Away(String),
    /// A dependency is there again.
    Back(String),
    /// Somebody deletes the Pod.
    Delete,
    /// The program in a container exits.
    Exits {
        /// The container.
        container: String,
        /// The code.
        code: i32,
    },
    /// The node loses power and needs so many seconds until its kubelet runs again.
    Reboot(Seconds),
}

/// The names of the scenarios of [`named`].
pub const NAMES: [&str; 8] = ["late", "crash", "loss", "twice", "flapping", "reboot", "outage", "delete"];

/// A scenario by its name, for a container with an application and a dependency of it.
pub fn named(name: &str, container: &str, dependency: &str) -> Option<Scenario> {
    let (away, back) = (|| Event::Away(dependency.to_owned()), || Event::Back(dependency.to_owned()));
    let crash = || Event::Exits { container: container.to_owned(), code: 1 };
    let (name, end, events) = match name {
        // The dependency is there 20 seconds after the Pod.
        "late" => ("late", 60, vec![(0, away()), (20, back())]),
        // The application crashes because the dependency went away, and cannot start without it.
        "crash" => ("crash", 300, vec![(60, away()), (63, crash()), (150, back())]),
        // The dependency goes away and comes back, and the application goes on running.
        "loss" => ("loss", 240, vec![(60, away()), (180, back())]),
        // The same, twice within ten minutes.
        "twice" => ("twice", 900, vec![(60, away()), (120, back()), (200, away()), (800, back())]),
        // The dependency is away for 3 seconds again and again.
        "flapping" => {
            let flap = |at: Seconds| [(at, away()), (at + 3, back())];
            ("flapping", 180, (60..120).step_by(6).flat_map(flap).collect())
        }
        // Nodes reboot, that of the dependency too, which takes longer to come back.
        "reboot" => ("reboot", 180, vec![(60, away()), (60, Event::Reboot(40)), (130, back())]),
        // The API server is away, the dependency is not.
        "outage" => ("outage", 240, vec![(60, Event::ApiServerAway), (180, Event::ApiServerBack)]),
        // The Pod is deleted.
        "delete" => ("delete", 120, vec![(60, Event::Delete)]),
        _ => return None,
    };
    let application = Application {
        ready_after: 5,
        stops_in: 2,
        needs: vec![dependency.to_owned()],
        crashes_after: Some(3),
        ..Application::new(container)
    };
    Some(Scenario { name, applications: vec![application], events, end })
}

impl Application {
    /// One that needs nothing, is ready at once and runs for ever.
    pub fn new(container: &str) -> Self {
        Self {
            container: container.to_owned(),
            ready_after: 0,
            stops_in: 1,
            needs: Vec::new(),
            crashes_after: None,
            reconnects: false,
            ends: None,
        }
    }
}

impl Scenario {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.end <= LONGEST {
            return Ok(());
        }
        Err(Error::new("scenario.end", format!("{} seconds: expected at most {LONGEST}", self.end)))
    }

    /// The containers that it speaks of.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &str> {
        let exits = self.events.iter().filter_map(|(_, event)| match event {
            Event::Exits { container, .. } => Some(container.as_str()),
            _ => None,
        });
        self.applications.iter().map(|application| application.container.as_str()).chain(exits)
    }
}
