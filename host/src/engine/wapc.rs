//! The nine imports and the exports of waPC. Nothing here knows Kubernetes.

use super::Error;
use super::HostCall;
use super::limits::{ANSWER_BYTES, QUESTION_BYTES};
use super::memory::{check, copy_in, copy_out, head_in, text_in};
use super::state::State;
use std::time::Instant;
use wasmtime::{AsContextMut, Caller, Linker};

const MODULE: &str = "wapc";

/// Adds the imports.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "__guest_request", guest_request)?;
    linker.func_wrap(MODULE, "__guest_response", |mut caller: Caller<'_, State>, pointer: u32, length: u32| {
        // One answer at a time: the last one counts.
        caller.data_mut().response = None;
        check(&mut caller, "__guest_response", pointer, length)?;
        if length as usize > ANSWER_BYTES {
            return Err(Error::large_answer().into());
        }
        let response = copy_in(&mut caller, "__guest_response", pointer, length)?;
        caller.data_mut().response = Some(response);
        wasmtime::Result::Ok(())
    })?;
    linker.func_wrap(MODULE, "__guest_error", |mut caller: Caller<'_, State>, pointer: u32, length: u32| {
        let error = text_in(&mut caller, "__guest_error", pointer, length)?;
        caller.data_mut().error = Some(error);
        wasmtime::Result::Ok(())
    })?;
    linker.func_wrap(MODULE, "__host_call", host_call)?;
    linker
        .func_wrap(MODULE, "__host_response_len", |caller: Caller<'_, State>| length(&caller.data().host_response))?;
    linker.func_wrap(MODULE, "__host_response", |mut caller: Caller<'_, State>, pointer: u32| {
        let response = std::mem::take(&mut caller.data_mut().host_response);
        wasmtime::Result::Ok(copy_out(&mut caller, "__host_response", pointer, &response)?)
    })?;
    linker.func_wrap(MODULE, "__host_error_len", |caller: Caller<'_, State>| {
        length(caller.data().host_error.as_bytes())
    })?;
    linker.func_wrap(MODULE, "__host_error", |mut caller: Caller<'_, State>, pointer: u32| {
        let error = std::mem::take(&mut caller.data_mut().host_error);
        wasmtime::Result::Ok(copy_out(&mut caller, "__host_error", pointer, error.as_bytes())?)
    })?;
    linker.func_wrap(MODULE, "__console_log", |mut caller: Caller<'_, State>, pointer: u32, length: u32| {
        let line = head_in(&mut caller, "__console_log", pointer, length)?;
        log(caller.data_mut(), &line);
        wasmtime::Result::Ok(())
    })?;
    Ok(())
}

/// Hands over the call: the guest has made room for both, from the lengths that `__guest_call` got.
fn guest_request(mut caller: Caller<'_, State>, operation: u32, payload: u32) -> wasmtime::Result<()> {
    let state = caller.data_mut();
    let (name, bytes) = (std::mem::take(&mut state.operation), std::mem::take(&mut state.payload));
    copy_out(&mut caller, "__guest_request", operation, name.as_bytes())?;
    copy_out(&mut caller, "__guest_request", payload, &bytes)?;
    let state = caller.data_mut();
    (state.operation, state.payload) = (name, bytes);
    Ok(())
}

/// A question of the guest: 1 is an answer, 0 an error.
#[expect(clippy::too_many_arguments, reason = "waPC passes four slices")]
fn host_call(
    mut caller: Caller<'_, State>,
    binding: u32,
    binding_length: u32,
    namespace: u32,
    namespace_length: u32,
    operation: u32,
    operation_length: u32,
    payload: u32,
    payload_length: u32,
) -> wasmtime::Result<u32> {
    const CALL: &str = "__host_call";
    let binding = text_in(&mut caller, CALL, binding, binding_length)?;
    let namespace = text_in(&mut caller, CALL, namespace, namespace_length)?;
    let operation = text_in(&mut caller, CALL, operation, operation_length)?;
    check(&mut caller, CALL, payload, payload_length)?;
    if payload_length > QUESTION_BYTES {
        caller.data_mut().host_error = format!("the question is larger than {} MiB", QUESTION_BYTES >> 20);
        return Ok(0);
    }
    let payload = copy_in(&mut caller, CALL, payload, payload_length)?;
    let state = caller.data_mut();
    if (binding.as_str(), namespace.as_str(), operation.as_str()) == ("kubewarden", "tracing", "log") {
        log(state, &payload);
        state.host_response.clear();
        return Ok(1);
    }
    let call = HostCall { binding: &binding, namespace: &namespace, operation: &operation, payload: &payload };
    let asked = Instant::now();
    let answered = match state.host_calls.answer(&call) {
        Ok(response) => {
            state.host_response = response;
            1
        }
        Err(error) => {
            state.host_error = error;
            0
        }
    };
    let left = state.time.give_back(asked);
    caller.as_context_mut().set_epoch_deadline(left);
    Ok(answered)
}

fn log(state: &mut State, line: &[u8]) {
    state.log.push(line);
    state.log.push(b"\n");
}

fn length(bytes: &[u8]) -> wasmtime::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| Error::Memory.into())
}

impl State {
    /// The lengths for `__guest_call`.
    pub(crate) fn lengths(&self) -> wasmtime::Result<(u32, u32)> {
        Ok((length(self.operation.as_bytes())?, length(&self.payload)?))
    }
}
