//! `completions` and `man`: what a shell and `man` are told about the command line.

use super::{Stop, Terminal};
use crate::args::{Cli, Completions, Man};
use crate::exit::Exit;
use crate::output::Output;
use clap::CommandFactory;
use std::io;

pub(super) fn completions(command: &Completions, terminal: &mut Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "waitwarden", &mut script);
    let _ = terminal.print(&String::from_utf8_lossy(&script));
    Exit::Clean
}

/// A page for the command, and one for each of its commands.
pub(super) fn man(command: &Man) -> Result<Exit, Stop> {
    let complain = |error: io::Error| Stop::usage(format!("{} cannot be written: {error}", command.folder.display()));
    std::fs::create_dir_all(&command.folder).map_err(complain)?;
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let commands = cli.get_subcommands().filter(|command| !command.is_hide_set());
    for page in std::iter::once(&cli).chain(commands) {
        let name = page.get_display_name().unwrap_or_else(|| page.get_name()).to_owned();
        let mut text = Vec::new();
        clap_mangen::Man::new(page.clone()).render(&mut text).map_err(complain)?;
        let mut file = Output::create(&command.folder.join(format!("{name}.1"))).map_err(complain)?;
        file.write(&text).and_then(|()| file.finish()).map_err(complain)?;
    }
    Ok(Exit::Clean)
}
