//! Runs Kubewarden policies: bytes in, bytes out, a fresh instance for each call.
//!
//! A policy is not trusted. What it may use is bounded, it reaches nothing outside, and whatever it does ends in an
//! [`Error`].

mod config;
mod kept;
mod limits;
mod memory;
mod slots;
mod state;
mod wapc;
mod wasi;

pub use kept::Kept;
pub use waitwarden_review::failure::{Error, Foreign};
pub use waitwarden_review::host_calls::{HostCall, HostCalls, Offline};

use limits::{DEADLINE_TICKS, Ticker};
use slots::Slots;
use state::State;
use std::sync::Arc;
use wasmtime::{
    Config, Instance, InstancePre, Linker, Module, ProfilingStrategy, Store, Trap, TypedFunc, UnknownImportError,
};
use wasmtime_wasi::I32Exit;

/// The policy of the same release.
pub static POLICY_WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.wasm"));
/// The same, compiled for this target by the build script; empty where that was not possible.
static POLICY_CWASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwasm"));

/// What waPC calls before anything else, where a module has it. `_initialize` is for reactors of other toolchains.
const STARTS: [&str; 3] = ["_initialize", "_start", "wapc_init"];

/// Compiles policies, and keeps their time.
#[derive(Debug)]
pub struct Engine {
    compiler: wasmtime::Engine,
    ticker: Arc<Ticker>,
    /// How many instructions a policy may execute, where they are counted.
    fuel: Option<u64>,
    /// How many instances fit into the memory that is set aside for them; without a bound where none is set aside.
    slots: Option<Arc<Slots>>,
}

/// A policy that is ready to be asked. Cheap to clone.
#[derive(Clone)]
pub struct Policy {
    pre: InstancePre<State>,
    /// Those of [`STARTS`] that the module has.
    starts: Vec<&'static str>,
    host_calls: Arc<dyn HostCalls>,
    slots: Option<Arc<Slots>>,
    fuel: Option<u64>,
    _ticker: Arc<Ticker>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").finish_non_exhaustive()
    }
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The policy's answer.
    pub answer: Result<Vec<u8>, Error>,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// What it logged, a line each.
    pub log: String,
}

impl Engine {
    /// An engine for this machine. Instances take memory that is set aside once and cleaned after each use, which is
    /// several times faster than asking the system each time; where it grants that much address space to nobody, it is
    /// asked each time.
    pub fn new() -> Result<Self, Error> {
        Self::with(&config::config(), None)
    }

    /// An engine that counts what a policy executes, in [fuel](Kept::fuel), which is the same on every machine, and ends it
    /// where it wants more than `fuel`; until it asks something it may take any time. It is slower, and compiles the built-in
    /// policy anew.
    pub fn metered(fuel: u64) -> Result<Self, Error> {
        let mut config = config::config();
        config.consume_fuel(true);
        Self::with(&config, Some(fuel))
    }

    /// An engine that tells Linux' `perf` the names of a policy's functions, in `/tmp/perf-PID.map`. It compiles the built-in
    /// policy anew.
    pub fn profiled() -> Result<Self, Error> {
        let mut config = config::config();
        config.profiler(ProfilingStrategy::PerfMap);
        Self::with(&config, None)
    }

    fn with(config: &Config, fuel: Option<u64>) -> Result<Self, Error> {
        let mut pooling = config.clone();
        let slots = Slots::default();
        pooling.allocation_strategy(slots.allocation());
        let (engine, slots) = if let Ok(engine) = wasmtime::Engine::new(&pooling) {
            (engine, Some(Arc::new(slots)))
        } else {
            let engine = wasmtime::Engine::new(config);
            (engine.map_err(|error| Error::Engine(format!("{error:#}")))?, None)
        };
        let ticker = Arc::new(Ticker::start(&engine)?);
        Ok(Self { compiler: engine, ticker, fuel, slots })
    }

    /// The policy that is built in; with a note where the compiled form of it did not load.
    pub fn built_in(&self) -> Result<(Policy, Option<String>), Error> {
        // SAFETY: the bytes were written by this package's build script with `precompile_module` and are part of the
        // program; nobody else can have changed them. wasmtime checks version, target and configuration.
        #[expect(unsafe_code, reason = "a module that is compiled ahead of time starts a hundred milliseconds earlier")]
        let module = unsafe { Module::deserialize(&self.compiler, POLICY_CWASM) };
        match module {
            Ok(module) => Ok((self.link(&module)?, None)),
            Err(error) => {
                let note = format!("the built-in policy is compiled anew, its compiled form does not load: {error:#}");
                Ok((self.load(POLICY_WASM)?, Some(note)))
            }
        }
    }

    /// Any Kubewarden waPC policy.
    pub fn load(&self, wasm: &[u8]) -> Result<Policy, Error> {
        if !wasm.starts_with(b"\0asm") {
            return Err(Error::NotWasm);
        }
        // The second half of the version is the layer: 0 for modules, 1 for components.
        if wasm.get(6..8) == Some(&[1, 0]) {
            return Err(Error::NotWapc(Foreign::Component));
        }
        let module = Module::from_binary(&self.compiler, wasm).map_err(|error| {
            let why = format!("{error:#}");
            // wasmtime has no type for it: the memory that is set aside for an instance is less than it begins with.
            if why.contains("memory has a minimum byte size") { Error::Memory } else { Error::Invalid(why) }
        })?;
        self.link(&module)
    }

