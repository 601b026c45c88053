//! The graph: what waits or is waited for, and each wait with its reason.

use crate::chain::{self, Chain, Timeouts};
use crate::cycle::{self, Cycle};
use crate::index::{Behind, Index};
use crate::layer::{self, Layers};
use crate::plan::{self, Dependency};
use crate::target;
use crate::workload::{self, Identity, Object, Workload};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Who waits for whom. Nodes and edges are known by their place in [`nodes`](Self::nodes) and [`edges`](Self::edges);
/// both are in an order of their own, whatever the order of the input.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    problems: Vec<String>,
    cycles: Vec<Cycle>,
    layers: Layers,
    longest: Chain,
}

/// What waits, or is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `NAMESPACE/KIND/NAME` in the words of a declaration; `host/NAME` outside of the cluster.
    pub id: String,
    /// The kind as Kubernetes writes it; of what is unknown, as the declaration writes it; `host`.
    pub kind: String,
    /// None for a host outside of the cluster.
    pub namespace: Option<String>,
    /// The name; of unknown Pods, their labels.
    pub name: String,
    /// Where it is.
    pub presence: Presence,
    /// What is to be said of it.
    pub note: Option<String>,
    /// It is part of a cycle of required waits, or waits for itself: it can never start.
    pub in_cycle: bool,
}

/// Where a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// Among the manifests.
    Known,
    /// In the cluster, but not among the manifests.
    Unknown,
    /// A host outside of the cluster, as far as can be told.
    External,
}

/// A wait: `from` waits for `to`. A dependency on a Service has an edge to every workload behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Who waits, as a place in [`Graph::nodes`].
    pub from: usize,
    /// For whom, as a place in [`Graph::nodes`].
    pub to: usize,
    /// The target, as the policy writes it.
    pub target: String,
    /// The namespace of the target; none for hosts.
    pub namespace: Option<String>,
    /// The options, as the policy writes them.
    pub options: String,
    /// The Service through which the target leads to `to`, as `NAMESPACE/service/NAME`.
    pub through: Option<String>,
    /// Without it, the wait goes on after the timeout.
    pub required: bool,
    /// The timeout of this dependency, where it has one of its own.
    pub timeout: Option<Duration>,
    /// How long `from` waits for it at most: its own timeout, else that of the whole wait. Zero is for ever.
    pub at_most: Duration,
    /// What happens when it is lost later.
    pub on_loss: OnLoss,
    /// It is part of a cycle of required waits, or a required wait for itself.
    pub in_cycle: bool,
}

/// What happens when a dependency is lost after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OnLoss {
    /// Nothing.
    Ignore,
    /// The Pod leaves its Services.
    Unready,
    /// The Pod starts again.
    Restart,
}

impl OnLoss {
    /// The word of the declaration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Unready => "unready",
            Self::Restart => "restart",
        }
    }
}

impl Graph {
    /// Makes the graph. Never fails: what cannot be read is said in [`problems`](Self::problems), and what it leads to
    /// is unknown.
    pub fn build(workloads: &[Workload], objects: &[Object], timeouts: Timeouts) -> Self {
        let mut draft = Draft::default();
        let ids = draft.add_workloads(workloads);
        draft.add_objects(objects);
        for (workload, id) in workloads.iter().zip(&ids) {
            draft.add_waits(workload, id, timeouts);
        }
        draft.finish()
    }

    /// Everything that waits or is waited for, by id.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every wait, by who waits and for whom.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The cycles of required waits: for each knot of nodes that wait for each other, its shortest.
    pub fn cycles(&self) -> &[Cycle] {
        &self.cycles
    }

    /// The order in which things start.
    pub fn layers(&self) -> &Layers {
        &self.layers
    }

    /// The chain of waits that takes longest when each takes its whole time.
    pub fn longest_chain(&self) -> &Chain {
        &self.longest
    }

    /// The nodes of the longest chain, from the one that starts last.
    pub fn chain_nodes(&self) -> Vec<usize> {
        let edges: Vec<&Edge> = self.longest.edges.iter().filter_map(|at| self.edges.get(*at)).collect();
        edges.iter().map(|edge| edge.from).chain(edges.last().map(|edge| edge.to)).collect()
    }

