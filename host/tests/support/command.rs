//! The command, run in a folder, with what it printed and how it ended.
#![allow(dead_code, reason = "each test file uses some of it")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What a run printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

/// A folder with files, which are gone with it.
#[derive(Debug)]
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Everything in it, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        run_in(self.0.path(), args, "", Duration::from_mins(2))
    }

    pub(crate) fn feed(&self, args: &[&str], stdin: &str) -> Run {
        run_in(self.0.path(), args, stdin, Duration::from_mins(2))
    }
}

/// Runs it, and ends it where it takes longer than it may.
pub(crate) fn run_in(folder: &Path, args: &[&str], stdin: &str, most: Duration) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden"));
    command.args(args).current_dir(folder).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that reads nothing may close its end first.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || std::io::read_to_string(&mut out));
    let err = std::thread::spawn(move || std::io::read_to_string(&mut err));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > most {
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(begun.elapsed() <= most, "{args:?} takes longer than {most:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Run { out: out.join().unwrap().unwrap(), err: err.join().unwrap().unwrap(), code: status.code().unwrap_or(-1) }
}
