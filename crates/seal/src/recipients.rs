//! The set of recipients: a folder of public keys, read again when it changes.

use std::{
    collections::BTreeMap,
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{KeyError, RecipientPublic, file, jwk::Jwk, private::others_may_write};

/// What tells a changed file from an unchanged one without reading it: inode, length, modification and change time.
type Stamp = (u64, u64, i64, i64, i64, i64);

/// Everyone that events are encrypted to. Never empty.
#[derive(Clone, Debug)]
pub struct Recipients {
    dir: PathBuf,
    keys: Arc<[RecipientPublic]>,
    stamps: Vec<(PathBuf, Stamp)>,
}

impl Recipients {
    /// Reads all `*.jwk` and `*.json` files of a folder, each a JWK or a JWK set.
    pub fn load_dir(dir: &Path) -> Result<Self, KeyError> {
        // Stamped before reading: a change in between is noticed by the next refresh.
        let stamps = stamps(dir)?;
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
        let now = stamps(&self.dir)?;
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

fn stamps(dir: &Path) -> Result<Vec<(PathBuf, Stamp)>, KeyError> {
    guarded(dir)?;
    let stamp = |path: PathBuf| Ok((path.clone(), stamp_of(&guarded(&path)?)));
    file::list(dir)?.into_iter().map(stamp).collect()
}

/// Whoever can add or change a recipient can read everything from then on.
fn guarded(path: &Path) -> Result<Metadata, KeyError> {
    let path = path.to_owned();
    match std::fs::metadata(&path) {
        Ok(meta) if others_may_write(&meta) => Err(KeyError::Changeable {
            path,
            owner: meta.uid(),
            mode: meta.mode() & 0o7777,
        }),
        Ok(meta) => Ok(meta),
        Err(source) => Err(KeyError::Read { path, source }),
    }
}

fn stamp_of(meta: &Metadata) -> Stamp {
    (
        meta.ino(),
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    )
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
