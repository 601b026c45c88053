//! Readiness probes: how they are declared, written into a container, and whether one that is there can work.
//!
//! ```text
//! readiness = "none" | handler *( blank option )
//! handler   = ("http" | "https") "://:" PORT [PATH] | "tcp://:" PORT | "grpc://:" NUMBER ["/" SERVICE]
//! option    = ("delay" | "period" | "timeout") "=" DURATION | "failures" "=" NUMBER
//! ```

use crate::dependency::{ParseError, is_port_name};
use crate::duration;
use crate::finding::{compact, shown};
use crate::path::at;
use serde_json::{Map, Value, json};

/// A probe as it was declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it does.
    pub handler: Handler,
    /// `initialDelaySeconds`
    pub delay: Option<u64>,
    /// `periodSeconds`
    pub period: Option<u64>,
    /// `timeoutSeconds`
    pub timeout: Option<u64>,
    /// `failureThreshold`
    pub failures: Option<u64>,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handler {
    /// `httpGet`
    Http {
        /// Scheme HTTPS.
        tls: bool,
        /// Number or name.
        port: String,
        /// Begins with `/`.
        path: String,
    },
    /// `tcpSocket`
    Tcp {
        /// Number or name.
        port: String,
    },
    /// `grpc`
    Grpc {
        /// A number: Kubernetes knows no named port here.
        port: String,
        /// The service asked about.
        service: String,
    },
}

impl Handler {
    /// The port, as it was written.
    pub fn port(&self) -> &str {
        match self {
            Self::Http { port, .. } | Self::Tcp { port } | Self::Grpc { port, .. } => port,
        }
    }
}

const FORM: &str = "write `http://:PORT/PATH`, `https://:PORT/PATH`, `tcp://:PORT`, `grpc://:PORT[/SERVICE]` or `none`";

/// Reads the value of a `readiness` annotation; `Ok(None)` is `none`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(text: &str) -> Result<Option<Probe>, Vec<ParseError>> {
    let mut words = crate::dependency::words(text);
    let Some((span, word)) = words.next() else {
        return Err(vec![ParseError::new(0..text.len(), "no probe is named", FORM)]);
    };
    let mut errors = Vec::new();
    let handler = match handler(word) {
        Ok(handler) => handler,
        Err(message) => {
            errors.push(ParseError::new(span, message, FORM));
            None
        }
    };
    let (mut delay, mut period, mut timeout, mut failures) = (None, None, None, None);
    for (span, word) in words {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let seconds = |least| {
            duration::parse(value).and_then(|time| {
                let seconds = time.millis / 1000;
                let fits = time.millis.is_multiple_of(1000) && (least..=86_400).contains(&seconds);
                fits.then_some(seconds)
                    .ok_or_else(|| format!("`{value}` does not fit; probes count whole seconds, from {least}"))
            })
        };
        let (slot, read) = match key {
            "delay" => (&mut delay, seconds(0)),
            "period" => (&mut period, seconds(1)),
            "timeout" => (&mut timeout, seconds(1)),
            "failures" => (
                &mut failures,
                value
                    .parse()
                    .ok()
                    .filter(|n| (1..=10_000).contains(n))
                    .ok_or_else(|| format!("`{value}` is no number from 1")),
            ),
            _ => {
                errors.push(ParseError::new(
                    span,
                    format!("there is no option `{key}`"),
                    "the options are `delay=`, `period=`, `timeout=` and `failures=`",
                ));
                continue;
            }
        };
        match read {
            Ok(_) if slot.is_some() => {
                errors.push(ParseError::new(span, format!("the option `{key}` is given twice"), "write it once"));
            }
            Ok(value) => *slot = Some(value),
            Err(message) => errors.push(ParseError::new(
                span,
                message,
                format!("for example `{key}=5{}`", if key == "failures" { "" } else { "s" }),
            )),
        }
    }
    if handler.is_none() && errors.is_empty() && [delay, period, timeout, failures].iter().any(Option::is_some) {
        errors.push(ParseError::new(0..text.len(), "`none` has no options", "leave them out"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(handler.map(|handler| Probe { handler, delay, period, timeout, failures }))
}

/// Reads the first word; `Ok(None)` is `none`.
fn handler(word: &str) -> Result<Option<Handler>, String> {
    if word == "none" {
        return Ok(None);
    }
    let Some((scheme, rest)) = crate::search::cut(word, "://") else {
        return Err(format!("`{word}` is no probe"));
    };
    let Some(rest) = rest.strip_prefix(':') else {
        return Err(format!("`{word}` names a host; the kubelet asks the Pod itself, so only `:PORT` can be named"));
    };
    let (port, path) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
        Some((port, path)) => (port, path),
        None => (rest, ""),
    };
    let numeric = port.parse::<u16>().is_ok_and(|number| number != 0 && number.to_string() == port);
    if !numeric && !is_port_name(port) {
        return Err(format!("`{port}` is no port"));
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("`{path}` is no path of a URL"));
    }
    let port = port.to_owned();
    match scheme {
        "http" | "https" => Ok(Some(Handler::Http {
            tls: scheme == "https",
            port,
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
        })),
        "tcp" if path.is_empty() => Ok(Some(Handler::Tcp { port })),
        "tcp" => Err(format!("a connection has no path, and here is `{path}`")),
        "grpc" if numeric => {
            Ok(Some(Handler::Grpc { port, service: path.strip_prefix('/').unwrap_or_default().to_owned() }))
        }
        "grpc" => Err(format!("a gRPC probe needs a port number, and `{port}` is a name")),
        _ => Err(format!("there is no probe `{scheme}://`")),
    }
}