    /// What could not be read, and was taken as unknown.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Waits of a workload for itself, as places in [`edges`](Self::edges); optional ones too.
    pub fn self_dependencies(&self) -> impl Iterator<Item = usize> {
        self.edges.iter().enumerate().filter(|(_, edge)| edge.from == edge.to).map(|(at, _)| at)
    }

    /// The shortest cycle of required waits through a node, as nodes: the last waits for the first.
    pub fn cycle_through(&self, node: usize) -> Option<Vec<usize>> {
        cycle::through(self.nodes.len(), &self.edges, node)
    }
}

/// The graph while it is made: by ids, so that the order of the input does not matter.
#[derive(Default)]
struct Draft {
    index: Index,
    nodes: BTreeMap<String, Node>,
    /// Objects that are nodes only if something waits for them.
    spare: BTreeMap<String, Node>,
    edges: BTreeSet<Wait>,
    problems: BTreeSet<String>,
}

/// An edge while it is made. The order of the fields is that of the edges.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Wait {
    from: String,
    to: String,
    target: String,
    namespace: Option<String>,
    options: String,
    through: Option<String>,
    at_most: Duration,
}

impl Draft {
    /// Adds the workloads; the node of each. What another workload made (a Job of a `CronJob`) is part of its maker.
    fn add_workloads(&mut self, workloads: &[Workload]) -> Vec<String> {
        let identities: Vec<Identity> = workloads.iter().map(|workload| Identity::of(&workload.object)).collect();
        let mut makers: BTreeMap<(&str, &Identity), Option<Identity>> = BTreeMap::new();
        for (workload, identity) in workloads.iter().zip(&identities) {
            let maker = makers.entry((&workload.namespace, identity)).or_default();
            *maker = maker.take().or_else(|| workload::controller(&workload.object));
        }
        let mut ids = Vec::new();
        for (workload, identity) in workloads.iter().zip(&identities) {
            let namespace = workload.namespace.as_str();
            let mut node = identity;
            // A Pod, its ReplicaSet, its Deployment: more than a few steps are a circle.
            for _ in 0..4 {
                match makers.get(&(namespace, node)).and_then(Option::as_ref) {
                    Some(maker) if maker != identity && makers.contains_key(&(namespace, maker)) => node = maker,
                    _ => break,
                }
            }
            let id = id(namespace, &node.word(), &node.name);
            self.index.add(namespace, identity, &id);
            if let Some(labels) = workload::pod_labels(identity, &workload.object) {
                self.index.label(namespace, labels, &id);
            }
            self.nodes.entry(id.clone()).or_insert_with(|| known(&id, &node.kind, namespace, &node.name));
            ids.push(id);
        }
        ids
    }

    fn add_objects(&mut self, objects: &[Object]) {
        for object in objects {
            let identity = Identity::of(&object.object);
            let id = id(&object.namespace, &identity.word(), &identity.name);
            self.index.service(object);
            if !self.nodes.contains_key(&id) {
                self.index.add(&object.namespace, &identity, &id);
                let node = known(&id, &identity.kind, &object.namespace, &identity.name);
                self.spare.entry(id).or_insert(node);
            }
        }
    }

    fn add_waits(&mut self, workload: &Workload, id: &str, timeouts: Timeouts) {
        let Some(plan) = workload.plan.as_ref().filter(|plan| **plan != Value::Null) else { return };
        let (dependencies, problems) = plan::dependencies(plan);
        self.problems.extend(problems.into_iter().map(|problem| format!("{id}: {problem}")));
        let identity = Identity::of(&workload.object);
        let ends = workload::runs_to_completion(&identity, &workload.object);
        let whole = workload.timeout.unwrap_or(timeouts.of(ends));
        for dependency in dependencies {
            self.add_wait(&workload.namespace, id, &dependency, whole);
        }
    }

    fn add_wait(&mut self, own: &str, id: &str, dependency: &Dependency<'_>, whole: Duration) {
        let parsed = target::parse(dependency.target);
        let named = parsed.as_ref().and_then(|(named, _)| *named);
        let namespace = dependency.namespace.or(named);
        let is_host = matches!(parsed, Some((_, target::Target::Host { .. })));
        let behind = if let Some((_, target)) = &parsed {
            self.index.behind(own, namespace, target)
        } else {
            let target = dependency.target;
            self.problems.insert(format!("{id}: `{target}` is no target; it is taken as unknown"));
            let namespace = namespace.unwrap_or(own).to_owned();
            Behind::Unknown { namespace, word: "target".to_owned(), name: target.to_owned() }
        };
        let options = plan::options(dependency.options);
        let (nodes, through) = self.resolve(behind);
        let namespace = (!is_host).then(|| namespace.unwrap_or(own).to_owned());
        for to in nodes {
            self.edges.insert(Wait {
                from: id.to_owned(),
                to,
                target: dependency.target.to_owned(),
                namespace: namespace.clone(),
                options: dependency.options.to_owned(),
                through: through.clone(),
                at_most: options.timeout.unwrap_or(whole),
            });
        }
    }

