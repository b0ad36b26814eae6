//! Private keys of certificates.

use std::{fmt, path::Path};

use openssl::{
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkey::{PKey, Private},
};
use zeroize::Zeroizing;

use super::PkiError;
use crate::file;

/// The private key of a certificate. OpenSSL wipes its memory when it is dropped.
#[derive(Clone)]
pub struct PrivateKey(pub(super) PKey<Private>);

impl PrivateKey {
    /// A new key on P-256.
    pub fn generate() -> Result<Self, PkiError> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        Ok(Self(PKey::from_ec_key(EcKey::generate(&group)?)?))
    }

    /// Reads a key file without password, which must be readable for its owner only.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        let pem = file::read_private(path)?;
        // With no callback OpenSSL would ask for the password at the terminal.
        match PKey::private_key_from_pem_callback(&pem, |_| Ok(0)) {
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(PkiError::Content {
                path: path.into(),
                what: "private key without a password",
                pem: "PRIVATE KEY",
            }),
        }
    }

    /// Writes a key file for its owner only. Never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        Ok(file::write_private(path, &self.pem()?)?)
    }

    /// As PEM text (PKCS #8), to be wiped after use.
    pub fn pem(&self) -> Result<Zeroizing<Vec<u8>>, PkiError> {
        Ok(Zeroizing::new(self.0.private_key_to_pem_pkcs8()?))
    }
}

/// Written by hand, so that no key ever ends in a log.
impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}
