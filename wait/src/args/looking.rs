//! What the wait and `watch` have in common: options for looking at dependencies, and the dependencies.

use super::flag::Flag;
use crate::log::Format;
use std::path::PathBuf;
use std::time::Duration as Time;
use waitwarden_core::dependency::{Dependency, parse_one};

/// How to look at dependencies, and at which.
#[derive(Clone, Debug)]
pub(crate) struct Looking {
    /// Between two looks.
    pub(crate) interval: Time,
    /// Is a TCP connection enough where EndpointSlices cannot be read?
    pub(crate) fallback: bool,
    /// Certificates beside the well-known ones.
    pub(crate) ca_file: Option<PathBuf>,
    /// How to say it.
    pub(crate) format: Format,
    /// At which.
    pub(crate) dependencies: Vec<Dependency>,
}

impl Looking {
    /// The defaults, and at nothing.
    pub(super) const fn new() -> Self {
        Self {
            interval: Time::from_secs(2),
            fallback: true,
            ca_file: None,
            format: Format::Text,
            dependencies: Vec::new(),
        }
    }

    /// Reads an option in front of `--`.
    pub(super) fn option(&mut self, flag: Flag<'_>) -> Result<(), String> {
        match flag.name {
            "--interval" => self.interval = flag.time()?,
            "--fallback" => match flag.value()? {
                "tcp" => self.fallback = true,
                "none" => self.fallback = false,
                other => return Err(format!("`{other}` is not a value of `--fallback`; expected `tcp` or `none`")),
            },
            "--ca-file" => match flag.value()? {
                "" => return Err("`--ca-file` names no file".to_owned()),
                file => self.ca_file = Some(PathBuf::from(file)),
            },
            "--log" => match flag.value()? {
                "text" => self.format = Format::Text,
                "json" => self.format = Format::Json,
                other => return Err(format!("`{other}` is not a value of `--log`; expected `text` or `json`")),
            },
            name => return Err(format!("there is no option `{name}`; `--help` shows them")),
        }
        Ok(())
    }

    /// Reads one argument behind `--`; `fits` may have an objection to what was understood.
    pub(super) fn target(
        &mut self,
        text: &str,
        fits: impl FnOnce(&Dependency) -> Result<(), String>,
    ) -> Result<(), Vec<String>> {
        let dependency = parse_one(text).map_err(|errors| {
            let messages = errors.iter().map(|error| format!("`{text}`: {}; {}", error.message, error.help));
            messages.collect::<Vec<String>>()
        })?;
        if self.dependencies.iter().any(|known| known.target == dependency.target) {
            return Err(vec![format!("`{}` is given twice; write it once", dependency.target)]);
        }
        fits(&dependency).map_err(|message| vec![message])?;
        self.dependencies.push(dependency);
        Ok(())
    }
}
