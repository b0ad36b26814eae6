//! Requests for a certificate (PKCS #10): for an outside authority, or from a machine that keeps its key to itself.

use std::path::Path;

use luchs_scene::Name;
use openssl::{
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Public},
    stack::Stack,
    x509::{X509NameBuilder, X509Req, extension::ExtendedKeyUsage},
};

use super::{PkiError, PrivateKey, Usage, address, certificate::common_name};
use crate::file;

/// A request that its maker has proved to have the private key of.
pub struct Request {
    signed: X509Req,
    name: Name,
    pub(super) key: PKey<Public>,
}

impl Request {
    /// Asks for a certificate for the owner of `key`.
    pub fn new(name: &Name, usage: &Usage, key: &PrivateKey) -> Result<Self, PkiError> {
        let mut builder = X509Req::builder()?;
        builder.set_version(0)?;
        builder.set_subject_name(&*subject(name.as_str())?)?;
        builder.set_pubkey(&key.0)?;
        let mut extensions = Stack::new()?;
        let mut purpose = ExtendedKeyUsage::new();
        match usage {
            Usage::Client => purpose.client_auth(),
            Usage::Server(addresses) => {
                extensions.push(address::extension(addresses, &builder.x509v3_context(None))?)?;
                purpose.server_auth()
            }
        };
        extensions.push(purpose.build()?)?;
        builder.add_extensions(&extensions)?;
        builder.sign(&key.0, MessageDigest::sha256())?;
        let request = builder.build();
        let key = request.public_key()?;
        let name = name.clone();
        Ok(Self {
            signed: request,
            name,
            key,
        })
    }

    /// Reads and checks a request file.
    pub fn load(path: &Path) -> Result<Self, PkiError> {
        let text = file::read_public(path)?;
        let path = path.to_owned();
        let Ok(request) = X509Req::from_pem(&text) else {
            return Err(PkiError::Content {
                path,
                what: "certificate request",
                pem: "CERTIFICATE REQUEST",
            });
        };
        let key = match request.public_key() {
            Ok(key) if request.verify(&key).unwrap_or(false) => key,
            _ => return Err(PkiError::Unproven { path }),
        };
        if !is_accepted(&key) {
            return Err(PkiError::Kind { path });
        }
        let name = common_name(request.subject_name()).and_then(|name| name.parse().ok());
        let Some(name) = name else {
            return Err(PkiError::Nameless { path });
        };
        Ok(Self {
            signed: request,
            name,
            key,
        })
    }

    /// Writes it, in the place of an older one if there is any.
    pub fn save(&self, path: &Path) -> Result<(), PkiError> {
        Ok(file::replace_public(path, &self.signed.to_pem()?)?)
    }

    /// For whom.
    pub fn name(&self) -> &Name {
        &self.name
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({})", self.name)
    }
}

fn is_accepted(key: &PKey<Public>) -> bool {
    let curve = || key.ec_key().ok()?.group().curve_name();
    match key.id() {
        Id::EC => [Some(Nid::X9_62_PRIME256V1), Some(Nid::SECP384R1)].contains(&curve()),
        Id::RSA => key.bits() >= 3072,
        _ => false,
    }
}

pub(super) fn subject(name: &str) -> Result<openssl::x509::X509Name, openssl::error::ErrorStack> {
    let mut subject = X509NameBuilder::new()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    Ok(subject.build())
}
