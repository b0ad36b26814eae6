//! A certificate authority for one site: a folder with its key, its certificate, and what it has issued and revoked.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use luchs_scene::{Name, Utc};
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Public},
    x509::{
        X509, X509Builder,
        extension::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier},
    },
};

use super::{Certificate, PkiError, PrivateKey, Request, Revocations, Usage, address, request::subject};
use crate::{KeyError, file};

const KEY: &str = "ca.key";
const CERTIFICATE: &str = "ca.crt";
const REVOKED: &str = "ca.crl";
const ISSUED: &str = "issued";

/// A site's own certificate authority.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    key: PrivateKey,
    certificate: X509,
}

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From.
    pub from: Utc,
    /// To.
    pub to: Utc,
}

/// A certificate that an authority has issued.
#[derive(Debug)]
pub struct Issued {
    /// It.
    pub certificate: Certificate,
    /// When it was taken back, if it was.
    pub revoked: Option<Utc>,
}

impl Validity {
    /// For so many days. It begins an hour ago: not all clocks of a site agree.
    pub fn days(days: u32) -> Result<Self, PkiError> {
        if !(1..=36_500).contains(&days) {
            return Err(PkiError::Days(days));
        }
        let now = now();
        Ok(Self {
            from: Utc::from_unix_millis(now - 3_600_000),
            to: Utc::from_unix_millis(now + i64::from(days) * 86_400_000),
        })
    }
}

impl Authority {
    /// Makes an authority in a folder, which is made as well. Never overwrites one.
    pub fn create(dir: &Path, name: &str, validity: Validity) -> Result<Self, PkiError> {
        for file in [KEY, CERTIFICATE, REVOKED] {
            let path = dir.join(file);
            if path.symlink_metadata().is_ok() {
                return Err(KeyError::Exists { path }.into());
            }
        }
        file::make_dir(&dir.join(ISSUED))?;
        let key = PrivateKey::generate()?;
        let certificate = self_signed(name, &key, validity)?;
        key.save(&dir.join(KEY))?;
        file::write_public(&dir.join(CERTIFICATE), &certificate.to_pem()?)?;
        let authority = Self {
            dir: dir.into(),
            key,
            certificate,
        };
        authority.write_list(None, &[])?;
        Ok(authority)
    }

    /// Opens the authority of a folder.
    pub fn open(dir: &Path) -> Result<Self, PkiError> {
        let (path, key_path) = (dir.join(CERTIFICATE), dir.join(KEY));
        let certificate = Certificate::load(&path)?;
        let key = PrivateKey::load(&key_path)?;
        if !certificate.belongs_to(&key) {
            return Err(PkiError::NotItsKey {
                certificate: path,
                key: key_path,
            });
        }
        Ok(Self {
            dir: dir.into(),
            key,
            certificate: certificate.x509,
        })
    }

    /// The authority's own certificate: the one thing that everyone else needs of it.
    pub fn certificate_file(&self) -> PathBuf {
        self.dir.join(CERTIFICATE)
    }

    /// The list of what it has revoked, for the broker.
    pub fn list_file(&self) -> PathBuf {
        self.dir.join(REVOKED)
    }

    /// The authority's own certificate.
    pub fn certificate(&self) -> Certificate {
        Certificate::new(self.certificate.clone())
    }

    /// A certificate for the owner of `key`, for no longer than the authority's own.
    pub fn issue(
        &self,
        name: &Name,
        key: &PrivateKey,
        usage: &Usage,
        validity: Validity,
    ) -> Result<Certificate, PkiError> {
        let public = PKey::public_key_from_der(&key.0.public_key_to_der()?)?;
        self.sign(name, &public, usage, validity)
    }

    /// What a request asks for, as far as the authority's operator wants it: name and addresses of the request are not
    /// believed, only its key.
    pub fn grant(
        &self,
        name: &Name,
        request: &Request,
        usage: &Usage,
        validity: Validity,
    ) -> Result<Certificate, PkiError> {
        self.sign(name, &request.key, usage, validity)
    }

