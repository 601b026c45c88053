//! What the program takes from its environment. The `WAITWARDEN_*` variables are for tests; a Pod sets none.

use std::env;
use std::path::PathBuf;

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// `KUBERNETES_SERVICE_HOST`, which the kubelet sets in every container.
    pub(crate) api_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`; without it 443.
    pub(crate) api_port: Option<String>,
    /// The folder with `token`, `ca.crt` and `namespace`.
    pub(crate) service_account: PathBuf,
    /// What the kubelet shows as the container's message (`terminationMessagePath`).
    pub(crate) termination_log: PathBuf,
    /// The folder where `watch` keeps what it knows.
    pub(crate) state: PathBuf,
    /// The folder with `resolv.conf` and `hosts`.
    pub(crate) etc: PathBuf,
    /// The port of the name servers, unless 53.
    pub(crate) dns_port: Option<u16>,
}

impl Environment {
    /// Reads it once.
    pub(crate) fn read() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name: &str, default: &str| env::var_os(name).map_or_else(|| PathBuf::from(default), PathBuf::from);
        Self {
            api_host: text("KUBERNETES_SERVICE_HOST"),
            api_port: text("KUBERNETES_SERVICE_PORT"),
            service_account: path("WAITWARDEN_SERVICE_ACCOUNT_DIR", "/var/run/secrets/kubernetes.io/serviceaccount"),
            termination_log: path("WAITWARDEN_TERMINATION_LOG", "/dev/termination-log"),
            state: path("WAITWARDEN_STATE_DIR", "/run/waitwarden"),
            etc: path("WAITWARDEN_ETC", "/etc"),
            dns_port: text("WAITWARDEN_DNS_PORT").and_then(|port| port.parse().ok()),
        }
    }
}
