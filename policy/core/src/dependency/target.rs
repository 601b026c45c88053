//! Reading a target: one word, with the place and the remedy of what is wrong with it.

use super::name::{is_label_key, is_label_value};
use super::network::network;
use super::piece::Piece;
use super::{ParseError, Port, Target, WorkloadKind, is_label_name, is_port_name, is_subdomain};
use crate::search::cut;

/// The kinds of `KIND/NAME`.
const KINDS: [&str; 6] = ["daemonset", "deployment", "job", "pods", "service", "statefulset"];
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

/// More labels are no selector: nothing has so many.
const MOST_LABELS: usize = 100;

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
            format!("write `service/{name}:{port}` for a Service, or `tcp://{name}:{port}` for a connection")
        } else if let (false, [service, namespace, "svc", ..]) =
            (port.is_empty(), name.split('.').collect::<Vec<_>>().as_slice())
        {
            format!("write `{namespace}/service/{service}:{port}` for a Service, or `tcp://{word}` for a connection")
        } else if is_subdomain(name) && !port.is_empty() {
            format!("write `tcp://{word}` for a connection, `http://{word}` for a page")
        } else {
            "write a target, such as `service/postgres:5432` or `tcp://db.example.com:1521`".to_owned()
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
        return Err(whole.error(format!("`{word}` has too many segments"), "write KIND/NAME or NAMESPACE/KIND/NAME"));
    }
    object(namespace, second, third)
}

/// `KIND/NAME`, behind the namespace.
fn object(namespace: Option<String>, kind: Piece<'_>, name: Piece<'_>) -> Result<Target, ParseError> {
    let workload = |kind| Ok(Target::Workload { kind, namespace: namespace.clone(), name: object_name(name)? });
    match kind.text {
        "service" => service(namespace, name),
        "job" => Ok(Target::Job { namespace, name: object_name(name)? }),
        "deployment" => workload(WorkloadKind::Deployment),
        "statefulset" => workload(WorkloadKind::StatefulSet),
        "daemonset" => workload(WorkloadKind::DaemonSet),
        _ if kind.text.contains('.') => custom(namespace, kind, name),
        _ => {
            let help = if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == kind.text) {
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
        Some(port) if port.text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Port::Number(number(port)?)),
        Some(port) if is_port_name(port.text) => Some(Port::Name(port.text.to_owned())),
        Some(port) => {
            return Err(port.error(
                format!("`{}` is no port", port.text),
                "a port is a number from 1 to 65535 or the name of the Service's port (at most 15 characters)",
            ));
        }
    };
    Ok(Target::Service { namespace, name: name.text.to_owned(), port })
}

/// `KEY=VALUE[&KEY=VALUE]`
fn pods(namespace: Option<String>, rest: Piece<'_>) -> Result<Target, ParseError> {
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut at = rest.at;
    for text in rest.text.split('&') {
        let label = Piece { text, at };
        at += text.len() + 1;
        if labels.len() == MOST_LABELS {
            return Err(label.error(format!("these are more than {MOST_LABELS} labels"), "name fewer"));
        }
        match text.split_once('=') {
            Some((key, value)) if is_label_key(key) && is_label_value(value) => {
                match labels.binary_search_by(|(known, _)| known.as_str().cmp(key)) {
                    Ok(_) => {
                        return Err(label.error(format!("the label `{key}` is given twice"), "write it once"));
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
fn custom(namespace: Option<String>, kind: Piece<'_>, name: Piece<'_>) -> Result<Target, ParseError> {
    let mut parts = kind.text.splitn(3, '.');
    let (plural, version, group) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
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
        let stage = cut(rest, "alpha").or_else(|| cut(rest, "beta"));
        stage.map_or_else(|| digits(rest), |(major, minor)| digits(major) && digits(minor))
    })
}

/// A port number, written the one way.
pub(super) fn number(port: Piece<'_>) -> Result<u16, ParseError> {
    port.text
        .parse::<u16>()
        .ok()
        .filter(|number| *number != 0 && number.to_string() == port.text)
        .ok_or_else(|| port.error(format!("`{}` is no port number", port.text), "expected a number from 1 to 65535"))
}
