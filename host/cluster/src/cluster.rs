//! The objects of a cluster, by version, kind, namespace and name.

use crate::list::Answers;
use crate::object::{Identity, Rejected, api_version, group_and_version, take_apart};
use crate::rbac::Index;
use crate::scope::{Scope, defined, well_known};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Whether there is something outside of the manifests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum World {
    /// There may be: what is not among the manifests is unknown.
    #[default]
    Open,
    /// There is not: what is not among the manifests is absent.
    Closed,
}

/// Objects that answer the questions of policies. A list that was answered once is kept, so ask one `Cluster`, from any
/// number of threads, rather than building it again.
#[derive(Debug, Default)]
pub struct Cluster {
    pub(crate) world: World,
    identities: BTreeSet<String>,
    /// By group, then kind.
    kinds: BTreeMap<String, BTreeMap<String, Versions>>,
    /// What `CustomResourceDefinitions` among the manifests say, by group, then kind.
    defined: BTreeMap<String, BTreeMap<String, Scope>>,
    pub(crate) authorizer: OnceLock<Index>,
    pub(crate) answers: Answers,
}

/// By version.
type Versions = BTreeMap<String, Namespaces>;
/// By namespace, empty for objects of the cluster, then name.
type Namespaces = BTreeMap<String, BTreeMap<String, Entry>>;

#[derive(Debug)]
struct Entry {
    object: Value,
    /// No namespace is written in the object, and nobody has said yet whether its kind has any.
    assumed: bool,
}

/// An object of a [`Cluster`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object<'a> {
    /// The API group, empty for Kubernetes' core.
    pub group: &'a str,
    /// The version in the group, such as `v1`.
    pub version: &'a str,
    /// The kind, such as `Service`.
    pub kind: &'a str,
    /// The namespace, none for objects of the cluster itself.
    pub namespace: Option<&'a str>,
    /// The name in the namespace.
    pub name: &'a str,
    /// The object, with `metadata.namespace` where it has one.
    pub value: &'a Value,
}

impl Cluster {
    /// A cluster without objects.
    pub fn new(world: World) -> Self {
        Self { world, ..Self::default() }
    }

    /// Adds an object, or everything in a list (`List`, `ServiceList`). An object of a namespaced kind that names no
    /// namespace is put into `namespace`, or into `default` when that is empty; kinds that neither Kubernetes nor a `CustomResourceDefinition` among the
    /// objects knows are taken for namespaced. An object that comes again replaces the one before, as `kubectl apply`
    /// does.
    ///
    /// # Errors
    /// What has no `apiVersion`, `kind` and `metadata.name` is no object. All other items of the list are added.
    pub fn insert(&mut self, object: Value, namespace: &str) -> Result<(), Rejected> {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        self.authorizer = OnceLock::new();
        self.answers = Answers::default();
        let (objects, problems) = take_apart(object);
        for (identity, object) in objects {
            self.place(identity, object, namespace);
        }
        if problems.is_empty() { Ok(()) } else { Err(Rejected { problems }) }
    }

