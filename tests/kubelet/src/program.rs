//! What runs in the containers: the wait program, told by its command, and applications, told by the scenario.
//!
//! A program is asked once a second what became of it. It knows the world and its volume, and nothing of Kubernetes.

mod application;
mod wait;
mod watch;

use crate::Seconds;
use crate::pod::Error;
use crate::scenario::Application;
use crate::text;
use crate::world::World;
use serde_json::{Map, Value};
pub(crate) use wait::Wait;
pub(crate) use watch::{Volume, Watch};

/// The wait program's two modes.
#[derive(Debug, Clone)]
pub(crate) enum Program {
    Wait(Wait),
    Watch(Watch),
}

/// A process in a container.
#[derive(Debug, Clone)]
pub(crate) enum Process {
    Application(application::Running),
    Wait(wait::Running),
    Watch(watch::Running),
}

/// What a process did in a second: lines of its own, and perhaps its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    pub(crate) said: Vec<String>,
    pub(crate) exit: Option<i32>,
}

impl Step {
    fn exit(code: i32) -> Self {
        Self { said: Vec::new(), exit: Some(code) }
    }
}

/// Who knows whether a dependency is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The API server.
    Api,
    /// The API server, and a TCP connection can stand in for it: a Service with a numeric port.
    ApiOrPort,
    /// The dependency itself.
    Itself,
}

/// A dependency as an argument of the wait program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without options, such as `service/postgres:5432`.
    pub(crate) text: String,
    /// Who is asked about it.
    pub(crate) asks: Asks,
    required: bool,
    restarts: bool,
    timeout: Option<Seconds>,
    stable: Seconds,
}

impl Program {
    /// The program of a container; `None` where it is not ours.
    pub(crate) fn read(container: &Map<String, Value>, at: &str) -> Result<Option<Self>, Error> {
        let words = |name: &str| -> Option<Vec<&str>> {
            container.get(name).and_then(Value::as_array)?.iter().map(Value::as_str).collect()
        };
        if words("command").as_deref() != Some(&["/waitwarden-wait"]) {
            return Ok(None);
        }
        let at = format!("{at}.args");
        let words = words("args").ok_or_else(|| Error::new(&at, "expected the arguments of the wait program"))?;
        let watches = words.first() == Some(&"watch");
        let mut words = words.into_iter().skip(usize::from(watches));
        let flags: Vec<&str> = words.by_ref().take_while(|word| *word != "--").collect();
        let targets: Result<Vec<Target>, Error> = words.map(|word| Target::read(word, &at)).collect();
        let targets = targets?;
        if targets.is_empty() {
            return Err(Error::new(at, "expected `--` and at least one target"));
        }
        let mut settings = Settings { timeout: None, interval: 2, grace: 30, fallback: true };
        for flag in flags {
            settings.read(flag, &at)?;
        }
        Ok(Some(if watches {
            Self::Watch(Watch { settings, targets })
        } else {
            Self::Wait(Wait { settings, targets })
        }))
    }

    pub(crate) fn start(&self, volume: &Volume) -> Process {
        match self {
            Self::Wait(wait) => Process::Wait(wait.start()),
            Self::Watch(watch) => Process::Watch(watch.start(volume)),
        }
    }
}

/// The flags of the wait program, with its defaults (`wait/src/args.rs`).
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    timeout: Option<Seconds>,
    interval: Seconds,
    grace: Seconds,
    fallback: bool,
}

impl Settings {
    fn read(&mut self, flag: &str, at: &str) -> Result<(), Error> {
        let wrong = |expected: &str| Error::new(at, format!("`{flag}`: expected {expected}"));
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        let duration = || text::duration(value).ok_or_else(|| wrong("a duration such as `90s`"));
        match name {
            "--timeout" => self.timeout = Some(duration()?).filter(|timeout| *timeout > 0),
            "--interval" => self.interval = duration()?.max(1),
            "--grace" => self.grace = duration()?.max(1),
            "--fallback" if matches!(value, "tcp" | "none") => self.fallback = value == "tcp",
            // How it speaks and whom it trusts changes nothing here.
            "--ca-file" | "--log" => {}
            _ => return Err(wrong("a flag of the wait program")),
        }
        Ok(())
    }
}

impl Target {
    fn read(argument: &str, at: &str) -> Result<Self, Error> {
        let mut words = argument.split_ascii_whitespace();
        let text = words.next().ok_or_else(|| Error::new(at, "expected a target and not an empty argument"))?;
        let port = text.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let service = text.split('/').any(|part| part == "service");
        let asks = match (text.contains("://"), service && port) {
            (true, _) => Asks::Itself,
            (false, true) => Asks::ApiOrPort,
            (false, false) => Asks::Api,
        };
        let text = text.to_owned();
        let mut target = Self { text, asks, required: true, restarts: false, timeout: None, stable: 0 };
        for word in words {
            let wrong = |expected: &str| Error::new(at, format!("`{word}` of `{argument}`: expected {expected}"));
            let duration = |value| text::duration(value).ok_or_else(|| wrong("a duration such as `90s`"));
            match word.split_once('=') {
                Some(("required", value @ ("true" | "false"))) => target.required = value == "true",
                Some(("on-loss", value @ ("ignore" | "unready" | "restart"))) => target.restarts = value == "restart",
                Some(("timeout", value)) => target.timeout = Some(duration(value)?),
                Some(("stable", value)) => target.stable = duration(value)?,
                // Whether it is there is what the scenario says.
                Some(("condition" | "replicas" | "status", _)) => {}
                _ => return Err(wrong("an option of a dependency")),
            }
        }
        Ok(target)
    }
}

impl Process {
    pub(crate) fn application(behaviour: &Application) -> Self {
        Self::Application(application::Running::new(behaviour))
    }

    /// A second passes, `age` seconds after the start.
    pub(crate) fn step(&mut self, age: Seconds, world: &World, volume: &mut Volume) -> Step {
        match self {
            Self::Application(running) => running.step(age, world),
            Self::Wait(running) => running.step(age, world),
            Self::Watch(running) => running.step(world, volume),
        }
    }

    /// What the readiness probe finds.
    pub(crate) fn ready(&self, age: Seconds) -> bool {
        match self {
            Self::Application(running) => running.ready(age),
            Self::Wait(_) => false,
            // `waitwarden-wait check`.
            Self::Watch(running) => !running.loses(),
        }
    }

    /// How long it takes to end after SIGTERM, and its exit code.
    pub(crate) fn told_to_stop(&self) -> (Seconds, i32) {
        match self {
            Self::Application(running) => (running.stops_in(), 143),
            Self::Wait(_) => (1, 143),
            // A Job's sidecar has done its work.
            Self::Watch(_) => (1, 0),
        }
    }
}
