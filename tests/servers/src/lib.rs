//! Real servers on free ports of loopback, for the tests of the wait program: each in a thread of its own, with answers that
//! a test lays down beforehand and may change while it runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]

mod answer;
mod dns;
mod grpc;
mod identity;
mod server;
mod watch;

pub use answer::Answer;
pub use dns::{DnsServer, Mood};
pub use grpc::{GrpcServer, Requests, Script, rough, scripted};
pub use identity::{Authority, Certificate};
pub use server::{Server, TOKEN};
pub use tonic_health::ServingStatus;
