//! The devices that a subscriber believes.

use std::{collections::HashMap, path::Path};

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
        for path in files {
            let unusable = |problem| KeyError::Unusable {
                path: path.clone(),
                problem,
            };
            for jwk in Jwk::parse_many(&file::read_public(&path)?).map_err(unusable)? {
                trusted.insert(DevicePublic::from_jwk(&jwk).map_err(unusable)?);
            }
        }
        if trusted.0.is_empty() {
            Err(KeyError::Empty { path: path.into() })
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
