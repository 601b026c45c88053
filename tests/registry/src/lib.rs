//! A real registry: Debian's `docker-registry`, on a free port of loopback, until the test ends. And what can go wrong on the
//! way to it: [`Between`].

mod between;

pub use between::{Between, deaf};

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// A running registry.
#[derive(Debug)]
pub struct Registry {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Registry {
    /// Starts it, empty, for everybody, over HTTP.
    ///
    /// # Errors
    /// Where `docker-registry` is not installed, or does not open its port within 30 seconds.
    pub fn start() -> io::Result<Self> {
        Self::with(|_| Ok(Default::default()))
    }

    /// Starts one that wants a password. `accounts` is the text of an htpasswd file, with bcrypt as `docker-registry` wants it.
    ///
    /// # Errors
    /// As [`Registry::start`].
    pub fn guarded(accounts: &str) -> io::Result<Self> {
        Self::with(|folder| {
            let path = folder.join("htpasswd");
            fs::write(&path, accounts)?;
            Ok((String::new(), format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", path.display())))
        })
    }

    /// Starts one that speaks HTTPS, with a certificate and its key, both PEM.
    ///
    /// # Errors
    /// As [`Registry::start`].
    pub fn secured(certificate: &str, key: &str) -> io::Result<Self> {
        Self::with(|folder| {
            // It opens its port first and reads these afterwards, so they stay as long as it does.
            let (first, second) = (folder.join("certificate.pem"), folder.join("key.pem"));
            fs::write(&first, certificate)?;
            fs::write(&second, key)?;
            Ok((format!(", tls: {{certificate: {}, key: {}}}", first.display(), second.display()), String::new()))
        })
    }

    /// What `more` gives stands behind the address, and behind everything.
    fn with(more: impl Fn(&Path) -> io::Result<(String, String)>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let (tls, rest) = more(folder.path())?;
        let (config, log) = (folder.path().join("config.yml"), folder.path().join("log"));
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:{port}\"{tls}}}\n{}",
            folder.path().join("storage").display(),
            rest
        );
        fs::write(&config, text)?;
        let server = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .map_err(|error| {
                io::Error::other(format!("docker-registry: {error}; install it, `make tools` says how"))
            })?;
        let mut registry = Self { server, port, folder };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = registry.server.try_wait()?.is_some();
            if ended || started.elapsed() > Duration::from_secs(30) {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(io::Error::other(format!("docker-registry does not answer: {log}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(registry)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its name in references: address and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A repository in it, as `skopeo` names it; it speaks HTTP.
    pub fn repository(&self, name: &str) -> String {
        format!("docker://127.0.0.1:{}/{name}", self.port)
    }

    /// The file that holds a blob or a manifest, `sha256:…`, on the registry's disk.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        let storage = self.folder.path().join("storage/docker/registry/v2/blobs/sha256");
        storage.join(hex.get(..2).unwrap_or_default()).join(hex).join("data")
    }
}

/// A port that nobody listens on, below those that the system gives to connections; no other test of this process gets it.
fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Programs of tests may run side by side.
    let first = u16::try_from(std::process::id() % 100).unwrap_or_default() * 100;
    for _ in 0..100 {
        let port = 20_000 + first + NEXT.fetch_add(1, Ordering::Relaxed) % 100;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no port is free"))
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