    fn link(&self, module: &Module) -> Result<Policy, Error> {
        if module.get_export("__guest_call").is_none() {
            let exports = |name: &str| module.get_export(name).is_some();
            return Err(Error::NotWapc(if exports("opa_eval_ctx_new") || exports("opa_malloc") {
                Foreign::Rego
            } else if exports("_start") {
                Foreign::Wasi
            } else {
                Foreign::Other
            }));
        }
        if !matches!(module.get_export("memory"), Some(wasmtime::ExternType::Memory(_))) {
            return Err(Error::MissingExport("memory"));
        }
        let mut linker = Linker::new(&self.compiler);
        wasi::link(&mut linker)
            .and_then(|()| wapc::link(&mut linker))
            .map_err(|error| Error::Engine(format!("{error:#}")))?;
        let pre = linker.instantiate_pre(module).map_err(|error| match error.downcast_ref::<UnknownImportError>() {
            Some(import) => Error::UnknownImport { module: import.module().to_owned(), name: import.name().to_owned() },
            None => Error::Invalid(format!("{error:#}")),
        })?;
        Ok(Policy {
            pre,
            starts: STARTS.into_iter().filter(|name| module.get_export(name).is_some()).collect(),
            host_calls: Arc::new(Offline),
            slots: self.slots.clone(),
            fuel: self.fuel,
            _ticker: Arc::clone(&self.ticker),
        })
    }
}

impl Policy {
    /// The same policy, with somebody else to ask.
    #[must_use]
    pub fn with_host_calls(mut self, host_calls: Arc<dyn HostCalls>) -> Self {
        self.host_calls = host_calls;
        self
    }

    /// Calls an operation, such as `validate`, in an instance of its own.
    pub fn call(&self, operation: &str, payload: &[u8]) -> Outcome {
        let slot = self.slots.as_ref().map(|slots| slots.take());
        let mut store = self.store(State::new(operation, payload, Arc::clone(&self.host_calls)));
        let answer = self.run(&mut store).map_err(|error| read_error(&error, store.data()));
        let state = store.into_data();
        drop(slot);
        state.outcome(answer)
    }

    fn store(&self, state: State) -> Store<State> {
        let mut store = Store::new(self.pre.module().engine(), state);
        store.limiter(|state| &mut state.limits);
        if let Some(fuel) = self.fuel {
            // Fails only where nothing is counted.
            let _ = store.set_fuel(fuel);
        }
        store
    }

    /// Does the policy speak the version that is spoken here?
    pub fn check_protocol(&self) -> Result<(), Error> {
        let answer = self.call("protocol_version", b"").answer?;
        let text = String::from_utf8_lossy(&answer).trim().to_owned();
        if text == "\"v1\"" { Ok(()) } else { Err(Error::Protocol(text)) }
    }

    fn run(&self, store: &mut Store<State>) -> wasmtime::Result<u32> {
        let call = self.begin(store)?;
        let lengths = store.data().lengths()?;
        call.call(store, lengths)
    }

    /// How much time there is.
    fn ticks(&self) -> u64 {
        if self.fuel.is_some() { u64::from(u32::MAX) } else { DEADLINE_TICKS }
    }

    /// Makes the instance and starts it; its clock begins here.
    fn begin(&self, store: &mut Store<State>) -> wasmtime::Result<TypedFunc<(u32, u32), u32>> {
        store.set_epoch_deadline(self.ticks());
        let instance = self.pre.instantiate(&mut *store)?;
        for name in &self.starts {
            Self::start(store, &instance, name)?;
        }
        instance
            .get_typed_func::<(u32, u32), u32>(&mut *store, "__guest_call")
            .map_err(|_| Error::MissingExport("__guest_call"))
            .map_err(Into::into)
    }

    fn start(store: &mut Store<State>, instance: &Instance, name: &'static str) -> wasmtime::Result<()> {
        let start = instance.get_typed_func::<(), ()>(&mut *store, name).map_err(|_| Error::MissingExport(name))?;
        match start.call(store, ()) {
            // A program's main that ends well leaves its instance usable.
            Err(error) if error.downcast_ref::<I32Exit>().is_some_and(|exit| exit.0 == 0) => Ok(()),
            done => done,
        }
    }
}

/// What stopped a guest, in our words.
fn read_error(error: &wasmtime::Error, state: &State) -> Error {
    if let Some(error) = error.downcast_ref::<Error>() {
        return error.clone();
    }
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        return Error::Exit(*code);
    }
    // A guest that gets no memory aborts: that is the reason, and the trap only its form.
    if state.limits.memory_refused {
        return Error::Memory;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Error::Deadline,
        Some(trap) => Error::Trap { message: trap.to_string(), stderr: state.stderr.text() },
        None => Error::Trap { message: format!("{error:#}"), stderr: state.stderr.text() },
    }
}
