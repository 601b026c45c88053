//! Which program an image is for.

use std::fmt;

/// A program that is published as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Content {
    /// The program of the wait container.
    Wait,
    /// The command line.
    Cli,
}

impl Content {
    /// The program, its package and its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wait => "waitwarden-wait",
            Self::Cli => "waitwarden",
        }
    }

    /// What it is for, in a sentence without its end.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Wait => "Ends when everything that a Pod depends on is ready",
            Self::Cli => "Says of Kubernetes manifests what the policy would say of them in the cluster",
        }
    }

    /// Where it stands in the image; for the wait program, how the policy calls it.
    pub fn path(self) -> String {
        format!("/{}", self.name())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
