//! What a workload may depend on: targets, options, and how they are written.
//!
//! The types say what was understood; `parse` turns text into them and `Display` is its inverse:
//! `parse(display(d)) = d`. The same grammar is read by the policy and by the wait program.
//!
//! ```text
//! item    = target *( blank option )
//! option  = KEY "=" VALUE                         each at most once, only where it fits the target
//! target  = [NAMESPACE "/"] KIND "/" NAME         service (with [":" PORT]), job, deployment, statefulset, daemonset
//!         | [NAMESPACE "/"] "pods/" KEY "=" VALUE *( "&" KEY "=" VALUE )
//!         | [NAMESPACE "/"] PLURAL "." VERSION "." GROUP "/" NAME
//!         | "tcp://" HOST ":" PORT
//!         | ("http" | "https") "://" HOST [":" PORT] [PATH]
//!         | ("grpc" | "grpcs") "://" HOST ":" PORT ["/" SERVICE]
//!         | "dns://" NAME
//! ```

use crate::duration::Duration;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

mod name;
mod network;
mod option;
mod piece;
mod target;

pub(crate) use name::{is_label_name, is_port_name, is_subdomain};

/// One thing to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What.
    pub target: Target,
    /// How.
    pub options: Options,
}

/// What is waited for. A missing namespace means the Pod's own; none is ever guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Service with an endpoint that serves.
    Service {
        /// Its namespace, unless the Pod's own.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// A port of the Service, by number or name.
        port: Option<Port>,
    },
    /// A Job that is complete.
    Job {
        /// Its namespace, unless the Pod's own.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// A Deployment, StatefulSet or DaemonSet that can serve.
    Workload {
        /// Which of the three.
        kind: WorkloadKind,
        /// Its namespace, unless the Pod's own.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// A ready Pod with these labels.
    Pods {
        /// Its namespace, unless the Pod's own.
        namespace: Option<String>,
        /// All of these labels.
        labels: Vec<(String, String)>,
    },
    /// A custom resource with a condition that is True.
    Custom {
        /// Its namespace, unless the Pod's own.
        namespace: Option<String>,
        /// The resource's plural, as in its URL.
        plural: String,
        /// The API version.
        version: String,
        /// The API group.
        group: String,
        /// Its name.
        name: String,
    },
    /// A TCP connection that opens.
    Tcp {
        /// Where.
        host: Host,
        /// Port.
        port: u16,
    },
    /// A GET request with the right status.
    Http {
        /// `https`.
        tls: bool,
        /// Where.
        host: Host,
        /// Port, unless the scheme's own (80, 443).
        port: Option<u16>,
        /// Path and query; begins with `/`.
        path: String,
    },
    /// The standard gRPC health service answers SERVING.
    Grpc {
        /// `grpcs`.
        tls: bool,
        /// Where.
        host: Host,
        /// Port.
        port: u16,
        /// The service asked about, unless the server as a whole.
        service: Option<String>,
    },
    /// A name that resolves.
    Dns {
        /// The name.
        name: String,
    },
}

/// The workload kinds that can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// `daemonset/…`
    DaemonSet,
    /// `deployment/…`
    Deployment,
    /// `statefulset/…`
    StatefulSet,
}

impl WorkloadKind {
    /// The word of the grammar.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DaemonSet => "daemonset",
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
        }
    }
}

/// A Service's port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// By number: the Service's port, not the target port.
    Number(u16),
    /// By name.
    Name(String),
}

/// A host of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, in lower case.
    Name(String),
    /// An address.
    Ip(IpAddr),
}

/// How a dependency is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// From the start of the wait; none: the whole wait's.
    pub timeout: Option<Duration>,
    /// Without it, a timeout is said and passed over.
    pub required: bool,
    /// It must hold for so long.
    pub stable: Duration,
    /// HTTP codes that satisfy, as inclusive ranges.
    pub status: Vec<(u16, u16)>,
    /// How many replicas of a workload.
    pub replicas: Replicas,
    /// The condition of a custom resource.
    pub condition: String,
    /// What happens when it is lost after the start.
    pub on_loss: OnLoss,
}

/// How many replicas of a workload must be ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replicas {
    /// Every wanted one, updated.
    All,
    /// One.
    #[default]
    Any,
}

/// What happens when a dependency is lost after the start, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnLoss {
    /// Nothing.
    #[default]
    Ignore,
    /// The Pod leaves its Service.
    Unready,
    /// The Pod leaves its Service, and starts again where the dependency stays away.
    Restart,
}

/// The words of [`OnLoss`], in its order.
pub const ON_LOSS: [&str; 3] = ["ignore", "unready", "restart"];

