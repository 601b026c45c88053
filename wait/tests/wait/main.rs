//! The wait program from outside: the real binary against real servers. Nothing needs a network or root, and every test
//! has its own servers and its own folder.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]

mod program;
mod data;

mod command;
mod service;
mod fallback;
mod job;
mod objects;
mod watches;
mod access;
mod network;
mod grpc;
mod names;
mod ending;

mod watch;
mod check;
