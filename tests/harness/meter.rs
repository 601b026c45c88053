//! The module under a meter: what an evaluation costs in instructions of WebAssembly, which no load of the machine changes.

use waitwarden::engine::{Engine, Error, POLICY_WASM, Policy};

/// The policy, ready to be measured. Nobody answers its questions.
#[derive(Clone, Debug)]
pub struct Meter(Policy);

impl Meter {
    /// The module that is inside the command line, with so many instructions for each answer.
    ///
    /// # Errors
    /// Where it cannot be compiled.
    pub fn new(most: u64) -> Result<Self, Error> {
        Ok(Self(Engine::metered(most)?.load(POLICY_WASM)?))
    }

    /// Asks for a verdict: the answer, and the instructions that it took.
    ///
    /// # Errors
    /// Where the module traps, which it also does where it wants more instructions.
    pub fn validate(&self, payload: &[u8]) -> Result<(Vec<u8>, u64), Error> {
        let mut instance = self.0.keep()?;
        let answer = instance.call("validate", payload).answer?;
        Ok((answer, instance.fuel().unwrap_or_default()))
    }
}
