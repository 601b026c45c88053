//! Who waits for whom in a set of manifests: the graph, the order in which things start, and the rights the waits need.
//!
//! The input is what the policy understood (its audit annotation `plan`) beside the objects themselves; no annotation
//! of a user is read here. Nothing looks at a cluster: what is not among the objects is *unknown*, and stays in the
//! graph as that.
//!
//! ```
//! use serde_json::json;
//! use waitwarden_graph::{Graph, Object, Timeouts, Workload, render};
//!
//! let deployment = |name: &str| json!({
//!     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
//!     "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": {}}},
//! });
//! let plan = json!({"serviceAccount": "default", "dependencies": [
//!     {"target": "service/db:5432", "namespace": null, "options": "timeout=2m", "asks": []},
//! ]});
//! let workloads = [
//!     Workload { object: deployment("web"), namespace: "shop".into(), plan: Some(plan), timeout: None },
//!     Workload { object: deployment("db"), namespace: "shop".into(), plan: None, timeout: None },
//! ];
//! let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": {"selector": {"app": "db"}}});
//! let graph = Graph::build(&workloads, &[Object { object: service, namespace: "shop".into() }], Timeouts::default());
//!
//! let ids = |layer: &[usize]| layer.iter().map(|at| graph.nodes()[*at].id.clone()).collect::<Vec<_>>();
//! assert_eq!(ids(&graph.layers().order[0]), ["shop/deployment/db"]);
//! assert_eq!(ids(&graph.layers().order[1]), ["shop/deployment/web"]);
//! assert!(render::mermaid(&graph).starts_with("flowchart LR\n"));
//! ```

#![forbid(unsafe_code)]

pub use crate::chain::{Chain, Timeouts};
pub use crate::cycle::Cycle;
pub use crate::graph::{Edge, Graph, Node, OnLoss, Presence};
pub use crate::layer::Layers;
pub use crate::workload::{Object, Workload};

mod workload;
mod plan;
mod target;
mod duration;
mod index;
mod graph;
mod cycle;
mod layer;
mod chain;
pub mod render;
pub mod rbac;
