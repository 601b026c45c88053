//! From what `--policy` names to policies that can be asked.

use super::manifest::{self, Manifest};
use super::selector::Selector;
use super::{Admission, Admissions, Namespaces};
use crate::context::{Context, Granted};
use crate::engine::{Engine, Policy};
use crate::fetch::{self, Fetch};
use crate::rules::Rules;
use crate::settings;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The repository of the policy that is built in, as manifests name it.
const BUILT_IN: &str = "ghcr.io/waitwarden/policies/waitwarden";

/// Policies that can be asked, and what people should know of them.
#[derive(Debug)]
pub struct Loaded {
    /// The policies.
    pub admissions: Admissions,
    /// A line each.
    pub notes: Vec<String>,
}

/// Why policies cannot be asked. A text for people, with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// A policy refuses its settings.
    Settings(String),
    /// Something else.
    Other(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(text) | Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<String> for LoadError {
    fn from(text: String) -> Self {
        Self::Other(text)
    }
}

/// What else there is in the cluster.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The namespaces whose labels are known.
    pub known: Namespaces,
    /// Answers what policies ask.
    pub context: Arc<Context>,
    /// How policies come out of registries.
    pub fetch: Fetch,
}

struct Loader<'a> {
    engine: &'a Engine,
    context: &'a Arc<Context>,
    fetch: &'a Fetch,
    /// The settings of the command line, and the file they came from.
    settings: (&'a Value, Option<&'a Path>),
    in_templates: bool,
    notes: Vec<String>,
}

/// Loads the policies that `--policy` names, or the one that is built in. `settings`, and the file they came from, are for
/// a module that is named without a manifest. `in_templates` makes the policy that is built in show its plan in templates.
///
/// # Errors
/// Where something cannot be read or a policy refuses its settings.
pub fn load(
    engine: &Engine,
    paths: &[PathBuf],
    settings: (&Value, Option<&Path>),
    in_templates: bool,
    around: &Surroundings,
) -> Result<Loaded, LoadError> {
    let mut loader =
        Loader { engine, context: &around.context, fetch: &around.fetch, settings, in_templates, notes: Vec::new() };
    let mut policies = Vec::new();
    let mut modules = 0;
    for path in paths {
        if let Some(reference) = path.to_str().filter(|name| fetch::is_reference(name)) {
            modules += 1;
            policies.push(loader.fetched(reference)?);
            continue;
        }
        let complain = |error: String| format!("--policy {}: {error}", path.display());
        let bytes = std::fs::read(path).map_err(|error| complain(error.to_string()))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if !bytes.starts_with(b"\0asm") && may_be_yaml(path) => {
                for manifest in manifest::read(&path.display().to_string(), text)? {
                    policies.push(loader.manifest(manifest, path)?);
                }
            }
            _ => {
                modules += 1;
                policies.push(loader.module(&bytes, path).map_err(|error| match error {
                    LoadError::Settings(error) => LoadError::Settings(error),
                    LoadError::Other(error) => LoadError::Other(complain(error)),
                })?);
            }
        }
    }
    if paths.is_empty() {
        policies.push(loader.built_in()?);
    } else if let Some(file) = settings.1.filter(|_| modules != 1 && !is_empty(settings.0)) {
        let why = if modules == 0 { "they stand in each manifest (spec.settings)" } else { "several are named" };
        return Err(format!("--settings {}: settings are for one module, and {why}", file.display()).into());
    }
    let names = |admission: &Admission| admission.webhook.clone();
    let mut seen: Vec<String> = policies.iter().map(names).collect();
    seen.sort();
    if let Some([one, _]) = seen.array_windows().find(|[one, other]| one == other) {
        return Err(
            format!("--policy: two policies are called `{one}`, and the cluster would keep only the last").into()
        );
    }
    Ok(Loaded { admissions: Admissions::new(policies, around.known.clone()), notes: loader.notes })
}

