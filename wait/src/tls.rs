//! Trust: whom `https` targets are signed by, and what a failed handshake means.

use crate::reason::{Kind, Reason};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// The well-known authorities (Mozilla's, compiled in: the image has none) and those of a file.
/// What cannot be used of the file comes back as warnings.
pub(crate) fn client(ca_file: Option<&Path>) -> Result<(Arc<ClientConfig>, Vec<String>), String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut warnings = Vec::new();
    if let Some(file) = ca_file {
        let here = file.display();
        let without = "https targets are checked against the well-known authorities only";
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
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), warnings))
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
