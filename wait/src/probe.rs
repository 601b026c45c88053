//! Looks at one dependency. Each kind of target has its own file; all of them bound their own time, so that one that
//! waits for an event of a watch can take as long as that takes.

mod service;
mod job;
mod workload;
mod pods;
mod custom;
mod tcp;
mod http;
mod grpc;
mod dns;

mod condition;
mod object;

use crate::api::{Api, Unanswered, Watch};
use crate::args::Looking;
use crate::environment::Environment;
use crate::log::Log;
use crate::names::Names;
use crate::network::Network;
use crate::reason::{Observation, Pace, Reason};
use crate::tls;
use std::sync::Arc;
use std::time::Duration;
use waitwarden_core::dependency::{Dependency, Target};

/// What a probe may use.
#[derive(Clone)]
pub(crate) struct Means {
    /// The API server.
    pub(crate) api: Arc<Api>,
    /// Everything else.
    pub(crate) network: Arc<Network>,
    /// Is a TCP connection enough where EndpointSlices cannot be read?
    pub(crate) fallback: bool,
    /// How long a watch may be quiet until that nothing changed is an observation too; none: for ever.
    pub(crate) quiet: Option<Duration>,
}

impl Means {
    /// Reads what they need; asks nobody. What cannot be used is said.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) fn new(
        looking: &Looking,
        environment: &Environment,
        quiet: Option<Duration>,
        log: &Log,
    ) -> Result<Self, String> {
        let (tls, warnings) =
            tls::client(looking.ca_file.as_deref()).map_err(|error| format!("cannot set up TLS: {error}"))?;
        for warning in warnings {
            log.warning(&warning);
        }
        let names = Arc::new(Names::new(environment));
        Ok(Self {
            api: Arc::new(Api::new(environment, Arc::clone(&names))),
            network: Arc::new(Network { names, tls }),
            fallback: looking.fallback,
            quiet,
        })
    }
}

/// How one dependency is looked at.
pub(crate) enum Probe {
    /// Endpoints of a Service.
    Service(service::Service),
    /// Conditions of a Job.
    Job(job::Job),
    /// Replicas of a Deployment, StatefulSet or DaemonSet.
    Workload(workload::Workload),
    /// Pods with labels.
    Pods(pods::Pods),
    /// A condition of a custom resource.
    Custom(custom::Custom),
    /// A connection.
    Tcp(tcp::Tcp),
    /// A status.
    Http(http::Http),
    /// A health service.
    Grpc(grpc::Grpc),
    /// An address.
    Dns(dns::Dns),
}

impl Probe {
    /// The probe of a dependency.
    pub(crate) fn new(dependency: &Dependency, means: &Means) -> Self {
        match dependency.target.clone() {
            Target::Service { namespace, name, port } => {
                Self::Service(service::Service::new(means.clone(), namespace, name, port))
            }
            Target::Job { namespace, name } => Self::Job(job::Job::new(means.clone(), namespace, name)),
            Target::Workload { kind, namespace, name } => Self::Workload(workload::Workload::new(
                means.clone(),
                kind,
                namespace,
                name,
                dependency.options.replicas,
            )),
            Target::Pods { namespace, labels } => Self::Pods(pods::Pods::new(means.clone(), namespace, labels)),
            Target::Custom { namespace, plural, version, group, name } => Self::Custom(custom::Custom::new(
                means.clone(),
                custom::Words { namespace, plural, version, group, name },
                dependency.options.condition.clone(),
            )),
            Target::Tcp { host, port } => Self::Tcp(tcp::Tcp::new(Arc::clone(&means.network), host, port)),
            Target::Http { tls, host, port, path } => Self::Http(http::Http::new(
                Arc::clone(&means.network),
                http::Url { tls, host, port, path },
                dependency.options.status.clone(),
            )),
            Target::Grpc { tls, host, port, service } => Self::Grpc(grpc::Grpc::new(
                Arc::clone(&means.network),
                grpc::Server { tls, host, port },
                service.unwrap_or_default(),
            )),
            Target::Dns { name } => Self::Dns(dns::Dns::new(Arc::clone(&means.network), name)),
        }
    }

    /// One look, and when to look again.
    pub(crate) async fn observe(&mut self) -> (Observation, Pace) {
        match self {
            Self::Service(probe) => probe.observe().await,
            Self::Job(probe) => probe.observe().await,
            Self::Workload(probe) => probe.observe().await,
            Self::Pods(probe) => probe.observe().await,
            Self::Custom(probe) => probe.observe().await,
            Self::Tcp(probe) => (probe.observe().await, Pace::Steady),
            Self::Http(probe) => (probe.observe().await, Pace::Steady),
            Self::Grpc(probe) => (probe.observe().await, Pace::Steady),
            Self::Dns(probe) => (probe.observe().await, Pace::Steady),
        }
    }

    /// Did the last look say something of the dependency itself, where it failed? The one that did not is a connection in
    /// place of EndpointSlices before any had opened: perhaps none ever does, as for a Service whose port is UDP.
    pub(crate) const fn is_conclusive(&self) -> bool {
        match self {
            Self::Service(probe) => probe.is_conclusive(),
            Self::Job(_)
            | Self::Workload(_)
            | Self::Pods(_)
            | Self::Custom(_)
            | Self::Tcp(_)
            | Self::Http(_)
            | Self::Grpc(_)
            | Self::Dns(_) => true,
        }
    }
}

/// What it means that the API server gave no useful answer. Where it can never give one, waiting ends.
fn unanswered(error: &Unanswered, reason: Reason) -> (Observation, Pace) {
    let pace = match error {
        Unanswered::NoAccess(_) => return (Observation::Failed(reason), Pace::Steady),
        Unanswered::NoObject => Pace::Steady,
        Unanswered::Forbidden(_) | Unanswered::Unauthorized | Unanswered::NoApi => Pace::Rare,
        Unanswered::Busy(_, Some(after)) => Pace::After(*after),
        _ => Pace::Slower,
    };
    (Observation::Waiting(reason), pace)
}

/// What a watch found, and when to ask it again. Where it has to ask again and again, that is said.
fn watched(watch: &Watch, observation: Observation) -> (Observation, Pace) {
    let observation = match (observation, watch.missing()) {
        (Observation::Waiting(Reason { kind, text }), Some(verb)) => {
            let hint = format!("asked only now and then, since the verb `{verb}` is not allowed");
            Observation::Waiting(Reason::new(kind, format!("{text} ({hint})")))
        }
        (observation, _) => observation,
    };
    (observation, watch.pace())
}