    fn place(&mut self, identity: Identity, mut object: Value, default: &str) {
        let Identity { group, version, kind, namespace, name } = identity;
        let definition =
            (group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition").then(|| defined(&object)).flatten();
        let scope = self.scope(&group, &kind);
        let assumed = scope.is_none() && namespace.is_none();
        let namespace = namespace.unwrap_or_else(|| default.to_owned());
        let namespace = settle(&mut object, scope, namespace);
        let versions = self.kinds.entry(group).or_default().entry(kind).or_default();
        let names = versions.entry(version).or_default().entry(namespace).or_default();
        names.insert(name, Entry { object, assumed });
        if let Some((group, kind, scope)) = definition {
            self.define(group, kind, scope);
        }
    }

    /// A definition may come after objects of its kind. The first one counts: a scope cannot change, and of two
    /// definitions of one kind the API server serves the first.
    fn define(&mut self, group: String, kind: String, scope: Scope) {
        if self.scope(&group, &kind).is_some() {
            return;
        }
        for namespaces in self.kinds.get_mut(&group).and_then(|kinds| kinds.get_mut(&kind)).into_iter().flatten() {
            for (namespace, names) in std::mem::take(namespaces.1) {
                for (name, mut entry) in names {
                    let namespace = settle(&mut entry.object, Some(scope), namespace.clone());
                    entry.assumed = false;
                    namespaces.1.entry(namespace).or_default().insert(name, entry);
                }
            }
        }
        self.defined.entry(group).or_default().insert(kind, scope);
    }

    /// The user that policy-server is. Offline it may ask for everything that is among the manifests, so `can_i` about
    /// it is answered with yes, always.
    pub fn identity(&mut self, user: impl Into<String>) {
        self.identities.insert(user.into());
    }

    pub(crate) fn is_policy_server(&self, user: &str) -> bool {
        self.identities.contains(user)
    }

    /// Whether there is something outside of the manifests.
    pub fn world(&self) -> World {
        self.world
    }

    /// All objects, by group, kind, version, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        self.kinds.iter().flat_map(|(group, kinds)| {
            kinds.iter().flat_map(move |(kind, versions)| {
                versions.iter().flat_map(move |(version, namespaces)| {
                    objects_of(namespaces).map(move |(namespace, name, value)| Object {
                        group,
                        version,
                        kind,
                        namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
                        name,
                        value,
                    })
                })
            })
        })
    }

    /// One object. The namespace is none for objects of the cluster itself.
    pub fn get(&self, api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Value> {
        let (group, version) = group_and_version(api_version);
        let namespaces = self.versions(group, kind)?.get(version)?;
        Some(&namespaces.get(namespace.unwrap_or_default())?.get(name)?.object)
    }

    /// The objects of a kind in one namespace, or in all and in none, by namespace and name.
    pub fn list(&self, api_version: &str, kind: &str, namespace: Option<&str>) -> impl Iterator<Item = &Value> {
        let (group, version) = group_and_version(api_version);
        let namespaces = self.versions(group, kind).and_then(|versions| versions.get(version));
        let one = namespace.and_then(|namespace| namespaces?.get(namespace));
        let all = namespaces.filter(|_| namespace.is_none());
        one.into_iter().chain(all.into_iter().flat_map(BTreeMap::values)).flatten().map(|(_, entry)| &entry.object)
    }

    /// An object of a kind whose scope nobody knows, that is asked for as one of the cluster.
    pub(crate) fn assumed(&self, api_version: &str, kind: &str, name: &str) -> Option<&Value> {
        let (group, version) = group_and_version(api_version);
        let namespaces = self.versions(group, kind)?.get(version)?;
        let mut entries = namespaces.values().filter_map(|names| names.get(name));
        entries.find(|entry| entry.assumed).map(|entry| &entry.object)
    }

    /// The other versions at which there is such an object; any object of that kind where no name is given, any
    /// namespace where none is given.
    pub(crate) fn other_versions(
        &self,
        asked: &str,
        kind: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Vec<String> {
        let (group, asked) = group_and_version(asked);
        let versions = self.versions(group, kind).into_iter().flatten().filter(|(version, _)| *version != asked);
        let holds = |names: &BTreeMap<String, Entry>| name.is_none_or(|name| names.contains_key(name));
        let holding = versions.filter(|(_, namespaces)| match namespace {
            Some(namespace) => namespaces.get(namespace).is_some_and(holds),
            None => namespaces.values().any(holds),
        });
        holding.map(|(version, _)| api_version(group, version)).collect()
    }

    pub(crate) fn scope(&self, group: &str, kind: &str) -> Option<Scope> {
        well_known(group, kind).or_else(|| self.defined.get(group)?.get(kind).copied())
    }

    /// Whether a cluster with these objects serves that kind.
    pub(crate) fn serves(&self, group: &str, kind: &str) -> bool {
        self.scope(group, kind).is_some() || self.versions(group, kind).is_some()
    }

    fn versions(&self, group: &str, kind: &str) -> Option<&Versions> {
        self.kinds.get(group)?.get(kind)
    }
}

fn objects_of(namespaces: &Namespaces) -> impl Iterator<Item = (&str, &str, &Value)> {
    namespaces.iter().flat_map(|(namespace, names)| {
        names.iter().map(move |(name, entry)| (namespace.as_str(), name.as_str(), &entry.object))
    })
}

/// Writes into an object where it lives, as the API server does, and tells the namespace it is found in.
fn settle(object: &mut Value, scope: Option<Scope>, namespace: String) -> String {
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    match scope {
        Some(Scope::Cluster) => {
            metadata.and_then(|metadata| metadata.shift_remove("namespace"));
            String::new()
        }
        Some(Scope::Namespaced) => {
            metadata.map(|metadata| metadata.insert("namespace".to_owned(), Value::String(namespace.clone())));
            namespace
        }
        None => namespace,
    }
}
