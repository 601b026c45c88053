//! The module under a meter: what an evaluation costs in instructions of WebAssembly, which no load of the machine changes.

use wasmtime::{Caller, Config, Engine, Error, Extern, InstancePre, Linker, Module, Result, Store};

/// The policy, ready to be measured.
#[derive(Clone)]
pub struct Meter(InstancePre<Call>);

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

/// One call, and what came of it.
#[derive(Debug)]
struct Call {
    operation: &'static str,
    payload: Vec<u8>,
    answer: Vec<u8>,
}

impl Meter {
    /// The module that is inside the command line.
    ///
    /// # Errors
    /// Where there is none, or it cannot be compiled.
    pub fn new() -> std::result::Result<Self, String> {
        Self::load(waitwarden::engine::POLICY_WASM).map_err(|error| format!("{error:#}"))
    }

    fn load(wasm: &[u8]) -> Result<Self> {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        wapc(&mut linker)?;
        wasi(&mut linker)?;
        Ok(Self(linker.instantiate_pre(&Module::new(&engine, wasm)?)?))
    }

    /// Asks for a verdict: the answer, and the instructions that it took; no more than `most` are granted.
    ///
    /// # Errors
    /// Where the module traps, or wants more.
    pub fn validate(&self, payload: &[u8], most: u64) -> std::result::Result<(Vec<u8>, u64), String> {
        self.call("validate", payload, most).map_err(|error| format!("{error:#}"))
    }

    fn call(&self, operation: &'static str, payload: &[u8], most: u64) -> Result<(Vec<u8>, u64)> {
        let call = Call { operation, payload: payload.to_vec(), answer: Vec::new() };
        let mut store = Store::new(self.0.module().engine(), call);
        store.set_fuel(most)?;
        let instance = self.0.instantiate(&mut store)?;
        instance.get_typed_func::<(), ()>(&mut store, "wapc_init")?.call(&mut store, ())?;
        let lengths = (u32::try_from(operation.len())?, u32::try_from(payload.len())?);
        let answered =
            instance.get_typed_func::<(u32, u32), u32>(&mut store, "__guest_call")?.call(&mut store, lengths)?;
        let spent = most.saturating_sub(store.get_fuel()?);
        let answer = store.into_data().answer;
        if answered == 1 { Ok((answer, spent)) } else { Err(Error::msg(String::from_utf8_lossy(&answer).into_owned())) }
    }
}

/// The imports of waPC. Nobody answers questions.
fn wapc(linker: &mut Linker<Call>) -> Result<()> {
    const MODULE: &str = "wapc";
    linker.func_wrap(MODULE, "__guest_request", |mut caller: Caller<'_, Call>, operation: u32, payload: u32| {
        let (name, bytes) = (caller.data().operation, std::mem::take(&mut caller.data_mut().payload));
        write(&mut caller, operation, name.as_bytes())?;
        write(&mut caller, payload, &bytes)
    })?;
    for name in ["__guest_response", "__guest_error"] {
        linker.func_wrap(MODULE, name, |mut caller: Caller<'_, Call>, pointer: u32, length: u32| {
            let mut answer = vec![0; length as usize];
            memory(&mut caller)?.read(&caller, pointer as usize, &mut answer)?;
            caller.data_mut().answer = answer;
            Ok(())
        })?;
    }
    let host_call = |_: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32, _: u32| 0_u32;
    linker.func_wrap(MODULE, "__host_call", host_call)?;
    for name in ["__host_response_len", "__host_error_len"] {
        linker.func_wrap(MODULE, name, || 0_u32)?;
    }
    for name in ["__host_response", "__host_error"] {
        linker.func_wrap(MODULE, name, |_: u32| ())?;
    }
    Ok(())
}

/// What the standard library asks of WASI: nothing is printed, and nothing is random.
fn wasi(linker: &mut Linker<Call>) -> Result<()> {
    const MODULE: &str = "wasi_snapshot_preview1";
    linker.func_wrap(MODULE, "environ_get", |_: u32, _: u32| 0_u32)?;
    linker.func_wrap(MODULE, "environ_sizes_get", |mut caller: Caller<'_, Call>, count: u32, bytes: u32| {
        write(&mut caller, count, &[0; 4])?;
        write(&mut caller, bytes, &[0; 4])?;
        Ok(0_u32)
    })?;
    linker.func_wrap(MODULE, "random_get", |mut caller: Caller<'_, Call>, pointer: u32, length: u32| {
        write(&mut caller, pointer, &vec![7; length as usize])?;
        Ok(0_u32)
    })?;
    // `badf`: there is no file.
    linker.func_wrap(MODULE, "fd_write", |_: u32, _: u32, _: u32, _: u32| 8_u32)?;
    linker.func_wrap(MODULE, "proc_exit", |code: u32| -> Result<()> { Err(Error::msg(format!("exit {code}"))) })?;
    Ok(())
}

fn memory(caller: &mut Caller<'_, Call>) -> Result<wasmtime::Memory> {
    caller.get_export("memory").and_then(Extern::into_memory).ok_or_else(|| Error::msg("there is no memory"))
}

fn write(caller: &mut Caller<'_, Call>, pointer: u32, bytes: &[u8]) -> Result<()> {
    memory(caller)?.write(caller, pointer as usize, bytes)?;
    Ok(())
}
