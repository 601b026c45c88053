//! Objects of one path, kept up to date: a list, then a watch from the list's version on, as client-go's reflector does it.
//!
//! A watch costs the API server one idle request; a poll costs it a request each time. So everything is watched, and only
//! where that is forbidden is it asked again and again, less and less often. Source: Kubernetes' API concepts, "Efficient
//! detection of changes".

use super::lines::Lines;
use super::{Api, Unanswered, object};
use crate::reason::Pace;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Seconds that a watch lasts; varied, so that Pods that started together do not come back together.
const LASTS: std::ops::Range<u64> = 300..600;
/// How much longer than that an answer may go on.
const GRACE: Duration = Duration::from_secs(30);
/// A watch that ends sooner without an event did not work.
const SHORT: Duration = Duration::from_secs(20);
/// The longest pause between two watches.
const PAUSE: Duration = Duration::from_secs(30);
/// After so long what was not allowed is tried again.
const MEMORY: Duration = Duration::from_mins(10);
/// More objects than anybody waits for.
const MOST: usize = 50_000;
/// Bytes of a version: it has to go into a URI.
const LONGEST_VERSION: usize = 1024;

/// What is watched.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// `/apis/batch/v1/namespaces/shop/jobs`
    pub(crate) path: String,
    /// One object by its name, or those with a label selector, encoded for a query.
    pub(crate) of: Selection,
}

/// Which objects of a path.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    /// The one of this name.
    Name(String),
    /// Those that this selects.
    Labels(String),
}

/// Objects, kept up to date.
pub(crate) struct Watch {
    api: Arc<Api>,
    scope: Scope,
    /// So long without a change is told too.
    quiet: Option<Duration>,
    /// By name.
    objects: BTreeMap<String, Value>,
    state: State,
    /// Watches in a row that did not work.
    failures: u32,
    /// The caller was told of an error, and has to hear that it is over.
    in_trouble: bool,
}

/// How far it is.
enum State {
    /// Nothing is known, or it is too old.
    New,
    /// The objects are those of this version.
    Known(String),
    /// The API server tells what changes.
    Watching { version: String, lines: Lines, opened: Instant, end: Instant },
    /// It may not be watched: it is listed each time, until then.
    Listing(Instant),
    /// It may not be listed: it is read each time, until then.
    Reading(Instant),
}

impl Watch {
    /// Asks nothing yet. With `quiet` it returns after so long without a change too, where it is being watched.
    pub(crate) const fn new(api: Arc<Api>, scope: Scope, quiet: Option<Duration>) -> Self {
        Self { api, scope, quiet, objects: BTreeMap::new(), state: State::New, failures: 0, in_trouble: false }
    }

