//! From names to addresses: `hosts`, then the DNS, with a name as it stands *and* with each search domain.
//!
//! musl's `getaddrinfo` drops the search list when a name has `ndots` dots or more, so that `db.shop.svc` fails there;
//! here every candidate is asked. The order is glibc's: a name with `ndots` dots or more as it stands first, else last.

use crate::environment::Environment;
use crate::race;
use crate::reason::{Kind, Reason};
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::parse_resolv_conf;
use hickory_resolver::{Resolver, TokioResolver};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a name server may take before the question is put again.
const ANSWER: Duration = Duration::from_secs(2);

/// The names of this Pod.
pub(crate) struct Names {
    /// The file, re-read each time: it is small, and its lines come first.
    hosts: PathBuf,
    /// None: `resolv.conf` cannot be read or names no server, and why.
    dns: Result<Dns, String>,
}

/// What `resolv.conf` says.
struct Dns {
    resolver: TokioResolver,
    search: Vec<String>,
    ndots: usize,
    servers: String,
}

impl Names {
    /// Reads `resolv.conf`.
    pub(crate) fn new(environment: &Environment) -> Self {
        let file = environment.etc.join("resolv.conf");
        let dns = std::fs::read(&file)
            .map_err(|error| error.to_string())
            .and_then(|text| Dns::new(&text, environment.dns_port).map_err(|error| error.to_string()))
            .map_err(|error| format!("{} cannot be used: {error}", file.display()));
        Self { hosts: environment.etc.join("hosts"), dns }
    }

    /// All addresses of a name, without doubles.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Reason> {
        let known = std::fs::read_to_string(&self.hosts).unwrap_or_default();
        let known = in_hosts(&known, name);
        if !known.is_empty() {
            return Ok(known);
        }
        let unanswered = |text: String| Reason::new(Kind::NameUnanswered, text);
        let dns = self.dns.as_ref().map_err(|error| unanswered(format!("`{name}` is not in hosts, and {error}")))?;
        let candidates = dns.candidates(name);
        let tried = candidates.join(", ");
        let ways: Vec<_> = candidates
            .into_iter()
            .map(|candidate| {
                let resolver = dns.resolver.clone();
                async move { lookup(&resolver, &candidate).await }
            })
            .collect();
        race::first(ways).await.map_err(|errors| {
            // One candidate that was not answered may be the one that exists.
            match errors.iter().find(|error| !error.is_no_records_found()) {
                Some(error) => unanswered(format!(
                    "the name server {} does not tell `{name}` ({}); tried {tried}",
                    dns.servers,
                    said(error)
                )),
                None => Reason::new(
                    Kind::Unresolved,
                    format!("the name server {} knows no address of `{name}`; tried {tried}", dns.servers),
                ),
            }
        })
    }

    /// The name servers, for messages.
    pub(crate) fn servers(&self) -> &str {
        self.dns.as_ref().map_or("", |dns| dns.servers.as_str())
    }
}

/// Why a name server did not answer, without what changes from question to question.
fn said(error: &NetError) -> String {
    match error {
        NetError::Timeout => "no answer in time".to_owned(),
        other => other.to_string(),
    }
}

async fn lookup(resolver: &TokioResolver, name: &str) -> Result<Vec<IpAddr>, NetError> {
    let name = Name::from_ascii(name)?;
    let found: Vec<IpAddr> = match resolver.lookup_ip(name.clone()).await {
        Ok(found) => found.iter().collect(),
        // No IPv4 address; whether the question for IPv6 failed is not told, and that would be no answer.
        Err(error) if error.is_no_records_found() && !error.is_nx_domain() => {
            let lookup = resolver.ipv6_lookup(name).await?;
            lookup.answers().iter().filter_map(|record| record.data.ip_addr()).collect()
        }
        Err(error) => return Err(error),
    };
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(NetError::Message("an answer without addresses")) } else { Ok(addresses) }
}

/// The addresses of a name in the text of a `hosts` file.
fn in_hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.strip_suffix('.').unwrap_or(name);
    text.lines()
        .filter_map(|line| {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let address: IpAddr = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        })
        .collect()
}

impl Dns {
    /// Reads the text of a `resolv.conf`.
    fn new(text: &[u8], port: Option<u16>) -> Result<Self, NetError> {
        let (config, read) = parse_resolv_conf(text)?;
        let (_, search, mut servers) = config.into_parts();
        if let Some(port) = port {
            for connection in servers.iter_mut().flat_map(|server| &mut server.connections) {
                connection.port = port;
            }
        }
        let known: Vec<String> = servers.iter().map(|server| server.ip.to_string()).collect();
        let mut options = ResolverOpts::default();
        options.ndots = read.ndots;
        options.edns0 = read.edns0;
        options.timeout = ANSWER;
        options.attempts = 1;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.use_hosts_file = ResolveHosts::Never;
        // A name that was missing a moment ago is what we wait for.
        options.cache_size = 0;
        let resolver = Resolver::builder_with_config(
            ResolverConfig::from_parts(None, Vec::new(), servers),
            TokioRuntimeProvider::default(),
        )
        .with_options(options)
        .build()?;
        let search = search.iter().map(|domain| domain.to_ascii().trim_matches('.').to_owned()).collect();
        Ok(Self { resolver, search, ndots: read.ndots, servers: known.join(", ") })
    }

    /// What a name may stand for, in the order of asking; each with its final dot.
    fn candidates(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let mut candidates: Vec<String> =
            self.search.iter().filter(|domain| !domain.is_empty()).map(|domain| format!("{name}.{domain}.")).collect();
        let dots = name.bytes().filter(|byte| *byte == b'.').count();
        let at = if dots >= self.ndots { 0 } else { candidates.len() };
        candidates.insert(at, format!("{name}."));
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_asked_for_as_it_stands_and_with_each_search_domain() {
        let text = b"search rec.svc.cluster.local svc.cluster.local\nnameserver 192.0.2.53\noptions ndots:2\n";
        let dns = Dns::new(text, None).unwrap();
        assert_eq!(dns.candidates("db"), ["db.rec.svc.cluster.local.", "db.svc.cluster.local.", "db."]);
        assert_eq!(
            dns.candidates("db.shop.svc"),
            ["db.shop.svc.", "db.shop.svc.rec.svc.cluster.local.", "db.shop.svc.svc.cluster.local."]
        );
        assert_eq!(dns.candidates("db.example.com."), ["db.example.com."]);
        assert_eq!(dns.servers, "192.0.2.53");
    }

    #[test]
    fn hosts_has_comments_aliases_and_both_families() {
        let text = "# db 192.0.2.1\n192.0.2.2 db.example.com DB # x\n2001:db8::2\tdb\nnonsense db\n";
        assert_eq!(in_hosts(text, "db").len(), 2);
        assert_eq!(in_hosts(text, "db.example.com.").len(), 1);
        assert!(in_hosts(text, "x").is_empty());
    }
}
