//! Whose models this machine trusts: public keys in a folder, and what is done with a model that none of them signed.

use std::{
    env, fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use minisign_verify::{Error as Refused, PublicKey, Signature};

use crate::{LoadError, lint::shown, read};

/// Where a site keeps the public keys of those whose models it trusts, in files `NAME.pub`.
pub const KEY_DIRECTORY: &str = "/etc/luchs/models.d";
/// Environment variable with another folder of such keys.
pub const KEY_VARIABLE: &str = "LUCHS_MODEL_KEYS";
/// Environment variable with the demand: `signed` or `tried`.
pub const DEMAND_VARIABLE: &str = "LUCHS_MODEL_TRUST";
/// What is added to a passport's name for the name of its signature, as minisign does.
pub const SIGNATURE_SUFFIX: &str = ".minisig";

/// What a model must show before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// A signature by a trusted key.
    Signed,
    /// That, or a trial in a process of its own.
    Tried,
}

/// The trusted keys and the demand.
#[derive(Debug)]
pub struct Trust {
    keys: Vec<TrustedKey>,
    demand: Demand,
}

/// A key whose signature counts.
struct TrustedKey {
    name: String,
    key: PublicKey,
}

impl std::fmt::Debug for TrustedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Who signed a model's passport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Name of the key's file, without its ending.
    pub name: String,
    /// The comment that was signed too: minisign writes time and file into it.
    pub comment: String,
}

/// Why a model is not trusted, or nobody can tell.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A demand that does not exist.
    #[error(
        "{DEMAND_VARIABLE} is “{value}”; set it to signed (only models that a trusted key signed) or tried (others too, after a trial)"
    )]
    Demand {
        /// The variable's value.
        value: String,
    },
    /// A folder or key that cannot be read.
    #[error("{}: the keys of trusted models cannot be read: {source}", path.display())]
    Keys {
        /// The folder or key.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Someone else could add a key, or change one.
    #[error("{}: others may change the keys of trusted models (mode {mode:04o}, owner {owner}); run “chown root” and “chmod go-w” on it", path.display())]
    Writable {
        /// The folder or key.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// Its owner, by number.
        owner: u32,
    },
    /// A file that is no key.
    #[error("{}: not a public key of minisign ({reason}); remove it, or copy the key again", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// No signature although one is demanded.
    #[error(
        "{}: the model is not signed, and only signed ones are loaded here; sign it with “luchs model sign”, or set \
         {DEMAND_VARIABLE}=tried to load it after a trial", path.display()
    )]
    Unsigned {
        /// The passport, or the bare file.
        path: PathBuf,
    },
    /// A signature by someone who is not trusted, although one who is is demanded.
    #[error(
        "{}: signed by a key that is not trusted here (trusted are: {}); add the signer's public key to the folder \
         of trusted keys, or set {DEMAND_VARIABLE}=tried to load the model after a trial", path.display(), trusted.join(", ")
    )]
    Stranger {
        /// The signature.
        path: PathBuf,
        /// Names of the trusted keys.
        trusted: Vec<String>,
    },
    /// A signature that does not belong to the passport.
    #[error(
        "{}: the signature is not one of this passport by the key “{key}” ({reason}): one of the two was altered; fetch \
         the model again, or sign it again if the change was yours", path.display()
    )]
    Altered {
        /// The signature.
        path: PathBuf,
        /// The key that it names.
        key: String,
        /// What the verifier said.
        reason: String,
    },
    /// No signature at all.
    #[error("{}: not a signature of minisign ({reason}); sign the model again", path.display())]
    Signature {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
}

