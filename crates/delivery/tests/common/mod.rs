//! What tests of whole deliveries share.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use luchs_delivery::{BrokerSettings, Settings};
use luchs_seal::{DeviceKey, RecipientKey};

/// Makes `tls.crt` and `tls.key` in `folder`.
pub(crate) fn certify(folder: &Path, days: u32) {
    let file = |name: &str| folder.join(name);
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ])
        .args(["-days", &days.to_string(), "-subj", "/CN=box", "-keyout"])
        .arg(file("tls.key"))
        .arg("-out")
        .arg(file("tls.crt"))
        .output()
        .unwrap();
    assert!(made.status.success());
}

/// A device with its keys in `folder`, whose broker is not there.
pub(crate) fn settings(folder: &Path, outbox: PathBuf) -> Settings {
    let file = |name: &str| folder.join(name);
    // Longer than what is told of as an event.
    certify(folder, 400);
    DeviceKey::generate("box".parse().unwrap())
        .unwrap()
        .save(&file("device.jwk"))
        .unwrap();
    fs::create_dir(file("recipients")).unwrap();
    let recipient = RecipientKey::generate().unwrap();
    recipient.public().save(&file("recipients/r.jwk")).unwrap();
    let broker = BrokerSettings {
        url: "mqtts://127.0.0.1:1".into(),
        ca: file("tls.crt"),
        certificate: file("tls.crt"),
        key: file("tls.key"),
        client_id: None,
    };
    Settings::new(file("device.jwk"), file("recipients"), outbox, broker)
}
