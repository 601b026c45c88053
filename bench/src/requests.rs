//! Six requests that a policy meets every day.

use crate::figure::Error;
use crate::manifest;
use serde_json::{Value, json};
use waitwarden::engine::{Engine, HostCall, HostCalls};
use waitwarden::request::{Identity, User, create};

/// A request, as policy-server sends it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is.
    pub name: &'static str,
    /// The envelope.
    pub payload: Vec<u8>,
}

/// A cluster of which nothing is known: what a policy executes, and not what somebody answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Silent;

impl HostCalls for Silent {
    fn answer(&self, _: &HostCall<'_>) -> Result<Vec<u8>, String> {
        Err("unknown: nothing is known of this cluster".to_owned())
    }
}

/// The six.
pub fn typical() -> Result<Vec<Request>, Error> {
    let declared = manifest::pod(&[
        ("waitwarden.io/depends-on", "service/postgres:5432, service/redis:6379"),
        ("waitwarden.io/readiness", "http://:8080/healthz"),
    ]);
    let after_start = manifest::pod(&[
        (
            "waitwarden.io/depends-on",
            "service/postgres:5432 on-loss=restart, job/migrate, https://login.example.com/healthz",
        ),
        ("waitwarden.io/on-restart", "rewait"),
    ]);
    let mistaken = manifest::pod(&[(
        "waitwarden.io/depends-on",
        "service/postgres:99999, servise/redis:6379, job/Migrate, tcp://cache, http://user:secret@web/, dns://a..b",
    )]);
    Ok(vec![
        request("Pod, no declaration", &manifest::pod(&[]))?,
        request("Pod, two services and a readiness probe", &declared)?,
        request("the same Pod, mutated before", &mutated(&declared)?)?,
        request("Deployment, the same declaration", &manifest::workload(&declared))?,
        request("Pod, three dependencies, followed after the start", &after_start)?,
        request("Pod, six mistakes", &mistaken)?,
    ])
}

fn request(name: &'static str, object: &Value) -> Result<Request, Error> {
    let identity = Identity::of(object, "default");
    Ok(Request { name, payload: create(object, &identity, User::Person).envelope(&json!({}))? })
}

/// What the policy makes of an object.
fn mutated(object: &Value) -> Result<Value, Error> {
    let payload = request("", object)?.payload;
    let answer: Value = serde_json::from_slice(&Engine::new()?.built_in()?.0.call("validate", &payload).answer?)?;
    Ok(answer.get("mutated_object").ok_or("the policy changes nothing")?.clone())
}
