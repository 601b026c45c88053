//! One cell of the matrix: a declaration, the world around it, and what has to come of it.

use serde_json::{Value, json};
use std::any::Any;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;
use waitwarden_test_servers::{DnsServer, Server, TOKEN};
use waitwarden_tests::pod::Sandbox;
use waitwarden_tests::{binary, documents};

/// How long a wait that cannot end well is given: longer than one try may take.
const LONG: &str = "7s";
/// The same where a try ends at once.
const SHORT: &str = "2500ms";
/// Before the world changes.
const LATER: Duration = Duration::from_millis(400);

/// A cell.
pub(crate) struct Cell {
    /// The outcome: its column.
    pub(crate) outcome: &'static str,
    /// What the Pod declares.
    item: String,
    /// The whole wait.
    timeout: &'static str,
    /// Where the API server is.
    api: Option<(String, u16)>,
    token: &'static str,
    api_ca: String,
    /// What the ConfigMap of further authorities holds.
    ca: Option<String>,
    hosts: String,
    resolv_conf: String,
    /// The port of the name server: the tests may not have 53.
    name_server: Option<u16>,
    /// Happens a little later.
    then: Option<Box<dyn FnOnce() + Send>>,
    /// Servers, which end with the cell.
    servers: Vec<Box<dyn Any + Send>>,
    /// The exit code, and why.
    code: i32,
    says: String,
}

impl Cell {
    /// Ends well.
    pub(crate) fn new(outcome: &'static str, item: impl Into<String>) -> Self {
        Self {
            outcome,
            item: item.into(),
            timeout: "30s",
            api: None,
            token: TOKEN,
            api_ca: "no certificate".to_owned(),
            ca: None,
            hosts: "127.0.0.1 localhost\n".to_owned(),
            // Nobody is there.
            resolv_conf: "nameserver 127.0.0.1\noptions ndots:5\n".to_owned(),
            name_server: None,
            then: None,
            servers: Vec::new(),
            code: 0,
            says: String::new(),
        }
    }

    /// Times out, with this reason.
    pub(crate) fn times_out(self, says: impl Into<String>) -> Self {
        Self { timeout: SHORT, code: 69, says: says.into(), ..self }
    }

    /// The same where a try takes its time.
    pub(crate) fn times_out_slowly(self, says: impl Into<String>) -> Self {
        Self { timeout: LONG, ..self.times_out(says) }
    }

    /// Ends for good, with this reason.
    pub(crate) fn fails(self, says: impl Into<String>) -> Self {
        Self { code: 70, says: says.into(), ..self }
    }

    /// Ends well without it, after this reason.
    pub(crate) fn gives_up(self, says: impl Into<String>) -> Self {
        Self { timeout: SHORT, says: says.into(), ..self }
    }

    /// Ends well, with a remark in the log.
    pub(crate) fn remarks(self, says: impl Into<String>) -> Self {
        Self { says: says.into(), ..self }
    }

    /// With this API server.
    pub(crate) fn with_api(self, server: Server) -> Self {
        let address = server.address;
        let (host, port) = (address.ip().to_string(), address.port());
        let ca = if self.api_ca.starts_with("-----") { self.api_ca.clone() } else { server.ca.clone() };
        Self { api: Some((host, port)), api_ca: ca, ..self }.keep(server)
    }

    /// With an API server that is not there.
    pub(crate) fn with_api_at(self, host: &str, port: u16, ca: &str) -> Self {
        Self { api: Some((host.to_owned(), port)), api_ca: ca.to_owned(), ..self }
    }

    /// The API server should be signed by this authority.
    pub(crate) fn api_ca(self, pem: String) -> Self {
        Self { api_ca: pem, ..self }
    }

    /// With this token.
    pub(crate) fn token(self, token: &'static str) -> Self {
        Self { token, ..self }
    }

    /// With this further authority.
    pub(crate) fn ca(self, pem: impl Into<String>) -> Self {
        Self { ca: Some(pem.into()), ..self }
    }

    /// With this line in `/etc/hosts`.
    pub(crate) fn host(mut self, line: &str) -> Self {
        self.hosts = format!("{}{line}\n", self.hosts);
        self
    }

    /// With this name server and this `ndots`, and the search list of a Pod in the namespace `shop`.
    pub(crate) fn name_server(self, server: &DnsServer, ndots: usize) -> Self {
        let search = "shop.svc.cluster.local svc.cluster.local cluster.local";
        let resolv_conf = format!("search {search}\nnameserver 127.0.0.1\noptions ndots:{ndots}\n");
        Self { resolv_conf, name_server: Some(server.port), ..self }
    }

    /// What happens a little later.
    pub(crate) fn then(self, then: impl FnOnce() + Send + 'static) -> Self {
        Self { then: Some(Box::new(then)), ..self }
    }

