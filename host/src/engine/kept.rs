//! An instance that is kept between calls, as hosts do that trust a policy with its own past. The command line does not: it is
//! here to measure what a fresh one costs, and what a call executes.

use super::slots::Slot;
use super::state::State;
use super::{Error, Outcome, Policy, read_error};
use std::sync::Arc;
use wasmtime::{Store, TypedFunc};

/// An instance of a policy that answers one call after the other.
pub struct Kept<'p> {
    policy: &'p Policy,
    store: Store<State>,
    guest_call: TypedFunc<(u32, u32), u32>,
    _slot: Option<Slot<'p>>,
}

impl std::fmt::Debug for Kept<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl Policy {
    /// Starts an instance that is kept.
    pub fn keep(&self) -> Result<Kept<'_>, Error> {
        let slot = self.slots.as_ref().map(|slots| slots.take());
        let mut store = self.store(State::new("", b"", Arc::clone(&self.host_calls)));
        let guest_call = self.begin(&mut store).map_err(|error| read_error(&error, store.data()))?;
        Ok(Kept { policy: self, store, guest_call, _slot: slot })
    }
}

impl Kept<'_> {
    /// Calls an operation. After one that failed the instance is what the policy left of it.
    pub fn call(&mut self, operation: &str, payload: &[u8]) -> Outcome {
        let host_calls = Arc::clone(&self.policy.host_calls);
        *self.store.data_mut() = State::new(operation, payload, Arc::clone(&host_calls));
        self.store.set_epoch_deadline(self.policy.ticks());
        let code = match self.store.data().lengths() {
            Ok(lengths) => self.guest_call.call(&mut self.store, lengths),
            Err(error) => Err(error),
        };
        let code = code.map_err(|error| read_error(&error, self.store.data()));
        std::mem::replace(self.store.data_mut(), State::new("", b"", host_calls)).outcome(code)
    }

    /// What was executed so far, the start of the instance included, in wasmtime's units: about one for each WebAssembly
    /// instruction. Nothing where the engine does not [meter](super::Engine::metered).
    pub fn fuel(&self) -> Option<u64> {
        self.policy.fuel?.checked_sub(self.store.get_fuel().ok()?)
    }
}
