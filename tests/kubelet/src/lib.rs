//! What a kubelet does with one Pod, as its source and the KEPs say it, played by the second: [`play`] takes a Pod and a
//! [`Scenario`] and returns a [`Timeline`]. `docs/after-start.md` shows such timelines, and a test holds it to them.
//!
//! It is a table of rules and no kubelet. Each rule names the function of Kubernetes 1.36 that it follows; what no rule
//! speaks of (images, volumes, startup and liveness probes, ephemeral containers, resizing) is not simulated, and a Pod
//! that needs it is refused with an [`Error`].
//!
//! ```text
//! Pod (JSON) → Pod → Node ⟲ events → programs → probes → sync → status → Timeline
//! ```
//!
//! No clock, no randomness, no hash order: the same Pod and scenario give the same timeline. A second costs one round, and
//! a scenario lasts at most [`LONGEST`].

mod node;
mod pod;
mod probe;
mod program;
pub mod scenario;
mod text;
pub mod timeline;
mod world;

use node::Node;
use pod::Pod;
pub use pod::{Error, plain};
pub use scenario::Scenario;
use serde_json::Value;
pub use timeline::{Beside, Timeline};

/// Seconds since the Pod was created.
pub type Seconds = u32;

/// How long a scenario may last: a day.
pub const LONGEST: Seconds = 86_400;

/// Plays a Pod through a scenario.
///
/// # Errors
///
/// The Pod is none, or holds a value that Kubernetes or the wait program would refuse; it needs something that is not
/// simulated; the scenario lasts longer than [`LONGEST`], or names a container that the Pod does not have.
pub fn play(pod: &Value, scenario: &Scenario) -> Result<Timeline, Error> {
    scenario.check()?;
    let mut node = Node::new(Pod::read(pod)?, scenario)?;
    for now in 0..=scenario.end {
        node.second(now);
    }
    Ok(node.timeline())
}
