//! One conversation with one registry about one repository: logged in, and everything that is read is counted.
//!
//! `oci-client` logs in and sends. It reads answers as long as they are, so manifests and blobs are read here.

use crate::error::Expected;
use crate::registries::{USER_AGENT, limited};
use crate::{Digest, Login, Problem, Reference, Registries, refusal};
use oci_client::client::Client;
use oci_client::secrets::RegistryAuth;
use oci_client::{RegistryOperation, manifest as media};
use reqwest::{Method, Response};

/// The largest manifest that is read, in bytes. Registries need to take no larger one.
///
/// Source: OCI distribution-spec 1.1, "Pushing Manifests": 4 MiB.
pub(crate) const LARGEST_MANIFEST: u64 = 4 << 20;

/// Of what a registry says when it refuses, more is not read.
const LARGEST_REFUSAL: u64 = 1 << 16;

/// A conversation.
pub(crate) struct Session<'a> {
    pub(crate) client: Client,
    pub(crate) reference: &'a Reference,
    http: reqwest::Client,
    registries: &'a Registries,
    auth: RegistryAuth,
    login: Login,
    token: Option<String>,
}

/// A manifest or index.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
}

impl<'a> Session<'a> {
    /// Finds the login and logs in.
    pub(crate) async fn open(
        registries: &'a Registries,
        reference: &'a Reference,
        operation: RegistryOperation,
    ) -> Result<Self, Problem> {
        let (auth, login) = registries.credentials.login(reference.registry())?;
        let made = |error: &dyn std::error::Error| Problem::Client(refusal::causes(error));
        let client = Client::try_from(registries.config(reference.registry())).map_err(|error| made(&error))?;
        let http = reqwest::Client::builder()
            .connect_timeout(registries.patience.connect)
            .read_timeout(registries.patience.silence)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| made(&error))?;
        let mut session = Self { client, reference, http, registries, auth, login, token: None };
        session.log_in(operation).await?;
        Ok(session)
    }

    /// Logs in, or again: a token may last for a few minutes only.
    pub(crate) async fn log_in(&mut self, operation: RegistryOperation) -> Result<(), Problem> {
        let asked = async {
            let asked = self.client.auth(self.reference.oci(), &self.auth, operation).await;
            asked.map_err(|error| self.failed(error, "the login"))
        };
        self.token = limited(self.registries.patience.question, asked).await?;
        Ok(())
    }

    /// The digest of a manifest, as the registry says it; none where it does not say.
    pub(crate) async fn digest(&self, at: &str) -> Result<Option<Digest>, Problem> {
        let response = self.send(Method::HEAD, &format!("manifests/{at}"), MANIFEST).await?;
        header(&response)
    }

    /// A manifest by its tag or digest. Its own digest is that of the bytes; a digest that was asked for, or that the
    /// registry names, must be the same.
    pub(crate) async fn manifest(&self, at: &str) -> Result<Document, Problem> {
        let read = async {
            let response = self.send(Method::GET, &format!("manifests/{at}"), MANIFEST).await?;
            let said = header(&response)?;
            let bytes = self.read(response, MANIFEST, LARGEST_MANIFEST).await?;
            let digest = Digest::of(&bytes);
            let mut wanted = at.parse::<Digest>().ok().into_iter().chain(said);
            match wanted.find(|wanted| *wanted != digest) {
                Some(expected) => Err(Problem::WrongDigest { what: MANIFEST.to_owned(), expected, actual: digest }),
                None => Ok(Document { bytes, digest }),
            }
        };
        limited(self.registries.patience.question, read).await
    }

    /// A blob, whose size and digest the manifest says.
    pub(crate) async fn blob(&self, digest: &Digest, size: u64, largest: u64) -> Result<Vec<u8>, Problem> {
        let what = format!("the blob {digest}");
        if size > largest {
            return Err(Problem::TooLarge { what, limit: largest });
        }
        let response = self.send(Method::GET, &format!("blobs/{digest}"), &what).await?;
        if let Some(actual) = response.content_length().filter(|length| *length != size) {
            return Err(Problem::WrongSize { what, expected: size, actual });
        }
        let bytes = self.read(response, &what, size).await.map_err(|problem| match problem {
            Problem::TooLarge { what, limit } => Problem::WrongSize { what, expected: limit, actual: limit + 1 },
            Problem::Cut { what, received, .. } => Problem::Cut { what, expected: Expected::Bytes(size), received },
            other => other,
        })?;
        let (actual, sum) = (bytes.len() as u64, Digest::of(&bytes));
        if actual != size {
            return Err(Problem::WrongSize { what, expected: size, actual });
        }
        if sum != *digest {
            return Err(Problem::WrongDigest { what, expected: digest.clone(), actual: sum });
        }
        Ok(bytes)
    }

    /// Whether the registry knows who refers to what (distribution-spec 1.1, "Listing Referrers").
    pub(crate) async fn lists_referrers(&self, of: &Digest) -> Result<bool, Problem> {
        let request = self.request(Method::GET, &format!("referrers/{of}"));
        let response = request.send().await.map_err(|error| self.broken(error))?;
        Ok(response.status().is_success())
    }

    /// A problem that `oci-client` met.
    pub(crate) fn failed(&self, error: oci_client::errors::OciDistributionError, what: &str) -> Problem {
        refusal::client(error, what, &self.login, self.registries.patience.silence.as_secs())
    }

    fn broken(&self, error: reqwest::Error) -> Problem {
        refusal::request(error, self.registries.patience.silence.as_secs())
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let registry = self.reference.registry();
        let scheme = self.registries.scheme(registry);
        let url = format!("{scheme}://{registry}/v2/{}/{path}", self.reference.repository());
        let request = self.http.request(method, url).header("accept", ACCEPTED.join(", "));
        match (&self.token, &self.auth) {
            (Some(token), _) => request.bearer_auth(token),
            (None, RegistryAuth::Basic(user, password)) => request.basic_auth(user, Some(password)),
            (None, _) => request,
        }
    }

    /// Asks; an answer other than success is a problem.
    async fn send(&self, method: Method, path: &str, what: &str) -> Result<Response, Problem> {
        let response = self.request(method, path).send().await.map_err(|error| self.broken(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // Where it cannot be read, it does not say why.
        let body = self.read(response, what, LARGEST_REFUSAL).await.unwrap_or_default();
        Err(refusal::status(status.as_u16(), &body, what, &self.login))
    }

    /// The body, counted while it comes.
    async fn read(&self, mut response: Response, what: &str, largest: u64) -> Result<Vec<u8>, Problem> {
        let expected = response.content_length().map_or(Expected::Unknown, Expected::Bytes);
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    if (bytes.len() + chunk.len()) as u64 > largest {
                        return Err(Problem::TooLarge { what: what.to_owned(), limit: largest });
                    }
                    bytes.extend_from_slice(&chunk);
                }
                Ok(None) => return Ok(bytes),
                Err(error) if error.is_timeout() => return Err(self.broken(error)),
                Err(_) => {
                    return Err(Problem::Cut { what: what.to_owned(), expected, received: bytes.len() as u64 });
                }
            }
        }
    }
}

pub(crate) const MANIFEST: &str = "the manifest";

/// What may come as a manifest.
const ACCEPTED: [&str; 4] = [
    media::OCI_IMAGE_MEDIA_TYPE,
    media::OCI_IMAGE_INDEX_MEDIA_TYPE,
    media::IMAGE_MANIFEST_MEDIA_TYPE,
    media::IMAGE_MANIFEST_LIST_MEDIA_TYPE,
];

/// The digest that the registry names. One of another algorithm says nothing here.
fn header(response: &Response) -> Result<Option<Digest>, Problem> {
    let Some(value) = response.headers().get("docker-content-digest").and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    if !value.starts_with("sha256:") {
        return Ok(None);
    }
    let malformed = |reason| Problem::Malformed { what: "the header `Docker-Content-Digest`".to_owned(), reason };
    value.parse().map(Some).map_err(malformed)
}
