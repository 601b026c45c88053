//! What can go wrong with a policy: with the file, and with one evaluation.

use std::fmt;

/// One evaluation's time: policy-server's default.
pub const DEADLINE_SECONDS: u64 = 2;

/// The most memory that a policy may have.
pub const MEMORY_BYTES: usize = 256 << 20;

/// The largest answer that is read. No request to an API server is larger than 3 MiB, and what is read of an answer takes
/// many times its bytes.
pub const ANSWER_BYTES: usize = 16 << 20;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file is not WebAssembly at all.
    NotWasm,
    /// It is WebAssembly, but not a policy that waPC can call; says what it is instead.
    NotWapc(Foreign),
    /// It is WebAssembly, and no compiler accepts it.
    Invalid(String),
    /// The module imports something that Kubewarden does not offer.
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// The module lacks an export, or has it with another type.
    MissingExport(&'static str),
    /// The policy speaks another version of the protocol.
    Protocol(String),
    /// The policy handed over memory that it does not have.
    Pointer {
        /// In which call.
        call: &'static str,
        /// Where the memory was said to begin.
        pointer: u32,
        /// How long it was said to be.
        length: usize,
    },
    /// The policy says itself that it failed.
    Guest(String),
    /// The policy was stopped by a trap; with what it wrote to stderr.
    Trap {
        /// The trap.
        message: String,
        /// The guest's last words, where a panic says its reason.
        stderr: String,
    },
    /// The policy took too long.
    Deadline,
    /// The policy wanted more memory than it may have.
    Memory,
    /// The policy left without an answer.
    Exit(i32),
    /// The policy returned and never handed over an answer.
    NoAnswer,
    /// The policy answered something that is not what the protocol asks for.
    Answer(String),
    /// The engine itself could not be set up.
    Engine(String),
}

/// A WebAssembly file that is something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A component, not a core module.
    Component,
    /// A Rego policy, of Open Policy Agent or Gatekeeper.
    Rego,
    /// A program with a `_start`, and no waPC.
    Wasi,
    /// Anything else.
    Other,
}

impl Error {
    /// The answer is larger than [`ANSWER_BYTES`].
    pub fn large_answer() -> Self {
        Self::Answer(format!("it is larger than {} MiB", ANSWER_BYTES >> 20))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWasm => write!(f, "this is not WebAssembly: it does not start with `\\0asm`"),
            Self::NotWapc(foreign) => write!(f, "this is not a Kubewarden waPC policy: {foreign}"),
            Self::Invalid(why) => write!(f, "this WebAssembly module cannot be compiled: {why}"),
            Self::UnknownImport { module, name } => {
                write!(f, "the policy imports `{module}.{name}`, which Kubewarden does not offer")
            }
            Self::MissingExport(name) => write!(f, "the policy does not export `{name}` as waPC asks for it"),
            Self::Protocol(answer) => {
                write!(f, "the policy speaks protocol version {answer}; expected \"v1\"")
            }
            Self::Pointer { call, pointer, length } => write!(
                f,
                "the policy passed memory that it does not have to `{call}`: {length} bytes at address {pointer}"
            ),
            Self::Guest(message) => write!(f, "the policy failed: {message}"),
            Self::Trap { message, stderr } if stderr.is_empty() => write!(f, "the policy crashed: {message}"),
            Self::Trap { message, stderr } => write!(f, "the policy crashed: {message}; it said: {stderr}"),
            Self::Deadline => {
                write!(f, "the policy was stopped after {DEADLINE_SECONDS} seconds")
            }
            Self::Memory => {
                write!(f, "the policy wanted more than {} MiB of memory", MEMORY_BYTES >> 20)
            }
            Self::Exit(code) => write!(f, "the policy ended itself with exit code {code} and gave no answer"),
            Self::NoAnswer => write!(f, "the policy returned without an answer"),
            Self::Answer(why) => write!(f, "the policy's answer cannot be read: {why}"),
            Self::Engine(why) => write!(f, "the WebAssembly engine does not start: {why}"),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "it is a WebAssembly component, not a module",
            Self::Rego => "it is a Rego policy (Open Policy Agent, Gatekeeper)",
            Self::Wasi => "it is a WASI program without waPC",
            Self::Other => "it does not export `__guest_call`",
        })
    }
}

impl std::error::Error for Error {}
