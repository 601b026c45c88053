//! Reading a target: one word, with the place and the remedy of what is wrong with it.

use super::name::{is_host_name, is_label_key, is_label_value};
use super::{
    Host, ParseError, Port, Target, WorkloadKind, is_label_name, is_port_name, is_subdomain,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// The kinds of `KIND/NAME`.
const KINDS: [&str; 6] = [
    "daemonset",
    "deployment",
    "job",
    "pods",
    "service",
    "statefulset",
];
/// The schemes of `SCHEME://`.
const SCHEMES: [&str; 6] = ["dns", "grpc", "grpcs", "http", "https", "tcp"];
/// What kubectl calls them, for those who write the short form.
const SHORT: [(&str, &str); 16] = [
    ("svc", "service"),
    ("services", "service"),
    ("jobs", "job"),
    ("deploy", "deployment"),
    ("deployments", "deployment"),
    ("sts", "statefulset"),
    ("statefulsets", "statefulset"),
    ("ds", "daemonset"),
    ("daemonsets", "daemonset"),
    ("po", "pods"),
    ("pod", "pods"),
    ("Service", "service"),
    ("Job", "job"),
    ("Deployment", "deployment"),
    ("StatefulSet", "statefulset"),
    ("DaemonSet", "daemonset"),
];

/// A part of the word and where it stands.
#[derive(Clone, Copy)]
struct Piece<'t> {
    text: &'t str,
    at: usize,
}

impl Piece<'_> {
    const fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// The pieces on both sides of the first separator.
    fn split(self, separator: &str) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(separator)?;
        Some((
            Self {
                text: left,
                at: self.at,
            },
            Self {
                text: right,
                at: self.at + left.len() + separator.len(),
            },
        ))
    }

    /// As [`Self::split`], at the last separator.
    fn split_last(self, separator: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.rsplit_once(separator)?;
        Some((
            Self {
                text: left,
                at: self.at,
            },
            Self {
                text: right,
                at: self.at + left.len() + separator.len_utf8(),
            },
        ))
    }

    fn error(self, message: String, help: impl Into<String>) -> ParseError {
        ParseError::new(self.span(), message, help)
    }
}

/// Reads a target that stands at byte `at` of the text.
pub(super) fn parse(word: &str, at: usize) -> Result<Target, ParseError> {
    let whole = Piece { text: word, at };
    if let Some((scheme, rest)) = whole.split("://") {
        return network(scheme, rest);
    }
    let Some((first, rest)) = whole.split("/") else {
        let (name, port) = word.split_once(':').unwrap_or((word, ""));
        let help = if word.contains('=') {
            "a target comes first, then its options, all on one line".to_owned()
        } else if is_label_name(name) {
            let port = if port.is_empty() { "5432" } else { port };
            format!(
                "write `service/{name}:{port}` for a Service, or `tcp://{name}:{port}` for a connection"
            )
        } else {
            "write a target, such as `service/postgres:5432` or `tcp://db.example.com:1521`"
                .to_owned()
        };
        return Err(whole.error(format!("`{word}` is no target"), help));
    };
    if first.text == "pods" {
        return pods(None, rest);
    }
    let Some((second, third)) = rest.split("/") else {
        return object(None, first, rest);
    };
    if !is_label_name(first.text) {
        return Err(first.error(
            format!("`{}` is no namespace", first.text),
            "three segments are NAMESPACE/KIND/NAME, in lower case",
        ));
    }
    let namespace = Some(first.text.to_owned());
    if second.text == "pods" {
        return pods(namespace, third);
    }
    if third.text.contains('/') {
        return Err(whole.error(
            format!("`{word}` has too many segments"),
            "write KIND/NAME or NAMESPACE/KIND/NAME",
        ));
    }
    object(namespace, second, third)
}

/// `KIND/NAME`, behind the namespace.
fn object(
    namespace: Option<String>,
    kind: Piece<'_>,
    name: Piece<'_>,
) -> Result<Target, ParseError> {
    let workload = |kind| {
        Ok(Target::Workload {
            kind,
            namespace: namespace.clone(),
            name: object_name(name)?,
        })
    };
    match kind.text {
        "service" => service(namespace, name),
        "job" => Ok(Target::Job {
            namespace,
            name: object_name(name)?,
        }),
        "deployment" => workload(WorkloadKind::Deployment),
        "statefulset" => workload(WorkloadKind::StatefulSet),
        "daemonset" => workload(WorkloadKind::DaemonSet),
        _ if kind.text.contains('.') => custom(namespace, kind, name),
        _ => {
            let help = if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == kind.text)
            {
                format!("write `{long}/{}`", name.text)
            } else if let Some(near) = crate::nearest::nearest(kind.text, KINDS) {
                format!("did you mean `{near}/{}`?", name.text)
            } else {
                format!(
                    "the kinds are {}; a custom resource is PLURAL.VERSION.GROUP/NAME",
                    KINDS.map(|kind| format!("`{kind}`")).join(", ")
                )
            };
            Err(kind.error(format!("unknown kind `{}`", kind.text), help))
        }
    }
}

