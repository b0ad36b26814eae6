use std::{fs, os::unix::fs::PermissionsExt as _};

use luchs_seal::{DeviceKey, DevicePublic, RecipientKey, RecipientPublic, TrustedDevices};

/// Keys and sets of keys, public and private.
pub fn jwk(input: &[u8]) {
    for kid in [
        DevicePublic::parse(input).map(|key| key.kid().to_owned()),
        RecipientPublic::parse(input).map(|key| key.kid().to_owned()),
    ]
    .into_iter()
    .flatten()
    {
        assert!(!kid.is_empty() && kid.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.jwk");
    fs::write(&path, input).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // What is accepted has been used while it was read: both halves belong together.
    drop(DeviceKey::load(&path));
    drop(RecipientKey::load(&path));
    if let Ok(trusted) = TrustedDevices::load(&path) {
        assert!(trusted.keys().next().is_some());
    }
}
