//! The names of files in a folder of keys.

use std::{fs, os::unix::fs::DirBuilderExt as _, path::Path};

use anyhow::Context as _;

use crate::output::{Outcome, Sort as _};

/// The device's private signing key in a key folder.
pub(super) const DEVICE_KEY: &str = "device.jwk";
/// The device's public key: readers verify with it.
pub(super) const DEVICE_PUBLIC: &str = "device.pub.jwk";
/// The public keys that a device encrypts to.
pub(super) const RECIPIENTS: &str = "recipients";
/// A reader's private key.
pub(super) const RECIPIENT_KEY: &str = "recipient.jwk";
/// A reader's public key: devices encrypt to it.
pub(super) const RECIPIENT_PUBLIC: &str = "recipient.pub.jwk";

/// An authority's private key, in a folder of its own.
pub(super) const AUTHORITY_KEY: &str = "ca.key";

/// Makes a folder that only its owner may enter, if it is not there.
pub(super) fn make_private(dir: &Path) -> Outcome {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("could not make the folder {}", dir.display()))
        .environment()
}
