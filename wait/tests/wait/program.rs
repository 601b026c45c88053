//! Runs the binary, and makes what it said comparable.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use waitwarden_test_servers::Server;
pub(crate) use waitwarden_test_servers::TOKEN;

/// A run that is being set up: the folders of a Pod in the namespace `rec`.
pub(crate) struct Program {
    folder: TempDir,
    command: Command,
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
        fs::write(at("termination-log"), "").unwrap();
        fs::write(at("hosts"), "127.0.0.1 localhost\n").unwrap();
        // Nobody is there.
        fs::write(at("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_waitwarden-wait"));
        command
            .env_clear()
            .env("WAITWARDEN_SERVICE_ACCOUNT_DIR", at("account"))
            .env("WAITWARDEN_TERMINATION_LOG", at("termination-log"))
            .env("WAITWARDEN_ETC", folder.path())
            .env("WAITWARDEN_DNS_PORT", "1")
            .arg("--interval=20ms")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let names = vec![(folder.path().display().to_string(), "DIR".to_owned())];
        Self { folder, command, names }
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
        self.command.arg(option);
        self
    }

    /// Starts it, to wait for these.
    pub(crate) fn start(mut self, targets: &[&str]) -> Running {
        let child = self.command.arg("--").args(targets).spawn().unwrap();
        Running { program: self, child }
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
        running.outcome(said)
    }

    /// Runs it without `--`; its stdout.
    pub(crate) fn prints(mut self) -> (Option<i32>, String) {
        let output = self.command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

/// A run.
pub(crate) struct Running {
    program: Program,
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
        self.outcome(said)
    }

    fn outcome(self, said: String) -> Outcome {
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
        let mut text = said;
        let mut termination = fs::read_to_string(self.program.path("termination-log")).unwrap();
        for text in [&mut text, &mut termination] {
            assert!(!text.contains("secret-token"), "{text}");
            for (from, to) in &self.program.names {
                *text = text.replace(from, to);
            }
            *text = without_times(text);
        }
        Outcome { code: output.status.code(), lines: text.lines().map(str::to_owned).collect(), termination }
    }
}

impl Outcome {
    /// Exactly this.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, lines: &[&str]) {
        assert_eq!((self.code, self.lines.join("\n")), (Some(code), lines.join("\n")));
    }
}

/// `after 12s` becomes `after Ns`.
fn without_times(text: &str) -> String {
    let mut parts = text.split("after ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str("after ");
        out.push_str(if rest.len() < part.len() { "N" } else { "" });
        out.push_str(rest);
    }
    out
}
