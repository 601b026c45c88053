//! The nine imports of waPC. Nothing here knows Kubernetes.

use super::memory::{copy_in, copy_out, text_in};
use super::state::{Shared, State};
use std::rc::Rc;
use waitwarden_review::failure::{ANSWER_BYTES, Error};
use waitwarden_review::host_calls::HostCall;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

pub(super) const MODULE: &str = "wapc";

type Thrown<T> = Result<T, JsValue>;

/// The imports, by name.
pub(super) fn functions(shared: &Shared) -> Vec<(&'static str, JsValue)> {
    let (one, two, three, four, five) =
        (shared.clone(), shared.clone(), shared.clone(), shared.clone(), shared.clone());
    let (six, seven, eight, nine) = (shared.clone(), shared.clone(), shared.clone(), shared.clone());
    vec![
        (
            "__guest_request",
            Closure::<dyn FnMut(u32, u32) -> Thrown<()>>::new(move |operation, payload| {
                guest_request(&mut one.borrow_mut(), operation, payload)
            })
            .into_js_value(),
        ),
        (
            "__guest_response",
            Closure::<dyn FnMut(u32, u32) -> Thrown<()>>::new(move |pointer, length| {
                let mut state = two.borrow_mut();
                if length as usize > ANSWER_BYTES {
                    return Err(state.fail(Error::large_answer()));
                }
                state.response = Some(copy_in(&mut state, "__guest_response", pointer, length)?);
                Ok(())
            })
            .into_js_value(),
        ),
        (
            "__guest_error",
            Closure::<dyn FnMut(u32, u32) -> Thrown<()>>::new(move |pointer, length| {
                let mut state = three.borrow_mut();
                state.error = Some(text_in(&mut state, "__guest_error", pointer, length)?);
                Ok(())
            })
            .into_js_value(),
        ),
        (
            "__host_call",
            Closure::<dyn FnMut(u32, u32, u32, u32, u32, u32, u32, u32) -> Thrown<u32>>::new(
                move |binding,
                      binding_length,
                      namespace,
                      namespace_length,
                      operation,
                      operation_length,
                      pointer,
                      length| {
                    let words =
                        [(binding, binding_length), (namespace, namespace_length), (operation, operation_length)];
                    host_call(&mut four.borrow_mut(), words, (pointer, length))
                },
            )
            .into_js_value(),
        ),
        (
            "__host_response_len",
            Closure::<dyn FnMut() -> Thrown<u32>>::new(move || {
                let mut state = five.borrow_mut();
                let bytes = state.host_response.len();
                length(&mut state, bytes)
            })
            .into_js_value(),
        ),
        (
            "__host_response",
            Closure::<dyn FnMut(u32) -> Thrown<()>>::new(move |pointer| {
                let mut state = six.borrow_mut();
                let response = std::mem::take(&mut state.host_response);
                copy_out(&mut state, "__host_response", pointer, &response)
            })
            .into_js_value(),
        ),
        (
            "__host_error_len",
            Closure::<dyn FnMut() -> Thrown<u32>>::new(move || {
                let mut state = seven.borrow_mut();
                let bytes = state.host_error.len();
                length(&mut state, bytes)
            })
            .into_js_value(),
        ),
        (
            "__host_error",
            Closure::<dyn FnMut(u32) -> Thrown<()>>::new(move |pointer| {
                let mut state = eight.borrow_mut();
                let error = std::mem::take(&mut state.host_error);
                copy_out(&mut state, "__host_error", pointer, error.as_bytes())
            })
            .into_js_value(),
        ),
        (
            "__console_log",
            Closure::<dyn FnMut(u32, u32) -> Thrown<()>>::new(move |pointer, length| {
                let mut state = nine.borrow_mut();
                let line = copy_in(&mut state, "__console_log", pointer, length)?;
                log(&mut state, &line);
                Ok(())
            })
            .into_js_value(),
        ),
    ]
}

/// Hands over the call: the guest has made room for both, from the lengths that `__guest_call` got.
fn guest_request(state: &mut State, operation: u32, payload: u32) -> Thrown<()> {
    let (name, bytes) = (std::mem::take(&mut state.operation), std::mem::take(&mut state.payload));
    copy_out(state, "__guest_request", operation, name.as_bytes())?;
    copy_out(state, "__guest_request", payload, &bytes)?;
    (state.operation, state.payload) = (name, bytes);
    Ok(())
}

/// A question of the guest, to whom, of what and which: 1 is an answer, 0 an error.
fn host_call(state: &mut State, words: [(u32, u32); 3], payload: (u32, u32)) -> Thrown<u32> {
    const CALL: &str = "__host_call";
    let mut word = |(pointer, length): (u32, u32)| text_in(state, CALL, pointer, length);
    let [binding, namespace, operation] = words;
    let (binding, namespace, operation) = (word(binding)?, word(namespace)?, word(operation)?);
    let payload = copy_in(state, CALL, payload.0, payload.1)?;
    if (binding.as_str(), namespace.as_str(), operation.as_str()) == ("kubewarden", "tracing", "log") {
        log(state, &payload);
        state.host_response.clear();
        return Ok(1);
    }
    let call = HostCall { binding: &binding, namespace: &namespace, operation: &operation, payload: &payload };
    match Rc::clone(&state.host).answer(&call) {
        Ok(response) => {
            state.host_response = response;
            Ok(1)
        }
        Err(error) => {
            state.host_error = error;
            Ok(0)
        }
    }
}

fn log(state: &mut State, line: &[u8]) {
    state.log.push(line);
    state.log.push(b"\n");
}

fn length(state: &mut State, bytes: usize) -> Thrown<u32> {
    u32::try_from(bytes).map_err(|_| state.fail(Error::Memory))
}
