//! A real registry: Debian's `docker-registry`, on a free port of loopback, until the test ends.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// A running registry.
#[derive(Debug)]
pub struct Registry {
    server: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Registry {
    /// Starts it, empty.
    ///
    /// # Errors
    /// Where `docker-registry` is not installed, or does not open its port within 30 seconds.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (config, log) = (folder.path().join("config.yml"), folder.path().join("log"));
        let storage = folder.path().join("storage");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:{port}\"}}\n",
            storage.display()
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
        let mut registry = Self { server, port, _folder: folder };
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

    /// A repository in it, as `skopeo` names it; it speaks HTTP.
    pub fn repository(&self, name: &str) -> String {
        format!("docker://127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
