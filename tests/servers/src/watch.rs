//! Watches of the API server: what changes from one answer of a path to the next.

use crate::answer::{Answer, Body, send};
use crate::server::State;
use hyper::Response;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Between two changes.
const STEP: Duration = Duration::from_millis(20);

/// What a list of a path looks like: an answer of one object becomes a list of one.
pub(crate) fn as_list(mut answer: Value, one: Option<&str>) -> Value {
    if let Some(name) = one
        && answer.is_object()
    {
        answer["metadata"]["name"] = json!(name);
    }
    let mut list = if one.is_some() { json!({ "items": [answer] }) } else { answer };
    if list.pointer("/metadata/resourceVersion").is_none() {
        list["metadata"] = json!({ "resourceVersion": "1" });
    }
    list
}

/// Answers a watch.
pub(crate) async fn answer(state: &Arc<Mutex<State>>, key: String, one: Option<String>) -> Response<Body> {
    let laid_down = {
        let mut state = state.lock().unwrap();
        let watches = state.watches.get_mut(&key).filter(|watches| !watches.is_empty());
        watches.map(|watches| watches.remove(0))
    };
    if let Some(answer) = laid_down {
        return answer.response().await;
    }
    let (mut sender, body) = Body::new(4);
    let state = Arc::clone(state);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(STEP).await;
            let events = match step(&mut state.lock().unwrap(), &key, one.as_deref()) {
                Step::Events(events) => events,
                // A list will say more.
                Step::End => return,
                Step::Nothing => String::new(),
            };
            send(&mut sender, events).await;
        }
    });
    Response::new(body)
}

/// What comes next.
enum Step {
    Events(String),
    Nothing,
    End,
}

/// Goes on to the next answer of a path, unless it is the last one and was told.
fn step(state: &mut State, key: &str, one: Option<&str>) -> Step {
    if state.trouble.is_some() {
        return Step::End;
    }
    let (text, told) = state.told.get(key).cloned().unwrap_or_default();
    let answers = state.answers.get(key).map(Vec::as_slice).unwrap_or_default();
    if answers.len() == 1 && answers.first().and_then(Answer::good) == Some(text.as_str()) {
        return Step::Nothing;
    }
    let now = |answer: &Answer| {
        let missing = one.is_some() && answer.status() == Some(404);
        let none = || Some(json!({ "items": [] }));
        answer
            .good()
            .and_then(|text| Some(as_list(serde_json::from_str(text).ok()?, one)))
            .or_else(|| missing.then(none)?)
    };
    let Some(answers) = state.answers.get_mut(key) else { return Step::Nothing };
    let first = answers.first().and_then(now);
    let Some(first) = first else { return Step::End };
    if items(&first) != items(&told) {
        let events = events(&items(&told), &items(&first));
        let text = answers.first().and_then(Answer::good).unwrap_or_default().to_owned();
        state.told.insert(key.to_owned(), (text, first));
        return Step::Events(events);
    }
    if answers.len() > 1 {
        answers.remove(0);
        return step(state, key, one);
    }
    Step::Nothing
}

/// The items of a list by their names.
fn items(list: &Value) -> BTreeMap<String, Value> {
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let name = |item: &Value| item.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
    items.into_iter().enumerate().map(|(at, item)| (name(&item).unwrap_or_else(|| at.to_string()), item)).collect()
}

/// The lines of a watch.
fn events(before: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) -> String {
    let mut lines = String::new();
    let mut event = |kind: &str, object: &Value| {
        let _ = writeln!(lines, "{}", json!({ "type": kind, "object": object }));
    };
    let bookmark = Map::from_iter([("resourceVersion".to_owned(), json!("2"))]);
    for (name, item) in now {
        match before.get(name) {
            None => event("ADDED", item),
            Some(old) if old != item => event("MODIFIED", item),
            Some(_) => {}
        }
    }
    for (name, item) in before {
        if !now.contains_key(name) {
            event("DELETED", item);
        }
    }
    event("BOOKMARK", &json!({ "metadata": bookmark }));
    lines
}