    /// The objects as they are.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Value> {
        self.objects.values()
    }

    /// How to ask for the next change.
    pub(crate) const fn pace(&self) -> Pace {
        match self.state {
            State::Listing(_) | State::Reading(_) => Pace::Rare,
            _ => Pace::Event,
        }
    }

    /// Which verb is missing, where it cannot be watched.
    pub(crate) const fn missing(&self) -> Option<&'static str> {
        match self.state {
            State::Listing(_) => Some("watch"),
            State::Reading(_) => Some("list"),
            _ => None,
        }
    }

    /// Returns when the objects are known for the first time, and then when they changed, or did not for the quiet time
    /// although the API server would have told. May be dropped at any time.
    pub(crate) async fn next(&mut self) -> Result<(), Unanswered> {
        let next = self.advance().await;
        self.in_trouble = next.is_err();
        next
    }

    async fn advance(&mut self) -> Result<(), Unanswered> {
        loop {
            match &mut self.state {
                State::New => match self.list().await {
                    Err(Unanswered::Forbidden(user)) => {
                        // Perhaps it may be read by its name.
                        let Selection::Name(name) = &self.scope.of else { return Err(Unanswered::Forbidden(user)) };
                        return match self.read(&name.clone()).await {
                            Err(Unanswered::Forbidden(_)) => Err(Unanswered::Forbidden(user)),
                            other => {
                                self.state = State::Reading(Instant::now() + MEMORY);
                                other
                            }
                        };
                    }
                    other => return other.map(|version| self.state = State::Known(version)),
                },
                State::Listing(until) | State::Reading(until) if Instant::now() >= *until => self.state = State::New,
                State::Listing(_) => {
                    let list = self.list().await;
                    if matches!(list, Err(Unanswered::Forbidden(_))) {
                        self.state = State::New;
                    }
                    return list.map(drop);
                }
                State::Reading(_) => {
                    let Selection::Name(name) = &self.scope.of else { return Err(Unanswered::Forbidden(None)) };
                    let read = self.read(&name.clone()).await;
                    if matches!(read, Err(Unanswered::Forbidden(_))) {
                        self.state = State::New;
                    }
                    return read;
                }
                State::Known(version) => {
                    let version = version.clone();
                    let seconds = fastrand::u64(LASTS);
                    // Nobody but the server knows what stands in a version.
                    let from = utf8_percent_encode(&version, NON_ALPHANUMERIC);
                    let query =
                        format!("watch=true&allowWatchBookmarks=true&resourceVersion={from}&timeoutSeconds={seconds}");
                    match self.api.open(&self.scope.query(&query)).await {
                        Ok(body) => {
                            let opened = Instant::now();
                            let end = opened + Duration::from_secs(seconds) + GRACE;
                            self.state = State::Watching { version, lines: Lines::new(body), opened, end };
                            // Where quiet is told too, it comes soon, and then it is true: this is from before the trouble.
                            if self.in_trouble && self.quiet.is_none() {
                                return Ok(());
                            }
                        }
                        Err(Unanswered::Forbidden(_)) => {
                            self.state = State::Listing(Instant::now() + MEMORY);
                            return Ok(());
                        }
                        Err(Unanswered::Gone) => {
                            self.state = State::New;
                            self.failures = self.failures.saturating_add(1);
                            self.pause().await;
                        }
                        Err(error) => return Err(error),
                    }
                }
                State::Watching { version, lines, opened, end } => {
                    let quiet = self.quiet.map(|quiet| Instant::now() + quiet).filter(|quiet| quiet < end);
                    let line = timeout_at(quiet.unwrap_or(*end), lines.next()).await;
                    if line.is_err() && quiet.is_some() {
                        return Ok(());
                    }
                    let lived = opened.elapsed();
                    let event = match line {
                        Ok(Ok(Some(line))) if line.iter().all(u8::is_ascii_whitespace) => continue,
                        Ok(Ok(Some(line))) => object::event(&line),
                        // It ended, in time or not.
                        Ok(Ok(None) | Err(_)) | Err(_) => {
                            self.state = State::Known(std::mem::take(version));
                            self.failures = if lived < SHORT { self.failures.saturating_add(1) } else { 0 };
                            self.pause().await;
                            continue;
                        }
                    };
                    let new = event.as_ref().and_then(|event| self::version(event, "/object/metadata/resourceVersion"));
                    if let Some(new) = new {
                        new.clone_into(version);
                    }
                    let Some(changed) = event.and_then(|event| self.change(event)) else {
                        // An error, such as 410, or no event at all: what is known may be wrong.
                        self.state = State::New;
                        self.failures = self.failures.saturating_add(1);
                        self.pause().await;
                        continue;
                    };
                    self.failures = 0;
                    if changed {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes an event over; none where it is no event of an object. Did anything change?
    fn change(&mut self, mut event: Value) -> Option<bool> {
        let object = event.get_mut("object").map(Value::take)?;
        let kind = event.get("type").and_then(Value::as_str)?;
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind {
            "BOOKMARK" => Some(false),
            "DELETED" => Some(self.objects.remove(&name).is_some()),
            "ADDED" | "MODIFIED" if self.objects.len() < MOST => {
                self.objects.insert(name, object);
                Some(true)
            }
            _ => None,
        }
    }

    /// All objects, and their version.
    async fn list(&mut self) -> Result<String, Unanswered> {
        // From the API server's cache: the watch catches up with whatever is newer.
        let body = self.api.get(&self.scope.query("resourceVersion=0")).await?;
        let mut list = object::list(&body).ok_or_else(|| self.api.no_json())?;
        let version = version(&list, "/metadata/resourceVersion").unwrap_or("0").to_owned();
        let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let named = |item: Value| {
            let name = item.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
            (name, item)
        };
        self.objects = items.into_iter().map(named).collect();
        Ok(version)
    }

    /// The one object.
    async fn read(&mut self, name: &str) -> Result<(), Unanswered> {
        let read = self.api.object(&format!("{}/{name}", self.scope.path)).await;
        self.objects.clear();
        match read {
            Ok(object) => {
                self.objects.insert(name.to_owned(), object);
                Ok(())
            }
            Err(Unanswered::NoObject) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// So that not all come back at once after an API server went away.
    async fn pause(&mut self) {
        let most = Duration::from_secs(1).saturating_mul(1 << self.failures.min(5)).min(PAUSE);
        tokio::time::sleep(most.mul_f64(fastrand::f64())).await;
    }
}

/// A version, where one can be asked for.
fn version<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|version| !version.is_empty() && version.len() <= LONGEST_VERSION)
}

impl Scope {
    /// The path with a query.
    fn query(&self, query: &str) -> String {
        match &self.of {
            Selection::Name(name) => format!("{}?fieldSelector=metadata.name%3D{name}&{query}", self.path),
            Selection::Labels(selector) => format!("{}?labelSelector={selector}&{query}", self.path),
        }
    }
}