    /// Keeps a server running.
    pub(crate) fn keep(mut self, server: impl Any + Send) -> Self {
        self.servers.push(Box::new(server));
        self
    }

    /// The target, as messages name it.
    fn target(&self) -> &str {
        self.item.split(' ').next().unwrap_or_default()
    }

    /// The Pod that declares it.
    fn pod(&self, at: usize) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": format!("cell-{at}"),
                "annotations": { "waitwarden.io/depends-on": self.item, "waitwarden.io/timeout": self.timeout },
            },
            "spec": { "containers": [{ "name": "app", "image": "app" }] },
        })
    }

    /// Runs its container.
    fn run(mut self, container: &Value) {
        let of = |name: &str| {
            let mounts = container["volumeMounts"].as_array().into_iter().flatten();
            mounts.into_iter().find(|mount| mount["name"] == name).and_then(|mount| mount["mountPath"].as_str())
        };
        let account = [("token", self.token), ("ca.crt", self.api_ca.as_str()), ("namespace", "shop")];
        let mut sandbox = match of("waitwarden-api-access") {
            Some(mount) => Sandbox::new(mount, &account),
            None => Sandbox::new("/nothing", &[]),
        }
        .and_then(|sandbox| sandbox.hosts(&self.hosts)?.resolv_conf(&self.resolv_conf))
        .expect("the image: run `make wait`");
        if let (Some(mount), Some(ca)) = (of("waitwarden-ca"), &self.ca) {
            // An optional ConfigMap that is missing is an empty volume.
            let files: &[(&str, &str)] = if ca.is_empty() { &[] } else { &[("ca.crt", ca.as_str())] };
            sandbox = sandbox.volume(mount, files).unwrap();
        }
        let mut variables = Vec::new();
        if let Some((host, port)) = &self.api {
            variables.push(("KUBERNETES_SERVICE_HOST", host.clone()));
            variables.push(("KUBERNETES_SERVICE_PORT", port.to_string()));
        }
        variables.extend(self.name_server.map(|port| ("WAITWARDEN_DNS_PORT", port.to_string())));
        let mut command = sandbox.command(container, &variables);
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("bwrap runs");
        if let Some(then) = self.then.take() {
            std::thread::sleep(LATER);
            then();
        }
        let output = child.wait_with_output().unwrap();
        let log = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(!log.contains("secret-token"), "the token is in the log: {log}");
        let what = format!("{} of {}\n{log}", self.outcome, self.item);
        assert_eq!(output.status.code(), Some(self.code), "{what}");
        let (target, message) = (self.target(), sandbox.termination_message());
        if self.code == 0 {
            assert_eq!(message, "", "{what}");
            let last = log.lines().last().unwrap_or_default();
            assert!(last.starts_with("ready after "), "{what}");
            let (_, found) = last.split_once(": ").unwrap_or_default();
            let given_up = self.item.contains("required=false");
            let (kind, _) = self.says.split_once(':').unwrap_or((&self.says, ""));
            let wanted =
                if given_up { format!("given up, not required: {target} ({kind})") } else { target.to_owned() };
            assert_eq!(found, wanted, "{what}");
            assert!(log.contains(&self.says), "{} is not said: {what}", self.says);
        } else {
            let (first, rest) = message.split_once('\n').unwrap_or_default();
            let word = if self.code == 69 { "timed out after " } else { "failed for good after " };
            assert!(first.starts_with(word), "{what}{message}");
            assert_eq!(rest, format!("{target}: {}", self.says), "{what}");
        }
    }
}

/// Runs all cells at once: nearly all of their time is waiting.
#[track_caller]
pub(crate) fn run(cells: Vec<Cell>) {
    let pods: Vec<Value> = cells.iter().enumerate().map(|(at, cell)| cell.pod(at)).collect();
    let containers = wait_containers(&pods);
    assert_eq!(containers.len(), cells.len());
    std::thread::scope(|scope| {
        for (cell, container) in cells.into_iter().zip(&containers) {
            scope.spawn(move || cell.run(container));
        }
    });
}

/// The wait containers that the policy gives to these Pods.
pub(crate) fn wait_containers(pods: &[Value]) -> Vec<Value> {
    let pods: Vec<String> = pods.iter().map(Value::to_string).collect();
    let settings = tempfile::Builder::new().suffix(".yaml").tempfile().unwrap();
    let text = "wait: {interval: 500ms, caConfigMap: {name: company-ca, key: ca.pem}}\n";
    std::fs::write(settings.path(), text).unwrap();
    let mut command = Command::new(binary("waitwarden"));
    let mut child = command
        .args(["render", "--settings"])
        .arg(settings.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("waitwarden runs");
    child.stdin.take().unwrap().write_all(pods.join("\n---\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rendered = documents(&String::from_utf8(output.stdout).expect("UTF-8"));
    rendered.into_iter().map(|document| document.value["spec"]["initContainers"][0].clone()).collect()
}
