//! `artifacthub-pkg.yml`: a policy as Artifact Hub shows it.
//!
//! Source: policy-evaluator, `policy_artifacthub.rs` (`ArtifactHubPkg`, fields in that order), kwctl, `scaffold.rs`
//! (`artifacthub`), and Artifact Hub, `docs/metadata/artifacthub-pkg.yml`. kwctl reads nothing of a file that is there: it
//! prints a new one. So what somebody wants besides is an [`Addition`] here, and not a change in the file.

use crate::metadata::{Metadata, key};
use crate::{Mistake, Rule};
use jiff::Timestamp;
use oci_spec::distribution::Reference;
use semver::Version;
use serde_json::{Map, Value, json};
use url::Url;

mod author;

/// What kwctl recommends to install before.
const CONTROLLER: &str = "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller";
/// Who kwctl says provides a policy.
const PROVIDER: &str = "kubewarden";

/// What the page says beyond what kwctl would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addition {
    /// Who provides the policy; kwctl writes `kubewarden`, whoever it is.
    Provider(String),
    /// A further image that Artifact Hub scans.
    Image {
        /// What it is for.
        name: String,
        /// Its reference, with a tag.
        image: String,
    },
}

/// The package of these metadata: what `kwctl scaffold artifacthub` writes, as a value whose keys have the same order. The
/// version is that of the annotation, and the time is given, so that the same input gives the same file.
///
/// `created` is RFC 3339, such as `2026-11-24T00:00:00Z`; `questions` the text of `questions-ui.yml`.
///
/// # Errors
/// Every annotation that is missing or cannot be used.
pub fn artifacthub(
    metadata: &Metadata,
    created: &str,
    questions: Option<&str>,
    additions: &[Addition],
) -> Result<Value, Vec<Mistake>> {
    let mut page = Page { metadata, mistakes: Vec::new() };
    let package = page.package(created, questions, additions);
    if page.mistakes.is_empty() { Ok(Value::Object(package)) } else { Err(page.mistakes) }
}

/// Notes what is wrong while it goes through the annotations.
struct Page<'m> {
    metadata: &'m Metadata,
    mistakes: Vec<Mistake>,
}

