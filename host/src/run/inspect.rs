//! `inspect`: what is in a module.

use super::{Stop, Terminal};
use crate::args::{Inspect, InspectFormat};
use crate::exit::Exit;
use crate::fetch;
use waitwarden_module::{Inspection, describe};

pub(super) fn run(command: &Inspect, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let name = command.module.display();
    let reference = command.module.to_str().filter(|name| fetch::is_reference(name));
    let bytes = match reference {
        Some(reference) => {
            let fetched = fetch::Fetch::from(&command.fetching).policy(reference).map_err(Stop::usage)?;
            fetched.notes.iter().for_each(|note| terminal.note(note));
            fetched.wasm
        }
        None => std::fs::read(&command.module).map_err(|error| Stop::usage(format!("{name}: {error}")))?,
    };
    let inspection = Inspection::of(&bytes).map_err(|error| Stop::usage(format!("{name}: {error}")))?;
    let text = match command.format {
        InspectFormat::Text => describe(&inspection),
        InspectFormat::Json => format!("{:#}\n", inspection.json()),
    };
    let _ = terminal.print(&text);
    Ok(Exit::Clean)
}
