//! Certificates: good ones, and each kind of bad one.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// Whose certificate a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For 127.0.0.1, `::1` and localhost.
    Good,
    /// For another name.
    OtherName,
    /// Of yesterday.
    Expired,
    /// Of tomorrow.
    NotYetValid,
}

/// A certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// Makes one.
    ///
    /// # Panics
    /// Where no key can be made.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "authority of a test");
        params.distinguished_name = name;
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    /// Its own certificate, in PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a server needs to show a certificate of this authority; it speaks these protocols (ALPN).
    ///
    /// # Panics
    /// Where no key can be made.
    pub fn server(&self, certificate: Certificate, protocols: &[&str]) -> ServerConfig {
        let names = match certificate {
            Certificate::OtherName => vec!["other.example.com".to_owned()],
            _ => vec!["127.0.0.1".to_owned(), "::1".to_owned(), "localhost".to_owned()],
        };
        let mut params = CertificateParams::new(names).unwrap();
        let (now, day) = (OffsetDateTime::now_utc(), Duration::days(1));
        match certificate {
            Certificate::Expired => (params.not_before, params.not_after) = (now - day * 2, now - day),
            Certificate::NotYetValid => (params.not_before, params.not_after) = (now + day, now + day * 2),
            Certificate::Good | Certificate::OtherName => {}
        }
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// The same for tokio.
    pub(crate) fn acceptor(&self, certificate: Certificate) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.server(certificate, &["h2", "http/1.1"])))
    }
}
