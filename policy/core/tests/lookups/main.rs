//! Rules about the rest of the cluster, with a little cluster: what each says, and on what it keeps silent.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails says where")]

mod fake;
mod frame;
mod graph;
mod objects;
mod own;
mod services;
