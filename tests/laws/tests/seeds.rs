//! Every seed, every input that once broke a law, and mutations of them, against the laws: what a fuzzer does, for as long
//! as a test may take, everywhere. The mutations are the same in every run.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "a test that fails says where")]

use std::fs;
use std::panic;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use waitwarden_test_laws::{LAWS, Law};

/// Mutations of each law; fewer on a machine that is busy.
const MUTATIONS: u64 = 1_500;
/// The time of the mutations of each law.
const LONGEST: Duration = Duration::from_millis(2_500);

/// What means something to most readers.
const LETTERS: &[u8] = b"\0\n \t,:=/#\"'{}[]-&*!%|0a\xc3";

fn folder(kind: &str, law: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(kind).join(law)
}

/// The files of a folder, by name; none where there is no folder.
fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs a law; what broke it is written down.
#[track_caller]
fn run(law: Law, input: &[u8], name: &str) {
    if let Err(broken) = panic::catch_unwind(|| law(input)) {
        let file = std::env::temp_dir().join(format!("waitwarden-law-{}", name.replace(['/', ' '], "-")));
        fs::write(&file, input).unwrap();
        eprintln!("the law is broken by {name}; the input is in {}", file.display());
        panic::resume_unwind(broken);
    }
}

/// As a fuzzer does it: bytes change, go, come, and come from another input.
fn mutated(random: &mut fastrand::Rng, all: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut input = all[random.usize(..all.len())].1.clone();
    for _ in 0..random.u8(1..=4) {
        let at = random.usize(..=input.len());
        let end = (at + random.usize(..=16)).min(input.len());
        match random.u8(..6) {
            0 if at < input.len() => input[at] = random.u8(..),
            1 => drop(input.drain(at..end)),
            2 => input.insert(at, LETTERS[random.usize(..LETTERS.len())]),
            3 => {
                let part = input[at..end].to_vec();
                input.splice(at..at, part);
            }
            4 => {
                let other = &all[random.usize(..all.len())].1;
                let from = random.usize(..=other.len());
                let to = (from + random.usize(..=64)).min(other.len());
                input.splice(at..end, other[from..to].iter().copied());
            }
            _ if at < input.len() => input[at] ^= 1 << random.u8(..8),
            _ => {}
        }
    }
    input
}

fn replay(name: &str) {
    let Some((name, law)) = LAWS.iter().find(|(known, _)| *known == name) else { return };
    let mut all = inputs(&folder("regressions", name));
    let seeds = inputs(&folder("seeds", name));
    assert!(!seeds.is_empty(), "no seeds for {name}");
    all.extend(seeds);
    for (path, input) in &all {
        run(*law, input, &format!("{name} {}", path.file_name().unwrap().to_string_lossy()));
    }
    let begun = Instant::now();
    let mut random = fastrand::Rng::with_seed(9);
    for nth in 0..MUTATIONS {
        if begun.elapsed() > LONGEST {
            break;
        }
        run(*law, &mutated(&mut random, &all), &format!("{name} mutation {nth}"));
    }
}

#[test]
fn grammar() {
    replay("grammar");
}

#[test]
fn settings() {
    replay("settings");
}

#[test]
fn decision() {
    replay("decision");
}

#[test]
fn manifest() {
    replay("manifest");
}

#[test]
fn answers() {
    replay("answers");
}

#[test]
fn module() {
    replay("module");
}

#[test]
fn guests() {
    replay("guests");
}

/// Every target of the fuzzers has a law here, and the other way around; the modules of `smith` go to `guests`.
#[test]
#[cfg(all(feature = "engine", feature = "wait"))]
fn the_laws_are_the_targets() {
    let targets = inputs(&folder("targets", ""));
    let names = targets.iter().map(|(path, _)| path.file_stem().unwrap().to_string_lossy().into_owned());
    let names: Vec<String> = names.filter(|name| name != "smith").collect();
    let mut laws: Vec<&str> = LAWS.iter().map(|(name, _)| *name).collect();
    laws.sort_unstable();
    assert_eq!(names, laws);
}