    /// The nodes of what stands behind a target, made where they are new, and the Service before them.
    fn resolve(&mut self, behind: Behind) -> (Vec<String>, Option<String>) {
        let made = |id: String, kind: &str, namespace: Option<String>, name: String, presence, note| {
            let node = Node { id, kind: kind.to_owned(), namespace, name, presence, note, in_cycle: false };
            vec![node]
        };
        let (nodes, through) = match behind {
            Behind::Nodes { ids, through } => {
                for id in &ids {
                    if let Some(node) = self.spare.remove(id) {
                        self.nodes.insert(id.clone(), node);
                    }
                }
                return (ids, through);
            }
            Behind::Service { namespace, name, note } => {
                let id = id(&namespace, "service", &name);
                (made(id, "Service", Some(namespace), name, Presence::Known, Some(note)), None)
            }
            Behind::Crowd { namespace, name, note } => {
                let id = id(&namespace, "pods", &name);
                (made(id, "Pods", Some(namespace), name, Presence::Known, Some(note)), None)
            }
            Behind::Unknown { namespace, word, name } => {
                let id = id(&namespace, &word, &name);
                (made(id, kind_of(&word), Some(namespace), name, Presence::Unknown, None), None)
            }
            Behind::Outside { host, through } => {
                (made(format!("host/{host}"), "host", None, host, Presence::External, None), through)
            }
        };
        let ids = nodes.iter().map(|node| node.id.clone()).collect();
        for node in nodes {
            self.nodes.entry(node.id.clone()).or_insert(node);
        }
        (ids, through)
    }

    fn finish(self) -> Graph {
        let places: BTreeMap<&str, usize> = self.nodes.keys().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
        let mut edges: Vec<Edge> = Vec::new();
        for wait in &self.edges {
            let (Some(from), Some(to)) = (places.get(wait.from.as_str()), places.get(wait.to.as_str())) else {
                continue;
            };
            let options = plan::options(&wait.options);
            edges.push(Edge {
                from: *from,
                to: *to,
                target: wait.target.clone(),
                namespace: wait.namespace.clone(),
                options: wait.options.clone(),
                through: wait.through.clone(),
                required: options.required,
                timeout: options.timeout,
                at_most: wait.at_most,
                on_loss: options.on_loss,
                in_cycle: false,
            });
        }
        let mut nodes: Vec<Node> = self.nodes.into_values().collect();
        let knots = cycle::knots(nodes.len(), &edges);
        for edge in &mut edges {
            edge.in_cycle = edge.required && knots.joins(edge.from, edge.to);
        }
        for (at, node) in nodes.iter_mut().enumerate() {
            node.in_cycle = knots.holds(at);
        }
        let cycles = cycle::shortest(&knots, &edges);
        let layers = layer::layers(&nodes, &edges);
        let longest = chain::longest(&layers, &edges);
        Graph { nodes, edges, problems: self.problems.into_iter().collect(), cycles, layers, longest }
    }
}

fn id(namespace: &str, word: &str, name: &str) -> String {
    if namespace.is_empty() { format!("{word}/{name}") } else { format!("{namespace}/{word}/{name}") }
}

fn known(id: &str, kind: &str, namespace: &str, name: &str) -> Node {
    Node {
        id: id.to_owned(),
        kind: if kind.is_empty() { "object".to_owned() } else { kind.to_owned() },
        namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        name: name.to_owned(),
        presence: Presence::Known,
        note: None,
        in_cycle: false,
    }
}

/// The kind of a word of the grammar, as Kubernetes writes it.
fn kind_of(word: &str) -> &str {
    match word {
        "service" => "Service",
        "job" => "Job",
        "deployment" => "Deployment",
        "statefulset" => "StatefulSet",
        "daemonset" => "DaemonSet",
        "pods" => "Pods",
        custom => custom,
    }
}
