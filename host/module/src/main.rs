//! `waitwarden-module`: what `make` runs to write a module's metadata and the files that are made of them. It needs
//! neither a cluster nor anything that runs WebAssembly.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};
use waitwarden_manifest::{Entry, read};
use waitwarden_module::{Addition, Inspection, Metadata, Mistake, annotate, artifacthub, describe, questions};

/// Metadata of Kubewarden policies, and what is made of them.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a module with its metadata in it
    Annotate {
        /// The module; it may have metadata already
        #[arg(value_name = "IN")]
        module: PathBuf,
        /// metadata.yml
        metadata: PathBuf,
        /// What people read about the policy, as Markdown
        readme: PathBuf,
        /// The annotated module
        #[arg(value_name = "OUT")]
        output: PathBuf,
    },
    /// Says what is in a module, for people
    Inspect {
        /// The module
        module: PathBuf,
    },
    /// Prints artifacthub-pkg.yml
    Artifacthub {
        /// metadata.yml
        metadata: PathBuf,
        /// When this version came out, such as 2026-11-24T00:00:00Z
        #[arg(long, value_name = "TIME")]
        created: String,
        /// questions-ui.yml
        #[arg(long, value_name = "FILE")]
        questions: Option<PathBuf>,
        /// Who provides the policy
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// A further image that Artifact Hub scans; may be given several times
        #[arg(long = "image", value_name = "NAME=IMAGE", value_parser = image)]
        images: Vec<Addition>,
    },
    /// Prints questions-ui.yml
    Questions {
        /// The settings' JSON Schema
        schema: PathBuf,
    },
}

fn image(text: &str) -> Result<Addition, String> {
    let (name, image) = text.split_once('=').ok_or("expected NAME=IMAGE, such as wait=ghcr.io/OWNER/wait:1.0.0")?;
    Ok(Addition::Image { name: name.to_owned(), image: image.to_owned() })
}

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody to tell that stderr is closed.
            let _ = writeln!(io::stderr(), "waitwarden-module: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Annotate { module, metadata, readme, output } => {
            let policy = self::metadata(&metadata)?.with_usage(&text(&readme)?);
            let annotated = annotate(&bytes(&module)?, &policy).map_err(|error| place(&module, &error))?;
            fs::write(&output, annotated).map_err(|error| place(&output, &error))
        }
        Command::Inspect { module } => {
            let inspection = Inspection::of(&bytes(&module)?).map_err(|error| place(&module, &error))?;
            print(&describe(&inspection))
        }
        Command::Artifacthub { metadata, created, questions, provider, images } => {
            let questions = questions.as_deref().map(text).transpose()?;
            let additions: Vec<Addition> = provider.map(Addition::Provider).into_iter().chain(images).collect();
            let package = artifacthub(&self::metadata(&metadata)?, &created, questions.as_deref(), &additions)
                .map_err(|mistakes| lines(&metadata, &mistakes))?;
            print(&waitwarden_manifest::print(&package))
        }
        Command::Questions { schema } => {
            let value: Value = serde_json::from_str(&text(&schema)?).map_err(|error| place(&schema, &error))?;
            print(&questions(&value).map_err(|mistakes| lines(&schema, &mistakes))?.text())
        }
    }
}

fn metadata(path: &Path) -> Result<Metadata, String> {
    let text = text(path)?;
    let mut value = Value::Null;
    for entry in read(&text) {
        match entry {
            Entry::Document(document) if !document.warnings.is_empty() => {
                let warnings = document.warnings.iter().map(|warning| {
                    format!("{}:{}:{}: {}", path.display(), warning.place.line, warning.place.column, warning.message)
                });
                return Err(warnings.collect::<Vec<_>>().join("\n"));
            }
            Entry::Document(document) if value.is_null() => value = document.value,
            Entry::Document(document) => {
                return Err(format!(
                    "{}:{}: expected only one document",
                    path.display(),
                    document.place("", None).line
                ));
            }
            Entry::Broken(broken) => {
                let (line, column) = (broken.line, broken.column);
                return Err(format!("{}:{line}:{column}: {}", path.display(), broken.message));
            }
            Entry::Empty { .. } => {}
        }
    }
    Metadata::read(&value).map_err(|mistakes| lines(path, &mistakes))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| place(path, &error))
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| place(path, &error))
}

fn place(path: &Path, error: &dyn std::error::Error) -> String {
    format!("{}: {error}", path.display())
}

fn lines(path: &Path, mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| place(path, mistake)).collect::<Vec<_>>().join("\n")
}

/// A reader that has enough may go.
fn print(text: &str) -> Result<(), String> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| format!("standard output: {error}")),
    }
}
