//! Runs the binary, and makes what it said comparable.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use waitwarden_test_servers::Server;
pub(crate) use waitwarden_test_servers::TOKEN;

/// How long a line may take that has to come; how long it does take, no test depends on.
const PATIENCE: Duration = Duration::from_mins(1);

/// A run that is being set up: the folders of a Pod in the namespace `rec`.
pub(crate) struct Program {
    folder: TempDir,
    command: Command,
    /// Options behind the first argument.
    options: Vec<String>,
    /// What stands for a port or an address in the output.
    names: Vec<(String, String)>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// Lines on stderr: `DIR` for the folder, `API` for the API server, and `after Ns` for a time.
    pub(crate) lines: Vec<String>,
    /// The termination message.
    pub(crate) termination: String,
}

impl Program {
    /// With no API server in sight.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("hosts"), "127.0.0.1 localhost\n").unwrap();
        // Nobody is there.
        fs::write(at("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        fs::create_dir(at("state")).unwrap();
        Self::within(folder)
    }

    /// In the folder of another run: the container starts again.
    pub(crate) fn within(folder: TempDir) -> Self {
        let at = |name: &str| folder.path().join(name);
        fs::write(at("termination-log"), "").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden-wait"));
        command
            .env_clear()
            .env("WAITWARDEN_SERVICE_ACCOUNT_DIR", at("account"))
            .env("WAITWARDEN_TERMINATION_LOG", at("termination-log"))
            .env("WAITWARDEN_STATE_DIR", at("state"))
            .env("WAITWARDEN_ETC", folder.path())
            .env("WAITWARDEN_DNS_PORT", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let names = vec![(folder.path().display().to_string(), "DIR".to_owned())];
        Self { folder, command, options: vec!["--interval=20ms".to_owned()], names }
    }

    /// With this first argument, and no options yet.
    pub(crate) fn command(mut self, word: &str) -> Self {
        self.command.arg(word);
        self.options.clear();
        self
    }

    /// With an API server and a service account.
    pub(crate) fn with_api(server: &Server) -> Self {
        let mut program = Self::new();
        program.names.push((server.address.to_string(), "API".to_owned()));
        program
            .command
            .env("KUBERNETES_SERVICE_HOST", server.address.ip().to_string())
            .env("KUBERNETES_SERVICE_PORT", server.address.port().to_string());
        fs::create_dir(program.path("account")).unwrap();
        program.file("account/token", TOKEN).file("account/namespace", "rec\n").file("account/ca.crt", &server.ca)
    }

    /// Shows this text as that one.
    pub(crate) fn name(mut self, text: &dyn ToString, name: &str) -> Self {
        self.names.push((text.to_string(), name.to_owned()));
        self
    }

    /// With a file in its folder.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    /// Without a file.
    pub(crate) fn without(self, name: &str) -> Self {
        fs::remove_file(self.path(name)).unwrap();
        self
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// With a variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With an option in front of `--`.
    pub(crate) fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// Starts it, to wait for these.
    pub(crate) fn start(mut self, targets: &[&str]) -> Running {
        let child = self.command.args(&self.options).arg("--").args(targets).spawn().unwrap();
        Running { program: self, child }
    }

    /// Starts it, to be listened to while it runs.
    pub(crate) fn listen(self, targets: &[&str]) -> Listening {
        let mut running = self.start(targets);
        let stderr = BufReader::new(running.child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Listening { running, lines, heard: String::new() }
    }

    /// Runs it to its end.
    pub(crate) fn wait_for(self, targets: &[&str]) -> Outcome {
        self.start(targets).end()
    }

    /// Runs it until it has said so many lines, then stops it with SIGTERM: no clock decides what is seen.
    pub(crate) fn stop_after(self, lines: usize, targets: &[&str]) -> Outcome {
        let mut running = self.option("--timeout=30s").start(targets);
        let mut stderr = BufReader::new(running.child.stderr.take().unwrap());
        let mut said = String::new();
        for _ in 0..lines {
            stderr.read_line(&mut said).unwrap();
        }
        running.signal("TERM");
        stderr.read_to_string(&mut said).unwrap();
        running.outcome(&said)
    }

    /// A text as tests compare it.
    pub(crate) fn comparable(&self, text: &str) -> String {
        assert!(!text.contains("secret-token"), "{text}");
        let named = self.names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        without_times(&without_times(&named, "after "), "another ")
    }

    /// Runs it without `--`; its stdout.
    pub(crate) fn prints(mut self) -> (Option<i32>, String) {
        let output = self.command.args(&self.options).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

/// A run.
pub(crate) struct Running {
    pub(crate) program: Program,
    child: Child,
}

impl Running {
    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Replaces a file in its folder.
    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.program.path(name), text).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Outcome {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        self.outcome(&said)
    }

    fn outcome(self, said: &str) -> Outcome {
        self.outcome_and_folder(said).0
    }

    fn outcome_and_folder(self, said: &str) -> (Outcome, TempDir) {
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        let termination = fs::read_to_string(self.program.path("termination-log")).unwrap();
        let (text, termination) = (self.program.comparable(said), self.program.comparable(&termination));
        let lines = text.lines().map(str::to_owned).collect();
        (Outcome { code: output.status.code(), lines, termination }, self.program.folder)
    }
}

/// A run whose lines are read as they come.
pub(crate) struct Listening {
    pub(crate) running: Running,
    lines: Receiver<String>,
    /// What was said so far.
    heard: String,
}

impl Listening {
    /// Waits until it says this line, as [`Outcome`] would have it.
    #[track_caller]
    pub(crate) fn hears(&mut self, wanted: &str) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            assert!(line.is_ok(), "`{wanted}` was not said, but:\n{}", self.heard);
            let line = line.unwrap();
            self.heard.push_str(&line);
            self.heard.push('\n');
            if self.running.program.comparable(&line) == wanted {
                return;
            }
        }
    }

    /// Waits for its end.
    pub(crate) fn end(self) -> Outcome {
        self.end_in().0
    }

    /// Waits for its end; the folder that it ran in.
    pub(crate) fn end_in(mut self) -> (Outcome, TempDir) {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.heard.push_str(&line);
            self.heard.push('\n');
        }
        self.running.outcome_and_folder(&self.heard)
    }

    /// What `check` says meanwhile.
    pub(crate) fn check(&self) -> (Option<i32>, String) {
        let (code, said) = check(self.running.program.folder.path(), &[]);
        (code, self.running.program.comparable(&said))
    }

    /// Stops it with SIGTERM.
    pub(crate) fn stop(self) -> Outcome {
        self.running.signal("TERM");
        self.end()
    }
}

impl Outcome {
    /// Exactly this.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, lines: &[&str]) {
        assert_eq!((self.code, self.lines.join("\n")), (Some(code), lines.join("\n")));
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs `check` against the state in a folder, with nothing else around it: its code and its stdout.
pub(crate) fn check(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden-wait"));
    command.env_clear().env("WAITWARDEN_STATE_DIR", folder.join("state"));
    command.env("WAITWARDEN_TERMINATION_LOG", folder.join("termination-log"));
    let output = command.arg("check").args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    (output.status.code(), said.replace(&folder.display().to_string(), "DIR"))
}

/// `after 1m30s` becomes `after Ns`.
fn without_times(text: &str, word: &str) -> String {
    let mut parts = text.split(word);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(word);
        if rest.len() == part.len() {
            out.push_str(part);
            continue;
        }
        out.push('N');
        // Minutes in front of the seconds.
        let seconds = rest.strip_prefix('m').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        out.push_str(seconds.filter(|rest| rest.starts_with('s')).unwrap_or(rest));
    }
    out
}
