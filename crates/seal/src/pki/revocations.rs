//! The list of revoked certificates (CRL), as brokers read it.

use std::path::Path;

use luchs_scene::Utc;
use openssl::{
    asn1::{Asn1Object, Asn1OctetString, Asn1Time},
    error::ErrorStack,
    hash::MessageDigest,
    x509::{
        CrlNumber, CrlStatus, X509, X509Crl, X509CrlBuilder, X509Extension, X509RevokedBuilder,
        extension::AuthorityKeyIdentifier,
    },
};

use super::{Certificate, PkiError, PrivateKey, certificate::utc};
use crate::file;

/// The certificates that an authority has taken back.
pub struct Revocations(X509Crl);

impl Revocations {
    /// The list after `previous` with `more` on it. It does not run out before the authority does: a broker refuses
    /// everyone while its list is out of date.
    pub(super) fn issue(
        previous: Option<&Self>,
        more: &[Certificate],
        authority: &X509,
        key: &PrivateKey,
        now: i64,
    ) -> Result<Self, ErrorStack> {
        let mut builder = X509CrlBuilder::new()?;
        builder.set_issuer_name(authority.subject_name())?;
        builder.set_last_update(&*Asn1Time::from_unix(now / 1000)?)?;
        builder.set_next_update(authority.not_after())?;
        let context = X509::builder()?;
        let context = context.x509v3_context(Some(authority), None);
        builder.append_extension(AuthorityKeyIdentifier::new().keyid(true).build(&context)?)?;
        builder.append_extension(number(now)?)?;
        for old in previous.and_then(|list| list.0.get_revoked()).into_iter().flatten() {
            builder.add_revoked(old.to_owned()?)?;
        }
        for certificate in more {
            let mut entry = X509RevokedBuilder::new()?;
            entry.set_serial_number(certificate.x509.serial_number())?;
            entry.set_revocation_date(&*Asn1Time::from_unix(now / 1000)?)?;
            builder.add_revoked(entry.build())?;
        }
        builder.sort()?;
        builder.sign(&key.0, MessageDigest::sha256())?;
        Ok(Self(builder.build()?))
    }

    /// Reads a list that `authority` must have made.
    pub fn load(path: &Path, authority: &Path) -> Result<Self, PkiError> {
        let Ok(list) = X509Crl::from_pem(&file::read_public(path)?) else {
            return Err(PkiError::Content {
                path: path.into(),
                what: "list of revoked certificates",
                pem: "X509 CRL",
            });
        };
        let key = Certificate::load(authority)?.x509.public_key()?;
        if !list.verify(&key).unwrap_or(false) {
            return Err(PkiError::OtherList {
                path: path.into(),
                authority: authority.into(),
            });
        }
        Ok(Self(list))
    }

    /// Writes it, in the place of an older one if there is any.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        Ok(file::replace_public(path, &self.0.to_pem()?)?)
    }

    /// As PEM text.
    pub fn pem(&self) -> Result<Vec<u8>, PkiError> {
        Ok(self.0.to_pem()?)
    }

    /// When it was made.
    pub fn made(&self) -> Result<Utc, PkiError> {
        Ok(utc(self.0.last_update())?)
    }

    /// Whether it was made before `other`, by its number, or by its time when it has none.
    pub fn is_older_than(&self, other: &Self) -> Result<bool, PkiError> {
        let number =
            |list: &Self| Ok::<_, ErrorStack>(list.0.extension::<CrlNumber>()?.map(|(_, number)| number.to_bn()));
        match (number(self)?, number(other)?) {
            (Some(ours), Some(theirs)) => Ok(ours? < theirs?),
            _ => Ok(self.made()? < other.made()?),
        }
    }

    /// How many are on it.
    pub fn count(&self) -> usize {
        self.0.get_revoked().map_or(0, openssl::stack::StackRef::len)
    }

    /// When `certificate` was taken back, if it was.
    pub fn of(&self, certificate: &Certificate) -> Option<Utc> {
        match self.0.get_by_cert(&certificate.x509) {
            CrlStatus::Revoked(entry) => utc(entry.revocation_date()).ok(),
            CrlStatus::NotRevoked | CrlStatus::RemoveFromCrl(_) => None,
        }
    }
}

/// The list's number must grow with each: the time does.
fn number(now: i64) -> Result<X509Extension, ErrorStack> {
    // A DER INTEGER. The leading zero byte keeps it positive.
    let bytes = now.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let mut value = vec![];
    if bytes[start] & 0x80 != 0 {
        value.push(0);
    }
    value.extend(&bytes[start..]);
    let mut der = vec![2, value.len() as u8];
    der.extend(value);
    let oid = Asn1Object::from_str("2.5.29.20")?;
    X509Extension::new_from_der(&oid, false, &*Asn1OctetString::new_from_bytes(&der)?)
}

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revocations({})", self.count())
    }
}