    fn sign(
        &self,
        name: &Name,
        key: &PKey<Public>,
        usage: &Usage,
        mut validity: Validity,
    ) -> Result<Certificate, PkiError> {
        validity.to = validity.to.min(self.certificate().expires()?);
        let mut builder = builder(name.as_str(), validity)?;
        builder.set_pubkey(key)?;
        builder.set_issuer_name(self.certificate.subject_name())?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
        let mut purpose = ExtendedKeyUsage::new();
        match usage {
            Usage::Client => purpose.client_auth(),
            Usage::Server(addresses) => {
                let names = address::extension(addresses, &builder.x509v3_context(Some(&self.certificate), None))?;
                builder.append_extension(names)?;
                purpose.server_auth()
            }
        };
        builder.append_extension(purpose.build()?)?;
        let context = builder.x509v3_context(Some(&self.certificate), None);
        let ours = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(ours)?;
        builder.sign(&self.key.0, MessageDigest::sha256())?;
        let certificate = Certificate::new(builder.build());
        // Before it is handed out: what is not recorded could not be revoked.
        let record = self.dir.join(ISSUED).join(format!("{}.crt", certificate.serial()?));
        file::write_public(&record, &certificate.pem()?)?;
        Ok(certificate)
    }

    /// Everything that was issued here, by name and then by age.
    pub fn issued(&self) -> Result<Vec<Issued>, PkiError> {
        let dir = self.dir.join(ISSUED);
        let list = self.list()?;
        let read = |source| KeyError::Read {
            path: dir.clone(),
            source,
        };
        let mut issued = Vec::new();
        for entry in fs::read_dir(&dir).map_err(read)? {
            let certificate = Certificate::load(&entry.map_err(read)?.path())?;
            let revoked = list.of(&certificate);
            issued.push(Issued { certificate, revoked });
        }
        issued.sort_by_cached_key(|one| (one.certificate.title(), one.certificate.begins().ok()));
        Ok(issued)
    }

    /// Takes back every certificate of this name that is still valid; gives how many.
    pub fn revoke(&self, name: &str) -> Result<usize, PkiError> {
        self.revoke_those(name, |certificate| certificate.title() == name)
    }

    /// Takes back one certificate.
    pub fn revoke_one(&self, wanted: &Certificate) -> Result<(), PkiError> {
        let revoked = self.revoke_those(&wanted.title(), |certificate| certificate.is(wanted));
        revoked.map(drop)
    }

    fn revoke_those(&self, wanted: &str, is_wanted: impl Fn(&Certificate) -> bool) -> Result<usize, PkiError> {
        let now = Utc::from_unix_millis(now());
        let mut revoked = Vec::new();
        for issued in self.issued()? {
            let certificate = issued.certificate;
            if issued.revoked.is_none() && is_wanted(&certificate) && certificate.expires()? > now {
                revoked.push(certificate);
            }
        }
        if revoked.is_empty() {
            return Err(PkiError::Unknown {
                dir: self.dir.clone(),
                wanted: wanted.into(),
            });
        }
        self.write_list(Some(&self.list()?), &revoked)?;
        Ok(revoked.len())
    }

    /// What it has revoked.
    pub fn list(&self) -> Result<Revocations, PkiError> {
        Revocations::load(&self.list_file(), &self.certificate_file())
    }

    fn write_list(&self, previous: Option<&Revocations>, more: &[Certificate]) -> Result<(), PkiError> {
        Revocations::issue(previous, more, &self.certificate, &self.key, now())?.save(&self.list_file())
    }
}

fn self_signed(name: &str, key: &PrivateKey, validity: Validity) -> Result<X509, ErrorStack> {
    let mut builder = builder(name, validity)?;
    builder.set_pubkey(&key.0)?;
    builder.set_issuer_name(&*subject(name)?)?;
    builder.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
    builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
    let id = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(id)?;
    builder.sign(&key.0, MessageDigest::sha256())?;
    Ok(builder.build())
}

fn builder(name: &str, validity: Validity) -> Result<X509Builder, ErrorStack> {
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&*subject(name)?)?;
    builder.set_not_before(&*Asn1Time::from_unix(validity.from.unix_millis() / 1000)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(validity.to.unix_millis() / 1000)?)?;
    Ok(builder)
}

fn now() -> i64 {
    Utc::from(SystemTime::now()).unix_millis()
}
