//! The core as the policy of a host: asked as `waitwarden lint` asks the module, about a cluster made of the same manifests.

use crate::documents;
use crate::judge::response;
use serde_json::{Value, json};
use std::sync::Arc;
use waitwarden_cluster::{Cluster, UNKNOWN, World};
use waitwarden_core::cluster::{Answer, Question, groups};
use waitwarden_core::{Settings, decide_with};
use waitwarden_review::admitted::{Admit, Admitted, Asked, Asking};
use waitwarden_review::check::{Checked, Source, Want, check_text};
use waitwarden_review::evaluate::{Circumstances, Evaluator};
use waitwarden_review::own;
use waitwarden_review::request::{DEFAULT_NAMESPACE, Request};
use waitwarden_review::settings::{alone, for_templates};
use waitwarden_review::verdict::{Finding, POLICY_RULE, Severity, Verdict};
use waitwarden_review::{fixes, suppress};

/// Who policy-server is, where the settings do not say.
const IDENTITY: &str = "system:serviceaccount:kubewarden:policy-server";

/// The core, its settings, and the cluster that it may ask about.
#[derive(Clone, Debug)]
struct Native {
    settings: Value,
    cluster: Arc<Cluster>,
}

/// Judges manifests as `waitwarden lint` does.
pub fn lint(text: &str, settings: &Value, world: World) -> Checked {
    let mut cluster = Cluster::new(world);
    cluster.identity(settings.pointer("/lookups/identity").and_then(Value::as_str).unwrap_or(IDENTITY));
    for (_, object) in documents(text).iter().flat_map(waitwarden_manifest::Document::items) {
        // What is no object is no part of a cluster.
        let _ = cluster.insert(object.clone(), DEFAULT_NAMESPACE);
    }
    let native = Native { settings: settings.clone(), cluster: Arc::new(cluster) };
    let circumstances = Circumstances { namespace: DEFAULT_NAMESPACE.to_owned(), ..Circumstances::default() };
    let evaluator = Evaluator::new(native, circumstances);
    let source = Source { name: "a.yaml".to_owned(), text: text.to_owned() };
    let mut checked = check_text(source, &evaluator, Want::Findings);
    let writer = evaluator.with_settings(|settings| alone(&for_templates(settings)));
    fixes::attach(&mut checked, &evaluator.with_settings(alone), &writer);
    suppress::apply(&mut checked);
    checked
}

impl Admit for Native {
    fn ask(&self, asking: Asking<'_>) -> Admitted {
        let mut admitted = Admitted { accepted: true, ..Admitted::default() };
        let mut request = Request::new(asking.operation, asking.object, asking.old, asking.identity, asking.user);
        if let Some(sent) = asking.sent {
            request = request.sent(sent);
        }
        admitted.asked = Asked::Yes;
        let said = self.verdict(&request).unwrap_or_else(|error| Verdict {
            findings: vec![Finding::new(POLICY_RULE, Severity::Error, error)],
            ..Verdict::default()
        });
        admitted.add(said, None, asking);
        admitted
    }

    fn review(&self, object: &Value) -> Vec<Finding> {
        own::review(object, |settings| Settings::read(settings).map(|_| ()).map_err(|errors| errors.join("\n")))
    }

    fn with_settings(&self, mut change: impl FnMut(&Value) -> Value) -> Self {
        Self { settings: change(&self.settings), ..self.clone() }
    }
}

impl Native {
    fn verdict(&self, request: &Request<'_>) -> Result<Verdict, String> {
        let settings = Settings::read(&self.settings).map_err(|errors| errors.join("\n"))?;
        let json = request.to_json();
        let said = decide_with(&json, &settings, &mut |question| answer(&self.cluster, question));
        Verdict::read(response(&json, &said).to_string().as_bytes())
    }
}

/// Asks a cluster made of manifests, in the words of Kubewarden's host calls, and reads its answer as the guest does.
pub fn answer(cluster: &Cluster, question: &Question) -> Answer {
    let (operation, payload) = match question {
        Question::Get { kind, namespace, name } => (
            "get_resource",
            json!({
                "api_version": kind.api_version(), "kind": kind.name(), "namespace": namespace, "name": name,
                "field_masks": kind.object_mask(), "disable_cache": false,
            }),
        ),
        Question::List { kind, namespace } => (
            "list_resources_by_namespace",
            json!({
                "api_version": kind.api_version(), "kind": kind.name(), "namespace": namespace,
                "field_masks": kind.list_mask(),
            }),
        ),
        Question::Can { user, namespace, group, resource, name, verb } => (
            "can_i",
            json!({
                "subject_access_review": {
                    "user": user, "groups": groups(user),
                    "resource_attributes": {
                        "namespace": namespace, "group": group, "resource": resource, "name": name, "verb": verb,
                    },
                },
                "disable_cache": false,
            }),
        ),
    };
    match cluster.answer(operation, payload.to_string().as_bytes()) {
        Ok(json) => Answer::Found(json),
        Err(text) if text.starts_with(UNKNOWN) => Answer::Unknown,
        Err(text) if text.contains("Cannot find ") && text.contains("named '") => Answer::Absent,
        Err(text) => Answer::Failed(text),
    }
}
