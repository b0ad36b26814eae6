//! The four kinds of key: a device signs, a recipient decrypts, and each has a public half.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use josekit::{
    JoseError,
    jwe::{
        ECDH_ES_A256KW,
        alg::ecdh_es::{EcdhEsJweDecrypter, EcdhEsJweEncrypter},
    },
    jws::{
        ES256,
        alg::ecdsa::{EcdsaJwsSigner, EcdsaJwsVerifier},
    },
};
use luchs_scene::Name;
use openssl::pkey::{PKey, Private, Public};
use zeroize::Zeroizing;

use crate::{
    Exposure, JwkProblem, KeyError, file,
    jwk::{ENCRYPT, Jwk, SIGN},
};

/// A device's private signing key.
#[derive(Clone)]
pub struct DeviceKey {
    public: DevicePublic,
    signer: EcdsaJwsSigner,
    text: Zeroizing<String>,
}

/// A device's public key: who signs its events.
#[derive(Clone)]
pub struct DevicePublic {
    device: Name,
    kid: String,
    text: String,
    pub(crate) verifier: EcdsaJwsVerifier,
}

/// A recipient's private key: it opens events.
#[derive(Clone)]
pub struct RecipientKey {
    public: RecipientPublic,
    pub(crate) decrypter: EcdhEsJweDecrypter,
    text: Zeroizing<String>,
}

/// A recipient's public key: events are encrypted to it.
#[derive(Clone)]
pub struct RecipientPublic {
    kid: String,
    name: Option<Name>,
    thumbprint: String,
    text: String,
    pub(crate) encrypter: EcdhEsJweEncrypter,
}

impl DeviceKey {
    /// A new key for the device of this name.
    pub fn generate(device: Name) -> Result<Self, KeyError> {
        let jwk = Jwk::generate(SIGN, Some(device)).map_err(KeyError::Generate)?;
        Self::from_jwk(&jwk).map_err(|problem| KeyError::Unusable {
            path: "the new key".into(),
            problem,
        })
    }

    /// Reads a private key file, which must be readable for its owner only.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        load_private(path, Self::from_jwk)
    }

    /// Writes a private key file for its owner only. Never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        file::write_private(path, self.text.as_bytes())
    }

    /// The public half.
    pub fn public(&self) -> &DevicePublic {
        &self.public
    }

    /// The device that the key belongs to.
    pub fn device(&self) -> &Name {
        &self.public.device
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    pub(crate) fn signer(&self) -> &EcdsaJwsSigner {
        &self.signer
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, JwkProblem> {
        let (kid, key) = jwk.private(SIGN)?;
        let signer = ES256.signer_from_der(&*private_der(&key)?).map_err(point)?;
        let mut signer = signer;
        signer.set_key_id(kid);
        Ok(Self {
            public: DevicePublic::from_jwk(&jwk.to_public())?,
            signer,
            text: jwk.to_text(),
        })
    }
}

impl DevicePublic {
    /// Reads a public key from its JSON text.
    pub fn parse(text: &[u8]) -> Result<Self, JwkProblem> {
        Self::from_jwk(&Jwk::parse(text)?)
    }

    /// Reads a public key file.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::parse(&file::read_public(path)?).map_err(|problem| unusable(path, problem))
    }

    /// Writes a public key file. Never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        file::write_public(path, self.text.as_bytes())
    }

    /// The device that the key belongs to.
    pub fn device(&self) -> &Name {
        &self.device
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key as JSON text.
    pub fn as_json(&self) -> &str {
        &self.text
    }

    pub(crate) fn from_jwk(jwk: &Jwk) -> Result<Self, JwkProblem> {
        let (kid, key) = jwk.public(SIGN)?;
        let device = jwk.device.clone().ok_or(JwkProblem::NoDevice)?;
        let mut verifier = ES256.verifier_from_der(public_der(&key)?).map_err(point)?;
        verifier.set_key_id(kid.clone());
        Ok(Self {
            device,
            kid,
            text: jwk.to_text().to_string(),
            verifier,
        })
    }
}

impl RecipientKey {
    /// A new key.
    pub fn generate() -> Result<Self, KeyError> {
        Self::generate_for(None)
    }

    /// A new key that says whose it is. The name is for people; nothing depends on it.
    pub fn generate_named(name: Name) -> Result<Self, KeyError> {
        Self::generate_for(Some(name))
    }

    fn generate_for(name: Option<Name>) -> Result<Self, KeyError> {
        let mut jwk = Jwk::generate(ENCRYPT, None).map_err(KeyError::Generate)?;
        jwk.name = name;
        Self::from_jwk(&jwk).map_err(|problem| KeyError::Unusable {
            path: "the new key".into(),
            problem,
        })
    }