impl OnLoss {
    /// As it is written.
    pub fn word(self) -> &'static str {
        ON_LOSS.get(self as usize).copied().unwrap_or_default()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: None,
            required: true,
            stable: Duration::default(),
            status: vec![(200, 299)],
            replicas: Replicas::Any,
            condition: "Ready".to_owned(),
            on_loss: OnLoss::Ignore,
        }
    }
}

/// What is wrong with a declaration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Bytes of the text that was read.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl ParseError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: help.into() }
    }
}

/// Reads one item: a target and its options.
///
/// # Errors
/// Everything that is wrong with it, with spans into `text`.
pub fn parse_one(text: &str) -> Result<Dependency, Vec<ParseError>> {
    let mut words = words(text);
    let Some((span, word)) = words.next() else {
        return Err(vec![ParseError::new(
            0..text.len(),
            "nothing to wait for",
            "write a target, such as `service/postgres:5432`",
        )]);
    };
    let mut errors = Vec::new();
    let target = match target::parse(word, span.start) {
        Ok(target) => Some(target),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let options = option::parse(words, target.as_ref(), &mut errors);
    match target {
        Some(target) if errors.is_empty() => Ok(Dependency { target, options }),
        _ => Err(errors),
    }
}

/// More words of an item are not read. No option may be given twice, so with so many something is wrong among the first.
const MOST_WORDS: usize = 32;

/// The words of a text between its blanks, each with its place.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    let words = text.split([' ', '\t', '\r', '\n']).filter_map(move |word| {
        let span = at..at + word.len();
        at = span.end + 1;
        (!word.is_empty()).then_some((span, word))
    });
    words.take(MOST_WORDS)
}

impl Target {
    /// The word that `allow.targets` knows it by.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Service { .. } => "service",
            Self::Job { .. } => "job",
            Self::Workload { kind, .. } => kind.word(),
            Self::Pods { .. } => "pods",
            Self::Custom { .. } => "custom",
            Self::Tcp { .. } => "tcp",
            Self::Http { tls: false, .. } => "http",
            Self::Http { tls: true, .. } => "https",
            Self::Grpc { tls: false, .. } => "grpc",
            Self::Grpc { tls: true, .. } => "grpcs",
            Self::Dns { .. } => "dns",
        }
    }

    /// The namespace that was written, where one was.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Service { namespace, .. }
            | Self::Job { namespace, .. }
            | Self::Workload { namespace, .. }
            | Self::Pods { namespace, .. }
            | Self::Custom { namespace, .. } => namespace.as_deref(),
            Self::Tcp { .. } | Self::Http { .. } | Self::Grpc { .. } | Self::Dns { .. } => None,
        }
    }

    /// The host that is contacted, where it is not the API server.
    pub fn host(&self) -> Option<Host> {
        match self {
            Self::Tcp { host, .. } | Self::Http { host, .. } | Self::Grpc { host, .. } => Some(host.clone()),
            Self::Dns { name } => Some(Host::Name(name.clone())),
            Self::Service { .. }
            | Self::Job { .. }
            | Self::Workload { .. }
            | Self::Pods { .. }
            | Self::Custom { .. } => None,
        }
    }

    /// Does it need the API server, and so a token?
    pub fn asks_api(&self) -> bool {
        self.host().is_none()
    }
}

// === impl Display ===

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.target, self.options)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = self.namespace() {
            write!(f, "{namespace}/")?;
        }
        match self {
            Self::Service { name, port: None, .. } => write!(f, "service/{name}"),
            Self::Service { name, port: Some(port), .. } => write!(f, "service/{name}:{port}"),
            Self::Job { name, .. } => write!(f, "job/{name}"),
            Self::Workload { kind, name, .. } => write!(f, "{}/{name}", kind.word()),
            Self::Pods { labels, .. } => {
                f.write_str("pods/")?;
                for (at, (key, value)) in labels.iter().enumerate() {
                    write!(f, "{}{key}={value}", if at == 0 { "" } else { "&" })?;
                }
                Ok(())
            }
            Self::Custom { plural, version, group, name, .. } => write!(f, "{plural}.{version}.{group}/{name}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Http { host, port, path, .. } => {
                write!(f, "{}://{host}", self.word())?;
                if let Some(port) = port {
                    write!(f, ":{port}")?;
                }
                f.write_str(path)
            }
            Self::Grpc { host, port, service, .. } => {
                write!(f, "{}://{host}:{port}", self.word())?;
                match service {
                    Some(service) => write!(f, "/{service}"),
                    None => Ok(()),
                }
            }
            Self::Dns { name } => write!(f, "dns://{name}"),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}
