//! Names of Roles: readable where that is possible, and never the same for two service accounts.

use sha2::{Digest, Sha256};

/// What every name begins with.
const PREFIX: &str = "waitwarden-wait-";
/// What stands between a service account and the namespace that it comes from.
const FROM: &str = "-from-";
/// The longest DNS-1123 label.
const LONGEST: usize = 63;
/// Hexadecimal digits that keep names apart.
const DIGITS: usize = 8;

/// The name of the Role of a service account, with its namespace where that is another one than the Role's. A DNS-1123
/// label; it does not depend on which other Roles there are.
pub(super) fn role_name(account: &str, home: Option<&str>) -> String {
    let written = match home {
        Some(home) => format!("{account}{FROM}{home}"),
        None => account.to_owned(),
    };
    let plain: String = written
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' { c } else { '-' })
        .collect();
    // Could two different accounts be written the same?
    let is_clear = plain == written
        && !account.contains(FROM)
        && home.is_none_or(|home| !home.contains(FROM))
        && !plain.ends_with('-')
        && PREFIX.len().saturating_add(plain.len()) <= LONGEST;
    if is_clear {
        return format!("{PREFIX}{plain}");
    }
    let mut hash = Sha256::new();
    hash.update(account);
    hash.update([0]);
    hash.update(home.unwrap_or_default());
    let room = LONGEST.saturating_sub(PREFIX.len()).saturating_sub(DIGITS).saturating_sub(1);
    let short: String = plain.chars().take(room).collect();
    let nibbles = hash.finalize().into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits: String = nibbles.take(DIGITS).filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect();
    format!("{PREFIX}{}-{digits}", short.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_and_differ() {
        let long = "a".repeat(80);
        for (account, home, expected) in [
            ("api", None, "waitwarden-wait-api"),
            ("api", Some("shop"), "waitwarden-wait-api-from-shop"),
            ("api-from-shop", None, "waitwarden-wait-api-from-shop-1daacf58"),
            ("a.b", None, "waitwarden-wait-a-b-b3dcef57"),
            (&long, None, "waitwarden-wait-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1ef6f55d"),
        ] {
            let name = role_name(account, home);
            assert!(name.len() <= LONGEST, "{name}");
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{name}"
            );
            assert_eq!(name, expected);
        }
    }
}
