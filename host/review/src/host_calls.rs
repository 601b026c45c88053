//! What a policy asks of its host while it decides.

use std::fmt;

/// A question of a policy.
#[derive(Clone, Copy, Debug)]
pub struct HostCall<'a> {
    /// Who is asked; Kubewarden's policies say `kubewarden`.
    pub binding: &'a str,
    /// The capability, such as `kubernetes`.
    pub namespace: &'a str,
    /// The operation, such as `get_resource`.
    pub operation: &'a str,
    /// The question, usually JSON.
    pub payload: &'a [u8],
}

/// Answers questions of policies.
pub trait HostCalls: fmt::Debug + Send + Sync {
    /// The answer, or a text for the policy that says why there is none.
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String>;
}

/// A host without a cluster.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offline;

impl HostCalls for Offline {
    fn answer(&self, call: &HostCall<'_>) -> Result<Vec<u8>, String> {
        Err(format!("`{}/{}` is not available offline", call.namespace, call.operation))
    }
}
