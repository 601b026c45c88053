//! `watch`: dependencies come and go while the Pod runs. What it says, what `check` then says, and how it ends.

mod course;
mod documentation;
mod ending;
mod restart;
mod unknown;

use crate::program::Program;
use std::net::{SocketAddr, TcpListener};

/// To watch, looking often; the Pod starts again soon.
fn watch(program: Program) -> Program {
    program.command("watch").option("--interval=100ms").option("--grace=500ms")
}

/// A port of loopback that somebody listens at, or nobody.
struct Port {
    address: SocketAddr,
    listener: Option<TcpListener>,
}

impl Port {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { address: listener.local_addr().unwrap(), listener: Some(listener) }
    }

    fn close(&mut self) {
        self.listener = None;
    }

    fn open_again(&mut self) {
        self.listener = Some(TcpListener::bind(self.address).unwrap());
    }
}
