//! Key files: made for their owner only, and refused with the reason and the remedy when they are not fit for use.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use luchs_seal::{DeviceKey, DevicePublic, KeyError, RecipientKey, RecipientPublic, Recipients, TrustedDevices};
use serde_json::{Value, json};
use tempfile::TempDir;

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn recipient(path: &Path) -> RecipientKey {
    let key = RecipientKey::generate().unwrap();
    key.public().save(path).unwrap();
    key
}

fn public_json() -> Value {
    serde_json::from_str(RecipientKey::generate().unwrap().public().as_json()).unwrap()
}

#[test]
fn a_private_key_file_is_made_for_its_owner_only_and_never_overwritten() {
    let dir = dir();
    let path = dir.path().join("device.jwk");
    let key = DeviceKey::generate("box".parse().unwrap()).unwrap();
    key.save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(key.save(&path), Err(KeyError::Exists { .. })));
    let read = DeviceKey::load(&path).unwrap();
    assert_eq!((read.kid(), read.device().as_str()), (key.kid(), "box"));
}

#[test]
fn a_private_key_that_others_may_read_is_refused_with_the_remedy() {
    let dir = dir();
    let path = dir.path().join("recipient.jwk");
    RecipientKey::generate().unwrap().save(&path).unwrap();
    for mode in [0o640, 0o604, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let message = RecipientKey::load(&path).unwrap_err().to_string();
        assert!(message.contains(&format!("chmod 600 {}", path.display())), "{message}");
    }
}

#[test]
fn a_pipe_is_no_key_and_nobody_waits_for_its_writer() {
    let dir = dir();
    let path = dir.path().join("recipient.jwk");
    let made = std::process::Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    let message = RecipientKey::load(&path).unwrap_err().to_string();
    assert!(
        message.contains("recipient.jwk") && message.contains("no regular file"),
        "{message}"
    );
    let message = RecipientPublic::load(&path).unwrap_err().to_string();
    assert!(message.contains("no regular file"), "{message}");
}

#[test]
fn recipients_that_others_can_change_are_refused_with_the_remedy() {
    let dir = dir();
    let path = dir.path().join("r.jwk");
    recipient(&path);
    let mut recipients = Recipients::load_dir(dir.path()).unwrap();
    for (open, closed) in [(dir.path(), 0o755), (&path, 0o644)] {
        for mode in [0o777, 0o775, 0o666] {
            fs::set_permissions(open, Permissions::from_mode(mode)).unwrap();
            let remedy = format!("chmod go-w {}", open.display());
            let message = Recipients::load_dir(dir.path()).unwrap_err().to_string();
            assert!(message.contains(&remedy), "{message}");
            assert!(recipients.refresh().unwrap_err().to_string().contains(&remedy));
        }
        fs::set_permissions(open, Permissions::from_mode(closed)).unwrap();
    }
    assert!(Recipients::load_dir(dir.path()).is_ok());
}

#[test]
fn a_device_key_says_whose_it_is() {
    let key = DeviceKey::generate("box".parse().unwrap()).unwrap();
    let mut json: Value = serde_json::from_str(key.public().as_json()).unwrap();
    assert_eq!(
        (&json["use"], &json["alg"], &json["device"]),
        (&"sig".into(), &"ES256".into(), &"box".into())
    );
    assert!(json.get("d").is_none());
    json.as_object_mut().unwrap().remove("device");
    let problem = DevicePublic::parse(json.to_string().as_bytes()).unwrap_err();
    assert!(problem.to_string().contains("\"device\""), "{problem}");
}

#[test]
fn recipients_that_cannot_be_used_are_refused_with_file_and_reason() {
    let private = {
        let dir = dir();
        let path = dir.path().join("r");
        RecipientKey::generate().unwrap().save(&path).unwrap();
        fs::read_to_string(path).unwrap()
    };
    let with = |member: &str, value: Value| {
        let mut json = public_json();
        json[member] = value;
        json.to_string()
    };
    let mut without_id = public_json();
    without_id.as_object_mut().unwrap().remove("kid");
    for (text, reason) in [
        (private, "private key"),
        (with("crv", "P-384".into()), "P-256"),
        (
            json!({"kty": "OKP", "crv": "X25519", "x": "AAAA", "kid": "a"}).to_string(),
            "P-256",
        ),
        (
            json!({"kty": "RSA", "n": "AAAA", "e": "AQAB", "kid": "a"}).to_string(),
            "P-256",
        ),
        (
            json!({"kty": "oct", "k": "AAAA", "kid": "a"}).to_string(),
            "private key",
        ),
        (without_id.to_string(), "no key id"),
        (with("kid", "".into()), "key id"),
        (with("use", "sig".into()), "\"enc\""),
        (with("alg", "ECDH-ES".into()), "\"ECDH-ES+A256KW\""),
        (with("x", "AAAA".into()), "damaged"),
        ("-----BEGIN PUBLIC KEY-----".into(), "no JSON Web Key"),
        (String::new(), "no JSON Web Key"),
    ] {
        let dir = dir();
        let path = dir.path().join("partner.jwk");
        fs::write(&path, &text).unwrap();
        let message = Recipients::load_dir(dir.path()).unwrap_err().to_string();
        assert!(
            message.contains("partner.jwk") && message.contains(reason),
            "{message}\nfor {text}"
        );
    }
}

