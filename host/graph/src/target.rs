//! What a canonical target speaks of. The policy has read and checked the declaration; this takes its text apart again.

/// What stands behind the namespace of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target<'t> {
    /// `service/NAME[:PORT]`
    Service { name: &'t str, port: Option<&'t str> },
    /// `job/NAME`, `deployment/NAME`, `statefulset/NAME`, `daemonset/NAME`
    Object { word: &'t str, name: &'t str },
    /// `pods/KEY=VALUE[&KEY=VALUE]`
    Pods { labels: Vec<(&'t str, &'t str)> },
    /// `PLURAL.VERSION.GROUP/NAME`
    Custom { plural: &'t str, group: &'t str, name: &'t str },
    /// `SCHEME://HOST[:PORT][REST]`; the host without brackets and without a final dot.
    Host { scheme: &'t str, host: &'t str, port: Option<&'t str>, rest: &'t str },
}

impl<'t> Target<'t> {
    /// The name of the one object that is asked for at the API server; none where it is not known beforehand.
    pub(crate) fn object_name(&self) -> Option<&'t str> {
        match self {
            Self::Service { name, .. } | Self::Object { name, .. } | Self::Custom { name, .. } => Some(name),
            Self::Pods { .. } | Self::Host { .. } => None,
        }
    }
}

/// Takes a target apart: its namespace, if it names one, and the rest. None for what the grammar does not have.
pub(crate) fn parse(text: &str) -> Option<(Option<&str>, Target<'_>)> {
    if let Some((scheme, rest)) = text.split_once("://") {
        return host(scheme, rest).map(|target| (None, target));
    }
    if let Some(labels) = text.strip_prefix("pods/") {
        return pods(labels).map(|target| (None, target));
    }
    let (first, rest) = text.split_once('/')?;
    let Some((kind, name)) = rest.split_once('/') else {
        return object(first, rest).map(|target| (None, target));
    };
    let target = if kind == "pods" { pods(name) } else { object(kind, name) };
    target.map(|target| (Some(first), target))
}

/// `KIND/NAME`
fn object<'t>(kind: &'t str, name: &'t str) -> Option<Target<'t>> {
    if name.is_empty() || name.contains('/') {
        return None;
    }
    match kind {
        "service" => Some(match name.split_once(':') {
            Some((name, port)) => Target::Service { name, port: Some(port) },
            None => Target::Service { name, port: None },
        }),
        "job" | "deployment" | "statefulset" | "daemonset" => Some(Target::Object { word: kind, name }),
        _ => {
            let (plural, rest) = kind.split_once('.')?;
            let (_version, group) = rest.split_once('.')?;
            Some(Target::Custom { plural, group, name })
        }
    }
}

/// `KEY=VALUE[&KEY=VALUE]`
fn pods(text: &str) -> Option<Target<'_>> {
    text.split('&').map(|label| label.split_once('=')).collect::<Option<Vec<_>>>().map(|labels| Target::Pods { labels })
}

/// `HOST[:PORT][REST]`
fn host<'t>(scheme: &'t str, text: &'t str) -> Option<Target<'t>> {
    let at = text.find(['/', '?']).unwrap_or(text.len());
    let (authority, rest) = text.split_at_checked(at)?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, behind) = bracketed.split_once(']')?;
            (host, behind.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then_some(Target::Host { scheme, host, port, rest })
}

/// A Service that a host name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inside<'h> {
    /// The Service.
    pub(crate) name: &'h str,
    /// Its namespace; none: the Pod's own.
    pub(crate) namespace: Option<&'h str>,
    /// No such host can be outside the cluster.
    pub(crate) is_certain: bool,
}