impl std::fmt::Display for Handler {
    /// As it is declared.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http { tls, port, path } => write!(f, "http{}://:{port}{path}", if *tls { "s" } else { "" }),
            Self::Tcp { port } => write!(f, "tcp://:{port}"),
            Self::Grpc { port, service } if service.is_empty() => write!(f, "grpc://:{port}"),
            Self::Grpc { port, service } => write!(f, "grpc://:{port}/{service}"),
        }
    }
}

impl Probe {
    /// The probe as Kubernetes writes it; `defaults` is the setting `readiness.probe`.
    pub fn render(&self, defaults: &Map<String, Value>) -> Value {
        let port = |port: &str| port.parse::<u16>().map_or_else(|_| json!(port), |number| json!(number));
        let mut probe = Map::new();
        match &self.handler {
            Handler::Http { tls, port: at, path } => {
                let mut get = Map::new();
                get.insert("path".to_owned(), json!(path));
                get.insert("port".to_owned(), port(at));
                if *tls {
                    get.insert("scheme".to_owned(), json!("HTTPS"));
                }
                probe.insert("httpGet".to_owned(), Value::Object(get));
            }
            Handler::Tcp { port: at } => {
                probe.insert("tcpSocket".to_owned(), json!({ "port": port(at) }));
            }
            Handler::Grpc { port: at, service } => {
                let mut grpc = Map::new();
                grpc.insert("port".to_owned(), port(at));
                if !service.is_empty() {
                    grpc.insert("service".to_owned(), json!(service));
                }
                probe.insert("grpc".to_owned(), Value::Object(grpc));
            }
        }
        for (key, value) in defaults {
            probe.insert(key.clone(), value.clone());
        }
        for (key, value) in self.numbers() {
            if let Some(value) = value {
                probe.insert(key.to_owned(), json!(value));
            }
        }
        Value::Object(probe)
    }

