//! The devices that a subscriber believes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::{DevicePublic, KeyError, file, jwk::Jwk};

/// Public signing keys, by key id. A device may have several while its key is being changed.
#[derive(Clone, Debug, Default)]
pub struct TrustedDevices(HashMap<String, DevicePublic>);

impl TrustedDevices {
    /// Reads a file (a JWK or a JWK set), or all `*.jwk` and `*.json` files of a folder.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let files = if path.is_dir() {
            file::list(path)?
        } else {
            vec![path.to_owned()]
        };
        let mut trusted = Self::default();
        let mut origins: HashMap<String, PathBuf> = HashMap::new();
        for path in files {
            let unusable = |problem| KeyError::Unusable {
                path: path.clone(),
                problem,
            };
            for jwk in Jwk::parse_many(&file::read_public(&path)?).map_err(unusable)? {
                let key = DevicePublic::from_jwk(&jwk).map_err(unusable)?;
                let kid = key.kid().to_owned();
                // The same key twice is no harm.
                if let (Some(same), Some(other)) = (trusted.get(&kid), origins.get(&kid))
                    && same.as_json() != key.as_json()
                {
                    let other = other.clone();
                    return Err(KeyError::SameId { path, other, kid });
                }
                origins.insert(kid, path.clone());
                trusted.insert(key);
            }
        }
        if trusted.0.is_empty() {
            Err(KeyError::NoDevices { path: path.into() })
        } else {
            Ok(trusted)
        }
    }

    /// Trusts one more key.
    pub fn insert(&mut self, key: DevicePublic) {
        self.0.insert(key.kid().to_owned(), key);
    }

    /// All keys, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &DevicePublic> {
        self.0.values()
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&DevicePublic> {
        self.0.get(kid)
    }
}

impl FromIterator<DevicePublic> for TrustedDevices {
    fn from_iter<I: IntoIterator<Item = DevicePublic>>(keys: I) -> Self {
        let mut trusted = Self::default();
        keys.into_iter().for_each(|key| trusted.insert(key));
        trusted
    }
}
