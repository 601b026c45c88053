//! Who is asked for a verdict: the core, natively, or somebody who asks others too.

use serde_json::{Map, Value, json};
use waitwarden_core::{Settings, Verdict, decide};

/// Somebody who knows what the policy says.
pub trait Judge {
    /// The verdict on a request.
    ///
    /// # Errors
    /// Where the settings are not valid, or those who are asked do not agree.
    fn verdict(&self, request: &Value, settings: &Value) -> Result<Verdict, String>;

    /// What is wrong with settings.
    ///
    /// # Errors
    /// Where those who are asked do not agree.
    fn mistakes(&self, settings: &Value) -> Result<Vec<String>, String>;
}

/// The core alone, natively. Of the rest of the cluster nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Natively;

impl Judge for Natively {
    fn verdict(&self, request: &Value, settings: &Value) -> Result<Verdict, String> {
        let settings = Settings::read(settings).map_err(|errors| errors.join("\n"))?;
        Ok(decide(request, &settings))
    }

    fn mistakes(&self, settings: &Value) -> Result<Vec<String>, String> {
        Ok(Settings::read(settings).err().unwrap_or_default())
    }
}

/// What goes over waPC for a verdict of the core.
pub fn response(request: &Value, verdict: &Verdict) -> Value {
    let null = Value::Null;
    let object = request.get("object").unwrap_or(&null);
    let mut answer = Map::new();
    answer.insert("accepted".to_owned(), json!(verdict.accepted()));
    if !verdict.accepted() {
        answer.insert("message".to_owned(), json!(verdict.message(object)));
        answer.insert("code".to_owned(), json!(422));
    }
    if !verdict.warnings().is_empty() {
        answer.insert("warnings".to_owned(), json!(verdict.warnings()));
    }
    let mut annotations = Map::new();
    annotations.extend(verdict.findings_json().map(|text| ("findings".to_owned(), json!(text))));
    annotations.extend(verdict.plan.as_ref().map(|plan| ("plan".to_owned(), json!(plan))));
    if !annotations.is_empty() {
        answer.insert("audit_annotations".to_owned(), json!(annotations));
    }
    if let (true, Some(object)) = (verdict.accepted(), &verdict.object) {
        answer.insert("mutated_object".to_owned(), object.clone());
    }
    Value::Object(answer)
}
