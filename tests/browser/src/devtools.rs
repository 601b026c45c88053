//! A browser, told what to do over the `DevTools` protocol. Only what is used of it is here: the crates that know all of it
//! are fifty thousand generated lines, and a command is a name and some JSON.
//!
//! Source: <https://chromedevtools.github.io/devtools-protocol/>.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket, stream::MaybeTlsStream};

/// Names that Chromium goes by.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// A browser that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Chromium of its own, with a profile of its own; it ends with this value.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    last: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Panics
    /// Where there is no Chromium, with what to install.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut child = NAMES.iter().find_map(|name| launch(name, &profile)).unwrap_or_else(|| {
            panic!(
                "the playground is tested in Chromium, which is missing. Install it as root: apt-get install chromium"
            )
        });
        let stderr = child.stderr.take().expect("its standard error");
        let (sender, receiver) = std::sync::mpsc::channel();
        // It is read to the end, or the browser stands still some day.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut said = String::new();
        let address = loop {
            let line = receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("Chromium does not start:\n{said}"));
            if let Some(address) = line.strip_prefix("DevTools listening on ") {
                break address.to_owned();
            }
            said.push_str(&line);
            said.push('\n');
        };
        let (socket, _) = tungstenite::connect(&address).expect("its DevTools");
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        }
        Self { child, socket, last: 0, events: Vec::new(), _profile: profile }
    }

    /// Does something in a session, or in the browser; what came of it.
    pub fn call(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> Value {
        let number = self.send(session, method, parameters);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let message = self.read();
            if message["id"] == number {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.keep(message);
        }
        panic!("{method}: no answer");
    }

    fn send(&mut self, session: Option<&str>, method: &str, parameters: &Value) -> u64 {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = session {
            command["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(command.to_string())).expect("DevTools");
        self.last
    }

    fn read(&mut self) -> Value {
        loop {
            match self.socket.read().expect("DevTools") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(_) => panic!("Chromium is gone"),
                _ => {}
            }
        }
    }

    /// Keeps an event. A worker that has just been started waits until its own events are wanted.
    fn keep(&mut self, event: Value) {
        if event["method"] == "Target.attachedToTarget" {
            let session = event["params"]["sessionId"].as_str().unwrap_or_default().to_owned();
            for method in ["Runtime.enable", "Network.enable", "Runtime.runIfWaitingForDebugger"] {
                self.send(Some(&session), method, &json!({}));
            }
        }
        if event["method"].is_string() {
            self.events.push(event);
        }
    }

    /// All that happened, everywhere.
    pub fn events(&self) -> &[Value] {
        &self.events
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(name: &str, profile: &TempDir) -> Option<Child> {
    let mut command = Command::new(name);
    command
        .args(["--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"])
        .args(["--disable-dev-shm-usage", "--force-color-profile=srgb", "--lang=en"])
        // Whatever is asked of others is not answered.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        .arg(format!("--user-data-dir={}", profile.path().display()));
    // Root, as in containers, may not have the sandbox; the page is our own.
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.arg("--no-sandbox");
    }
    command.arg("about:blank").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()
}
