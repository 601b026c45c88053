//! Everything against a real registry, which each test starts for itself.
#![expect(clippy::panic, reason = "a test that fails says where")]

mod place;
mod skopeo;
mod image;

mod push;
mod layout;
mod pull;
mod hostile;
mod login;
