//! The playground in a real browser: what every test of it needs.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails says where")]

mod command;
mod devtools;
mod page;
mod policies;

pub use command::{Said, plain, said};
pub use devtools::Browser;
pub use page::Page;
pub use policies::{Answer, policy};

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use waitwarden_playground_build::server::{Site, serve};

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

/// The folder of the page, which `make playground` writes.
pub fn folder() -> PathBuf {
    root().join("dist/playground")
}

/// Where the page is served, for as long as the tests run: `http://127.0.0.1:PORT/`.
pub fn origin() -> &'static str {
    static ORIGIN: OnceLock<String> = OnceLock::new();
    ORIGIN.get_or_init(|| {
        let site = Site::read(&folder()).unwrap_or_else(|error| panic!("{error}\nrun `make playground` first"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || serve(&listener, &site));
        format!("http://{address}/")
    })
}
