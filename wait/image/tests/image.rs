//! The program that `make image` runs: what it refuses, and that the same input gives the same bytes.
#![expect(clippy::expect_used, reason = "a test that fails says where")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};
use waitwarden_image::{Platform, Program, ProgramError};

/// A static ELF program of a machine, with one segment.
fn elf(machine: u16, entry: u64, segment: u32) -> Vec<u8> {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for half in [2, machine] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(1_u32.to_le_bytes());
    for wide in [entry, 64, 0] {
        bytes.extend(wide.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [segment, 5] {
        bytes.extend(word.to_le_bytes());
    }
    // Offset, addresses, sizes, alignment; the content is behind this header.
    for wide in [120_u64, 0x40_0078, 0x40_0078, 10, 10, 4096] {
        bytes.extend(wide.to_le_bytes());
    }
    bytes.extend(b"/lib/ld.x\0");
    bytes
}

const X86_64: u16 = 62;
const AARCH64: u16 = 183;
const LOAD: u32 = 1;
const INTERPRETER: u32 = 3;

fn refused(platform: Platform, bytes: Vec<u8>) -> ProgramError {
    Program::new(platform, bytes).expect_err("it is refused")
}

#[test]
fn only_a_static_program_of_the_platform_goes_in() {
    let program = Program::new(Platform::Arm64, elf(AARCH64, 0x40_0078, LOAD)).expect("a static program");
    assert_eq!((program.platform(), program.bytes()), (Platform::Arm64, &*elf(AARCH64, 0x40_0078, LOAD)));
    assert_eq!(
        refused(Platform::Amd64, elf(AARCH64, 1, LOAD)).to_string(),
        "built for another processor (ELF machine 183); expected amd64: build it with `--target x86_64-unknown-linux-musl`"
    );
    assert_eq!(
        refused(Platform::Amd64, elf(X86_64, 1, INTERPRETER)),
        ProgramError::NeedsLoader("/lib/ld.x".to_owned())
    );
    assert_eq!(refused(Platform::Amd64, elf(X86_64, 0, LOAD)), ProgramError::NotAProgram);
    for text in ["", "#!/bin/sh\n", "\x7fELF"] {
        let error = refused(Platform::Amd64, text.as_bytes().to_vec());
        assert!(matches!(error, ProgramError::NotElf(_)), "{text}: {error}");
    }
}

#[test]
fn a_program_that_needs_a_loader_is_refused_by_name() {
    let own = std::env::current_exe().expect("this test");
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), "022", &format!("--binary amd64={} out", own.display()));
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{message}");
    let start = format!("waitwarden-image: {}: needs the loader /lib", own.display());
    assert!(message.starts_with(&start), "{message}");
    assert!(!folder.path().join("out").exists(), "nothing is written");
}

#[test]
fn wrong_arguments_are_said() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("program"), elf(X86_64, 1, LOAD)).expect("write");
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    fs::write(folder.path().join("mine/letters"), "").expect("write");
    for (arguments, message) in [
        ("--binary mips=program out", "no platform is called `mips`; expected one of amd64, arm64"),
        ("--binary program out", "expected ARCH=FILE, such as amd64=waitwarden-wait"),
        ("--binary amd64=nothing out", "waitwarden-image: nothing: No such file or directory"),
        ("--binary amd64=program --binary amd64=program out", "--binary amd64=… was given twice"),
        ("--binary amd64=program mine", "mine: there is something that is not an OCI layout"),
    ] {
        let output = run(folder.path(), "022", arguments);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(!output.status.success() && said.contains(message), "{arguments}: {said}");
    }
    assert!(folder.path().join("mine/letters").exists(), "what was there is there");
}

/// Runs it in a folder under a file mode mask.
fn run(folder: &Path, mask: &str, arguments: &str) -> Output {
    let line = format!("umask {mask} && exec \"$0\" {arguments}");
    let mut command = Command::new("sh");
    command.current_dir(folder).args(["-c", &line, env!("CARGO_BIN_EXE_waitwarden-image")]);
    command.output().expect("sh runs")
}

/// Every file under a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(folder).expect("inside").to_path_buf();
                files.insert(name, fs::read(&entry).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn the_same_programs_give_the_same_bytes() {
    let build = |mask: &str, age: u64, arguments: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, machine) in [("a", X86_64), ("b", AARCH64)] {
            let path = folder.path().join(name);
            fs::write(&path, elf(machine, 1, LOAD)).expect("write");
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
            File::options().write(true).open(&path).and_then(|file| file.set_modified(modified)).expect("a time");
        }
        let output = run(folder.path(), mask, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        files(&folder.path().join("deep/out"))
    };
    let first = build("022", 1_000_000_000, "--binary amd64=a --binary arm64=b deep/out");
    // Two manifests with a configuration and a layer each, the index, the bill of materials with its manifest and empty
    // configuration, and the two files on top.
    assert_eq!(first.len(), 2 * 3 + 1 + 3 + 2, "{:?}", first.keys());
    let second = build("077", 1_700_000_000, "--binary arm64=$PWD/b --binary amd64=./a $PWD/deep/out");
    assert!(first == second, "{:?}\n{:?}", first.keys(), second.keys());
    let later = build("022", 1_000_000_000, "--created 86400 --binary amd64=a --binary arm64=b deep/out");
    let text = later.values().map(|bytes| String::from_utf8_lossy(bytes)).collect::<String>();
    assert!(text.contains(r#""created":"1970-01-02T00:00:00Z""#), "the time that was asked for");
    assert!(!text.contains("1970-01-01"), "and no other");
}

#[test]
fn a_layout_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |entry: u64| {
        fs::write(folder.path().join("program"), elf(X86_64, entry, LOAD)).expect("write");
        let output = run(folder.path(), "022", "--binary amd64=program out");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        files(&folder.path().join("out"))
    };
    let (first, second) = (write(1), write(2));
    assert_eq!(first.len(), second.len(), "nothing of the first is left");
    assert!(first != second, "another program is another image");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["out", "program"]);
}
