//! Reads the targets that are URLs: `tcp`, `http(s)`, `grpc(s)` and `dns`.

use super::name::is_host_name;
use super::piece::Piece;
use super::target::number;
use super::{Host, ParseError, Target};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The schemes of `SCHEME://`.
const SCHEMES: [&str; 6] = ["dns", "grpc", "grpcs", "http", "https", "tcp"];

/// `SCHEME://…`
pub(super) fn network(scheme: Piece<'_>, rest: Piece<'_>) -> Result<Target, ParseError> {
    let (tls, default) = match scheme.text {
        "http" => (false, 80),
        "https" => (true, 443),
        "grpcs" => (true, 0),
        "tcp" | "grpc" | "dns" => (false, 0),
        _ => {
            let help = crate::nearest::nearest(scheme.text, SCHEMES).map_or_else(
                || format!("the schemes are {}", SCHEMES.map(|scheme| format!("`{scheme}://`")).join(", ")),
                |near| format!("did you mean `{near}://{}`?", rest.text),
            );
            return Err(scheme.error(format!("unknown scheme `{}`", scheme.text), help));
        }
    };
    let end = rest.text.find(['/', '?', '#']).unwrap_or(rest.text.len());
    let (authority, path) = rest.text.split_at_checked(end).unwrap_or_default();
    let (authority, path) = (Piece { text: authority, at: rest.at }, Piece { text: path, at: rest.at + end });
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
                return Err(authority.error(format!("a name has no port, and here is `:{port}`"), "leave it out"));
            }
            if !path.text.is_empty() {
                return Err(path.error(format!("a name has no path, and here is `{}`", path.text), "leave it out"));
            }
            match host {
                Host::Name(name) => Ok(Target::Dns { name }),
                Host::Ip(ip) => Err(authority.error(format!("`{ip}` is an address"), "only a name can be resolved")),
            }
        }
        "http" | "https" => {
            Ok(Target::Http { tls, host, port: port.filter(|port| *port != default), path: http_path(path)? })
        }
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
                        format!("leave it out, or write `http://{}{}`", authority.text, path.text),
                    ))
                };
            }
            let service = path.text.strip_prefix('/').unwrap_or(path.text);
            if !service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte)) {
                return Err(path.error(
                    format!("`{service}` is no name of a gRPC service"),
                    "letters, digits, `.`, `_`, `-` and `/` are possible",
                ));
            }
            Ok(Target::Grpc { tls, host, port, service: (!service.is_empty()).then(|| service.to_owned()) })
        }
    }
}

/// `HOST[:PORT]`
fn authority_parts(authority: Piece<'_>) -> Result<(Host, Option<Piece<'_>>), ParseError> {
    let wrong = |help: &str| authority.error(format!("`{}` is no host", authority.text), help);
    if authority.text.starts_with('[') {
        let Some((address, rest)) = authority.split("]") else {
            return Err(wrong("an IPv6 address stands in brackets: `[2001:db8::1]:5432`"));
        };
        let address = address.text.trim_start_matches('[');
        let Ok(address) = address.parse::<Ipv6Addr>() else {
            return Err(wrong("expected an IPv6 address in the brackets, without a zone"));
        };
        let host = Host::Ip(IpAddr::V6(address));
        return match rest.text.strip_prefix(':') {
            Some(text) => Ok((host, Some(Piece { text, at: rest.at + 1 }))),
            None if rest.text.is_empty() => Ok((host, None)),
            None => Err(wrong("behind an IPv6 address comes `:PORT`")),
        };
    }
    let (host, port) = match authority.split(":") {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.text.contains(':')) {
        return Err(wrong("an IPv6 address stands in brackets: `[2001:db8::1]:5432`"));
    }
    let name = host.text.to_ascii_lowercase();
    if name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return match name.parse::<Ipv4Addr>() {
            Ok(address) => Ok((Host::Ip(IpAddr::V4(address)), port)),
            Err(_) => Err(wrong("expected a host name, or an IPv4 address such as `192.0.2.1`")),
        };
    }
    if is_host_name(&name) {
        Ok((Host::Name(name), port))
    } else {
        Err(wrong("a host name has letters, digits, `-` and `.`"))
    }
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
            '%' => [rest.next(), rest.next()].iter().all(|c| c.is_some_and(|(_, c)| c.is_ascii_hexdigit())),
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
    Ok(if path.text.starts_with('/') { path.text.to_owned() } else { format!("/{}", path.text) })
}