impl Trust {
    /// What this machine demands: the keys of `LUCHS_MODEL_KEYS` or else of `/etc/luchs/models.d`, and the demand of
    /// `LUCHS_MODEL_TRUST`. Unless that says otherwise, a signature is demanded where there is a key to verify it with.
    pub fn of_this_machine() -> Result<Self, TrustError> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let keys = match set(KEY_VARIABLE) {
            // Named, so it has to be there.
            Some(folder) => keys(Path::new(&folder))?,
            None => match keys(Path::new(KEY_DIRECTORY)) {
                Err(TrustError::Keys { source, .. }) if source.kind() == io::ErrorKind::NotFound => Vec::new(),
                other => other?,
            },
        };
        let demand = match set(DEMAND_VARIABLE).as_deref() {
            None if keys.is_empty() => Demand::Tried,
            None => Demand::Signed,
            Some(value) if value == "signed" => Demand::Signed,
            Some(value) if value == "tried" => Demand::Tried,
            Some(value) => {
                let value = value.to_string_lossy().into_owned();
                return Err(TrustError::Demand { value });
            }
        };
        Ok(Self { keys, demand })
    }

    /// The keys of the folder `directory` and a demand.
    pub fn of(directory: &Path, demand: Demand) -> Result<Self, TrustError> {
        keys(directory).map(|keys| Self { keys, demand })
    }

    /// One key and a demand.
    pub fn of_key(path: &Path, demand: Demand) -> Result<Self, TrustError> {
        Ok(Self {
            keys: vec![key(path)?],
            demand,
        })
    }

    /// No keys, no demand.
    pub fn nobody() -> Self {
        Self {
            keys: Vec::new(),
            demand: Demand::Tried,
        }
    }

    /// Names of the keys.
    pub fn names(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.name.clone()).collect()
    }

    /// What a model must show.
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// Who of the trusted signed the passport of the `bytes` that were read from `path`; None if nobody did and nobody had
    /// to.
    pub(crate) fn signer(&self, path: &Path, bytes: &[u8]) -> Result<Option<Signer>, LoadError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(SIGNATURE_SUFFIX);
        let beside = PathBuf::from(beside);
        let text = match read::text(&beside) {
            Ok((text, _)) => text,
            Err(LoadError::NotFound { .. }) => return self.unsigned(path),
            Err(error) => return Err(error),
        };
        let signature = Signature::decode(&text).map_err(|error| TrustError::Signature {
            path: beside.clone(),
            reason: error.to_string(),
        })?;
        for TrustedKey { name, key } in &self.keys {
            match key.verify(bytes, &signature, false) {
                Ok(()) => {
                    let (name, comment) = (name.clone(), shown(signature.trusted_comment()));
                    return Ok(Some(Signer { name, comment }));
                }
                Err(Refused::UnexpectedKeyId) => {}
                Err(error) => {
                    return Err(TrustError::Altered {
                        path: beside,
                        key: name.clone(),
                        reason: error.to_string(),
                    }
                    .into());
                }
            }
        }
        match self.demand {
            Demand::Tried => Ok(None),
            Demand::Signed => {
                let mut trusted = self.names();
                if trusted.is_empty() {
                    trusted.push("none".to_owned());
                }
                Err(TrustError::Stranger { path: beside, trusted }.into())
            }
        }
    }

    /// For the model of `path`, which nobody signed.
    pub(crate) fn unsigned(&self, path: &Path) -> Result<Option<Signer>, LoadError> {
        match self.demand {
            Demand::Tried => Ok(None),
            Demand::Signed => Err(TrustError::Unsigned { path: path.to_owned() }.into()),
        }
    }
}

/// The keys in the files `*.pub` of `directory`, by name.
fn keys(directory: &Path) -> Result<Vec<TrustedKey>, TrustError> {
    let failed = |source| TrustError::Keys {
        path: directory.to_owned(),
        source,
    };
    guarded(directory)?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == "pub") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| key(path)).collect()
}

fn key(path: &Path) -> Result<TrustedKey, TrustError> {
    guarded(path)?;
    let no_key = |reason: String| TrustError::Key {
        path: path.to_owned(),
        reason,
    };
    let (text, _) = read::text(path).map_err(|error| no_key(error.to_string()))?;
    let key = PublicKey::decode(&text).map_err(|error| no_key(error.to_string()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(TrustedKey { name, key })
}

/// Nobody but us and root may change what decides whom we trust.
fn guarded(path: &Path) -> Result<(), TrustError> {
    let meta = path.metadata().map_err(|source| TrustError::Keys {
        path: path.to_owned(),
        source,
    })?;
    let us = rustix::process::geteuid().as_raw();
    if meta.mode() & 0o022 == 0 && [0, us].contains(&meta.uid()) {
        return Ok(());
    }
    Err(TrustError::Writable {
        path: path.to_owned(),
        mode: meta.mode() & 0o7777,
        owner: meta.uid(),
    })
}
