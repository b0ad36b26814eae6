//! What luchspublish says when something about the delivery is wrong: the thing, the reason, the remedy.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, process::Command};

use luchs_tests::{
    Site, launch,
    pki::{Pki, Validity},
};

/// Two live seconds of a test picture, through luchspublish with one property changed. Gives whether it ran to its end,
/// and all that `gst-launch-1.0` said.
fn publish(site: &Site, change: (&str, String)) -> (bool, String) {
    let path = |name: &str| site.path(name);
    let mut properties = vec![
        ("camera", "gate".to_owned()),
        ("broker", site.broker.url()),
        ("ca-file", site.pki.ca_file().to_string_lossy().into_owned()),
        ("cert-file", site.device.certificate.to_string_lossy().into_owned()),
        ("key-file", site.device.key.to_string_lossy().into_owned()),
        ("signing-key", path("device/device.jwk")),
        ("recipients", path("device/recipients")),
        ("outbox", path("outbox.db")),
    ];
    properties.retain(|(name, _)| *name != change.0);
    if !change.1.is_empty() {
        properties.push(change);
    }
    let mut words: Vec<String> = ["videotestsrc", "is-live=true", "num-buffers=60", "!", "luchspublish"]
        .map(str::to_owned)
        .to_vec();
    words.extend(properties.iter().map(|(name, value)| format!("{name}={value}")));
    words.extend(["!", "fakesink"].map(str::to_owned));
    let folder = tempfile::tempdir().unwrap();
    let mut process = launch::start(folder.path(), "gst-launch", &words, &[]).unwrap();
    let status = process.wait(60).unwrap();
    let said = format!("{}{}", process.stdout(), process.stderr());
    (status.success(), said)
}

/// It does not start, and says all of `expected`.
fn refuses(site: &Site, change: (&str, String), expected: &[&str]) {
    let (ran, said) = publish(site, change);
    assert!(!ran, "it ran:\n{said}");
    says(&said, expected);
}

/// Frames flow to the end, and it warns with all of `expected`.
fn warns(site: &Site, change: (&str, String), expected: &[&str]) {
    let (ran, said) = publish(site, change);
    assert!(ran, "it did not run to the end:\n{said}");
    assert!(said.contains("WARNING"), "no warning:\n{said}");
    says(&said, expected);
}

fn says(said: &str, expected: &[&str]) {
    for words in expected {
        assert!(said.contains(words), "nothing about “{words}” in:\n{said}");
    }
}

#[test]
fn a_missing_property_is_named() {
    let site = Site::new().unwrap();
    for property in [
        "camera",
        "broker",
        "ca-file",
        "cert-file",
        "key-file",
        "signing-key",
        "recipients",
        "outbox",
    ] {
        refuses(&site, (property, String::new()), &[property]);
    }
}

#[test]
fn plaintext_is_refused() {
    let site = Site::new().unwrap();
    refuses(
        &site,
        ("broker", "mqtt://localhost:1883".into()),
        &["mqtt://localhost:1883", "mqtts://"],
    );
}

#[test]
fn an_unreachable_broker_is_a_warning_and_frames_flow() {
    let site = Site::new().unwrap();
    warns(
        &site,
        ("broker", "mqtts://127.0.0.1:1".into()),
        &["127.0.0.1:1", "nothing listens"],
    );
}

#[test]
fn a_broker_that_cannot_be_found_is_a_warning_with_its_name() {
    let site = Site::new().unwrap();
    warns(
        &site,
        ("broker", "mqtts://no-such-host.invalid".into()),
        &["no-such-host.invalid"],
    );
}

#[test]
fn a_broker_of_another_authority_is_not_believed() {
    let site = Site::new().unwrap();
    let other = Pki::new(&site.file("other"), "other").unwrap();
    warns(
        &site,
        ("ca-file", other.ca_file().to_string_lossy().into_owned()),
        &["127.0.0.1", "certificate", "ca-file"],
    );
}

#[test]
fn an_expired_certificate_of_the_broker_is_named() {
    let mut site = Site::new().unwrap();
    site.pki.server(Validity::EXPIRED).unwrap();
    site.broker.restart().unwrap();
    warns(&site, ("outbox", site.path("outbox.db")), &["127.0.0.1", "expired"]);
}

