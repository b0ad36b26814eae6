//! A certificate authority for one test or one demo run.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Result;
use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    x509::{
        X509, X509Builder, X509NameBuilder,
        extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName},
    },
};

/// A certificate authority and where its files are.
pub struct Pki {
    folder: PathBuf,
    key: PKey<Private>,
    certificate: X509,
}

/// A certificate and its private key as PEM files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// The private key, readable by its owner only.
    pub key: PathBuf,
}

/// When a certificate is valid, in days from now.
#[derive(Clone, Copy)]
pub struct Validity {
    /// First day.
    pub from: i64,
    /// Last day.
    pub to: i64,
}

impl Validity {
    /// Yesterday until next month.
    pub const NOW: Self = Self { from: -1, to: 30 };
    /// The day before yesterday until yesterday.
    pub const EXPIRED: Self = Self { from: -2, to: -1 };
}

impl Pki {
    /// A new authority; its certificate goes to `folder/NAME.crt`.
    pub fn new(folder: &Path, name: &str) -> Result<Self> {
        let key = new_key()?;
        let mut builder = builder(name, &key, Validity::NOW)?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
        let issuer = subject(name)?;
        builder.set_issuer_name(&issuer)?;
        builder.sign(&key, MessageDigest::sha256())?;
        let pki = Self {
            folder: folder.join(name),
            key,
            certificate: builder.build(),
        };
        fs::create_dir_all(&pki.folder)?;
        fs::write(pki.ca_file(), pki.certificate.to_pem()?)?;
        Ok(pki)
    }

    /// The authority's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// A certificate for a server on this machine.
    pub fn server(&self, validity: Validity) -> Result<Identity> {
        self.issue("localhost", validity, true)
    }

    /// A certificate for the client `name`.
    pub fn client(&self, name: &str, validity: Validity) -> Result<Identity> {
        self.issue(name, validity, false)
    }

    fn issue(&self, name: &str, validity: Validity, server: bool) -> Result<Identity> {
        let key = new_key()?;
        let mut builder = builder(name, &key, validity)?;
        builder.set_issuer_name(self.certificate.subject_name())?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
        let mut usage = ExtendedKeyUsage::new();
        let usage = if server {
            usage.server_auth()
        } else {
            usage.client_auth()
        };
        builder.append_extension(usage.build()?)?;
        if server {
            let names = SubjectAlternativeName::new()
                .dns(name)
                .ip("127.0.0.1")
                .build(&builder.x509v3_context(Some(&self.certificate), None))?;
            builder.append_extension(names)?;
        }
        builder.sign(&self.key, MessageDigest::sha256())?;
        let identity = Identity {
            certificate: self.folder.join(format!("{name}.crt")),
            key: self.folder.join(format!("{name}.key")),
        };
        fs::write(&identity.certificate, builder.build().to_pem()?)?;
        write_private(&identity.key, &key.private_key_to_pem_pkcs8()?)?;
        Ok(identity)
    }
}

fn new_key() -> Result<PKey<Private>> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    Ok(PKey::from_ec_key(EcKey::generate(&group)?)?)
}

fn subject(name: &str) -> Result<openssl::x509::X509Name> {
    let mut subject = X509NameBuilder::new()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    Ok(subject.build())
}

fn builder(name: &str, key: &PKey<Private>, validity: Validity) -> Result<X509Builder> {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs() as i64;
    let day = |days: i64| Asn1Time::from_unix(now + days * 86_400);
    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    let subject = subject(name)?;
    builder.set_subject_name(&subject)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(&*day(validity.from)?)?;
    builder.set_not_after(&*day(validity.to)?)?;
    Ok(builder)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    // A key that is issued again (renewed, expired on purpose) replaces the old one.
    drop(fs::remove_file(path));
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)?;
    Ok(())
}
