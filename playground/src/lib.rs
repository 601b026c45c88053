//! The browser host: runs a Kubewarden policy on the manifests of a web page.
//!
//! The same `policy.wasm` runs in policy-server, in the command line and here. This crate brings what a browser needs to
//! run it ([`guest`]) and shares everything else with the command line (`waitwarden-review`), so what the page says is what
//! the command line says. It links nothing of the policy.
//!
//! It lives in a Web Worker: a policy that runs away is ended with its worker, by the page.

pub mod entrance;
pub mod module;
pub mod text;
mod guest;
mod cluster;
mod admission;
mod settings;
mod answer;
mod session;