impl Loader<'_> {
    fn built_in(&mut self) -> Result<Admission, LoadError> {
        let policy = self.release()?;
        let mut settings = self.settings.0.clone();
        if self.in_templates {
            settings = settings::for_templates(&settings);
        }
        settings = self.strict(settings);
        // The defaults are valid.
        if !is_empty(&settings) {
            settings::validate(&policy, &settings).map_err(LoadError::Settings)?;
        }
        let policy = self.granted(policy, &settings, None);
        Ok(Admission { built_in: true, ..plain("waitwarden", policy, settings, Rules::default()) })
    }

    /// The policy, with the cluster that it may see: all of it, or the kinds that a manifest grants.
    fn granted(&self, policy: Policy, settings: &Value, kinds: Option<BTreeSet<(String, String)>>) -> Policy {
        self.context.introduce(settings);
        policy.with_host_calls(Arc::new(Granted { context: Arc::clone(self.context), kinds }))
    }

    /// Where the manifests are all there is, what is not among them will never come.
    fn strict(&self, mut settings: Value) -> Value {
        const RULE: &str = "unknown-dependency";
        if self.context.is_closed()
            && let Some(map) = settings.as_object_mut()
            && let Some(findings) = map.entry("findings").or_insert_with(|| json!({})).as_object_mut()
        {
            findings.entry(RULE).or_insert_with(|| json!("reject"));
        }
        settings
    }

    /// The policy of this release.
    fn release(&mut self) -> Result<Policy, String> {
        let (policy, note) = self.engine.built_in().map_err(|error| error.to_string())?;
        self.notes.extend(note);
        Ok(policy)
    }

    /// A module in a registry.
    fn fetched(&mut self, reference: &str) -> Result<Admission, LoadError> {
        let fetched = self.fetch.policy(reference).map_err(|error| format!("--policy {error}"))?;
        self.notes.extend(fetched.notes);
        self.module(&fetched.wasm, Path::new(&fetched.name)).map_err(|error| match error {
            LoadError::Settings(error) => LoadError::Settings(error),
            LoadError::Other(error) => LoadError::Other(format!("--policy {reference}: {error}")),
        })
    }

    fn module(&self, wasm: &[u8], path: &Path) -> Result<Admission, LoadError> {
        let policy = self.engine.load(wasm).map_err(|error| error.to_string())?;
        policy.check_protocol().map_err(|error| error.to_string())?;
        settings::validate(&policy, self.settings.0).map_err(LoadError::Settings)?;
        let policy = self.granted(policy, self.settings.0, None);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(plain(&name, policy, self.settings.0.clone(), Rules::of(waitwarden_module::metadata(wasm).ok().flatten())))
    }

    fn manifest(&mut self, manifest: Manifest, file: &Path) -> Result<Admission, LoadError> {
        let at = manifest.module_at.clone();
        let complain = |error: String| format!("{at}: module: {error}");
        let (wasm, name) = match place(&manifest.module, file) {
            Place::BuiltIn => (None, String::new()),
            Place::File(path) => {
                let name = path.display().to_string();
                let wasm = std::fs::read(&path).map_err(|error| complain(format!("{name}: {error}")))?;
                (Some(wasm), name)
            }
            Place::Registry(reference) => {
                let fetched = self.fetch.policy(&reference).map_err(complain)?;
                self.notes.extend(fetched.notes);
                (Some(fetched.wasm), reference)
            }
        };
        let built_in = wasm.is_none();
        let policy = match wasm {
            None => self.release()?,
            Some(wasm) => {
                let complain = |error: String| complain(format!("{name}: {error}"));
                let policy = self.engine.load(&wasm).map_err(|error| complain(error.to_string()))?;
                policy.check_protocol().map_err(|error| complain(error.to_string()))?;
                policy
            }
        };
        let mut settings = manifest.settings;
        settings::validate(&policy, &settings)
            .map_err(|error| LoadError::Settings(format!("{}: {error}", manifest.settings_at)))?;
        if built_in && self.in_templates {
            settings = settings::for_templates(&settings);
        }
        if built_in {
            settings = self.strict(settings);
        }
        let policy = self.granted(policy, &settings, Some(manifest.resources));
        self.notes.extend(manifest.notes);
        Ok(Admission {
            name: manifest.name,
            webhook: manifest.webhook,
            policy,
            settings,
            rules: Rules::new(manifest.rules),
            mutating: manifest.mutating,
            monitor: manifest.monitor,
            built_in,
            namespace: manifest.namespace,
            namespaces: manifest.namespaces,
            objects: manifest.objects,
            conditions: manifest.conditions,
            ignore_failures: manifest.ignore_failures,
        })
    }
}

/// Does the name of a file leave it open that it holds manifests?
fn may_be_yaml(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_none_or(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known))
}

fn is_empty(settings: &Value) -> bool {
    settings.as_object().is_some_and(serde_json::Map::is_empty)
}

/// A module without a manifest: everywhere, and it may change things.
fn plain(name: &str, policy: Policy, settings: Value, rules: Rules) -> Admission {
    Admission {
        name: name.to_owned(),
        webhook: format!("clusterwide-{name}"),
        policy,
        settings,
        rules,
        mutating: true,
        monitor: false,
        built_in: false,
        namespace: None,
        namespaces: Selector::default(),
        objects: Selector::default(),
        conditions: Vec::new(),
        ignore_failures: false,
    }
}

/// Where the module of a manifest is.
enum Place {
    /// Inside the command line.
    BuiltIn,
    File(PathBuf),
    /// In a registry, with the scheme.
    Registry(String),
}

/// Finds the module of a manifest, as Kubewarden reads its name; the policy of this release is built in.
fn place(name: &str, manifest: &Path) -> Place {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    if let Some(path) = name.strip_prefix("file://") {
        return Place::File(folder.join(path));
    }
    let reference = name.strip_prefix("registry://").unwrap_or(name);
    let tag = reference.strip_prefix(BUILT_IN).and_then(|rest| rest.strip_prefix(':'));
    if tag.is_some_and(|tag| tag.strip_prefix('v').unwrap_or(tag) == env!("CARGO_PKG_VERSION")) {
        return Place::BuiltIn;
    }
    let path = folder.join(name);
    if !name.contains("://") && path.is_file() {
        return Place::File(path);
    }
    Place::Registry(if name.contains("://") { name.to_owned() } else { format!("registry://{name}") })
}
