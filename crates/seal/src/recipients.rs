//! The set of recipients: a folder of public keys, read again when it changes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    KeyError, RecipientPublic, file,
    jwk::Jwk,
    stamp::{Stamps, stamps},
};

/// Everyone that events are encrypted to. Never empty.
#[derive(Clone, Debug)]
pub struct Recipients {
    dir: PathBuf,
    keys: Arc<[RecipientPublic]>,
    stamps: Stamps,
}

impl Recipients {
    /// Reads all `*.jwk` and `*.json` files of a folder, each a JWK or a JWK set.
    pub fn load_dir(dir: &Path) -> Result<Self, KeyError> {
        // Stamped before reading: a change in between is noticed by the next refresh.
        let stamps = stamps_of_dir(dir)?;
        let keys = read(dir, stamps.iter().map(|(path, _)| path))?;
        Ok(Self {
            dir: dir.into(),
            keys,
            stamps,
        })
    }

    /// Reads the folder again if it changed; true if the set was replaced. On an error the previous set stays, and the
    /// error is given once for each change.
    pub fn refresh(&mut self) -> Result<bool, KeyError> {
        let now = stamps_of_dir(&self.dir)?;
        if now == self.stamps {
            return Ok(false);
        }
        self.stamps = now;
        self.keys = read(&self.dir, self.stamps.iter().map(|(path, _)| path))?;
        Ok(true)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The keys, in the order of their ids.
    pub fn keys(&self) -> &[RecipientPublic] {
        &self.keys
    }
}

fn stamps_of_dir(dir: &Path) -> Result<Stamps, KeyError> {
    let stamps = stamps(dir)?;
    if dir.is_dir() {
        return Ok(stamps);
    }
    Err(KeyError::Read {
        path: dir.into(),
        source: std::io::ErrorKind::NotADirectory.into(),
    })
}

fn read<'a>(dir: &Path, paths: impl Iterator<Item = &'a PathBuf>) -> Result<Arc<[RecipientPublic]>, KeyError> {
    let mut keys: BTreeMap<String, (RecipientPublic, PathBuf)> = BTreeMap::new();
    for path in paths {
        let unusable = |problem| KeyError::Unusable {
            path: path.clone(),
            problem,
        };
        for jwk in Jwk::parse_many(&file::read_public(path)?).map_err(unusable)? {
            let key = RecipientPublic::from_jwk(&jwk).map_err(unusable)?;
            let kid = key.kid().to_owned();
            if let Some((_, other)) = keys.insert(kid.clone(), (key, path.clone())) {
                return Err(KeyError::SameId {
                    path: path.clone(),
                    other,
                    kid,
                });
            }
        }
    }
    if keys.is_empty() {
        return Err(KeyError::Empty { path: dir.into() });
    }
    Ok(keys.into_values().map(|(key, _)| key).collect())
}
