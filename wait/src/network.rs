//! Connections to anything but the API server: names, then every address, then the stream.

use crate::names::Names;
use crate::race;
use crate::reason::{Kind, Reason};
use rustix::io::Errno;
use rustls::ClientConfig;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use waitwarden_core::dependency::Host;

/// One look, from the first question for the name to the last byte.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What all network probes share.
pub(crate) struct Network {
    /// The names of this Pod.
    pub(crate) names: Arc<Names>,
    /// Whom `https` and `grpcs` trust.
    pub(crate) tls: Arc<ClientConfig>,
}

impl Network {
    /// The addresses of a host.
    pub(crate) async fn addresses(&self, host: &Host, deadline: Instant) -> Result<Vec<IpAddr>, Reason> {
        match host {
            Host::Ip(address) => Ok(vec![*address]),
            Host::Name(name) => match timeout_at(deadline, self.names.resolve(name)).await {
                Ok(result) => result,
                Err(_) => Err(Reason::new(
                    Kind::NameUnanswered,
                    format!(
                        "no answer from the name server {} for `{name}` within {}s; does a NetworkPolicy forbid DNS?",
                        self.names.servers(),
                        PATIENCE.as_secs()
                    ),
                )),
            },
        }
    }

    /// A connection to the first address that answers.
    pub(crate) async fn connect(&self, host: &Host, port: u16, deadline: Instant) -> Result<TcpStream, Reason> {
        let addresses = self.addresses(host, deadline).await?;
        let sockets: Vec<SocketAddr> = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        let peer = peer(host, port, &sockets);
        let ways = sockets
            .into_iter()
            .map(|socket| async move { TcpStream::connect(socket).await.map_err(|error| (socket, error)) });
        let errors = match timeout_at(deadline, race::first(ways)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(errors)) => errors,
            Err(_) => {
                return Err(Reason::new(
                    Kind::Unreachable,
                    format!(
                        "{peer}: no connection within {}s; packets are dropped: a NetworkPolicy, a firewall or a wrong address?",
                        PATIENCE.as_secs()
                    ),
                ));
            }
        };
        let refused = errors.iter().any(|(_, error)| error.kind() == ErrorKind::ConnectionRefused);
        Err(if refused {
            Reason::new(Kind::Refused, format!("{peer}: nobody listens there yet"))
        } else {
            let shown = errors.first().map_or_else(|| "no address".to_owned(), |(_, error)| error.to_string());
            let here = errors.iter().all(|(_, error)| is_of_this_side(error));
            Reason::new(if here { Kind::NoWay } else { Kind::Unreachable }, format!("{peer}: {shown}"))
        })
    }
}

/// Did it fail before anything was sent? Then it says nothing of the peer. (`EHOSTUNREACH` does: nobody has that address.)
fn is_of_this_side(error: &std::io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(
            Errno::ADDRNOTAVAIL
                | Errno::AFNOSUPPORT
                | Errno::NETUNREACH
                | Errno::NETDOWN
                | Errno::MFILE
                | Errno::NFILE
                | Errno::NOBUFS
                | Errno::NOMEM
        )
    )
}

/// Host and port, and for a name the first few addresses that were tried, in a fixed order.
fn peer(host: &Host, port: u16, sockets: &[SocketAddr]) -> String {
    if matches!(host, Host::Ip(_)) {
        return format!("{host}:{port}");
    }
    let mut sorted: Vec<IpAddr> = sockets.iter().map(SocketAddr::ip).collect();
    sorted.sort_unstable();
    let shown: Vec<String> = sorted.iter().take(4).map(ToString::to_string).collect();
    let more = if sorted.len() > shown.len() { ", …" } else { "" };
    format!("{host}:{port} ({}{more})", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_on_this_side_says_nothing_of_the_peer() {
        for (errno, expected) in [
            (Errno::NETUNREACH, true),
            (Errno::ADDRNOTAVAIL, true),
            (Errno::MFILE, true),
            (Errno::HOSTUNREACH, false),
            (Errno::CONNREFUSED, false),
            (Errno::TIMEDOUT, false),
        ] {
            assert_eq!(is_of_this_side(&errno.into()), expected, "{errno}");
        }
        assert!(!is_of_this_side(&std::io::Error::other("not of the system")));
    }
}