#[test]
fn an_expired_certificate_of_ours_is_named() {
    let site = Site::new().unwrap();
    let expired = site.pki.client(luchs_tests::site::DEVICE, Validity::EXPIRED).unwrap();
    let path = expired.certificate.to_string_lossy().into_owned();
    warns(&site, ("cert-file", path.clone()), &[&path, "expired"]);
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let site = Site::new().unwrap();
    let key = site.viewer.key.to_string_lossy().into_owned();
    refuses(&site, ("key-file", key.clone()), &[&key, "does not belong"]);
}

#[test]
fn a_private_key_among_the_recipients_is_refused() {
    let site = Site::new().unwrap();
    let file = site.path("device/recipients/mine.jwk");
    fs::copy(site.file("viewer/recipient.jwk"), &file).unwrap();
    refuses(&site, ("outbox", site.path("outbox.db")), &[&file, "private"]);
}

#[test]
fn a_recipient_of_another_curve_is_refused() {
    let site = Site::new().unwrap();
    let file = site.path("device/recipients/p384.jwk");
    let text = fs::read_to_string(site.file("viewer/recipient.pub.jwk")).unwrap();
    fs::write(&file, text.replace("P-256", "P-384")).unwrap();
    refuses(&site, ("outbox", site.path("outbox.db")), &[&file, "P-384", "P-256"]);
}

#[test]
fn without_recipients_nothing_starts() {
    let site = Site::new().unwrap();
    let empty = site.file("empty");
    fs::create_dir(&empty).unwrap();
    let path = empty.to_string_lossy().into_owned();
    refuses(
        &site,
        ("recipients", path.clone()),
        &[&path, "luchs keys add-recipient"],
    );
}

#[test]
fn a_signing_key_that_others_can_read_is_refused() {
    let site = Site::new().unwrap();
    let key = site.path("device/device.jwk");
    assert!(Command::new("chmod").args(["644", &key]).status().unwrap().success());
    refuses(&site, ("signing-key", key.clone()), &[&key, "chmod 600"]);
}

#[test]
fn a_damaged_outbox_is_set_aside_and_named() {
    let site = Site::new().unwrap();
    let outbox = site.path("outbox.db");
    let (ran, said) = publish(&site, ("outbox", outbox.clone()));
    assert!(ran, "{said}");
    let mut bytes = fs::read(&outbox).unwrap();
    bytes[..2048].fill(0);
    fs::write(&outbox, bytes).unwrap();
    warns(&site, ("outbox", outbox.clone()), &[&outbox, "damaged"]);
    let aside = fs::read_dir(site.file("."))
        .unwrap()
        .flatten()
        .any(|e| e.file_name().to_string_lossy().contains("outbox.db.damaged"));
    assert!(aside, "the damaged file is gone");
}

#[test]
fn a_file_that_is_no_outbox_is_refused_and_left_alone() {
    let site = Site::new().unwrap();
    let notes = site.path("notes.txt");
    fs::write(&notes, "not to be lost").unwrap();
    refuses(&site, ("outbox", notes.clone()), &[&notes, "chmod 600"]);
    assert!(Command::new("chmod").args(["600", &notes]).status().unwrap().success());
    refuses(&site, ("outbox", notes.clone()), &[&notes, "no outbox"]);
    assert_eq!(fs::read_to_string(&notes).unwrap(), "not to be lost");
}

#[test]
fn a_tls_key_that_others_can_read_is_refused() {
    let site = Site::new().unwrap();
    let key = site.device.key.to_string_lossy().into_owned();
    assert!(Command::new("chmod").args(["644", &key]).status().unwrap().success());
    refuses(&site, ("key-file", key.clone()), &[&key, "chmod 600"]);
}

#[test]
fn two_programs_do_not_share_an_outbox() {
    let site = Site::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut first = luchs_tests::publisher::start(&site, folder.path(), 0, 1_000_000, false).unwrap();
    first.wait_for_output("committed", 20).unwrap();
    refuses(&site, ("outbox", site.path("outbox.db")), &["outbox.db", "another"]);
}
