//! What the settings let a declaration ask for.

use crate::annotation::Declaration;
use crate::dependency::{Host, OnLoss, is_subdomain};
use crate::finding::{Finding, Severity};
use crate::plan::restart::{TOO_OLD, too_old};
use crate::plan::watch::least;
use crate::settings::{Allow, Settings};
use std::net::IpAddr;

/// Can this be an element of `allow.hosts`?
pub(crate) fn is_pattern(text: &str) -> bool {
    text == "*"
        || is_subdomain(text.strip_prefix("*.").unwrap_or(text))
        || text.parse::<IpAddr>().is_ok()
        || cidr(text).is_some()
}

/// Everything that the declaration asks for and the settings refuse.
pub(crate) fn check(declaration: &Declaration, settings: &Settings, severity: Severity, findings: &mut Vec<Finding>) {
    let Allow { targets, hosts, namespaces, max_dependencies, .. } = &settings.allow;
    let count = declaration.dependencies.len() as u64;
    if count > *max_dependencies {
        findings.push(
            Finding::new("not-allowed", severity, &declaration.pointer, format!("{count} dependencies are too many"))
                .help(format!("at most {max_dependencies} are possible (setting `allow.maxDependencies`)")),
        );
    }
    let longest = settings.wait.max_timeout;
    if let Some((timeout, pointer)) = &declaration.timeout
        && timeout.outlasts(longest)
    {
        findings.push(
            Finding::new("timeout-too-long", severity, pointer, format!("a timeout of {timeout} is too long"))
                .help(format!("at most {longest} is possible (setting `wait.maxTimeout`)")),
        );
    }
    for declared in &declaration.dependencies {
        let mut refuse = |rule, severity, message: String, help: String| {
            findings.push(
                Finding::new(rule, severity, &declaration.pointer, message).help(help).span(declared.span.clone()),
            );
        };
        let (target, options) = (&declared.dependency.target, &declared.dependency.options);
        let (on_loss, least) = (options.on_loss.word(), least(options.on_loss));
        if !settings.allow.on_loss.iter().any(|word| word == on_loss) && options.on_loss != OnLoss::Ignore {
            if settings.kubernetes_minor < least {
                refuse(
                    TOO_OLD,
                    severity,
                    too_old(&format!("on-loss={on_loss}"), settings.kubernetes_minor, least),
                    format!(
                        "leave it out; or, once every node is that new, raise it and name `{on_loss}` in `allow.onLoss`"
                    ),
                );
            } else {
                refuse(
                    "not-allowed",
                    severity,
                    format!("`on-loss={on_loss}` is not allowed here"),
                    format!("possible are {} (setting `allow.onLoss`)", settings.allow.on_loss.join(", ")),
                );
            }
        }
        if let Some(timeout) = options.timeout.filter(|timeout| timeout.outlasts(longest)) {
            refuse(
                "timeout-too-long",
                severity,
                format!("a timeout of {timeout} is too long"),
                format!("at most {longest} is possible (setting `wait.maxTimeout`)"),
            );
        }
        if let Some(words) = targets.as_ref().filter(|words| !words.iter().any(|word| word == target.word())) {
            refuse(
                "not-allowed",
                severity,
                format!("{} targets are not allowed here", target.word()),
                format!("possible are {} (setting `allow.targets`)", words.join(", ")),
            );
        }
        if let Some(host) = target.host().filter(|host| !hosts.iter().any(|pattern| matches(pattern, host))) {
            refuse(
                "not-allowed",
                severity,
                format!("the host {host} is not allowed here"),
                format!("possible are {} (setting `allow.hosts`)", hosts.join(", ")),
            );
        }
        if let Some(namespace) =
            target.namespace().filter(|name| !namespaces.iter().any(|known| known == "*" || known == name))
        {
            refuse(
                "not-allowed",
                severity,
                format!("dependencies in the namespace {namespace} are not allowed here"),
                format!("possible are {} (setting `allow.namespaces`)", namespaces.join(", ")),
            );
        }
    }
}

fn matches(pattern: &str, host: &Host) -> bool {
    match host {
        _ if pattern == "*" => true,
        Host::Name(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            match pattern.strip_prefix('*') {
                Some(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
                None => name == pattern,
            }
        }
        Host::Ip(address) => match cidr(pattern) {
            Some((network, bits)) => inside(*address, network, bits),
            None => pattern.parse::<IpAddr>().is_ok_and(|known| known == *address),
        },
    }
}

fn cidr(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, bits))
}

fn inside(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (a.to_bits() ^ n.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0,
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.to_bits() ^ n.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0,
        _ => false,
    }
}
