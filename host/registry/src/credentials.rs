//! Who asks: the logins that Docker and its relatives have written down. They are never logged and stand in no error.

use crate::Problem;
use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use oci_client::secrets::RegistryAuth;
use std::env;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Longer is no list of logins.
const LARGEST: u64 = 1 << 20;

/// Where logins are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nowhere: nobody logs in.
    #[default]
    Nobody,
    /// In a file as Docker's `config.json` is one: `auths`, `credHelpers`, `credsStore`. Where the file is missing, nobody
    /// logs in.
    File(PathBuf),
}

impl Credentials {
    /// The user's: the file of `REGISTRY_AUTH_FILE` (podman, skopeo, buildah), else `config.json` in `DOCKER_CONFIG`, else
    /// `~/.docker/config.json`.
    pub fn of_user() -> Self {
        let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let file = named("REGISTRY_AUTH_FILE")
            .or_else(|| named("DOCKER_CONFIG").map(|folder| folder.join("config.json")))
            .or_else(|| named("HOME").map(|home| home.join(".docker/config.json")));
        file.map_or(Self::Nobody, Self::File)
    }

    /// The login for a registry. May run a credential helper, which may ask the user.
    pub(crate) fn login(&self, registry: &str) -> Result<(RegistryAuth, Login), Problem> {
        let Self::File(path) = self else { return Ok((RegistryAuth::Anonymous, Login::Nobody)) };
        let none = || (RegistryAuth::Anonymous, Login::None(path.clone()));
        let failed = |reason: &str| Problem::Credentials { path: path.clone(), reason: reason.to_owned() };
        let Some(text) = read(path).map_err(|error| failed(&error))? else { return Ok(none()) };
        // Docker writes the login for its own registry under an address of old.
        let hub: &[&str] = &["https://index.docker.io/v1/", "index.docker.io"];
        let keys = if registry == "index.docker.io" { hub } else { &[registry] };
        for key in keys {
            match get_credential_from_reader(text.as_slice(), key) {
                Ok(DockerCredential::UsernamePassword(user, password)) => {
                    return Ok((RegistryAuth::Basic(user, password), Login::Password(path.clone())));
                }
                Ok(DockerCredential::IdentityToken(_)) => {
                    return Ok((RegistryAuth::Anonymous, Login::IdentityToken(path.clone())));
                }
                Err(error) => {
                    if let Some(reason) = reason(&error) {
                        return Err(failed(&reason));
                    }
                }
            }
        }
        Ok(none())
    }
}

/// What stands in the file; none where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("longer than {LARGEST} bytes; expected a list of logins"));
    }
    Ok(Some(text))
}

/// Why there is no login, without what the file or a helper says; none where there simply is none.
fn reason(error: &CredentialRetrievalError) -> Option<String> {
    Some(match error {
        CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound => return None,
        // How every helper says so. Source: docker-credential-helpers, `credentials/error.go`.
        CredentialRetrievalError::HelperFailure { stdout, .. }
            if stdout.trim().starts_with("credentials not found") =>
        {
            return None;
        }
        CredentialRetrievalError::HelperFailure { helper, .. } => {
            format!("the credential helper `{helper}` fails; run it by hand to see why")
        }
        CredentialRetrievalError::HelperCommunicationError => {
            "the credential helper that it names cannot be run, or does not listen; install it, or remove it from the file".to_owned()
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            "the credential helper that it names answers with something else than a login".to_owned()
        }
        CredentialRetrievalError::CredentialDecodingError => {
            "the login is not base64 of `USER:PASSWORD`; run `docker login` again".to_owned()
        }
        CredentialRetrievalError::CredentialMismatchError => {
            "`auth` is another login than `username` and `password`; run `docker login` again".to_owned()
        }
        CredentialRetrievalError::ConfigReadError => {
            "not JSON as Docker's config.json is; correct it, or run `docker login` again".to_owned()
        }
    })
}

