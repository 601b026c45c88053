//! Puts the playground together: one folder of static files, which any web server can serve, and a small one that does.

#![forbid(unsafe_code)]

pub mod assemble;
pub mod examples;
pub mod server;