impl<'m> Page<'m> {
    fn package(&mut self, created: &str, questions: Option<&str>, additions: &[Addition]) -> Map<String, Value> {
        let version = self.version();
        let policy = self.image(version.as_ref());
        let mut images = vec![json!({ "name": "policy", "image": policy })];
        let mut provider = PROVIDER;
        for addition in additions {
            match addition {
                Addition::Provider(name) => provider = name,
                Addition::Image { name, image } => images.push(json!({ "name": name, "image": image })),
            }
        }
        let fields = [
            ("version", self.required(key::VERSION, "a semantic version, such as 1.0.0")),
            ("name", self.required(key::TITLE, "the name of the package, such as `waitwarden`")),
            ("displayName", self.required(key::DISPLAY_NAME, "a name for people")),
            ("createdAt", self.created(created)),
            ("description", self.required(key::DESCRIPTION, "one line")),
            ("license", self.optional(key::LICENSE)),
            ("homeURL", self.url(key::URL).map(|url| json!(url.as_str()))),
            ("containersImages", Some(json!(images))),
            ("keywords", self.keywords()),
            ("links", self.links(version.as_ref())),
            ("install", policy.as_deref().map(install).map(Value::from)),
            ("maintainers", self.maintainers()),
            ("provider", Some(json!({ "name": provider }))),
            ("recommendations", Some(json!([{ "url": CONTROLLER }]))),
            ("annotations", Some(self.annotations(questions))),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }

    fn version(&self) -> Option<Version> {
        // Reading the metadata has refused what is none.
        self.metadata.annotation(key::VERSION).and_then(|version| Version::parse(version).ok())
    }

    fn required(&mut self, key: &str, expected: &str) -> Option<Value> {
        let value = self.optional(key);
        if value.is_none() {
            self.mistake(key, format!("it is missing, and Artifact Hub wants it; expected {expected}"));
        }
        value
    }

    fn optional(&self, key: &str) -> Option<Value> {
        self.metadata.annotation(key).map(Value::from)
    }

    fn created(&mut self, created: &str) -> Option<Value> {
        let time: Result<Timestamp, _> = created.parse();
        if time.is_err() {
            let message = format!("`{created}` is no time; expected RFC 3339, such as 2026-11-24T00:00:00Z");
            self.mistakes.push(Mistake::new("createdAt", message));
        }
        time.ok().map(|time| Value::from(time.to_string()))
    }

    fn url(&mut self, key: &str) -> Option<Url> {
        let text = self.metadata.annotation(key)?;
        let url = Url::parse(text);
        if let Err(error) = &url {
            let message = format!("`{text}` is no URL ({error}); expected one such as https://github.com/OWNER/NAME");
            self.mistake(key, message);
        }
        url.ok()
    }

    /// Where this version is published: the tag is `v` and the version, as kwctl has it.
    fn image(&mut self, version: Option<&Version>) -> Option<String> {
        let Some(text) = self.metadata.annotation(key::OCI_URL) else {
            self.required(key::OCI_URL, "where the policy is published, such as ghcr.io/OWNER/policies/NAME");
            return None;
        };
        let reference: Result<Reference, _> = format!("{text}:v{}", version?).parse();
        if let Err(error) = &reference {
            let message = format!(
                "`{text}`, with the tag v{}, is no image reference ({error}); expected REGISTRY/REPOSITORY without scheme \
                 and tag, such as ghcr.io/OWNER/policies/NAME",
                version?
            );
            self.mistake(key::OCI_URL, message);
        }
        reference.ok().map(|reference| reference.to_string())
    }

    fn keywords(&mut self) -> Option<Value> {
        let text = self.metadata.annotation(key::KEYWORDS)?;
        let words: Vec<&str> = text.split(',').map(|word| word.trim_matches(' ')).collect();
        if words.contains(&"") {
            let message = format!("a keyword of `{text}` is empty; expected words between commas");
            self.mistake(key::KEYWORDS, message);
        }
        Some(json!(words))
    }

    fn links(&mut self, version: Option<&Version>) -> Option<Value> {
        let source = self.url(key::SOURCE)?;
        let mut links = Vec::new();
        if source.host_str() == Some("github.com") {
            let tag = match self.metadata.annotation(key::RELEASE_TAG) {
                Some(tag) => url::form_urlencoded::byte_serialize(tag.as_bytes()).collect(),
                None => format!("v{}", version?),
            };
            links.push(json!({ "name": "policy", "url": format!("{source}/releases/download/{tag}/policy.wasm") }));
        }
        links.push(json!({ "name": "source", "url": source.as_str() }));
        Some(Value::from(links))
    }

    fn maintainers(&mut self) -> Option<Value> {
        let text = self.metadata.annotation(key::AUTHOR)?;
        let people = author::people(text);
        if let Err(message) = &people {
            self.mistake(key::AUTHOR, message.clone());
        }
        let people =
            people.unwrap_or_default().into_iter().map(|(name, email)| json!({ "name": name, "email": email }));
        Some(people.collect())
    }

    fn annotations(&mut self, questions: Option<&str>) -> Value {
        let metadata: &'m Metadata = self.metadata;
        let mut annotations = Map::new();
        let mut insert = |key: &str, value: String| annotations.insert(key.to_owned(), Value::from(value));
        let kinds = metadata.context_aware_resources();
        if !kinds.is_empty() {
            let kinds = kinds
                .iter()
                .map(|kind| format!("- apiVersion: {}\n  kind: {}\n", scalar(&kind.api_version), scalar(&kind.kind)));
            insert("kubewarden/contextAwareResources", kinds.collect());
        }
        if let Some(text) = metadata.annotation(key::HIDDEN_UI) {
            match text {
                "true" | "false" => _ = insert("kubewarden/hidden-ui", text.to_owned()),
                other => {
                    let message = format!("`{other}` is not possible; expected \"true\" or \"false\"");
                    self.mistakes.push(Mistake::new(format!("annotations.{}", key::HIDDEN_UI), message));
                }
            }
        }
        insert("kubewarden/mutation", metadata.mutating().to_string());
        match questions {
            Some("") => {
                self.mistakes
                    .push(Mistake::new("questions-ui.yml", "it is empty; expected questions, or no such file"));
            }
            Some(text) => _ = insert("kubewarden/questions-ui", text.to_owned()),
            None => {}
        }
        if let Some(resources) = metadata.annotation(key::RESOURCES) {
            insert("kubewarden/resources", resources.to_owned());
        }
        insert("kubewarden/rules", rules(metadata.rules()));
        Value::Object(annotations)
    }

    fn mistake(&mut self, key: &str, message: String) {
        self.mistakes.push(Mistake::new(format!("annotations.{key}"), message));
    }
}

/// How to get a policy and a manifest for it, for people.
fn install(image: &str) -> String {
    format!(
        "Pull the policy with [kwctl](https://docs.kubewarden.io/howtos/install-kwctl):\n\n\
         ```console\nkwctl pull {image}\n```\n\n\
         Then let it write a manifest, and set what you need:\n\n\
         ```console\nkwctl scaffold manifest -t ClusterAdmissionPolicy registry://{image}\n```\n"
    )
}

/// Rules as YAML, as `serde_yaml` prints them for kwctl.
fn rules(rules: &[Rule]) -> String {
    let mut text = String::new();
    for Rule { api_groups, api_versions, resources, operations } in rules {
        let operations: Vec<String> = operations.iter().map(|operation| operation.word().to_owned()).collect();
        let fields = [
            ("- apiGroups", api_groups),
            ("  apiVersions", api_versions),
            ("  resources", resources),
            ("  operations", &operations),
        ];
        for (key, words) in fields {
            let lines = words.iter().map(|word| format!("  - {}\n", scalar(word)));
            text.extend([format!("{key}:\n")].into_iter().chain(lines));
        }
    }
    if text.is_empty() { "[]\n".to_owned() } else { text }
}

/// A string as YAML: plain where nothing else could be read, else in single quotes.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./*".contains(&byte))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}
