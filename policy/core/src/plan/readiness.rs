//! Which container gets a readiness probe, and what stands against the ones that are there.

use super::{PlannedProbe, is_long_running, is_sidecar, list, name};
use crate::annotation::{Asked, Declaration};
use crate::finding::{Finding, Severity, compact, shown};
use crate::marker::Marker;
use crate::path::at;
use crate::probe::{Handler, Probe, cannot_work, declared_port, ports};
use crate::settings::{Required, Settings};
use serde_json::Value;

/// Ports of these names say nothing about the application's readiness.
const ASIDE: [&str; 12] = [
    "admin",
    "debug",
    "health",
    "healthz",
    "jmx",
    "liveness",
    "metrics",
    "monitoring",
    "pprof",
    "profiling",
    "prometheus",
    "http-metrics",
];

/// Plans the probes; what is missing or cannot work goes to `findings`.
pub(crate) fn plan(
    template: &Value,
    base: &str,
    declaration: &Declaration,
    settings: &Settings,
    marker: &Marker,
    enforce: Severity,
    findings: &mut Vec<Finding>,
) -> Vec<PlannedProbe> {
    if !is_long_running(template) {
        for asked in declaration.readiness.iter().filter(|asked| asked.probe.is_some()) {
            findings.push(
                Finding::new(
                    "readiness-unused",
                    Severity::Warning,
                    &asked.pointer,
                    "this Pod runs to completion and gets no readiness probe",
                )
                .help("remove the annotation"),
            );
        }
        return Vec::new();
    }
    let containers = list(template, "containers");
    let mut planned: Vec<PlannedProbe> = Vec::new();
    let mut refused: Vec<String> = Vec::new();
    for asked in &declaration.readiness {
        match choose(template, asked, settings) {
            Err((message, help)) => {
                findings.push(Finding::new("invalid-readiness", Severity::Error, &asked.pointer, message).help(help));
                return planned;
            }
            Ok(None) => refused.push(String::new()),
            Ok(Some((at, container))) => {
                let theirs = container
                    .get("readinessProbe")
                    .filter(|probe| !probe.is_null() && !Marker::has(&marker.probes, name(container)));
                let conflict = match (&asked.probe, theirs) {
                    (Some(probe), Some(there)) if !probe.agrees(there) => {
                        Some((compact(&probe.render(&serde_json::Map::new())), there))
                    }
                    (None, Some(there)) => Some(("none".to_owned(), there)),
                    _ => None,
                };
                if let Some((wanted, there)) = conflict {
                    findings.push(
                        Finding::new(
                            "readiness-conflict",
                            enforce,
                            format!("{base}/spec/{at}/readinessProbe"),
                            format!(
                                "the readiness probe of `{}` is {}, and the annotation asks for {wanted}",
                                name(container),
                                shown(there)
                            ),
                        )
                        .help("a probe that is there is never changed: make them equal or remove one of them"),
                    );
                } else if let Some(probe) = &asked.probe {
                    if planned.iter().any(|known| known.container == name(container)) {
                        findings.push(
                            Finding::new(
                                "invalid-readiness",
                                Severity::Error,
                                &asked.pointer,
                                format!("two annotations name a probe for `{}`", name(container)),
                            )
                            .help("write one of them"),
                        );
                    } else {
                        planned.push(PlannedProbe {
                            container: name(container).to_owned(),
                            probe: probe.clone(),
                            rendered: probe.render(&settings.readiness.probe),
                        });
                    }
                } else {
                    refused.push(name(container).to_owned());
                }
            }
        }
    }
    let mut works = !planned.is_empty();
    for (at, container) in containers.iter().enumerate() {
        let ours = Marker::has(&marker.probes, name(container));
        let Some(probe) = container.get("readinessProbe").filter(|probe| !probe.is_null() && !ours) else {
            continue;
        };
        let pointer = format!("{base}/spec/containers/{at}/readinessProbe");
        if let Some(why) = cannot_work(probe, container) {
            findings.push(
                Finding::new(
                    "readiness-cannot-work",
                    enforce,
                    pointer,
                    format!("the readiness probe of `{}` can never succeed: {why}", name(container)),
                )
                .help("the Pod would stay unready for ever; correct the probe"),
            );
            works = true;
        } else {
            works = true;
            for handler in ["httpGet", "tcpSocket"] {
                if probe
                    .get(handler)
                    .and_then(|handler| handler.get("host"))
                    .and_then(Value::as_str)
                    .is_some_and(|host| !host.is_empty())
                {
                    findings.push(
                        Finding::new(
                            "probe-host",
                            Severity::Warning,
                            format!("{pointer}/{handler}/host"),
                            "a `host` in a probe is refused by Pod Security baseline since 1.34",
                        )
                        .help("remove it: the kubelet asks the Pod's own address"),
                    );
                }
            }
        }
    }
    if works || !refused.is_empty() || settings.readiness.required == Required::Never {
        return planned;
    }
    // A probe that was asked for and cannot be read, or a Pod that cannot be, is said already.
    if findings.iter().any(|finding| finding.rule == "invalid-readiness" || finding.rule == "malformed") {
        return planned;
    }
    planned.extend(derive_or_miss(template, base, settings, enforce, findings));
    planned
}

