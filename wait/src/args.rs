//! The command line: what the policy writes, and what a person may.

mod flag;
mod help;
mod looking;

pub(crate) use looking::Looking;

use crate::log::Format;
use flag::Flag;
use std::ffi::OsString;
use std::time::Duration as Time;
use waitwarden_core::dependency::{Dependency, OnLoss, Target};
use waitwarden_core::duration::Duration;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Print this, and nothing else.
    Say(String),
    /// Wait.
    Wait(Wait),
    /// Follow dependencies while the Pod runs.
    Watch(Watch),
    /// Say what is known.
    Check,
}

/// How to wait, and for what.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    /// The whole wait; zero: for ever.
    pub(crate) timeout: Duration,
    /// What for, and how to look at it.
    pub(crate) looking: Looking,
}

/// How to watch, and what.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// So long must a dependency be lost until the Pod is started again.
    pub(crate) grace: Time,
    /// What, and how to look at it.
    pub(crate) looking: Looking,
}

/// Everything that is wrong with the command line.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// How to say it, where that much was understood.
    pub(crate) format: Format,
    /// One line each.
    pub(crate) messages: Vec<String>,
    /// Is it the command line of a container, and not that of a probe?
    pub(crate) is_of_container: bool,
}

/// Reads the arguments behind the program's name.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>) -> Result<Command, Wrong> {
    let mut arguments = arguments.peekable();
    let word = arguments.next_if(|argument| argument == "watch" || argument == "check");
    match word.as_ref().and_then(|word| word.to_str()) {
        Some("watch") => watch(arguments),
        Some(_) => check(arguments),
        None => wait(arguments),
    }
}

fn wait(arguments: impl Iterator<Item = OsString>) -> Result<Command, Wrong> {
    let mut timeout = Duration::default();
    let own = |flag: Flag<'_>| match flag.name {
        "--timeout" => Some(flag.duration().map(|time| timeout = time)),
        _ => None,
    };
    let read = line(arguments, help::WAIT, "wait for", "service/postgres:5432", own, |_| Ok(()))?;
    Ok(read.map_or_else(Command::Say, |looking| Command::Wait(Wait { timeout, looking })))
}

fn watch(arguments: impl Iterator<Item = OsString>) -> Result<Command, Wrong> {
    let mut grace = Time::from_secs(30);
    let own = |flag: Flag<'_>| match flag.name {
        "--grace" => Some(flag.time().map(|time| grace = time)),
        "--timeout" => Some(Err("`--timeout` is for the wait; `watch` goes on until it is told to stop".to_owned())),
        _ => None,
    };
    let read = line(arguments, help::WATCH, "watch", "service/postgres:5432 on-loss=unready", own, watched)?;
    Ok(read.map_or_else(Command::Say, |looking| Command::Watch(Watch { grace, looking })))
}

/// Can this be watched? Options that mean nothing here are refused, not passed over.
fn watched(dependency: &Dependency) -> Result<(), String> {
    let Dependency { target, options } = dependency;
    if matches!(target, Target::Job { .. }) {
        return Err(format!("`{target}`: a Job that completed cannot be lost; leave it out"));
    }
    if options.on_loss == OnLoss::Ignore {
        return Err(format!(
            "`{target}` does not say what its loss leads to; write `{target} on-loss=unready` or `{target} on-loss=restart`"
        ));
    }
    if options.timeout.is_some() {
        return Err(format!("`{target}`: `timeout` is for the wait; leave it out"));
    }
    if !options.required {
        return Err(format!("`{target}`: `required` is for the wait; leave it out"));
    }
    Ok(())
}

fn check(arguments: impl Iterator<Item = OsString>) -> Result<Command, Wrong> {
    let mut messages = Vec::new();
    for argument in arguments {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(Command::Say(help::CHECK.to_owned())),
            Some("--version" | "-V") => return Ok(Command::Say(version())),
            _ => messages.push(format!("`check` takes no arguments, such as `{}`", argument.display())),
        }
    }
    if messages.is_empty() {
        Ok(Command::Check)
    } else {
        Err(Wrong { format: Format::Text, messages, is_of_container: false })
    }
}

/// Reads options, `--` and targets. `own` reads the options that only one of the commands has; `fits` may have an objection to
/// a target. The other outcome is a text to print. Where nothing is given, `purpose` and `example` say what is missing.
fn line(
    arguments: impl Iterator<Item = OsString>,
    help: &str,
    purpose: &str,
    example: &str,
    mut own: impl FnMut(Flag<'_>) -> Option<Result<(), String>>,
    fits: impl Fn(&Dependency) -> Result<(), String>,
) -> Result<Result<Looking, String>, Wrong> {
    let mut looking = Looking::new();
    let mut messages = Vec::new();
    let mut behind = false;
    for argument in arguments {
        let Ok(argument) = argument.into_string() else {
            messages.push("an argument is not UTF-8".to_owned());
            continue;
        };
        match argument.as_str() {
            "--" if !behind => behind = true,
            "--help" | "-h" if !behind => return Ok(Err(help.to_owned())),
            "--version" | "-V" if !behind => return Ok(Err(version())),
            text if behind => messages.extend(looking.target(text, &fits).err().into_iter().flatten()),
            text => {
                let read = Flag::read(text).and_then(|flag| own(flag).unwrap_or_else(|| looking.option(flag)));
                messages.extend(read.err());
            }
        }
    }
    if looking.dependencies.is_empty() && messages.is_empty() {
        messages.push(format!("nothing to {purpose}; write targets behind `--`, such as `-- {example}`"));
    }
    if messages.is_empty() {
        Ok(Ok(looking))
    } else {
        Err(Wrong { format: looking.format, messages, is_of_container: true })
    }
}

fn version() -> String {
    format!("waitwarden-wait {}\n", env!("CARGO_PKG_VERSION"))
}