/// The Service that a host name may mean: NAME, NAME.NAMESPACE, NAME.NAMESPACE.svc and NAME.NAMESPACE.svc.cluster.local,
/// and of the last two also with a Pod of a StatefulSet before it. Source: Kubernetes, DNS-Based Service Discovery.
pub(crate) fn inside(host: &str) -> Option<Inside<'_>> {
    let labels: Vec<&str> = host.split('.').collect();
    let labels = match labels.as_slice() {
        [labels @ .., "cluster", "local"] if labels.last() == Some(&"svc") => labels,
        labels => labels,
    };
    match *labels {
        ["localhost"] => None,
        // An address (IPv6) is no name.
        [name] if name.contains(':') => None,
        [name] => Some(Inside { name, namespace: None, is_certain: true }),
        [name, namespace, "svc"] | [_, name, namespace, "svc"] => {
            Some(Inside { name, namespace: Some(namespace), is_certain: true })
        }
        [name, namespace] => Some(Inside { name, namespace: Some(namespace), is_certain: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_target_table_is_read() {
        let host = |scheme, host, port, rest| Some((None, Target::Host { scheme, host, port, rest }));
        for (text, expected) in [
            ("service/db", Some((None, Target::Service { name: "db", port: None }))),
            ("service/db:5432", Some((None, Target::Service { name: "db", port: Some("5432") }))),
            (
                "monitoring/service/grafana:http",
                Some((Some("monitoring"), Target::Service { name: "grafana", port: Some("http") })),
            ),
            ("job/migrate", Some((None, Target::Object { word: "job", name: "migrate" }))),
            ("a/deployment/x", Some((Some("a"), Target::Object { word: "deployment", name: "x" }))),
            ("pods/app=db&tier=back", Some((None, Target::Pods { labels: vec![("app", "db"), ("tier", "back")] }))),
            (
                "a/pods/app.kubernetes.io/name=db",
                Some((Some("a"), Target::Pods { labels: vec![("app.kubernetes.io/name", "db")] })),
            ),
            ("pods/x.io/pods=", Some((None, Target::Pods { labels: vec![("x.io/pods", "")] }))),
            (
                "certificates.v1.cert-manager.io/web",
                Some((None, Target::Custom { plural: "certificates", group: "cert-manager.io", name: "web" })),
            ),
            ("tcp://db:5432", host("tcp", "db", Some("5432"), "")),
            ("tcp://[2001:db8::1]:5432", host("tcp", "2001:db8::1", Some("5432"), "")),
            ("https://auth.shop.svc/healthz?a=b:c", host("https", "auth.shop.svc", None, "/healthz?a=b:c")),
            ("http://web:8080/", host("http", "web", Some("8080"), "/")),
            ("grpcs://api.shop:443/x.Health", host("grpcs", "api.shop", Some("443"), "/x.Health")),
            ("dns://example.com.", host("dns", "example.com", None, "")),
            ("", None),
            ("service", None),
            ("service/", None),
            ("a/b/c/d", None),
            ("svc/db", None),
            ("pods/app", None),
            ("tcp://", None),
            ("tcp://.", None),
            ("tcp://[::1", None),
            ("x.y/z", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn hosts_of_the_cluster_are_told_from_others() {
        let inside_of = |name, namespace, is_certain| Some(Inside { name, namespace, is_certain });
        for (host, expected) in [
            ("db", inside_of("db", None, true)),
            ("db.shop", inside_of("db", Some("shop"), false)),
            ("db.shop.svc", inside_of("db", Some("shop"), true)),
            ("db.shop.svc.cluster.local", inside_of("db", Some("shop"), true)),
            ("db-0.db.shop.svc", inside_of("db", Some("shop"), true)),
            ("db-0.db.shop.svc.cluster.local", inside_of("db", Some("shop"), true)),
            ("db.shop.cluster.local", None),
            ("localhost", None),
            ("2001:db8::1", None),
            ("192.0.2.1", None),
            ("auth.example.com", None),
            ("a.b.c.svc.example", None),
        ] {
            assert_eq!(inside(host), expected, "{host}");
        }
    }
}
