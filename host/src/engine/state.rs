//! What belongs to one instance: the call that it answers, and what it said meanwhile.

use super::limits::{Limits, Time};
use super::wasi::Stream;
use super::{Error, HostCalls, Outcome};
use std::sync::Arc;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::WasiP1Ctx;

/// The data of one instance's store.
pub(crate) struct State {
    /// The call: an operation and its payload.
    pub(crate) operation: String,
    pub(crate) payload: Vec<u8>,
    /// The guest's answer.
    pub(crate) response: Option<Vec<u8>>,
    pub(crate) error: Option<String>,
    /// The host's answer to the guest's last question.
    pub(crate) host_response: Vec<u8>,
    pub(crate) host_error: String,
    /// Who answers the guest's questions.
    pub(crate) host_calls: Arc<dyn HostCalls>,
    pub(crate) stdout: Stream,
    pub(crate) stderr: Stream,
    pub(crate) log: Stream,
    pub(crate) limits: Limits,
    pub(crate) time: Time,
    /// Where the guest's random numbers are.
    pub(crate) random: u64,
    wasi: Option<WasiP1Ctx>,
}

impl State {
    pub(crate) fn new(operation: &str, payload: &[u8], host_calls: Arc<dyn HostCalls>) -> Self {
        Self {
            operation: operation.to_owned(),
            payload: payload.to_vec(),
            response: None,
            error: None,
            host_response: Vec::new(),
            host_error: String::new(),
            host_calls,
            stdout: Stream::default(),
            stderr: Stream::default(),
            log: Stream::default(),
            limits: Limits::default(),
            time: Time::start(),
            random: 0,
            wasi: None,
        }
    }

    /// What came of the call, where the guest's function ended with this code.
    pub(crate) fn outcome(self, code: Result<u32, Error>) -> Outcome {
        let answer = code.and_then(|code| match (code, self.error, self.response) {
            (1, _, Some(response)) => Ok(response),
            (1, _, None) => Err(Error::NoAnswer),
            (_, Some(error), _) => Err(Error::Guest(error)),
            (_, None, _) => Err(Error::Guest("it gives no reason".to_owned())),
        });
        Outcome { answer, stdout: self.stdout.text(), stderr: self.stderr.text(), log: self.log.text() }
    }

    /// Made when it is first asked for, which most policies never do.
    pub(crate) fn wasi(&mut self) -> &mut WasiP1Ctx {
        self.wasi.get_or_insert_with(|| WasiCtxBuilder::new().build_p1())
    }
}
