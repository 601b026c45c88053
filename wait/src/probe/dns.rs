//! `dns://NAME`: the name resolves to an address.

use crate::network::{Network, PATIENCE};
use crate::reason::Observation;
use std::sync::Arc;
use tokio::time::Instant;
use waitwarden_core::dependency::Host;

/// A name that should resolve.
pub(crate) struct Dns {
    network: Arc<Network>,
    host: Host,
}

impl Dns {
    /// This one.
    pub(crate) const fn new(network: Arc<Network>, name: String) -> Self {
        Self { network, host: Host::Name(name) }
    }

    /// Asks for its addresses.
    pub(crate) async fn observe(&self) -> Observation {
        match self.network.addresses(&self.host, Instant::now() + PATIENCE).await {
            Ok(_) => Observation::Ready(None),
            Err(reason) => Observation::Waiting(reason),
        }
    }
}
