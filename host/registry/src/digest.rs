//! A digest: what some bytes are called by everybody who has them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// A SHA-256 digest, `sha256:` and 64 lower-case hexadecimal digits. It is safe as the name of a file.
///
/// Source: OCI image-spec 1.1, `descriptor.md`, "Digests". The other algorithms that stand there are not taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let sum = Sha256::digest(bytes);
        let mut text = "sha256:".to_owned();
        for byte in sum {
            // A String takes everything.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// With the algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone.
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }
}

impl FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("sha256:").filter(|digits| {
            digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        });
        match digits {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err("expected a digest: `sha256:` and 64 of `0123456789abcdef`".to_owned()),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let known = format!("sha256:{hex}");
        let digest = Digest::of(b"");
        assert_eq!((digest.as_str(), digest.hex()), (known.as_str(), hex));
        assert_eq!(known.parse(), Ok(digest));
    }

    #[test]
    fn only_sha256_in_lower_case_is_taken() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for text in [
            String::new(),
            hex.to_owned(),
            format!("sha256:{}", hex.to_uppercase()),
            format!("sha256:{hex}0"),
            format!("sha512:{hex}{hex}"),
            format!("sha256:{}", hex.replace("e3b0c4", "../../")),
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
