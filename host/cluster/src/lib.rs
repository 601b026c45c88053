//! A cluster made of manifests: answers a Kubewarden policy's Kubernetes host capabilities offline, as policy-server
//! answers them from a real API server.
//!
//! A policy may get an object, list objects and ask `can_i`
//! (<https://docs.kubewarden.io/reference/spec/host-capabilities/kubernetes>). Manifests are seldom all there is, so what is not among them is *unknown* in [`World::Open`], with a text of its own, and *absent* only in
//! [`World::Closed`], with policy-server's text.
//!
//! ```
//! use serde_json::json;
//! use waitwarden_cluster::{Cluster, UNKNOWN, World};
//!
//! let mut cluster = Cluster::new(World::Open);
//! cluster.insert(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}}), "shop")?;
//!
//! let mut question = json!({
//!     "api_version": "v1", "kind": "Service", "name": "db", "namespace": "shop", "disable_cache": false,
//! });
//! assert_eq!(
//!     cluster.answer("get_resource", question.to_string().as_bytes()),
//!     Ok(br#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"db","namespace":"shop"}}"#.to_vec()),
//! );
//!
//! question["name"] = json!("cache");
//! let answer = cluster.answer("get_resource", question.to_string().as_bytes());
//! assert!(answer.is_err_and(|text| text.starts_with(UNKNOWN)));
//! # Ok::<(), waitwarden_cluster::Rejected>(())
//! ```
//!
//! # What is not there
//!
//! Nothing is invented: no Pods, `ReplicaSets` or `EndpointSlices` of the workloads that would bring them, no namespaces
//! because something is in them. Of what every cluster has of its own only the roles that users bind are known
//! (see [`rbac`]).

#![forbid(unsafe_code)]

pub use crate::cluster::{Cluster, Object, World};
pub use crate::object::Rejected;

mod cluster;
mod object;
mod scope;
mod answer;
mod question;
mod list;
mod mask;
mod selector;
pub mod rbac;

/// What the text of an error begins with when the manifests do not tell. It is never the text of an absent object.
pub const UNKNOWN: &str = "unknown: ";

/// `metadata.continue` of lists in [`World::Open`]: what Kubernetes says of a list that is not complete.
pub const INCOMPLETE: &str = "not all objects are among the manifests";