    /// Reads a private key file, which must be readable for its owner only.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        load_private(path, Self::from_jwk)
    }

    /// Reads one private key file, or all of a folder (`*.jwk`, but not `*.pub.jwk`): while a key is being changed, a
    /// recipient has an old and a new one.
    pub fn load_all(path: &Path) -> Result<Vec<Self>, KeyError> {
        if !path.is_dir() {
            return Ok(vec![Self::load(path)?]);
        }
        let is_private = |path: &&PathBuf| !path.to_string_lossy().ends_with(".pub.jwk");
        let keys: Vec<Self> = file::list(path)?
            .iter()
            .filter(is_private)
            .map(|path| Self::load(path))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::NoRecipientKey { path: path.into() });
        }
        Ok(keys)
    }

    /// Writes a private key file for its owner only. Never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        file::write_private(path, self.text.as_bytes())
    }

    /// The public half.
    pub fn public(&self) -> &RecipientPublic {
        &self.public
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    fn from_jwk(jwk: &Jwk) -> Result<Self, JwkProblem> {
        let (kid, key) = jwk.private(ENCRYPT)?;
        let mut decrypter = ECDH_ES_A256KW.decrypter_from_der(&*private_der(&key)?).map_err(point)?;
        decrypter.set_key_id(kid);
        Ok(Self {
            public: RecipientPublic::from_jwk(&jwk.to_public())?,
            decrypter,
            text: jwk.to_text(),
        })
    }
}

impl RecipientPublic {
    /// Reads a public key from its JSON text.
    pub fn parse(text: &[u8]) -> Result<Self, JwkProblem> {
        Self::from_jwk(&Jwk::parse(text)?)
    }

    /// Reads a public key file.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        Self::parse(&file::read_public(path)?).map_err(|problem| unusable(path, problem))
    }

    /// Writes a public key file. Never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        file::write_public(path, self.text.as_bytes())
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The key as JSON text.
    pub fn as_json(&self) -> &str {
        &self.text
    }

    pub(crate) fn from_jwk(jwk: &Jwk) -> Result<Self, JwkProblem> {
        let (kid, key) = jwk.public(ENCRYPT)?;
        let mut encrypter = ECDH_ES_A256KW.encrypter_from_der(public_der(&key)?).map_err(point)?;
        encrypter.set_key_id(kid.clone());
        Ok(Self {
            kid,
            name: jwk.name.clone(),
            thumbprint: jwk.thumbprint(),
            text: jwk.to_text().to_string(),
            encrypter,
        })
    }
}

impl RecipientPublic {
    /// Whose it is, if the key says so. Whoever made the key wrote it.
    pub fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// The key's thumbprint (RFC 7638), computed: 43 letters, digits, `-` and `_`.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

fn load_private<T>(path: &Path, from_jwk: impl FnOnce(&Jwk) -> Result<T, JwkProblem>) -> Result<T, KeyError> {
    let text = file::read_private(path).map_err(|error| {
        // Its mode is not what is wrong with a public key.
        let is_public = matches!(error, KeyError::Exposed(Exposure::Mode { .. }))
            && file::read_public(path).is_ok_and(|text| Jwk::parse(&text).is_ok_and(|jwk| jwk.d.is_none()));
        if is_public {
            unusable(path, JwkProblem::Public)
        } else {
            error
        }
    })?;
    let key = Jwk::parse(&text).and_then(|jwk| from_jwk(&jwk));
    key.map_err(|problem| unusable(path, problem))
}

/// Written by hand, so that no key ever ends in a log.
macro_rules! debug_by_id {
    ($($key:ident),*) => {$(
        impl fmt::Debug for $key {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($key), "({})"), self.kid())
            }
        }
    )*};
}
debug_by_id!(DeviceKey, DevicePublic, RecipientKey, RecipientPublic);

fn private_der(key: &PKey<Private>) -> Result<Zeroizing<Vec<u8>>, JwkProblem> {
    key.private_key_to_pkcs8()
        .map(Zeroizing::new)
        .map_err(|_| JwkProblem::Point)
}

fn public_der(key: &PKey<Public>) -> Result<Vec<u8>, JwkProblem> {
    key.public_key_to_der().map_err(|_| JwkProblem::Point)
}

fn point(_: JoseError) -> JwkProblem {
    JwkProblem::Point
}

fn unusable(path: &Path, problem: JwkProblem) -> KeyError {
    KeyError::Unusable {
        path: path.into(),
        problem,
    }
}