/// Which login a registry saw, for the text of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// None was looked for.
    Nobody,
    /// The file holds none for this registry.
    None(PathBuf),
    /// User name and password of this file.
    Password(PathBuf),
    /// The file holds a token that only Docker can use; nobody was logged in.
    IdentityToken(PathBuf),
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("nobody was logged in"),
            Self::None(path) => {
                write!(f, "{} has none for it: run `docker login` (or `skopeo login`) with its name", path.display())
            }
            Self::Password(path) => {
                write!(f, "it does not take the user name and password of {}: run `docker login` again", path.display())
            }
            Self::IdentityToken(path) => write!(
                f,
                "the one in {} is an identity token, which cannot be used here: log in with a password or an access token",
                path.display()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn login(text: &str, registry: &str) -> Result<(RegistryAuth, Login), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        fs::write(&path, text).unwrap();
        let found = Credentials::File(path.clone()).login(registry);
        found.map_err(|problem| problem.to_string().replace(&path.display().to_string(), "FILE"))
    }

    #[test]
    fn logins_are_found_where_docker_writes_them() {
        // `user:secret`
        let auth = |key: &str| format!("{{\"auths\": {{\"{key}\": {{\"auth\": \"dXNlcjpzZWNyZXQ=\"}}}}}}");
        let basic = RegistryAuth::Basic("user".to_owned(), "secret".to_owned());
        for (key, registry) in [
            ("ghcr.io", "ghcr.io"),
            ("https://ghcr.io", "ghcr.io"),
            ("localhost:5000", "localhost:5000"),
            ("https://index.docker.io/v1/", "index.docker.io"),
            ("docker.io", "index.docker.io"),
        ] {
            let (found, login) = login(&auth(key), registry).unwrap();
            assert_eq!(found, basic, "{key}");
            assert!(matches!(login, Login::Password(_)), "{key}: {login:?}");
        }
        let (found, login) = login(&auth("ghcr.io"), "quay.io").unwrap();
        assert_eq!(found, RegistryAuth::Anonymous);
        assert!(matches!(login, Login::None(_)), "{login:?}");
    }

    #[test]
    fn a_missing_file_is_no_login_and_a_broken_one_an_error() {
        let missing = Credentials::File(PathBuf::from("/nowhere/config.json"));
        let expected = (RegistryAuth::Anonymous, Login::None(PathBuf::from("/nowhere/config.json")));
        assert_eq!(missing.login("ghcr.io"), Ok(expected));
        // Helpers know Docker's own registry by an address of old.
        let hub = login("{\"credHelpers\": {\"https://index.docker.io/v1/\": \"of-nobody\"}}", "index.docker.io");
        assert!(hub.is_err_and(|error| error.contains("cannot be run")));
        for (text, expected) in [
            ("secret", "FILE: not JSON as Docker's config.json is; correct it, or run `docker login` again"),
            (
                "{\"auths\": {\"ghcr.io\": {\"auth\": \"c2VjcmV0\"}}}",
                "FILE: the login is not base64 of `USER:PASSWORD`; run `docker login` again",
            ),
            (
                "{\"credHelpers\": {\"ghcr.io\": \"of-nobody\"}}",
                "FILE: the credential helper that it names cannot be run, or does not listen; install it, or remove it from the file",
            ),
        ] {
            assert_eq!(login(text, "ghcr.io"), Err(expected.to_owned()));
        }
    }

    #[test]
    fn an_identity_token_is_said_to_be_one() {
        let text = "{\"auths\": {\"a.io\": {\"identitytoken\": \"secret\"}}}";
        let (found, login) = login(text, "a.io").unwrap();
        assert_eq!(found, RegistryAuth::Anonymous);
        assert!(matches!(login, Login::IdentityToken(_)), "{login:?}");
        assert!(!login.to_string().contains("secret"), "{login}");
    }
}
