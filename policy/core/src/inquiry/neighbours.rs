//! What stands behind a dependency: the Service, the workloads whose Pods it selects, and what those declare themselves.

use super::Inquiry;
use super::space::Space;
use crate::annotation::{self, Declaration};
use crate::cluster::{Facts, Item, Kind, Known, Labels, List};
use crate::copy;
use crate::dependency::{Host, Target, WorkloadKind, is_label_name};
use crate::marker::Marker;
use crate::path::at;
use serde_json::Value;

/// A workload or a Pod.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) namespace: String,
    pub(super) name: String,
    own: Value,
    template: Value,
}

/// What stands behind a dependency.
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// The Service that is asked for, in words.
    pub(super) service: Option<String>,
    /// Any of these satisfies it.
    pub(super) nodes: Vec<Node>,
    /// So do the very Pods that wait.
    pub(super) own: bool,
    /// Nothing else has its labels.
    pub(super) whole: bool,
}

/// The neighbours of an object.
pub(super) struct Neighbours<'f> {
    pub(super) inquiry: &'f Inquiry<'f>,
    pub(super) facts: &'f Facts,
    spaces: Vec<(String, Space<'f>)>,
    labels: Labels,
    selector: Labels,
}

impl<'f> Neighbours<'f> {
    pub(super) fn new(inquiry: &'f Inquiry<'f>, facts: &'f Facts) -> Self {
        Self {
            inquiry,
            facts,
            spaces: Vec::new(),
            labels: labels(at(inquiry.template, "/metadata/labels")),
            selector: labels(at(inquiry.object, "/spec/selector/matchLabels")),
        }
    }

    fn space(&mut self, namespace: &str) -> Space<'f> {
        if let Some((_, space)) = self.spaces.iter().find(|(name, _)| name == namespace) {
            return space.clone();
        }
        let space = Space::read(self.facts, namespace, &self.inquiry.settings.lookups.identity);
        self.spaces.push((namespace.to_owned(), space.clone()));
        space
    }

    /// What is behind a target that somebody in `namespace` declares; none where that is not known. Of the object's own
    /// dependencies (`first`) the Service is asked for by its name, since more of it has to be known.
    pub(super) fn behind(&mut self, target: &Target, namespace: &str, first: bool) -> Option<Behind> {
        let there = target.namespace().unwrap_or(namespace);
        match target {
            Target::Service { name, .. } => self.service(there, name, first),
            Target::Tcp { host, .. } | Target::Http { host, .. } | Target::Grpc { host, .. } => {
                let (name, there, sure) = service_of(host, namespace)?;
                self.service(there, name, first || !sure)
            }
            Target::Pods { labels, .. } => Some(self.selected(there, labels)),
            Target::Workload { kind, name, .. } => self.named(workload_kind(*kind), there, name),
            Target::Job { name, .. } => self.named(Kind::Job, there, name),
            // A name resolves before anything is ready, and nobody knows what makes a custom resource ready.
            Target::Dns { .. } | Target::Custom { .. } => None,
        }
    }

    fn service(&mut self, namespace: &str, name: &str, first: bool) -> Option<Behind> {
        let service = format!("Service {namespace}/{name}");
        // A StatefulSet names its own Service, whether that is there already or not.
        if self.inquiry.kind == "StatefulSet"
            && namespace == self.inquiry.namespace
            && at(self.inquiry.object, "/spec/serviceName").and_then(Value::as_str) == Some(name)
        {
            let found = self.facts.object(Kind::Service, namespace, name).value();
            if found.is_none_or(|found| at(found, "/spec/selector").is_none()) {
                return Some(Behind { service: Some(service), own: true, ..Behind::default() });
            }
        }
        let services = if first { None } else { self.space(namespace).services };
        let selector = match services {
            Some(services) => services.labels(services.named(name)?),
            None => labels(at(self.facts.object(Kind::Service, namespace, name).value()?, "/spec/selector")),
        };
        if selector.is_empty() {
            return None;
        }
        Some(Behind { service: Some(service), ..self.selected(namespace, &selector) })
    }

    /// Everything with these labels.
    fn selected(&mut self, namespace: &str, selector: &Labels) -> Behind {
        let space = self.space(namespace);
        let mut behind = Behind { whole: space.whole, ..Behind::default() };
        let home = namespace == self.inquiry.namespace;
        behind.own = home && selector.iter().all(|label| self.labels.contains(label));
        for (kind, list, item) in space.with_labels(selector) {
            if !(home && self.is_own(kind, list, item)) {
                let (own, template) = list.annotations(item);
                behind.nodes.push(Node {
                    kind,
                    namespace: namespace.to_owned(),
                    name: list.name(item).to_owned(),
                    own,
                    template,
                });
            }
        }
        behind
    }

    /// Is it the object itself, as it was, or a Pod of it?
    fn is_own(&self, kind: Kind, list: &List, item: &Item) -> bool {
        self.inquiry.is_itself(kind, self.inquiry.namespace, list.name(item))
            || (kind == Kind::Pod && !self.selector.is_empty() && list.has_all(item, &self.selector))
    }

    fn named(&self, kind: Kind, namespace: &str, name: &str) -> Option<Behind> {
        let own = self.inquiry.is_itself(kind, namespace, name);
        let mut behind = Behind { own, ..Behind::default() };
        if !own {
            let object = self.facts.object(kind, namespace, name).value()?;
            behind.nodes.push(node(kind, namespace, name, object));
        }
        Some(behind)
    }

    /// What a node declares, read as the policy reads it.
    pub(super) fn declaration(&self, node: &Node) -> Option<Declaration> {
        let settings = self.inquiry.settings;
        let declared = annotation::entries(Some(&node.own), &settings.prefix, "");
        let pods = annotation::entries(Some(&node.template), &settings.prefix, "");
        if declared.is_empty() && pods.is_empty() {
            return None;
        }
        let mut ignored = Vec::new();
        let marker = Marker::among(&node.template, &settings.prefix);
        let (entries, _) = copy::merged(&declared, &pods, &marker, settings, &mut ignored);
        let declaration = annotation::read(&entries, &settings.prefix, &mut ignored);
        declaration.inject.then_some(declaration)
    }
}

