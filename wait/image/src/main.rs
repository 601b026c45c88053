//! `waitwarden-image`: what `make image` runs.
#![forbid(unsafe_code)]

use clap::Parser;
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};
use waitwarden_image::{Bom, Content, Image, Platform, Program};

/// Writes the image of a program as an OCI layout.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Which program it is
    #[arg(long, value_enum, default_value = "wait")]
    content: Content,
    /// A static program and what it runs on, such as `amd64=target/…/waitwarden-wait`; once for each platform
    #[arg(long = "binary", value_name = "ARCH=FILE", required = true, value_parser = binary)]
    binaries: Vec<(Platform, PathBuf)>,
    /// The time that the image and its file carry, in seconds since 1970
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    created: u32,
    /// The folder to write; a layout that is there is replaced
    #[arg(value_name = "FOLDER")]
    output: PathBuf,
}

fn binary(text: &str) -> Result<(Platform, PathBuf), String> {
    let (platform, file) = text.split_once('=').ok_or("expected ARCH=FILE, such as amd64=waitwarden-wait")?;
    Ok((platform.parse().map_err(|error: waitwarden_image::UnknownPlatform| error.to_string())?, file.into()))
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody to tell that stderr is closed.
            let _ = writeln!(io::stderr(), "waitwarden-image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let mut programs: Vec<Program> = Vec::new();
    for (platform, path) in &args.binaries {
        let place = |error: &dyn Error| format!("{}: {error}", path.display());
        if programs.iter().any(|program| program.platform() == *platform) {
            return Err(format!("--binary {platform}=… was given twice; expected one for each platform").into());
        }
        let bytes = fs::read(path).map_err(|error| place(&error))?;
        programs.push(Program::new(*platform, bytes).map_err(|error| place(&error))?);
    }
    let mut platforms: Vec<Platform> = programs.iter().map(Program::platform).collect();
    platforms.sort_unstable();
    // Built in the workspace, whose lock file says what the program is made of.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let bom = Bom::of(&workspace, args.content, &platforms)?;
    let created = jiff::Timestamp::from_second(i64::from(args.created))?;
    let image =
        Image { content: args.content, version: env!("CARGO_PKG_VERSION"), created, programs: &programs, bom: &bom };
    image.layout()?.write(&args.output)?;
    let names: Vec<&str> = platforms.iter().map(|platform| platform.name()).collect();
    let folder = args.output.display();
    writeln!(io::stderr(), "{folder}: the image {} for {}", env!("CARGO_PKG_VERSION"), names.join(", "))?;
    Ok(())
}
