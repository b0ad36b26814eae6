//! The devices that a subscriber believes.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::{
    DevicePublic, KeyError, file,
    jwk::Jwk,
    stamp::{Stamps, stamps},
};

/// Public signing keys, by key id. A device may have several while its key is being changed.
#[derive(Clone, Debug, Default)]
pub struct TrustedDevices {
    keys: HashMap<String, DevicePublic>,
    /// Where they were read from, if they were.
    origin: Option<(PathBuf, Stamps)>,
}

impl TrustedDevices {
    /// Reads a file (a JWK or a JWK set), or all `*.jwk` and `*.json` files of a folder.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        // Stamped before reading: a change in between is noticed by the next refresh.
        let stamps = stamps(path)?;
        let keys = read(path, &stamps)?;
        let origin = Some((path.to_owned(), stamps));
        Ok(Self { keys, origin })
    }

    /// Reads file or folder again if it changed; true if the set was replaced: who was removed is not believed any more.
    /// On an error the previous set stays, and the error is given once for each change. When the last device was
    /// removed, nobody is believed.
    pub fn refresh(&mut self) -> Result<bool, KeyError> {
        let Some((path, stamps_before)) = &mut self.origin else {
            return Ok(false);
        };
        let now = stamps(path)?;
        if now == *stamps_before {
            return Ok(false);
        }
        *stamps_before = now;
        self.keys = match read(path, stamps_before) {
            Err(KeyError::NoDevices { .. }) => HashMap::new(),
            read => read?,
        };
        Ok(true)
    }

    /// Trusts one more key.
    pub fn insert(&mut self, key: DevicePublic) {
        self.keys.insert(key.kid().to_owned(), key);
    }

    /// All keys, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &DevicePublic> {
        self.keys.values()
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&DevicePublic> {
        self.keys.get(kid)
    }
}

impl FromIterator<DevicePublic> for TrustedDevices {
    fn from_iter<I: IntoIterator<Item = DevicePublic>>(keys: I) -> Self {
        let mut trusted = Self::default();
        keys.into_iter().for_each(|key| trusted.insert(key));
        trusted
    }
}

fn read(path: &Path, files: &Stamps) -> Result<HashMap<String, DevicePublic>, KeyError> {
    let mut keys: HashMap<String, DevicePublic> = HashMap::new();
    let mut origins: HashMap<String, PathBuf> = HashMap::new();
    for (path, _) in files {
        let unusable = |problem| KeyError::Unusable {
            path: path.clone(),
            problem,
        };
        for jwk in Jwk::parse_many(&file::read_public(path)?).map_err(unusable)? {
            let key = DevicePublic::from_jwk(&jwk).map_err(unusable)?;
            let kid = key.kid().to_owned();
            // The same key twice is no harm.
            if let (Some(same), Some(other)) = (keys.get(&kid), origins.get(&kid))
                && same.as_json() != key.as_json()
            {
                let (path, other) = (path.clone(), other.clone());
                return Err(KeyError::SameId { path, other, kid });
            }
            origins.insert(kid.clone(), path.clone());
            keys.insert(kid, key);
        }
    }
    if keys.is_empty() {
        return Err(KeyError::NoDevices { path: path.into() });
    }
    Ok(keys)
}