/// The container that an annotation speaks of, with its place; `Ok(None)`: the Pod as a whole (`none`).
fn choose<'t>(
    template: &'t Value,
    asked: &Asked,
    settings: &Settings,
) -> Result<Option<(String, &'t Value)>, (String, String)> {
    let regular = list(template, "containers");
    let places = || {
        let sidecars =
            list(template, "initContainers").iter().enumerate().filter(|(_, container)| is_sidecar(container));
        let regular = regular.iter().enumerate().map(|(at, container)| (format!("containers/{at}"), container));
        regular.chain(sidecars.map(|(at, container)| (format!("initContainers/{at}"), container)))
    };
    let ask = || format!("name the container: `{}/readiness.CONTAINER`, of {}", settings.prefix, names(regular));
    let chosen = if let Some(wanted) = &asked.container {
        places().find(|(_, container)| name(container) == wanted).ok_or_else(|| {
            (format!("there is no container `{wanted}`"), format!("the containers are {}", names(regular)))
        })?
    } else {
        let Some(probe) = &asked.probe else {
            return Ok(None);
        };
        let port = probe.handler.port();
        let mut fitting = places().filter(|(place, container)| {
            place.starts_with("containers/") && (regular.len() == 1 || declared_port(container, port))
        });
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => only,
            (None, _) => return Err((format!("no container declares the port `{port}`"), ask())),
            (Some(_), Some(_)) => {
                return Err((format!("several containers declare the port `{port}`"), ask()));
            }
        }
    };
    if let Some(port) = asked.probe.as_ref().map(|probe| probe.handler.port())
        && port.parse::<u16>().is_err()
        && !declared_port(chosen.1, port)
    {
        return Err((
            format!("the container `{}` declares no port `{port}`", name(chosen.1)),
            "write the number, or declare the port: the kubelet never finds it, and the Pod would stay unready for ever".to_owned(),
        ));
    }
    Ok(Some(chosen))
}

fn names(containers: &[Value]) -> String {
    containers.iter().map(|container| format!("`{}`", name(container))).collect::<Vec<_>>().join(", ")
}

/// Without a probe and without a declared one: the only port, or what to write.
fn derive_or_miss(
    template: &Value,
    base: &str,
    settings: &Settings,
    enforce: Severity,
    findings: &mut Vec<Finding>,
) -> Option<PlannedProbe> {
    let containers = list(template, "containers");
    let declared: Vec<(&Value, &Value)> =
        containers.iter().flat_map(|container| ports(container).map(move |port| (container, port))).collect();
    let serving: Vec<(&Value, u64)> = declared
        .iter()
        .filter(|(_, port)| {
            port.get("protocol").is_none_or(|protocol| protocol == "TCP")
                && !port.get("name").and_then(Value::as_str).is_some_and(|name| ASIDE.contains(&name))
        })
        .filter_map(|(container, port)| {
            Some((*container, port.get("containerPort")?.as_u64().filter(|port| (1..=65_535).contains(port))?))
        })
        .collect();
    let pointer = format!("{base}/spec/containers");
    let host_network = at(template, "/spec/hostNetwork") == Some(&Value::Bool(true));
    if let ([(container, port)], true, false) = (serving.as_slice(), settings.readiness.derive, host_network) {
        let probe = Probe {
            handler: Handler::Tcp { port: port.to_string() },
            delay: None,
            period: None,
            timeout: None,
            failures: None,
        };
        findings.push(
            Finding::new(
                "readiness-derived",
                Severity::Warning,
                pointer,
                format!("`{}` has no readiness probe: it gets tcp://:{port}", name(container)),
            )
            .help(format!(
                "write `{0}/readiness: http://:{port}/PATH` (better), or `{0}/readiness: none`",
                settings.prefix
            )),
        );
        let rendered = probe.render(&settings.readiness.probe);
        return Some(PlannedProbe { container: name(container).to_owned(), probe, rendered });
    }
    let (severity, message) = match (settings.readiness.required, declared.is_empty()) {
        (Required::Strict, _) => {
            (enforce, "no container has a readiness probe, so the Pod is ready as soon as it runs")
        }
        (_, false) => (enforce, "no container has a readiness probe, so the Pod gets traffic as soon as it runs"),
        (_, true) => (Severity::Warning, "no container has a readiness probe or a port"),
    };
    let port = declared.first().and_then(|(_, port)| port.get("containerPort")?.as_u64());
    let key = format!("{}/readiness", settings.prefix);
    let help = match port {
        Some(port) => format!(
            "write `{key}: http://:{port}/PATH` (or tcp://:{port}), or `{key}: none` where nothing asks this Pod"
        ),
        None => format!("write `{key}: none` where nothing asks this Pod, else a probe, such as `{key}: tcp://:PORT`"),
    };
    findings.push(Finding::new("no-readiness-probe", severity, pointer, message).help(help));
    None
}