#[test]
fn no_recipient_at_all_is_an_error() {
    let dir = dir();
    fs::write(dir.path().join("README.txt"), "not a key").unwrap();
    assert!(matches!(Recipients::load_dir(dir.path()), Err(KeyError::Empty { .. })));
    assert!(matches!(
        Recipients::load_dir(&dir.path().join("absent")),
        Err(KeyError::Read { .. })
    ));
}

#[test]
fn a_key_set_is_many_recipients_and_an_id_is_used_once() {
    let dir = dir();
    let set = json!({"keys": [public_json(), public_json()]});
    fs::write(dir.path().join("partners.json"), set.to_string()).unwrap();
    assert_eq!(Recipients::load_dir(dir.path()).unwrap().keys().len(), 2);
    fs::write(dir.path().join("twin.jwk"), set["keys"][0].to_string()).unwrap();
    assert!(matches!(Recipients::load_dir(dir.path()), Err(KeyError::SameId { .. })));
}

#[test]
fn a_changed_folder_is_read_again_and_a_broken_file_changes_nothing() {
    let dir = dir();
    let first = recipient(&dir.path().join("first.jwk"));
    let mut recipients = Recipients::load_dir(dir.path()).unwrap();
    assert!(!recipients.refresh().unwrap(), "nothing changed");

    recipient(&dir.path().join("second.jwk"));
    assert!(recipients.refresh().unwrap() && recipients.keys().len() == 2);

    let broken = dir.path().join("third.jwk");
    fs::write(&broken, "{").unwrap();
    assert!(recipients.refresh().unwrap_err().to_string().contains("third.jwk"));
    assert!(!recipients.refresh().unwrap(), "reported once");
    assert_eq!(recipients.keys().len(), 2);

    fs::remove_file(broken).unwrap();
    fs::remove_file(dir.path().join("second.jwk")).unwrap();
    assert!(recipients.refresh().unwrap());
    assert_eq!(
        recipients.keys().iter().map(RecipientPublic::kid).collect::<Vec<_>>(),
        [first.kid()]
    );
}

#[test]
fn trusted_devices_are_read_from_a_file_or_a_folder() {
    let dir = dir();
    for name in ["box", "shed"] {
        let key = DeviceKey::generate(name.parse().unwrap()).unwrap();
        key.public().save(&dir.path().join(format!("{name}.jwk"))).unwrap();
    }
    let devices = |path: &Path| TrustedDevices::load(path).unwrap().keys().count();
    assert_eq!((devices(dir.path()), devices(&dir.path().join("box.jwk"))), (2, 1));
}

#[test]
fn a_key_is_never_shown_in_debug_output() {
    let dir = dir();
    let path = dir.path().join("device.jwk");
    let key = DeviceKey::generate("box".parse().unwrap()).unwrap();
    key.save(&path).unwrap();
    let json: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let shown = format!("{key:?}");
    assert!(
        !shown.contains(json["d"].as_str().unwrap()) && shown.contains(key.kid()),
        "{shown}"
    );
}

#[test]
fn a_public_key_given_as_a_private_one_is_told_so_whatever_its_mode() {
    let dir = dir();
    let path = dir.path().join("recipient.pub.jwk");
    recipient(&path);
    let message = RecipientKey::load(&path).unwrap_err().to_string();
    assert!(message.contains("only a public key"), "{message}");
}

#[test]
fn an_empty_folder_of_devices_is_told_as_such() {
    let dir = dir();
    let message = TrustedDevices::load(dir.path()).unwrap_err().to_string();
    assert!(
        message.contains("device.pub.jwk") && !message.contains("recipient"),
        "{message}"
    );
}

#[test]
fn two_devices_keys_cannot_go_by_one_id_but_one_key_may_be_there_twice() {
    let dir = dir();
    let key = || DeviceKey::generate("box".parse().unwrap()).unwrap();
    let (one, other) = (key(), key());
    one.public().save(&dir.path().join("a.jwk")).unwrap();
    one.public().save(&dir.path().join("b.jwk")).unwrap();
    assert_eq!(TrustedDevices::load(dir.path()).unwrap().keys().count(), 1);
    let text = other.public().as_json().replace(other.kid(), one.kid());
    fs::write(dir.path().join("c.jwk"), text).unwrap();
    let message = TrustedDevices::load(dir.path()).unwrap_err().to_string();
    assert!(message.contains("c.jwk") && message.contains(one.kid()), "{message}");
}

#[test]
fn a_name_is_kept_in_both_halves_and_one_that_is_none_is_ignored() {
    let dir = dir();
    let key = RecipientKey::generate_named("guard".parse().unwrap()).unwrap();
    key.save(&dir.path().join("r.jwk")).unwrap();
    let read = RecipientKey::load(&dir.path().join("r.jwk")).unwrap();
    assert_eq!(read.public().name().map(luchs_scene::Name::as_str), Some("guard"));
    assert_eq!(read.public().thumbprint(), read.kid());
    for bad in [json!("../x"), json!(7), json!({})] {
        let mut key = public_json();
        key["name"] = bad;
        assert_eq!(RecipientPublic::parse(key.to_string().as_bytes()).unwrap().name(), None);
    }
}

#[test]
fn what_a_key_says_cannot_reach_the_terminal_raw() {
    let mut key = public_json();
    key["kty"] = "\u{1b}[2J\u{202e}".into();
    let message = RecipientPublic::parse(key.to_string().as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        !message.contains(['\u{1b}', '\u{202e}']) && message.contains("[2J"),
        "{message}"
    );
}
