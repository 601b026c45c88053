//! `service/NAME[:PORT]`: an endpoint of the Service is serving, as its EndpointSlices say.
//!
//! Where they cannot be read (401, 403, no access, no answer for ten seconds) a Service with a port number is checked by a
//! TCP connection to `NAME.NAMESPACE.svc:PORT` instead: it says only that something accepts connections there. The API
//! server is asked again once a minute.

mod ports;
mod slices;

use super::{Means, unanswered, watched};
use crate::api::{Question, Rule, Scope, Selection, Unanswered, Watch};
use crate::network::PATIENCE;
use crate::reason::{Kind, Observation, Pace, Reason};
use ports::Ports;
use slices::Count;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use waitwarden_core::dependency::{Host, Port};

/// What it needs to be allowed.
const SLICES: Rule<'static> = Rule { group: "discovery.k8s.io", resource: "endpointslices", verbs: &["list", "watch"] };
/// The same with a port number, which only the Service can turn into a name.
const BOTH: &[Rule<'static>] = &[SLICES, Rule { group: "", resource: "services", verbs: &["get"] }];

/// How long the API server may be silent before a connection is enough.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a connection is enough before the API server is asked again.
const MEMORY: Duration = Duration::from_mins(1);

/// A Service that should have an endpoint.
pub(crate) struct Service {
    means: Means,
    namespace: Option<String>,
    name: String,
    port: Option<Port>,
    watch: Option<Watch>,
    /// What the Service calls its numbered port.
    ports: Ports,
    /// Since when the API server does not answer.
    silent: Option<Instant>,
    /// Why a connection has to be enough, and when to ask the API server again.
    fallen: Option<(Kind, Instant)>,
    /// A connection has opened.
    opened: bool,
}

impl Service {
    /// This one.
    pub(crate) const fn new(means: Means, namespace: Option<String>, name: String, port: Option<Port>) -> Self {
        let ports = Ports::new();
        Self { means, namespace, name, port, watch: None, ports, silent: None, fallen: None, opened: false }
    }

    /// Did the last look say something of the Service, where it failed?
    pub(crate) const fn is_conclusive(&self) -> bool {
        self.fallen.is_none() || self.opened
    }

    /// Waits for a change of its EndpointSlices, or connects to it.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        if let Some((kind, until)) = self.fallen
            && Instant::now() < until
        {
            return (self.connect(kind).await, Pace::Steady);
        }
        let mut question = Question {
            api: "discovery.k8s.io/v1",
            action: "list endpointslices",
            object: format!("Service `{}`", self.name),
            namespace: String::new(),
            rules: if matches!(self.port, Some(Port::Number(_))) { BOTH } else { &[SLICES] },
        };
        let asked = Instant::now();
        let error = match self.ask(&mut question).await {
            Ok(found) => {
                (self.silent, self.fallen) = (None, None);
                return found;
            }
            Err(error) => error,
        };
        let silent = if matches!(error, Unanswered::Silent(_)) {
            self.silent.get_or_insert(asked).elapsed()
        } else {
            self.silent = None;
            Duration::ZERO
        };
        let reason = error.reason(&question);
        if !self.means.fallback || !(error.is_closed() || silent >= SILENCE) {
            // A silent server is asked at the usual pace until the ten seconds are over.
            let soon = self.means.fallback && matches!(error, Unanswered::Silent(_));
            return if soon { (Observation::Waiting(reason), Pace::Steady) } else { unanswered(&error, reason) };
        }
        let kind = reason.kind;
        let Some(Port::Number(number)) = self.port else {
            let hint =
                format!("or write a port number, `service/{}:PORT`, and a TCP connection to it is enough", self.name);
            return unanswered(&error, Reason::new(kind, format!("{}; {hint}", reason.text)));
        };
        self.watch = None;
        let before = self.fallen.replace((kind, Instant::now() + MEMORY));
        if before.is_some_and(|(before, _)| before == kind) {
            return (self.connect(kind).await, Pace::Steady);
        }
        let text = format!("{}; until then a TCP connection to {}:{number} has to be enough", reason.text, self.host());
        (Observation::Waiting(Reason::new(kind, text)), Pace::Event)
    }

    /// What the API server says of it, when that changes.
    async fn ask(&mut self, question: &mut Question<'_>) -> Result<(Observation, Pace), Unanswered> {
        let Self { name, .. } = self;
        question.namespace = self.means.api.namespace(self.namespace.as_deref(), &format!("service/{name}"))?;
        let watch = self.watch.get_or_insert_with(|| {
            let path = format!("/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices", question.namespace);
            let selector = format!("kubernetes.io%2Fservice-name%3D{name}");
            Watch::new(Arc::clone(&self.means.api), Scope { path, of: Selection::Labels(selector) }, self.means.quiet)
        });
        match self.ports.read_again() {
            // Either will do: the slices changed, or the Service may have.
            Some(at) => timeout_at(at, watch.next()).await.unwrap_or(Ok(()))?,
            None => watch.next().await?,
        }
        let Some(Port::Number(number)) = self.port else {
            let wanted = match &self.port {
                Some(Port::Name(port)) => Some(vec![port.clone()]),
                _ => None,
            };
            let count = slices::count(watch.objects(), wanted.as_deref());
            let shown = wanted.map(|names| format!("`{}`", names.join("`, `"))).unwrap_or_default();
            return Ok(watched(watch, judge(&count, &shown, name, &question.namespace)));
        };
        if self.ports.may_be_wrong(|names| slices::count(watch.objects(), Some(names)).is_published()) {
            (question.api, question.action) = ("v1", "get services");
            self.ports.read(&self.means.api, &question.namespace, name, number).await?;
        }
        let found = match self.ports.known() {
            Ok(names) => {
                let count = slices::count(watch.objects(), Some(names));
                judge(&count, &ports::shown(number, names), name, &question.namespace)
            }
            Err(None) => Observation::Waiting(Unanswered::NoObject.reason(question)),
            Err(Some(reason)) => Observation::Waiting(reason.clone()),
        };
        Ok(watched(watch, found))
    }

    /// A connection, where the API server says nothing; `why` is what keeps the exact check from being made.
    async fn connect(&mut self, why: Kind) -> Observation {
        let Some(Port::Number(number)) = self.port else {
            return Observation::Waiting(Reason::new(why, ""));
        };
        let host = self.host();
        let deadline = Instant::now() + PATIENCE;
        let why = why.words();
        match self.means.network.connect(&Host::Name(host.clone()), number, deadline).await {
            Ok(_) => {
                self.opened = true;
                Observation::Ready(Some(format!("TCP connection to {host}:{number}; EndpointSlices not read: {why}")))
            }
            Err(reason) => {
                let text = format!("{}; EndpointSlices not read: {why}", reason.text);
                Observation::Waiting(Reason::new(reason.kind, text))
            }
        }
    }

    /// Its name in the DNS. Without a known namespace the search domains add it.
    fn host(&self) -> String {
        match self.namespace.clone().or_else(|| self.means.api.own_namespace()) {
            Some(namespace) => format!("{}.{namespace}.svc", self.name),
            None => self.name.clone(),
        }
    }
}

/// What is in the slices; `shown` is the port.
fn judge(count: &Count, shown: &str, name: &str, namespace: &str) -> Observation {
    if count.ready > 0 {
        return Observation::Ready(None);
    }
    let text = if count.slices == 0 {
        format!(
            "no EndpointSlice belongs to the Service `{name}` in the namespace `{namespace}`: there is no such Service, or it \
             has no selector"
        )
    } else if count.is_published() {
        let leaving =
            if count.terminating > 0 { format!(", {} terminating", count.terminating) } else { String::new() };
        format!("0 of {} endpoints are ready{leaving}", count.endpoints)
    } else {
        format!(
            "{} of {} endpoints publish the port {shown}, and none of them is ready",
            count.published, count.endpoints
        )
    };
    Observation::Waiting(Reason::new(Kind::NotReady, text))
}