/// The name of a namespaced object.
fn object_name(name: Piece<'_>) -> Result<String, ParseError> {
    if is_subdomain(name.text) {
        return Ok(name.text.to_owned());
    }
    let help = if name.text.contains(':') {
        "only a Service has a port"
    } else {
        "a name has lower-case letters, digits, `-` and `.`, and begins and ends with a letter or digit"
    };
    Err(name.error(format!("`{}` is no name of an object", name.text), help))
}

/// `NAME[:PORT]`
fn service(namespace: Option<String>, rest: Piece<'_>) -> Result<Target, ParseError> {
    let (name, port) = match rest.split(":") {
        Some((name, port)) => (name, Some(port)),
        None => (rest, None),
    };
    if !is_label_name(name.text) {
        return Err(name.error(
            format!("`{}` is no name of a Service", name.text),
            "a Service's name has lower-case letters, digits and `-`, at most 63; a host name goes behind `tcp://`",
        ));
    }
    let port = match port {
        None => None,
        Some(port) if port.text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Port::Number(number(port)?))
        }
        Some(port) if is_port_name(port.text) => Some(Port::Name(port.text.to_owned())),
        Some(port) => {
            return Err(port.error(
                format!("`{}` is no port", port.text),
                "a port is a number from 1 to 65535 or the name of the Service's port (at most 15 characters)",
            ));
        }
    };
    Ok(Target::Service {
        namespace,
        name: name.text.to_owned(),
        port,
    })
}

/// `KEY=VALUE[&KEY=VALUE]`
fn pods(namespace: Option<String>, rest: Piece<'_>) -> Result<Target, ParseError> {
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut at = rest.at;
    for text in rest.text.split('&') {
        let label = Piece { text, at };
        at += text.len() + 1;
        match text.split_once('=') {
            Some((key, value)) if is_label_key(key) && is_label_value(value) => {
                match labels.binary_search_by(|(known, _)| known.as_str().cmp(key)) {
                    Ok(_) => {
                        return Err(label
                            .error(format!("the label `{key}` is given twice"), "write it once"));
                    }
                    Err(at) => labels.insert(at, (key.to_owned(), value.to_owned())),
                }
            }
            _ => {
                return Err(label.error(
                    format!("`{text}` is no label"),
                    "Pods are named by their labels: `pods/app=web&tier=api`",
                ));
            }
        }
    }
    Ok(Target::Pods { namespace, labels })
}

/// `PLURAL.VERSION.GROUP/NAME`
fn custom(
    namespace: Option<String>,
    kind: Piece<'_>,
    name: Piece<'_>,
) -> Result<Target, ParseError> {
    let mut parts = kind.text.splitn(3, '.');
    let (plural, version, group) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    if !is_label_name(plural) || !is_version(version) || !is_subdomain(group) {
        return Err(kind.error(
            format!("`{}` is no custom resource", kind.text),
            "write PLURAL.VERSION.GROUP/NAME, such as `certificates.v1.cert-manager.io/web`",
        ));
    }
    Ok(Target::Custom {
        namespace,
        plural: plural.to_owned(),
        version: version.to_owned(),
        group: group.to_owned(),
        name: object_name(name)?,
    })
}

/// `v1`, `v2beta3`: Kubernetes' versions.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v').is_some_and(|rest| {
        let stage = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
        stage.map_or_else(
            || digits(rest),
            |(major, minor)| digits(major) && digits(minor),
        )
    })
}

