//! Which artifact of which registry is meant.

use crate::{Digest, Error, Problem};
use std::fmt;
use std::str::FromStr;

/// `registry://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]`. The prefix may be left out, as for kwctl.
///
/// Without tag and digest the tag is `latest`, as for kwctl and Docker (`oci-spec`'s `Reference`, which kwctl parses with).
/// With a digest the tag is only a remark for readers. Other than for kwctl the host cannot be left out: for it
/// `registry://policies/mine` would be a repository of Docker Hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    name: oci_client::Reference,
    digest: Option<Digest>,
}

impl Reference {
    /// The name of an image, as container runtimes read it: without a host it is one of Docker Hub.
    ///
    /// # Errors
    /// [`Problem::Reference`] where it is no name of an image.
    pub fn image(text: &str) -> Result<Self, Error> {
        Self::read(text, text.strip_prefix("registry://").unwrap_or(text))
    }

    fn read(text: &str, name: &str) -> Result<Self, Error> {
        let refuse = |reason: String| Error { reference: text.to_owned(), problem: Problem::Reference(reason) };
        let name: oci_client::Reference =
            name.parse().map_err(|error: oci_client::ParseError| refuse(error.to_string()))?;
        let digest = name.digest().map(str::parse).transpose().map_err(refuse)?;
        Ok(Self { name, digest })
    }

    /// Host and port.
    pub fn registry(&self) -> &str {
        self.name.resolve_registry()
    }

    /// The path behind them.
    pub fn repository(&self) -> &str {
        self.name.repository()
    }

    /// None where only a digest was given.
    pub fn tag(&self) -> Option<&str> {
        self.name.tag()
    }

    /// The digest that it is pinned to.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Without the prefix, as manifests of Pods and kwctl's answers have it.
    pub fn name(&self) -> String {
        self.name.whole()
    }

    /// The same repository, pinned: what was just pushed or pulled and cannot move.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> Self {
        Self { name: self.name.clone_with_digest(digest.to_string()), digest: Some(digest.clone()) }
    }

    /// What stands behind `/manifests/`: the digest, else the tag.
    pub(crate) fn manifest(&self) -> &str {
        self.digest.as_ref().map_or_else(|| self.tag().unwrap_or("latest"), Digest::as_str)
    }

    pub(crate) fn oci(&self) -> &oci_client::Reference {
        &self.name
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse =
            |reason: &str| Error { reference: text.to_owned(), problem: Problem::Reference(reason.to_owned()) };
        let name = text.strip_prefix("registry://").unwrap_or(text);
        if let Some((scheme, _)) = name.split_once("://") {
            return Err(refuse(&format!("`{scheme}` is another scheme")));
        }
        // The same question that decides for Docker Hub.
        let host = name.split_once('/').map(|(host, _)| host);
        if !host.is_some_and(|host| host == "localhost" || host.contains(['.', ':'])) {
            return Err(refuse("no host is named; for Docker Hub write `docker.io/`"));
        }
        Self::read(text, name)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "registry://{}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn what_stands_in_it_is_what_is_meant() {
        for (text, registry, repository, tag, pinned, whole) in [
            ("registry://ghcr.io/a/b:v1", "ghcr.io", "a/b", Some("v1"), false, "registry://ghcr.io/a/b:v1"),
            ("ghcr.io/a/b", "ghcr.io", "a/b", Some("latest"), false, "registry://ghcr.io/a/b:latest"),
            ("registry://localhost/b", "localhost", "b", Some("latest"), false, "registry://localhost/b:latest"),
            ("registry://127.0.0.1:5000/b:1", "127.0.0.1:5000", "b", Some("1"), false, "registry://127.0.0.1:5000/b:1"),
            (
                "registry://docker.io/b",
                "index.docker.io",
                "library/b",
                Some("latest"),
                false,
                "registry://docker.io/library/b:latest",
            ),
            (&format!("ghcr.io/a/b@{PIN}"), "ghcr.io", "a/b", None, true, &format!("registry://ghcr.io/a/b@{PIN}")),
            (
                &format!("ghcr.io/a/b:v1@{PIN}"),
                "ghcr.io",
                "a/b",
                Some("v1"),
                true,
                &format!("registry://ghcr.io/a/b:v1@{PIN}"),
            ),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!((reference.registry(), reference.repository()), (registry, repository), "{text}");
            assert_eq!((reference.tag(), reference.digest().is_some()), (tag, pinned), "{text}");
            assert_eq!(
                (reference.to_string().as_str(), format!("registry://{}", reference.name()).as_str()),
                (whole, whole)
            );
            assert_eq!(whole.parse(), Ok(reference), "it can be written and read");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_write() {
        for (text, reason) in [
            ("", "no host is named; for Docker Hub write `docker.io/`"),
            ("registry://policies/mine", "no host is named; for Docker Hub write `docker.io/`"),
            ("https://ghcr.io/a/b", "`https` is another scheme"),
            ("ghcr.io/A/b", "invalid reference format"),
            ("ghcr.io/a/b:", "invalid reference format"),
            ("ghcr.io/a/b@sha256:00", "invalid reference format"),
            (&format!("ghcr.io/a/b@{PIN}0"), "invalid checksum digest length"),
            (
                &format!("ghcr.io/a/b@sha512:{0}{0}", PIN.trim_start_matches("sha256:")),
                "expected a digest: `sha256:` and 64 of `0123456789abcdef`",
            ),
            ("[::1]:5000/b", "invalid reference format"),
        ] {
            let error = text.parse::<Reference>().unwrap_err();
            let expected = format!(
                "`{text}`: {reason}; expected registry://HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST], with a repository in lower case"
            );
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn images_may_be_of_docker_hub() {
        let image = Reference::image("busybox").unwrap();
        assert_eq!(
            (image.registry(), image.repository(), image.tag()),
            ("index.docker.io", "library/busybox", Some("latest"))
        );
        assert_eq!(
            Reference::image("A B").unwrap_err().problem,
            Problem::Reference("invalid reference format".to_owned())
        );
    }
}
