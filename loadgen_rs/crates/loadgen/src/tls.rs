//! Whom a load over TLS trusts, and what its handshakes offer.
//!
//! Decides on certificates before the load; the bytes are the `transport`'s. Sessions are resumed, as browsers do: a
//! load without keep-alive pays for one full handshake and then for short ones.

use crate::config::NEXT;
use crate::error::LoadError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Whom to trust. By default whom the system trusts, under the host of the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Certificates in PEM form to trust, *instead of* the system's.
    pub ca_file: Option<PathBuf>,
    /// Take any certificate of anybody, whatever its name and dates: the load is encrypted, but to whoever answers, and
    /// its headers and body are theirs to read. For targets of your own. A handshake's signature is checked all the
    /// same, so that it costs what it would cost otherwise.
    pub insecure: bool,
    /// The name to ask for and to find in the certificate, instead of the URL's host.
    pub server_name: Option<String>,
}

/// What connections of a load begin TLS with.
#[derive(Debug)]
pub(crate) struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
    first_error: OnceLock<String>,
}

impl TlsOptions {
    /// Refuse, by its name, what is set though there is no TLS.
    pub(crate) fn refuse_without_tls(&self) -> Result<(), LoadError> {
        let set = [
            ("tls_ca_file", self.ca_file.is_some()),
            ("tls_insecure", self.insecure),
            ("tls_server_name", self.server_name.is_some()),
        ];
        match set.into_iter().find(|(_, is_set)| *is_set) {
            None => Ok(()),
            Some((name, _)) => Err(LoadError::new(
                name,
                "is set, and the URL begins with http://",
                "TLS options for https:// only",
                "leave it out, or correct the URL",
            )),
        }
    }
}

impl TlsClient {
    /// Read whom to trust. `host` is the URL's; `alpn` the protocols to offer, the best first.
    pub(crate) fn new(options: &TlsOptions, host: &str, alpn: &[&[u8]]) -> Result<Self, LoadError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                LoadError::new("tls", error.to_string(), "TLS 1.2 and 1.3", "this is a bug of the generator: report it")
            })?;
        let builder = match (&options.ca_file, options.insecure) {
            (Some(_), true) => {
                return Err(LoadError::new(
                    "tls_ca_file",
                    "is set beside tls_insecure, which would not look at it",
                    "whom to trust, or that nothing is checked",
                    "leave one of the two out",
                ));
            }
            (Some(path), false) => builder.with_root_certificates(read_roots(path)?),
            (None, false) => builder.with_root_certificates(system_roots()?),
            (None, true) => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider))),
        };
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        let name = options.server_name.as_deref().unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| {
            LoadError::new("tls_server_name", format!("is {name:?}"), "a host name or an IP address", NEXT)
        })?;
        Ok(Self { config: Arc::new(config), server_name, first_error: OnceLock::new() })
    }

    /// The client's end of a connection on which nothing was said yet.
    pub(crate) fn session(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(Arc::clone(&self.config), self.server_name.clone())
    }

    /// Keep what went wrong, if it is the first of the load.
    pub(crate) fn note(&self, error: &str) {
        // Set already: another failure, perhaps of another thread, was first.
        let _ = self.first_error.set(error.to_owned());
    }

    pub(crate) fn first_error(&self) -> Option<&str> {
        self.first_error.get().map(String::as_str)
    }
}

fn read_roots(path: &Path) -> Result<RootCertStore, LoadError> {
    let refused = |seen: String| {
        LoadError::new(
            format!("tls_ca_file {}", path.display()),
            seen,
            "a file with one or more certificates in PEM form",
            "correct the path, or write the certificate to trust there",
        )
    };
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| refused(format!("cannot be read: {error}")))?;
        roots.add(certificate).map_err(|error| refused(format!("holds a bad certificate: {error}")))?;
    }
    if roots.is_empty() { Err(refused("holds no certificate".to_owned())) } else { Ok(roots) }
}

fn system_roots() -> Result<RootCertStore, LoadError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Some systems carry certificates that no verifier takes; the others are no worse for it.
    roots.add_parsable_certificates(found.certs);
    if !roots.is_empty() {
        return Ok(roots);
    }
    let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
    Err(LoadError::new(
        "certificates of the system",
        format!("cannot be used: {why}"),
        "certificates that this machine trusts",
        "name the certificate to trust in tls_ca_file",
    ))
}

/// Takes every certificate, and still checks that the peer holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
