//! A certificate authority for one test or one demo run: the same code that `luchs keys` makes one for a site with.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::Result;
use luchs_scene::Utc;
use luchs_seal::pki::{self, Authority, PrivateKey, Usage};

/// A certificate authority and where its files are.
pub struct Pki {
    folder: PathBuf,
    authority: Authority,
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
    pub const NOW: Self = Self { from: -1, to: 40 };
    /// The day before yesterday until yesterday.
    pub const EXPIRED: Self = Self { from: -2, to: -1 };

    fn days(self) -> pki::Validity {
        let now = Utc::from(SystemTime::now()).unix_millis();
        let day = |days: i64| Utc::from_unix_millis(now + days * 86_400_000);
        pki::Validity {
            from: day(self.from),
            to: day(self.to),
        }
    }
}

impl Pki {
    /// A new authority in `folder/NAME`.
    pub fn new(folder: &Path, name: &str) -> Result<Self> {
        let folder = folder.join(name);
        let authority = Authority::create(&folder, name, Validity::NOW.days())?;
        Ok(Self { folder, authority })
    }

    /// The authority's folder, for `luchs keys` and `luchs broker`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authority's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.authority.certificate_file()
    }

    /// A certificate for a server on this machine.
    pub fn server(&self, validity: Validity) -> Result<Identity> {
        self.server_at("localhost", &["localhost", "127.0.0.1"], validity)
    }

    /// A certificate for a server at these addresses, in a file of this name.
    pub fn server_at(&self, name: &str, addresses: &[&str], validity: Validity) -> Result<Identity> {
        let addresses: Result<Vec<_>, _> = addresses.iter().map(|address| address.parse()).collect();
        self.issue(name, validity, &Usage::Server(addresses?))
    }

    /// A certificate for the client `name`.
    pub fn client(&self, name: &str, validity: Validity) -> Result<Identity> {
        self.issue(name, validity, &Usage::Client)
    }

    /// One that is issued again (renewed, expired on purpose) replaces the old one.
    fn issue(&self, name: &str, validity: Validity, usage: &Usage) -> Result<Identity> {
        let identity = Identity {
            certificate: self.folder.join(format!("{name}.crt")),
            key: self.folder.join(format!("{name}.key")),
        };
        let key = PrivateKey::generate()?;
        drop(fs::remove_file(&identity.key));
        key.save(&identity.key)?;
        crate::secrets::keep_file(&identity.key);
        let certificate = self.authority.issue(&name.parse()?, &key, usage, validity.days())?;
        certificate.save(&identity.certificate)?;
        Ok(identity)
    }
}
