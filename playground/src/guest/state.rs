//! What belongs to one call of a policy.

use js_sys::WebAssembly::Memory;
use std::cell::RefCell;
use std::rc::Rc;
use waitwarden_review::failure::Error;
use waitwarden_review::host_calls::{HostCalls, Offline};
use wasm_bindgen::JsValue;

/// What is kept of a stream; more is swallowed, since a guest that prints too much is not a guest that fails.
const KEPT_BYTES: usize = 64 * 1024;

/// What the imports share.
pub(super) type Shared = Rc<RefCell<State>>;

/// One call.
pub(super) struct State {
    pub(super) operation: String,
    pub(super) payload: Vec<u8>,
    pub(super) response: Option<Vec<u8>>,
    pub(super) error: Option<String>,
    pub(super) host: Rc<dyn HostCalls>,
    pub(super) host_response: Vec<u8>,
    pub(super) host_error: String,
    pub(super) memory: Option<Memory>,
    /// Why an import stopped the guest.
    pub(super) failure: Option<Error>,
    pub(super) stdout: Stream,
    pub(super) stderr: Stream,
    pub(super) log: Stream,
}

impl State {
    pub(super) fn new(operation: &str, payload: &[u8], host: Rc<dyn HostCalls>) -> Self {
        Self {
            operation: operation.to_owned(),
            payload: payload.to_vec(),
            response: None,
            error: None,
            host,
            host_response: Vec::new(),
            host_error: String::new(),
            memory: None,
            failure: None,
            stdout: Stream::default(),
            stderr: Stream::default(),
            log: Stream::default(),
        }
    }

    /// Remembers why the guest is stopped; what is thrown in it.
    pub(super) fn fail(&mut self, error: Error) -> JsValue {
        let thrown = js_sys::Error::new(&error.to_string());
        self.failure.get_or_insert(error);
        thrown.into()
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new("", b"", Rc::new(Offline))
    }
}

/// What a guest printed to one stream.
#[derive(Debug, Default)]
pub(super) struct Stream(Vec<u8>);

impl Stream {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes.get(..self.room().min(bytes.len())).unwrap_or_default());
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).trim_end().to_owned()
    }

    /// Room for more?
    pub(super) fn room(&self) -> usize {
        KEPT_BYTES.saturating_sub(self.0.len())
    }
}