    fn numbers(&self) -> [(&'static str, Option<u64>); 4] {
        [
            ("initialDelaySeconds", self.delay),
            ("periodSeconds", self.period),
            ("timeoutSeconds", self.timeout),
            ("failureThreshold", self.failures),
        ]
    }

    /// Does a probe that is there do what was declared? Numbers count only where they were declared.
    pub fn agrees(&self, there: &Value) -> bool {
        let wanted = self.render(&Map::new());
        let handler = |probe: &Value| {
            let text = |value: Option<&Value>, default: &str| match value {
                None | Some(Value::Null) => default.to_owned(),
                Some(Value::String(text)) if text.is_empty() => default.to_owned(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => compact(other),
            };
            if let Some(get) = probe.get("httpGet").filter(|get| !get.is_null()) {
                format!(
                    "http {} {} {}",
                    text(get.get("scheme"), "HTTP"),
                    text(get.get("port"), ""),
                    text(get.get("path"), "/")
                )
            } else if let Some(socket) = probe.get("tcpSocket").filter(|socket| !socket.is_null()) {
                format!("tcp {}", text(socket.get("port"), ""))
            } else if let Some(grpc) = probe.get("grpc").filter(|grpc| !grpc.is_null()) {
                format!("grpc {} {}", text(grpc.get("port"), ""), text(grpc.get("service"), ""))
            } else {
                "another".to_owned()
            }
        };
        handler(&wanted) == handler(there)
            && self.numbers().iter().all(|(key, value)| {
                value.is_none_or(|value| there.get(key).and_then(Value::as_u64).unwrap_or(default_of(key)) == value)
            })
    }
}

/// What Kubernetes puts where a number is missing (`SetDefaults_Probe`).
fn default_of(key: &str) -> u64 {
    match key {
        "periodSeconds" => 10,
        "timeoutSeconds" => 1,
        "failureThreshold" => 3,
        _ => 0,
    }
}

/// Why a readiness probe that is there can never succeed or would be refused; none if it can work.
/// Source: Kubernetes `validateProbe`, `validateHandler` and the kubelet's port lookup (`pkg/probe/util.go`).
pub fn cannot_work(probe: &Value, container: &Value) -> Option<String> {
    let there: Vec<&str> = ["exec", "httpGet", "tcpSocket", "grpc"]
        .into_iter()
        .filter(|name| probe.get(name).is_some_and(|handler| !handler.is_null()))
        .collect();
    let handler = match there.as_slice() {
        [] => {
            return Some("it names nothing to do (one of exec, httpGet, tcpSocket, grpc)".to_owned());
        }
        [one] => *one,
        several => {
            return Some(format!("it has {} handlers, and one is possible", several.len()));
        }
    };
    for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        if probe.get(key).and_then(Value::as_i64).is_some_and(|number| number < 0) {
            return Some(format!("`{key}` is negative"));
        }
    }
    if probe.get("terminationGracePeriodSeconds").is_some_and(|value| !value.is_null()) {
        return Some("`terminationGracePeriodSeconds` must not be set on a readiness probe".to_owned());
    }
    if handler == "exec" {
        let command = at(probe, "/exec/command").and_then(Value::as_array);
        return command.is_none_or(Vec::is_empty).then(|| "its command is empty".to_owned());
    }
    match probe.get(handler).and_then(|handler| handler.get("port")) {
        Some(Value::Number(number)) if number.as_u64().is_some_and(|port| (1..=65_535).contains(&port)) => None,
        Some(Value::String(name)) if handler != "grpc" => {
            let declared = declared_port(container, name) || name.parse::<u16>().is_ok_and(|port| port != 0);
            (!declared)
                .then(|| format!("its port `{name}` is not declared in this container, so the kubelet never finds it"))
        }
        Some(other) => Some(format!("`{}` is no port", shown(other))),
        None => Some("it names no port".to_owned()),
    }
}

/// Does the container declare a port of this name or number?
pub fn declared_port(container: &Value, port: &str) -> bool {
    ports(container).any(|declared| {
        declared.get("name").and_then(Value::as_str) == Some(port)
            || declared.get("containerPort").and_then(Value::as_u64).is_some_and(|number| number.to_string() == port)
    })
}

/// The ports that a container declares.
pub fn ports(container: &Value) -> impl Iterator<Item = &Value> {
    container.get("ports").and_then(Value::as_array).into_iter().flatten()
}
