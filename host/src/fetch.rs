//! Policies that are in a registry: fetched when they are named, kept for the next time.

use std::time::SystemTime;
use waitwarden_registry::{Cache, Origin, Reference, Registries};

/// What a reference to a registry begins with.
const SCHEME: &str = "registry://";

/// How policies are fetched.
#[derive(Clone, Debug, Default)]
pub struct Fetch {
    /// Registries that speak plain HTTP, beside those on loopback.
    pub insecure: Vec<String>,
    /// The network is not used: what is not kept is not there.
    pub offline: bool,
}

/// A policy that was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// As the reference calls it.
    pub name: String,
    /// The module.
    pub wasm: Vec<u8>,
    /// What people should know, a line each.
    pub notes: Vec<String>,
}

/// Does this name something in a registry, and no file?
pub fn is_reference(name: &str) -> bool {
    name.starts_with(SCHEME)
}

impl Fetch {
    /// Who asks registries: the user's logins, and plain HTTP where it was asked for.
    pub fn registries(&self) -> Registries {
        Registries { insecure: self.insecure.clone(), ..Registries::of_user() }
    }

    /// Fetches what `registry://HOST/REPOSITORY[:TAG][@DIGEST]` names.
    ///
    /// # Errors
    /// A text for people, with the reference.
    pub fn policy(&self, name: &str) -> Result<Fetched, String> {
        let reference: Reference = name.parse().map_err(|error: waitwarden_registry::Error| error.to_string())?;
        let cache = Cache::of_user().map_err(|error| error.to_string())?;
        let pulled =
            self.registries().pull_policy(&reference, &cache, self.offline).map_err(|error| error.to_string())?;
        let mut notes = Vec::new();
        if let Origin::Remembered { seen, because } = &pulled.origin {
            let why = because.as_ref().map_or_else(String::new, |error| format!(" ({})", error.problem));
            notes.push(format!("{name}: this is what the registry had {} ago; it was not asked now{why}", age(*seen)));
        }
        if let Some(error) = &pulled.not_kept {
            notes.push(format!("it is not kept for the next time: {error}"));
        }
        let last = reference.repository().rsplit('/').next().unwrap_or_default();
        Ok(Fetched { name: last.to_owned(), wasm: pulled.bytes, notes })
    }
}

/// How long ago that was, roughly.
fn age(seen: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(seen).unwrap_or_default().as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn ages_are_rough() {
        for (seconds, expected) in
            [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7_200, "2 hours"), (200_000, "2 days")]
        {
            assert_eq!(age(SystemTime::now() - Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn what_is_no_reference_is_said() {
        let error = Fetch { offline: true, ..Fetch::default() }.policy("registry://").unwrap_err();
        assert!(error.starts_with("`registry://`: no host is named"), "{error}");
    }
}
