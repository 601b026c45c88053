//! The whole policy as WebAssembly, through the engine of the command line. The bytes are a payload; where they are not, a
//! [`Case`] made of them is.

use crate::case::Case;
use crate::facts;
use serde_json::{Map, Value, json};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};
use waitwarden::engine::{Engine, HostCall, HostCalls, Policy};
use waitwarden_core::cluster::Answer;
use waitwarden_core::{Settings, Verdict, decide_with, payload};

/// The policy that is built in.
pub(crate) static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let (policy, note) = Engine::new().unwrap().built_in().unwrap();
    assert_eq!(note, None);
    policy
});

/// Never a trap, whatever the payload is; and it answers what the core decides.
pub fn module(data: &[u8]) {
    // As it comes: numbers that no float can hold, keys that stand twice, no JSON at all.
    if data.len().is_multiple_of(4) {
        for operation in ["validate", "validate_settings"] {
            let outcome = POLICY.call(operation, data);
            let answer = outcome.answer.unwrap_or_else(|error| panic!("{operation}: {error}"));
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert!(answer.is_object(), "{answer}");
            assert_eq!((outcome.stdout, outcome.stderr), (String::new(), String::new()));
        }
    }
    let Some(case) = Case::read(data) else { return };
    let text = json!({ "request": case.request, "settings": case.settings }).to_string();
    let turns = Arc::new(Turns { facts: case.facts.clone(), asked: Mutex::new(0) });
    let outcome = POLICY.clone().with_host_calls(turns).call("validate", text.as_bytes());
    let said = outcome.answer.unwrap_or_else(|error| panic!("{error}: {text}"));
    let said: Value = serde_json::from_slice(&said).unwrap();
    let wanted = decided(text.as_bytes(), &case.facts);
    assert_eq!(said.to_string(), wanted.to_string(), "the module and the core, of {text}");

    let settings = POLICY.call("validate_settings", case.settings.to_string().as_bytes()).answer.unwrap();
    let settings: Value = serde_json::from_slice(&settings).unwrap();
    assert_eq!(settings["valid"], Settings::read(&case.settings).is_ok(), "{}", case.settings);
}

/// Answers of the rest of the cluster by turns, as policy-server words them.
struct Turns {
    facts: Vec<Value>,
    asked: Mutex<usize>,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turns")
    }
}

impl HostCalls for Turns {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        assert_eq!((call.binding, call.namespace), ("kubewarden", "kubernetes"));
        serde_json::from_slice::<Value>(call.payload).unwrap();
        let mut asked = self.asked.lock().unwrap();
        let fact = self.facts.get(*asked % self.facts.len().max(1));
        *asked += 1;
        match fact.map_or(Answer::Unknown, facts::answer) {
            Answer::Found(json) => Ok(json),
            Answer::Absent => Err("Cannot find v1/Service named 'db' inside of namespace 'shop'".to_owned()),
            Answer::Denied(why) | Answer::Failed(why) => Err(why),
            Answer::Unknown => Err("unknown: it is not among the manifests".to_owned()),
        }
    }
}

/// What the core says to a payload, as the guest puts it together.
fn decided(text: &[u8], all: &[Value]) -> Value {
    let refused = |message: &str| json!({ "accepted": false, "message": message, "code": 422 });
    let not_json = || refused("waitwarden: the request is not JSON");
    let Some(head) = payload::settings(text) else { return not_json() };
    let settings = match Settings::read(&head) {
        Ok(settings) => settings,
        Err(errors) => {
            return refused(&format!("waitwarden: the settings are not valid:\n- {}", errors.join("\n- ")));
        }
    };
    if !payload::may_concern(text, &settings) {
        return json!({ "accepted": true });
    }
    if payload::holds_reserved_key(text) {
        return refused(
            "waitwarden: the request holds a key `$serde_json::private::Number`, which no object of Kubernetes has",
        );
    }
    let Some(request) = payload::request(text) else { return not_json() };
    let mut asked = 0;
    let verdict = decide_with(&request, &settings, &mut |_| {
        let fact = all.get(asked % all.len().max(1));
        asked += 1;
        fact.map_or(Answer::Unknown, facts::answer)
    });
    response(&request, &verdict)
}

fn response(request: &Value, verdict: &Verdict) -> Value {
    let null = Value::Null;
    let object = request.get("object").unwrap_or(&null);
    let mut answer = Map::new();
    let mut put = |key: &str, value: Value| answer.insert(key.to_owned(), value);
    put("accepted", json!(verdict.accepted()));
    if !verdict.accepted() {
        put("message", json!(verdict.message(object)));
        put("code", json!(422));
    }
    if !verdict.warnings().is_empty() {
        put("warnings", json!(verdict.warnings()));
    }
    let mut annotations = Map::new();
    annotations.extend(verdict.findings_json().map(|text| ("findings".to_owned(), json!(text))));
    annotations.extend(verdict.plan.as_ref().map(|plan| ("plan".to_owned(), json!(plan))));
    if !annotations.is_empty() {
        put("audit_annotations", json!(annotations));
    }
    if let (true, Some(object)) = (verdict.accepted(), &verdict.object) {
        put("mutated_object", object.clone());
    }
    Value::Object(answer)
}
