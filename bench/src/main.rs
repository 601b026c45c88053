//! Measures what the budgets speak of, and prints tables: `make bench`. It fails nothing: machines differ.
//!
//! `waitwarden-bench all RESULTS COMMAND MODULE WAIT` measures everything and compares it with the committed results;
//! `record` with the same arguments commits what it measures. `evaluation [FILE]` measures a policy alone, `profile` evaluates for
//! `perf` to look at, and `load FILE PODS MINUTES` counts what many waiting Pods ask the API server.
#![expect(clippy::print_stdout, reason = "the tables are all that it is for")]

use std::path::Path;
use std::process::ExitCode;
use waitwarden_bench::figure::{Error, Figure};
use waitwarden_bench::record::Record;
use waitwarden_bench::{evaluation, lint, load, module, peer, program, wait};

const USAGE: &str = "usage: waitwarden-bench all|record RESULTS COMMAND MODULE WAIT | evaluation [FILE] | profile FILE EVALUATIONS | load FILE PODS MINUTES";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Error> {
    match *words {
        [program::MEASURE, command, ref arguments @ ..] => program::measure(command, arguments),
        [what @ ("all" | "record"), results, command, module, wait] => {
            let results = Path::new(results);
            let committed = Record::read(results)?;
            let mut all = Vec::new();
            for (title, measured) in sections(Path::new(command), Path::new(module), Path::new(wait)) {
                let figures = measured()?;
                println!("\n## {title}\n\n{}", Figure::table(&figures, &committed));
                all.extend(figures);
            }
            if what == "record" { Record::of(&all).write(results) } else { Ok(()) }
        }
        ["evaluation"] => {
            print(&evaluation::measure(None)?);
            Ok(())
        }
        ["evaluation", file] => {
            print(&evaluation::measure(Some(&std::fs::read(file)?))?);
            Ok(())
        }
        ["profile", file, evaluations] => {
            evaluation::profile(&std::fs::read(file)?, evaluations.parse().map_err(|_| USAGE)?)
        }
        ["load", file, pods, minutes] => match (pods.parse(), minutes.parse()) {
            (Ok(pods), Ok(minutes)) => {
                print(&load::measure(Path::new(file), pods, minutes)?);
                Ok(())
            }
            _ => Err(USAGE.into()),
        },
        _ => Err(USAGE.into()),
    }
}

/// What is measured, when it is asked for.
type Measured<'a> = Box<dyn Fn() -> Result<Vec<Figure>, Error> + 'a>;

fn sections<'a>(command: &'a Path, annotated: &'a Path, program: &'a Path) -> [(&'static str, Measured<'a>); 4] {
    [
        ("The module", Box::new(module::measure)),
        ("One evaluation", Box::new(|| evaluation::measure(None))),
        (
            "The command line",
            Box::new(|| {
                let mut figures = lint::measure(command)?;
                figures.extend(peer::measure(annotated)?);
                Ok(figures)
            }),
        ),
        ("The wait program", Box::new(|| wait::measure(program))),
    ]
}

fn print(figures: &[Figure]) {
    print!("{}", Figure::table(figures, &Record::default()));
}
