//! Certificates as files, and what they say.

use std::path::Path;

use luchs_scene::{Name, Utc, printable};
use openssl::{
    asn1::{Asn1Time, Asn1TimeRef},
    error::ErrorStack,
    nid::Nid,
    stack::Stack,
    x509::{X509, X509NameRef, X509PurposeId, X509StoreContext, store::X509StoreBuilder},
};

use super::{PkiError, PrivateKey, Usage};
use crate::file;

/// A certificate, with those that vouch for it if its file holds them.
#[derive(Clone, Debug)]
pub struct Certificate {
    pub(super) x509: X509,
    chain: Vec<X509>,
}

impl Certificate {
    pub(super) fn new(x509: X509) -> Self {
        Self {
            x509,
            chain: Vec::new(),
        }
    }

    /// Reads a file with a certificate, followed by its chain if it has one.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        let mut stack = X509::stack_from_pem(&file::read_public(path)?).unwrap_or_default();
        if stack.is_empty() {
            return Err(PkiError::Content {
                path: path.into(),
                what: "certificate",
                pem: "CERTIFICATE",
            });
        }
        let x509 = stack.remove(0);
        Ok(Self { x509, chain: stack })
    }

    /// As PEM text, with its chain.
    pub fn pem(&self) -> Result<Vec<u8>, PkiError> {
        let mut pem = self.x509.to_pem()?;
        for other in &self.chain {
            pem.extend(other.to_pem()?);
        }
        Ok(pem)
    }

    /// Writes it, in the place of an older one if there is any: a reader of the file sees the one or the other.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        Ok(file::replace_public(path, &self.pem()?)?)
    }

    /// Whose it is: the common name, if that is fit to be an identity.
    pub fn name(&self) -> Option<Name> {
        common_name(self.x509.subject_name())?.parse().ok()
    }

    /// The common name, for people.
    pub fn title(&self) -> String {
        title(self.x509.subject_name())
    }

    /// The common name of the authority that issued it, for people.
    pub fn issuer(&self) -> String {
        title(self.x509.issuer_name())
    }

    /// From when it is valid.
    pub fn begins(&self) -> Result<Utc, PkiError> {
        Ok(utc(self.x509.not_before())?)
    }

    /// Until when it is valid.
    pub fn expires(&self) -> Result<Utc, PkiError> {
        Ok(utc(self.x509.not_after())?)
    }

    /// Its number at its authority, in hexadecimal digits.
    pub fn serial(&self) -> Result<String, PkiError> {
        Ok(self.x509.serial_number().to_bn()?.to_hex_str()?.to_lowercase())
    }

    /// Whether it is an authority's own.
    pub fn is_authority(&self) -> bool {
        self.is_issued_by(self)
    }

    /// The addresses that it names.
    pub fn addresses(&self) -> Vec<String> {
        let Some(names) = self.x509.subject_alt_names() else {
            return Vec::new();
        };
        let text = |name: &openssl::x509::GeneralNameRef| {
            let ip = name.ipaddress().and_then(|bytes| match bytes.len() {
                4 => <[u8; 4]>::try_from(bytes).ok().map(std::net::IpAddr::from),
                _ => <[u8; 16]>::try_from(bytes).ok().map(std::net::IpAddr::from),
            });
            let host = name.dnsname().map(|host| printable(host).into_owned());
            host.or_else(|| ip.map(|ip| ip.to_string()))
        };
        names.iter().filter_map(text).collect()
    }

    /// Whether this is the certificate of `key`.
    pub fn belongs_to(&self, key: &PrivateKey) -> bool {
        self.x509.public_key().is_ok_and(|own| own.public_eq(&key.0))
    }

    /// Whether they are one and the same.
    pub fn is(&self, other: &Self) -> bool {
        let both = |a: &X509, b: &X509| Ok::<_, ErrorStack>(a.to_der()? == b.to_der()?);
        both(&self.x509, &other.x509).unwrap_or(false)
    }

    /// Whether `authority` signed it, whatever it is for and however old it is.
    pub fn is_issued_by(&self, authority: &Self) -> bool {
        let key = authority.x509.public_key();
        key.is_ok_and(|key| self.x509.verify(&key).unwrap_or(false))
    }

    /// Whether one who trusts only `authority` accepts it for this use now; if not, why.
    pub fn check(&self, authority: &Self, usage: &Usage) -> Result<(), String> {
        let verify = || {
            let mut store = X509StoreBuilder::new()?;
            for trusted in std::iter::once(&authority.x509).chain(&authority.chain) {
                store.add_cert(trusted.clone())?;
            }
            store.set_purpose(match usage {
                Usage::Client => X509PurposeId::SSL_CLIENT,
                Usage::Server(_) => X509PurposeId::SSL_SERVER,
            })?;
            let mut chain = Stack::new()?;
            for other in &self.chain {
                chain.push(other.clone())?;
            }
            let mut context = X509StoreContext::new()?;
            context.init(&store.build(), &self.x509, &chain, |context| {
                Ok((context.verify_cert()?, context.error()))
            })
        };
        match verify() {
            Ok((true, _)) => Ok(()),
            Ok((false, reason)) => Err(reason.error_string().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

pub(super) fn common_name(name: &X509NameRef) -> Option<String> {
    let entry = name.entries_by_nid(Nid::COMMONNAME).next()?;
    entry.data().to_string().ok()
}

fn title(name: &X509NameRef) -> String {
    let title = common_name(name).unwrap_or_else(|| "(no common name)".into());
    printable(&title).into_owned()
}

pub(super) fn utc(time: &Asn1TimeRef) -> Result<Utc, ErrorStack> {
    let since = Asn1Time::from_unix(0)?.diff(time)?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    Ok(Utc::from_unix_millis(seconds * 1000))
}