/// A node of an object that was looked up by its name.
pub(super) fn node(kind: Kind, namespace: &str, name: &str, object: &Value) -> Node {
    let annotations = |path| at(object, path).cloned().unwrap_or_default();
    let (own, template) = (annotations("/metadata/annotations"), annotations("/spec/template/metadata/annotations"));
    Node { kind, namespace: namespace.to_owned(), name: name.to_owned(), own, template }
}

impl Node {
    /// In words: `Deployment shop/web`.
    pub(super) fn title(&self) -> String {
        format!("{} {}/{}", self.kind.name(), self.namespace, self.name)
    }
}

pub(super) const fn workload_kind(kind: WorkloadKind) -> Kind {
    match kind {
        WorkloadKind::DaemonSet => Kind::DaemonSet,
        WorkloadKind::Deployment => Kind::Deployment,
        WorkloadKind::StatefulSet => Kind::StatefulSet,
    }
}

/// A mapping of strings.
pub(super) fn labels(map: Option<&Value>) -> Labels {
    let pairs = map.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The Service that a host may be, as Pods of a namespace resolve it, and its namespace: `NAME`, `NAME.NS`, `NAME.NS.svc`
/// and with the usual domain of a cluster. Last: can it be nothing else? (`NAME.NS` looks like any name of the world.)
pub(super) fn service_of<'h>(host: &'h Host, namespace: &'h str) -> Option<(&'h str, &'h str, bool)> {
    let Host::Name(host) = host else { return None };
    let host = host.strip_suffix('.').unwrap_or(host);
    let inside = host.strip_suffix(".svc.cluster.local").or_else(|| host.strip_suffix(".svc"));
    let host = inside.unwrap_or(host);
    let (name, there, sure) = match host.split_once('.') {
        Some((name, there)) => (name, there, inside.is_some()),
        None => (host, namespace, inside.is_none() && host != "localhost"),
    };
    (is_label_name(name) && is_label_name(there)).then_some((name, there, sure))
}

/// An answer says that there is no such object.
pub(super) const fn is_absent(known: &Known) -> bool {
    matches!(known, Known::Absent)
}