/// `SCHEME://…`
fn network(scheme: Piece<'_>, rest: Piece<'_>) -> Result<Target, ParseError> {
    let (tls, default) = match scheme.text {
        "http" => (false, 80),
        "https" => (true, 443),
        "grpcs" => (true, 0),
        "tcp" | "grpc" | "dns" => (false, 0),
        _ => {
            let help = crate::nearest::nearest(scheme.text, SCHEMES).map_or_else(
                || {
                    format!(
                        "the schemes are {}",
                        SCHEMES.map(|scheme| format!("`{scheme}://`")).join(", ")
                    )
                },
                |near| format!("did you mean `{near}://{}`?", rest.text),
            );
            return Err(scheme.error(format!("unknown scheme `{}`", scheme.text), help));
        }
    };
    let (authority, path) = match rest
        .text
        .find(['/', '?', '#'])
        .and_then(|at| rest.text.split_at_checked(at))
    {
        Some((authority, path)) => (
            Piece {
                text: authority,
                at: rest.at,
            },
            Piece {
                text: path,
                at: rest.at + authority.len(),
            },
        ),
        None => (
            rest,
            Piece {
                text: "",
                at: rest.at + rest.text.len(),
            },
        ),
    };
    if let Some((user, _)) = authority.split_last('@') {
        return Err(user.error(
            "a user name or password in a URL would end in logs".to_owned(),
            "leave it out; an endpoint that answers without one is what a health check is for",
        ));
    }
    let (host, port) = authority_parts(authority)?;
    let port = port.map(number).transpose()?;
    match scheme.text {
        "dns" => {
            if let Some(port) = port {
                return Err(authority.error(
                    format!("a name has no port, and here is `:{port}`"),
                    "leave it out",
                ));
            }
            if !path.text.is_empty() {
                return Err(path.error(
                    format!("a name has no path, and here is `{}`", path.text),
                    "leave it out",
                ));
            }
            match host {
                Host::Name(name) => Ok(Target::Dns { name }),
                Host::Ip(ip) => Err(authority.error(
                    format!("`{ip}` is an address"),
                    "only a name can be resolved",
                )),
            }
        }
        "http" | "https" => Ok(Target::Http {
            tls,
            host,
            port: port.filter(|port| *port != default),
            path: http_path(path)?,
        }),
        word => {
            let Some(port) = port else {
                return Err(authority.error(
                    format!("`{}` has no port", authority.text),
                    format!("write `{word}://{}:PORT`", authority.text),
                ));
            };
            if word == "tcp" {
                return if path.text.is_empty() {
                    Ok(Target::Tcp { host, port })
                } else {
                    Err(path.error(
                        format!("a connection has no path, and here is `{}`", path.text),
                        format!(
                            "leave it out, or write `http://{}{}`",
                            authority.text, path.text
                        ),
                    ))
                };
            }
            let service = path.text.strip_prefix('/').unwrap_or(path.text);
            if !service
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
            {
                return Err(path.error(
                    format!("`{service}` is no name of a gRPC service"),
                    "letters, digits, `.`, `_`, `-` and `/` are possible",
                ));
            }
            Ok(Target::Grpc {
                tls,
                host,
                port,
                service: (!service.is_empty()).then(|| service.to_owned()),
            })
        }
    }
}

/// `HOST[:PORT]`
fn authority_parts(authority: Piece<'_>) -> Result<(Host, Option<Piece<'_>>), ParseError> {
    let wrong = |help: &str| authority.error(format!("`{}` is no host", authority.text), help);
    if authority.text.starts_with('[') {
        let Some((address, rest)) = authority.split("]") else {
            return Err(wrong(
                "an IPv6 address stands in brackets: `[2001:db8::1]:5432`",
            ));
        };
        let address = address.text.trim_start_matches('[');
        let Ok(address) = address.parse::<Ipv6Addr>() else {
            return Err(wrong(
                "expected an IPv6 address in the brackets, without a zone",
            ));
        };
        let host = Host::Ip(IpAddr::V6(address));
        return match rest.text.strip_prefix(':') {
            Some(text) => Ok((
                host,
                Some(Piece {
                    text,
                    at: rest.at + 1,
                }),
            )),
            None if rest.text.is_empty() => Ok((host, None)),
            None => Err(wrong("behind an IPv6 address comes `:PORT`")),
        };
    }
    let (host, port) = match authority.split(":") {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.text.contains(':')) {
        return Err(wrong(
            "an IPv6 address stands in brackets: `[2001:db8::1]:5432`",
        ));
    }
    let name = host.text.to_ascii_lowercase();
    if name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return match name.parse::<Ipv4Addr>() {
            Ok(address) => Ok((Host::Ip(IpAddr::V4(address)), port)),
            Err(_) => Err(wrong(
                "expected a host name, or an IPv4 address such as `192.0.2.1`",
            )),
        };
    }
    if is_host_name(&name) {
        Ok((Host::Name(name), port))
    } else {
        Err(wrong("a host name has letters, digits, `-` and `.`"))
    }
}

/// A port number, written the one way.
fn number(port: Piece<'_>) -> Result<u16, ParseError> {
    port.text
        .parse::<u16>()
        .ok()
        .filter(|number| *number != 0 && number.to_string() == port.text)
        .ok_or_else(|| {
            port.error(
                format!("`{}` is no port number", port.text),
                "expected a number from 1 to 65535",
            )
        })
}

/// Path and query of a URL, as RFC 3986 allows them.
fn http_path(path: Piece<'_>) -> Result<String, ParseError> {
    if let Some((_, fragment)) = path.split("#") {
        return Err(ParseError::new(
            fragment.at.saturating_sub(1)..fragment.span().end,
            "a fragment is never sent",
            "leave it out, or write `%23` for a `#` in the path",
        ));
    }
    let mut rest = path.text.char_indices();
    while let Some((at, c)) = rest.next() {
        let fine = match c {
            '%' => [rest.next(), rest.next()]
                .iter()
                .all(|c| c.is_some_and(|(_, c)| c.is_ascii_hexdigit())),
            _ => c.is_ascii_alphanumeric() || "-._~!$&'()*+;=:@/?".contains(c),
        };
        if !fine {
            return Err(ParseError::new(
                path.at + at..path.at + at + c.len_utf8(),
                format!("`{c}` cannot stand in a URL"),
                "write it as `%` and two hexadecimal digits",
            ));
        }
    }
    Ok(if path.text.starts_with('/') {
        path.text.to_owned()
    } else {
        format!("/{}", path.text)
    })
}
