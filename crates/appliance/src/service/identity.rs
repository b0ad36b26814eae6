//! The device's own key: made on the box when it starts for the first time, so that no two boxes are alike.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use luchs_scene::{Name, name::NameError};
use luchs_seal::{DeviceKey, KeyError};
use uuid::Uuid;

use crate::config::DeviceConfig;

/// Why the device has no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A folder cannot be made.
    #[error("could not make the folder {path}: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key cannot be read, made or written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No name could be made.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// The device's name, and its key if that was made now.
pub(super) struct Identity {
    pub(super) device: Name,
    pub(super) is_new: bool,
}

/// The key that is there, or a new one.
pub(super) fn ensure(config: &DeviceConfig) -> Result<Identity, IdentityError> {
    folder(&config.state)?;
    folder(&config.keys)?;
    let path = config.signing_key();
    if path.exists() {
        let key = DeviceKey::load(&path)?;
        return Ok(Identity {
            device: key.device().clone(),
            is_new: false,
        });
    }
    let device = match &config.name {
        Some(name) => name.clone(),
        None => random_name()?,
    };
    let key = DeviceKey::generate(device)?;
    // The public half first: with the private one in place the key counts as made.
    key.public().save(&config.keys.join("device.pub.jwk"))?;
    key.save(&path)?;
    Ok(Identity {
        device: key.device().clone(),
        is_new: true,
    })
}

fn folder(path: &Path) -> Result<(), IdentityError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| IdentityError::Folder {
        path: path.into(),
        source,
    })
}

fn random_name() -> Result<Name, NameError> {
    let random = Uuid::new_v4().simple().to_string();
    format!("luchs-{}", &random[..8]).parse()
}
