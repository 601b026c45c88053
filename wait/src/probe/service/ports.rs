//! What a Service calls a numbered port: EndpointSlices publish target ports, which only share the name with it.
//!
//! The Service is read, not watched: it rarely changes, and what changes its ports changes its slices too.

use crate::api::{Api, Unanswered};
use crate::reason::{Kind, Reason};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// It is not read more often than this.
const REST: Duration = Duration::from_secs(30);
/// After this it is read again even if nothing happened.
const MEMORY: Duration = Duration::from_mins(5);

/// The names of one port.
#[derive(Debug)]
pub(super) struct Ports {
    /// The names, where there are any; an unnamed port is empty. Else why not; none: there is no such Service.
    known: Result<Vec<String>, Option<Reason>>,
    /// When it was read.
    read: Option<Instant>,
    /// When to read it again, although nothing happened.
    again: Option<Instant>,
}

impl Ports {
    /// Nothing was read.
    pub(super) const fn new() -> Self {
        Self { known: Err(None), read: None, again: None }
    }

    /// When to read it again at the latest.
    pub(super) const fn read_again(&self) -> Option<Instant> {
        self.again
    }

    /// The names, or why there are none.
    pub(super) fn known(&self) -> Result<&[String], Option<&Reason>> {
        self.known.as_deref().map_err(Option::as_ref)
    }

    /// Should it be read now? `is_published` says whether the slices have these names.
    pub(super) fn may_be_wrong(&mut self, is_published: impl FnOnce(&[String]) -> bool) -> bool {
        let Some(read) = self.read else { return true };
        if self.known.as_deref().is_ok_and(is_published) {
            self.again = None;
            return false;
        }
        // What happened since may be what was waited for.
        self.again = Some(read + REST);
        read.elapsed() >= REST
    }

    /// Reads it.
    pub(super) async fn read(
        &mut self,
        api: &Api,
        namespace: &str,
        service: &str,
        number: u16,
    ) -> Result<(), Unanswered> {
        let found = match api.object(&format!("/api/v1/namespaces/{namespace}/services/{service}")).await {
            Ok(found) => names(&found, number).map_err(Some),
            Err(Unanswered::NoObject) => Err(None),
            Err(error) => return Err(error),
        };
        let now = Instant::now();
        (self.known, self.read, self.again) = (found, Some(now), Some(now + MEMORY));
        Ok(())
    }
}

/// What the Service calls a port.
fn names(service: &Value, number: u16) -> Result<Vec<String>, Reason> {
    if let Some(host) = service.pointer("/spec/externalName").and_then(Value::as_str) {
        let text = format!("it is an ExternalName, which never has endpoints; write `tcp://{host}:{number}` instead");
        return Err(Reason::new(Kind::NotReady, text));
    }
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let called = |port: &Value| port.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |port: &Value| port.get("port").and_then(Value::as_u64);
    let names: Vec<String> = ports.iter().filter(|port| of(port) == Some(u64::from(number))).map(called).collect();
    if !names.is_empty() {
        return Ok(names);
    }
    let known: Vec<String> = ports
        .iter()
        .filter_map(|port| Some((of(port)?, called(port))))
        .map(|(number, name)| if name.is_empty() { number.to_string() } else { format!("{number} (`{name}`)") })
        .collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(Reason::new(Kind::NoSuchPort, format!("the Service has no port {number}; its ports are {known}")))
}

/// A port for messages: `80 (`http`)`.
pub(super) fn shown(number: u16, names: &[String]) -> String {
    let called: Vec<&str> = names.iter().filter(|name| !name.is_empty()).map(String::as_str).collect();
    if called.is_empty() { number.to_string() } else { format!("{number} (`{}`)", called.join("`, `")) }
}
