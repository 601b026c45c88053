//! `tcp://HOST:PORT`: a connection opens.

use crate::network::{Network, PATIENCE};
use crate::reason::Observation;
use std::sync::Arc;
use tokio::time::Instant;
use waitwarden_core::dependency::Host;

/// A connection that should open.
pub(crate) struct Tcp {
    network: Arc<Network>,
    host: Host,
    port: u16,
}

impl Tcp {
    /// To there.
    pub(crate) const fn new(network: Arc<Network>, host: Host, port: u16) -> Self {
        Self { network, host, port }
    }

    /// Opens one and closes it.
    pub(crate) async fn observe(&self) -> Observation {
        match self.network.connect(&self.host, self.port, Instant::now() + PATIENCE).await {
            Ok(_) => Observation::Ready(None),
            Err(reason) => Observation::Waiting(reason),
        }
    }
}
