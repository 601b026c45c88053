//! What the budgets speak of, measured. The program prints it as tables; a test holds the fuel to what is committed.

pub mod evaluation;
pub mod figure;
pub mod lint;
pub mod load;
mod manifest;
pub mod module;
pub mod peer;
pub mod program;
pub mod record;
pub mod requests;
pub mod wait;
