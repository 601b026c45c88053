//! `inspect`: what is in a module.

use super::{Stop, Terminal};
use crate::args::{Inspect, InspectFormat};
use crate::exit::Exit;
use waitwarden_module::{Inspection, describe};

pub(super) fn run(command: &Inspect, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let name = command.module.display();
    let bytes = std::fs::read(&command.module).map_err(|error| Stop::usage(format!("{name}: {error}")))?;
    let inspection = Inspection::of(&bytes).map_err(|error| Stop::usage(format!("{name}: {error}")))?;
    let text = match command.format {
        InspectFormat::Text => describe(&inspection),
        InspectFormat::Json => format!("{:#}\n", inspection.json()),
    };
    let _ = terminal.print(&text);
    Ok(Exit::Clean)
}
