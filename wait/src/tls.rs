//! Trust: whom `https` and `grpcs` targets are signed by, the handshake, and what it means that one failed.

use crate::reason::{Kind, Reason};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use waitwarden_core::dependency::Host;

/// The well-known authorities (Mozilla's, compiled in: the image has none) and those of a file.
/// What cannot be used of the file comes back as warnings.
pub(crate) fn client(ca_file: Option<&Path>) -> Result<(Arc<ClientConfig>, Vec<String>), String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut warnings = Vec::new();
    if let Some(file) = ca_file {
        let here = file.display();
        let without = "https and grpcs targets are checked against the well-known authorities only";
        match std::fs::read(file) {
            Err(error) => warnings.push(format!("the file of --ca-file, {here}, cannot be read ({error}); {without}")),
            Ok(text) => {
                let (mut good, mut bad) = (0_usize, 0_usize);
                for certificate in CertificateDer::pem_slice_iter(&text) {
                    match certificate.ok().map(|certificate| roots.add(certificate)) {
                        Some(Ok(())) => good += 1,
                        _ => bad += 1,
                    }
                }
                if bad > 0 {
                    warnings.push(format!("{bad} of the certificates in {here} cannot be used"));
                }
                if good == 0 {
                    warnings.push(format!("there is no usable certificate in {here}; {without}"));
                }
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((Arc::new(config), warnings))
}

/// TLS over a stream to `host`, to speak `protocol` (its ALPN name) over it. The certificate is verified, always.
pub(crate) async fn handshake(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    host: &Host,
    protocol: &str,
    peer: &str,
) -> Result<TlsStream<TcpStream>, Reason> {
    let name = match host {
        Host::Ip(address) => ServerName::IpAddress((*address).into()),
        Host::Name(name) => ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| Reason::new(Kind::TlsFailed, format!("`{name}` cannot stand in a certificate")))?,
    };
    let connector = TlsConnector::from(Arc::clone(config));
    connector.with_alpn(vec![protocol.as_bytes().to_vec()]).connect(name, stream).await.map_err(|error| {
        match find(&error) {
            Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
                Reason::new(Kind::TlsFailed, format!("{peer}: it does not offer the protocol `{protocol}` (ALPN)"))
            }
            Some(error) => reason(error, peer, "a well-known authority or one of --ca-file"),
            None => Reason::new(Kind::TlsFailed, format!("{peer}: {error}")),
        }
    })
}

/// What a failed handshake with `peer` means; `signed` says who should have signed the certificate.
pub(crate) fn reason(error: &Error, peer: &str, signed: &str) -> Reason {
    match error {
        Error::InvalidCertificate(why) => {
            let why = match why {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    format!("its certificate is not signed by {signed}")
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "its certificate has expired".to_owned()
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "its certificate is not valid yet; is the clock right?".to_owned()
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "its certificate is for another name".to_owned()
                }
                CertificateError::Other(why) => format!("its certificate cannot be used: {why}"),
                other => format!("its certificate cannot be used: {other}"),
            };
            Reason::new(Kind::TlsUntrusted, format!("{peer}: {why}"))
        }
        Error::InvalidMessage(_) => Reason::new(Kind::TlsFailed, format!("{peer}: what answers does not speak TLS")),
        other => Reason::new(Kind::TlsFailed, format!("{peer}: {other}")),
    }
}

/// The TLS error inside another error, wherever it is wrapped.
pub(crate) fn find<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // An io::Error hides what it wraps from `source`.
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inside {
            Some(inside) => Some(inside as &'e (dyn std::error::Error + 'static)),
            None => error.source(),
        };
    }
    None
}
