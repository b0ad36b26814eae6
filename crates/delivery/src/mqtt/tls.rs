//! TLS: one authority is trusted, we show a certificate, and nothing below TLS 1.2 is spoken.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use luchs_seal::{Exposure, PrivateError, read_private};
use openssl::{
    asn1::Asn1Time,
    error::ErrorStack,
    pkey::{PKey, Private},
    x509::X509,
};
use zeroize::Zeroizing;

use crate::settings::BrokerSettings;

/// Files for TLS that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read the {what} {path}: {source}")]
    Read {
        /// Which one.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key is open to others.
    #[error("key file: {0}")]
    Exposed(#[source] Exposure),
    /// A file holds no certificate.
    #[error("the {what} {path} holds no certificate: it must be PEM text, “-----BEGIN CERTIFICATE-----”")]
    NoCertificate {
        /// Which one.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A file holds no private key.
    #[error(
        "the key file {path} holds no private key without a password: it must be PEM text, “-----BEGIN PRIVATE KEY-----”"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is another one's.
    #[error("the key {key} does not belong to the certificate {certificate}: they must be of one pair")]
    Mismatch {
        /// The key file.
        key: PathBuf,
        /// The certificate file.
        certificate: PathBuf,
    },
    /// OpenSSL refuses them.
    #[error("certificate {certificate} and key {key} cannot be used for TLS: {source}")]
    Refused {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// Why.
        source: native_tls::Error,
    },
}

/// A connector, and what is needed to explain its failures.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) connector: native_tls::TlsConnector,
    settings: BrokerSettings,
    /// At least one.
    authorities: Vec<X509>,
    /// Ours first, then its chain.
    chain: Vec<X509>,
}

/// What the files hold.
struct Files {
    authorities: Vec<X509>,
    chain: Vec<X509>,
    private: PKey<Private>,
}

impl BrokerSettings {
    /// Whether the files can be read, hold what they should, and belong together.
    pub fn check_files(&self) -> Result<(), TlsError> {
        Files::read(self).map(drop)
    }
}

impl Files {
    fn read(settings: &BrokerSettings) -> Result<Self, TlsError> {
        let authorities = certificates("CA file", &settings.ca)?;
        let chain = certificates("certificate file", &settings.certificate)?;
        let private = private_key(&settings.key)?;
        if !chain[0].public_key().is_ok_and(|own| own.public_eq(&private)) {
            return Err(TlsError::Mismatch {
                key: settings.key.clone(),
                certificate: settings.certificate.clone(),
            });
        }
        Ok(Self {
            authorities,
            chain,
            private,
        })
    }
}

impl Tls {
    pub(crate) fn new(settings: &BrokerSettings) -> Result<Self, TlsError> {
        Self::of(settings, Files::read(settings)?)
    }

    fn of(settings: &BrokerSettings, files: Files) -> Result<Self, TlsError> {
        let Files {
            authorities,
            chain,
            private,
        } = files;
        let BrokerSettings { certificate, key, .. } = settings;
        let refused = |source| TlsError::Refused {
            certificate: certificate.clone(),
            key: key.clone(),
            source,
        };
        let pem = |stack: Result<Vec<u8>, ErrorStack>| stack.map_err(|_| TlsError::NoKey { path: key.clone() });
        let key_pem = Zeroizing::new(pem(private.private_key_to_pem_pkcs8())?);
        let mut chain_pem = Vec::new();
        for certificate in &chain {
            chain_pem.extend(pem(certificate.to_pem())?);
        }
        let identity = native_tls::Identity::from_pkcs8(&chain_pem, &key_pem).map_err(refused)?;
        let mut builder = native_tls::TlsConnector::builder();
        builder
            .min_protocol_version(Some(native_tls::Protocol::Tlsv12))
            .disable_built_in_roots(true)
            .identity(identity);
        for authority in &authorities {
            let der = pem(authority.to_der())?;
            builder.add_root_certificate(native_tls::Certificate::from_der(&der).map_err(refused)?);
        }
        Ok(Self {
            connector: builder.build().map_err(refused)?,
            settings: settings.clone(),
            authorities,
            chain,
        })
    }

    /// The same files, read again. While they cannot be used (half written, say) what was read before stays in use. So it
    /// does when nothing has changed: making a connector takes a tenth of a second of a processor, because the library reads
    /// all authorities of the system before it forgets them.
    pub(crate) fn reloaded(&self) -> Self {
        let made = Files::read(&self.settings).and_then(|files| {
            if files.authorities == self.authorities && files.chain == self.chain {
                return Ok(self.clone());
            }
            Self::of(&self.settings, files)
        });
        made.unwrap_or_else(|error| {
            tracing::warn!("{error}; the files as they were before stay in use");
            self.clone()
        })
    }

    /// The CA file.
    pub(crate) fn ca(&self) -> &Path {
        &self.settings.ca
    }

    /// Our certificate file.
    pub(crate) fn certificate(&self) -> &Path {
        &self.settings.certificate
    }

    /// What is out of date of what is ours, in plain words.
    pub(crate) fn expired(&self) -> Option<String> {
        let now = Asn1Time::days_from_now(0).ok()?;
        let check = |what: &str, path: &Path, certificates: &[X509]| {
            let (path, certificate) = (path.display(), certificates.first()?);
            if certificate.not_after() < now {
                return Some(format!(
                    "{what} {path} expired on {}: renew it",
                    certificate.not_after()
                ));
            }
            if certificate.not_before() > now {
                let from = certificate.not_before();
                return Some(format!(
                    "{what} {path} is valid only from {from}: check the clock of this machine"
                ));
            }
            None
        };
        check("our certificate", self.certificate(), &self.chain)
            .or_else(|| check("the CA certificate", self.ca(), &self.authorities))
    }
}

/// At least one certificate.
fn certificates(what: &'static str, path: &Path) -> Result<Vec<X509>, TlsError> {
    let pem = fs::read(path).map_err(|source| TlsError::Read {
        what,
        path: path.into(),
        source,
    })?;
    match X509::stack_from_pem(&pem) {
        Ok(stack) if !stack.is_empty() => Ok(stack),
        _ => Err(TlsError::NoCertificate {
            what,
            path: path.into(),
        }),
    }
}

fn private_key(path: &Path) -> Result<PKey<Private>, TlsError> {
    let pem = read_private(path).map_err(|error| match error {
        PrivateError::Exposed(exposure) => TlsError::Exposed(exposure),
        PrivateError::Read(source) => TlsError::Read {
            what: "key file",
            path: path.into(),
            source,
        },
    })?;
    // With no callback OpenSSL would ask for the password at the terminal.
    let key = PKey::private_key_from_pem_callback(&pem, |_| Ok(0));
    key.map_err(|_| TlsError::NoKey { path: path.into() })
}
