//! `service/NAME[:PORT]`: an endpoint of the Service is serving, as its EndpointSlices say.
//!
//! Where they cannot be read (401, 403, no access, no answer for ten seconds) a Service with a port number is checked by a
//! TCP connection to `NAME.NAMESPACE.svc:PORT` instead: it says only that something accepts connections there. The API
//! server is asked again once a minute.

mod slices;

use super::Means;
use crate::api::{Question, Rule, Unanswered};
use crate::network::PATIENCE;
use crate::reason::{Kind, Observation, Pace, Reason};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;
use waitwarden_core::dependency::{Host, Port};

/// What it needs to be allowed.
const SLICES: Rule<'static> = Rule { group: "discovery.k8s.io", resource: "endpointslices", verbs: &["list", "watch"] };
/// The same with a port number, which only the Service can turn into a name.
const BOTH: &[Rule<'static>] = &[SLICES, Rule { group: "", resource: "services", verbs: &["get"] }];

/// How long the API server may be silent before a connection is enough.
const SILENCE: Duration = Duration::from_secs(10);
/// How long the answer to "may I?" and "what is port 80 called?" is believed.
const MEMORY: Duration = Duration::from_mins(1);

/// A Service that should have an endpoint.
pub(crate) struct Service {
    means: Means,
    namespace: Option<String>,
    name: String,
    port: Option<Port>,
    /// Since when the API server does not answer.
    silent: Option<Instant>,
    /// Why a connection has to be enough, and when to ask the API server again.
    fallen: Option<(Kind, Instant)>,
    /// The names of the numbered port, and when they were read.
    ports: Option<(Vec<String>, Instant)>,
}

impl Service {
    /// This one.
    pub(crate) const fn new(means: Means, namespace: Option<String>, name: String, port: Option<Port>) -> Self {
        Self { means, namespace, name, port, silent: None, fallen: None, ports: None }
    }

    /// Reads its EndpointSlices, or connects to it.
    pub(crate) async fn observe(&mut self) -> Observation {
        if let Some((kind, until)) = self.fallen
            && Instant::now() < until
        {
            return self.connect(kind).await;
        }
        let rules = if matches!(self.port, Some(Port::Number(_))) { BOTH } else { &[SLICES] };
        let mut question = Question {
            api: "discovery.k8s.io/v1",
            action: "list endpointslices",
            object: format!("Service `{}`", self.name),
            namespace: String::new(),
            rules,
        };
        let asked = Instant::now();
        let error = match self.ask(&mut question).await {
            Ok(observation) => {
                (self.silent, self.fallen) = (None, None);
                return observation;
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
            return if soon { Observation::Waiting(reason, Pace::Steady) } else { super::unanswered(&error, reason) };
        }
        let kind = reason.kind;
        let Some(Port::Number(number)) = self.port else {
            let hint =
                format!("or write a port number, `service/{}:PORT`, and a TCP connection to it is enough", self.name);
            return super::unanswered(&error, Reason::new(kind, format!("{}; {hint}", reason.text)));
        };
        let before = self.fallen.replace((kind, Instant::now() + MEMORY));
        if before.is_some_and(|(before, _)| before == kind) {
            return self.connect(kind).await;
        }
        let text = format!("{}; until then a TCP connection to {}:{number} has to be enough", reason.text, self.host());
        Observation::Waiting(Reason::new(kind, text), Pace::Now)
    }

    /// What the API server says of it.
    async fn ask(&mut self, question: &mut Question<'_>) -> Result<Observation, Unanswered> {
        let name = self.name.clone();
        let namespace = self.means.api.namespace(self.namespace.as_deref(), &format!("service/{name}"))?;
        question.namespace.clone_from(&namespace);
        let (wanted, shown) = match self.port.clone() {
            None => (None, String::new()),
            Some(Port::Name(port)) => (Some(vec![port.clone()]), format!("`{port}`")),
            Some(Port::Number(number)) => match self.names(number, question).await? {
                Ok(names) => {
                    let called: Vec<&str> = names.iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
                    let shown = if called.is_empty() {
                        number.to_string()
                    } else {
                        format!("{number} (`{}`)", called.join("`, `"))
                    };
                    (Some(names), shown)
                }
                Err(reason) => return Ok(Observation::Waiting(reason, Pace::Steady)),
            },
        };
        let selector = format!("labelSelector=kubernetes.io%2Fservice-name%3D{name}&resourceVersion=0");
        let path = format!("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?{selector}");
        let list = self.means.api.get(&path).await?;
        let count = slices::count(&list, wanted.as_deref());
        if count.ready > 0 {
            return Ok(Observation::Ready(None));
        }
        let text = if count.slices == 0 {
            format!(
                "no EndpointSlice belongs to the Service `{name}` in the namespace `{namespace}`: there is no such Service, \
                 or it has no selector"
            )
        } else if count.published < count.endpoints {
            // Perhaps the port was renamed since it was read.
            self.ports = None;
            format!(
                "{} of {} endpoints publish the port {shown}, and none of them is ready",
                count.published, count.endpoints
            )
        } else {
            let leaving =
                if count.terminating > 0 { format!(", {} terminating", count.terminating) } else { String::new() };
            format!("0 of {} endpoints are ready{leaving}", count.endpoints)
        };
        Ok(Observation::Waiting(Reason::new(Kind::NotReady, text), Pace::Steady))
    }

    /// What the Service calls a numbered port; an unnamed port is empty.
    async fn names(
        &mut self,
        number: u16,
        question: &mut Question<'_>,
    ) -> Result<Result<Vec<String>, Reason>, Unanswered> {
        if let Some((names, read)) = &self.ports
            && read.elapsed() < MEMORY
        {
            return Ok(Ok(names.clone()));
        }
        (question.api, question.action) = ("v1", "get services");
        let service =
            self.means.api.get(&format!("/api/v1/namespaces/{}/services/{}", question.namespace, self.name)).await?;
        (question.api, question.action) = ("discovery.k8s.io/v1", "list endpointslices");
        if let Some(host) = service.pointer("/spec/externalName").and_then(Value::as_str) {
            let text =
                format!("it is an ExternalName, which never has endpoints; write `tcp://{host}:{number}` instead");
            return Ok(Err(Reason::new(Kind::NotReady, text)));
        }
        let ports = service.pointer("/spec/ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let called = |port: &Value| port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let of = |port: &Value| port.get("port").and_then(Value::as_u64);
        let names: Vec<String> = ports.iter().filter(|port| of(port) == Some(u64::from(number))).map(called).collect();
        if names.is_empty() {
            let known: Vec<String> = ports
                .iter()
                .filter_map(|port| Some((of(port)?, called(port))))
                .map(|(number, name)| if name.is_empty() { number.to_string() } else { format!("{number} (`{name}`)") })
                .collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let text = format!("the Service has no port {number}; its ports are {known}");
            return Ok(Err(Reason::new(Kind::NoSuchPort, text)));
        }
        self.ports = Some((names.clone(), Instant::now()));
        Ok(Ok(names))
    }

    /// A connection, where the API server says nothing; `why` is what keeps the exact check from being made.
    async fn connect(&self, why: Kind) -> Observation {
        let Some(Port::Number(number)) = self.port else {
            return Observation::Waiting(Reason::new(why, ""), Pace::Slower);
        };
        let host = self.host();
        let deadline = Instant::now() + PATIENCE;
        let why = why.words();
        match self.means.network.connect(&Host::Name(host.clone()), number, deadline).await {
            Ok(_) => {
                Observation::Ready(Some(format!("TCP connection to {host}:{number}; EndpointSlices not read: {why}")))
            }
            Err(reason) => {
                let text = format!("{}; EndpointSlices not read: {why}", reason.text);
                Observation::Waiting(Reason::new(reason.kind, text), Pace::Steady)
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
