//! Runs a policy in the browser: bytes in, bytes out, a fresh instance for each call.
//!
//! A policy is not trusted. Every address that it passes is checked, its memory is bounded ([`module`](crate::module)), what
//! it prints is kept in bounds, and it reaches nothing outside. Its time is bounded by the page, which ends the worker.

mod memory;
mod state;
mod wapc;
mod wasi;

use crate::module::bounded;
use js_sys::{Array, Function, Object, Reflect, Uint8Array, WebAssembly};
use serde_json::Value;
use state::{Shared, State};
use std::rc::Rc;
use waitwarden_review::failure::{Error, Foreign, MEMORY_BYTES};
use waitwarden_review::host_calls::HostCalls;
use wasm_bindgen::{JsCast, JsValue};

/// What waPC calls before anything else, where a module has it. `_initialize` is for reactors of other toolchains.
const STARTS: [&str; 3] = ["_initialize", "_start", "wapc_init"];

/// The custom section that holds the metadata. Source: policy-evaluator, `constants.rs`.
const METADATA: &str = "io.kubewarden.metadata";

/// Told before each call: the page ends a worker that does not come back from one.
pub(crate) type Beat = Rc<dyn Fn()>;

/// A policy that is ready to be asked.
pub(crate) struct Policy {
    module: WebAssembly::Module,
    imports: Object,
    state: Shared,
    beat: Beat,
}

impl Policy {
    /// Any Kubewarden waPC policy.
    pub(crate) fn load(wasm: &[u8], beat: Beat) -> Result<Self, Error> {
        let bytes = Uint8Array::from(bounded(wasm)?.as_slice());
        let module = WebAssembly::Module::new(&bytes.into()).map_err(|error| Error::Invalid(message(&error)))?;
        let exports = names(&WebAssembly::Module::exports(&module), "name");
        let has = |name: &str| exports.iter().any(|export| export == name);
        if !has("__guest_call") {
            return Err(Error::NotWapc(if has("opa_eval_ctx_new") || has("opa_malloc") {
                Foreign::Rego
            } else if has("_start") {
                Foreign::Wasi
            } else {
                Foreign::Other
            }));
        }
        if !has("memory") {
            return Err(Error::MissingExport("memory"));
        }
        let state = Shared::default();
        let imports = Object::new();
        for (module_name, functions) in
            [(wapc::MODULE, wapc::functions(&state)), (wasi::MODULE, wasi::functions(&state))]
        {
            let object = Object::new();
            for (name, function) in functions {
                let _ = Reflect::set(&object, &name.into(), &function);
            }
            let _ = Reflect::set(&imports, &module_name.into(), &object);
        }
        let wanted = WebAssembly::Module::imports(&module);
        for (module, name) in names(&wanted, "module").into_iter().zip(names(&wanted, "name")) {
            let known = Reflect::get(&imports, &module.as_str().into())
                .and_then(|object| Reflect::get(&object, &name.as_str().into()))
                .is_ok_and(|function| function.is_function());
            if !known {
                return Err(Error::UnknownImport { module, name });
            }
        }
        Ok(Self { module, imports, state, beat })
    }

    /// The metadata that `kwctl annotate` puts into a module; none where there is none, or it cannot be read.
    pub(crate) fn metadata(&self) -> Option<Value> {
        let sections = WebAssembly::Module::custom_sections(&self.module, METADATA);
        let bytes = Uint8Array::new(&sections.iter().last()?);
        serde_json::from_slice(&bytes.to_vec()).ok()
    }

    /// Says that somebody else works now: the time of an evaluation does not run on.
    pub(crate) fn beat(&self) {
        (self.beat)();
    }

    /// Calls an operation, such as `validate`, in an instance of its own.
    pub(crate) fn call(&self, operation: &str, payload: &[u8], host: Rc<dyn HostCalls>) -> Result<Vec<u8>, Error> {
        self.beat();
        self.state.replace(State::new(operation, payload, host));
        let called = self.run(operation.len(), payload.len());
        let state = self.state.take();
        if let Some(failure) = state.failure {
            return Err(failure);
        }
        let code = called.map_err(|error| Error::Trap { message: message(&error), stderr: state.stderr.text() })?;
        if state.memory.is_some_and(|memory| memory::size(&memory) > MEMORY_BYTES) {
            return Err(Error::Memory);
        }
        match (code, state.error, state.response) {
            (1, _, Some(response)) => Ok(response),
            (1, _, None) => Err(Error::NoAnswer),
            (_, Some(error), _) => Err(Error::Guest(error)),
            (_, None, _) => Err(Error::Guest("it gives no reason".to_owned())),
        }
    }

    /// Does the policy speak the version that is spoken here?
    pub(crate) fn check_protocol(&self, host: Rc<dyn HostCalls>) -> Result<(), Error> {
        let answer = self.call("protocol_version", b"", host)?;
        let text = String::from_utf8_lossy(&answer).trim().to_owned();
        if text == "\"v1\"" { Ok(()) } else { Err(Error::Protocol(text)) }
    }

    fn run(&self, operation: usize, payload: usize) -> Result<i32, JsValue> {
        let instance = WebAssembly::Instance::new(&self.module, &self.imports)?;
        let exports = instance.exports();
        let export = |name: &str| Reflect::get(&exports, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let Ok(memory) = export("memory").dyn_into::<WebAssembly::Memory>() else {
            return Err(self.fail(Error::MissingExport("memory")));
        };
        self.state.borrow_mut().memory = Some(memory);
        for name in STARTS {
            let Ok(start) = export(name).dyn_into::<Function>() else { continue };
            if let Err(error) = start.call0(&JsValue::UNDEFINED)
                && !self.left_well()
            {
                return Err(error);
            }
        }
        let Ok(call) = export("__guest_call").dyn_into::<Function>() else {
            return Err(self.fail(Error::MissingExport("__guest_call")));
        };
        let code = call.call2(&JsValue::UNDEFINED, &length(operation), &length(payload))?;
        // The lower 32 bits are the number, whatever type the module gave it.
        #[expect(clippy::cast_possible_truncation, reason = "a 32-bit number of WebAssembly, as JavaScript holds it")]
        Ok(code.as_f64().unwrap_or_default() as i32)
    }

    /// A program's main that ends well leaves its instance usable.
    fn left_well(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let well = state.failure == Some(Error::Exit(0));
        if well {
            state.failure = None;
        }
        well
    }

    fn fail(&self, error: Error) -> JsValue {
        self.state.borrow_mut().fail(error)
    }
}

fn length(bytes: usize) -> JsValue {
    JsValue::from(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// A field of each of a module's imports or exports.
fn names(list: &Array, field: &str) -> Vec<String> {
    list.iter()
        .map(|entry| Reflect::get(&entry, &field.into()).ok().and_then(|name| name.as_string()).unwrap_or_default())
        .collect()
}

/// What a JavaScript error says.
fn message(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
