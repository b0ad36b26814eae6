//! Keys are changed without a moment in which someone cannot read, and taken away at once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use luchs_seal::{DeviceKey, RecipientKey, TrustedDevices};
use tempfile::TempDir;

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn device(path: &Path) -> DeviceKey {
    let key = DeviceKey::generate("box".parse().unwrap()).unwrap();
    key.public().save(path).unwrap();
    key
}

fn ids(trusted: &TrustedDevices) -> Vec<String> {
    let mut ids: Vec<_> = trusted.keys().map(|key| key.kid().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn a_device_is_believed_under_both_keys_and_then_under_the_new_one_only() {
    let dir = dir();
    let old = device(&dir.path().join("old.jwk"));
    let mut trusted = TrustedDevices::load(dir.path()).unwrap();
    assert!(!trusted.refresh().unwrap(), "nothing changed");
    let new = device(&dir.path().join("new.jwk"));
    assert!(trusted.refresh().unwrap());
    let mut both = vec![old.kid().to_owned(), new.kid().to_owned()];
    both.sort();
    assert_eq!(ids(&trusted), both);
    fs::remove_file(dir.path().join("old.jwk")).unwrap();
    assert!(trusted.refresh().unwrap());
    assert_eq!(ids(&trusted), [new.kid()]);
}

#[test]
fn a_broken_file_distrusts_nobody_and_the_last_one_removed_leaves_nobody() {
    let dir = dir();
    let key = device(&dir.path().join("a.jwk"));
    let mut trusted = TrustedDevices::load(dir.path()).unwrap();
    fs::write(dir.path().join("b.jwk"), "{").unwrap();
    assert!(trusted.refresh().unwrap_err().to_string().contains("b.jwk"));
    assert!(!trusted.refresh().unwrap(), "reported once");
    assert_eq!(ids(&trusted), [key.kid()]);
    for file in ["a.jwk", "b.jwk"] {
        fs::remove_file(dir.path().join(file)).unwrap();
    }
    assert!(trusted.refresh().unwrap());
    assert!(ids(&trusted).is_empty());
}

#[test]
fn who_may_add_a_device_to_the_believed_ones_is_checked() {
    let dir = dir();
    device(&dir.path().join("a.jwk"));
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = TrustedDevices::load(dir.path()).unwrap_err().to_string();
    assert!(
        refused.contains("believed") && refused.contains("chmod go-w"),
        "{refused}"
    );
}

#[test]
fn a_recipient_has_all_private_keys_of_its_folder() {
    let dir = dir();
    let refused = RecipientKey::load_all(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("luchs keys init"), "{refused}");
    for file in ["recipient", "recipient.next"] {
        let key = RecipientKey::generate().unwrap();
        key.save(&dir.path().join(format!("{file}.jwk"))).unwrap();
        key.public().save(&dir.path().join(format!("{file}.pub.jwk"))).unwrap();
    }
    assert_eq!(RecipientKey::load_all(dir.path()).unwrap().len(), 2);
    let one = dir.path().join("recipient.jwk");
    assert_eq!(RecipientKey::load_all(&one).unwrap().len(), 1);
    fs::set_permissions(&one, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = RecipientKey::load_all(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
}
