//! `Config::inspect`: what is wrong with the files that a configuration names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use luchs_appliance::config::{Config, Severity};
use luchs_seal::{DeviceKey, RecipientKey};
use tempfile::TempDir;

/// A folder with a configuration of one camera, and all the files that it needs.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        site.certificate("device");
        site.certificate("other");
        fs::create_dir(site.0.path().join("recipients")).unwrap();
        let reader = RecipientKey::generate().unwrap();
        site.write("recipients/guard.jwk", reader.public().as_json(), 0o644);
        site.write("gate", "admin\nhidden\n", 0o600);
        site.write("clip.mp4", "", 0o644);
        site
    }

    fn certificate(&self, name: &str) {
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
            .args([
                "-subj",
                "/CN=box",
                "-keyout",
                &format!("{name}.key"),
                "-out",
                &format!("{name}.crt"),
            ])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(made.status.success());
        fs::set_permissions(
            self.0.path().join(format!("{name}.key")),
            fs::Permissions::from_mode(0o600),
        )
        .unwrap();
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.path().join(name)).unwrap();
    }

    /// What is found, without the folder's path.
    fn found(&self) -> Vec<String> {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
        let text = format!(
            "[broker]\nurl = \"mqtts://b\"\nca = \"other.crt\"\ncertificate = \"device.crt\"\nkey = \"device.key\"\n[events]\n\
             recipients = \"recipients\"\n[device]\nstate = \"state\"\nname = \"box-1\"\n[camera.gate]\nurl = \"rtsp://h/\"\n\
             credentials = \"gate\"\nmodel = \"{}\"\n[camera.clip]\nurl = \"file://{}/clip.mp4\"\nmodel = \"{0}\"\n",
            model.join("no-model").display(),
            self.0.path().display()
        );
        let config = Config::parse(&text, self.0.path().join("luchs.toml")).unwrap();
        let told = config.inspect().into_iter().map(|problem| {
            assert!(problem.help.is_some() && problem.place.is_some(), "{problem:?}");
            let severity = if problem.severity == Severity::Warning {
                "warning: "
            } else {
                ""
            };
            format!("{severity}{}: {}", problem.key.unwrap(), problem.message)
                .replace(&format!("{}/", self.0.path().display()), "")
        });
        // There is no model: one more each time, which stands for itself below.
        told.filter(|text| !text.contains("no-model")).collect()
    }
}

#[test]
fn when_all_is_there_nothing_is_found() {
    assert_eq!(Site::new().found(), Vec::<String>::new());
}

#[test]
fn everything_that_is_missing_is_found_at_once() {
    let site = Site::new();
    for name in [
        "device.crt",
        "device.key",
        "other.crt",
        "recipients/guard.jwk",
        "gate",
        "clip.mp4",
    ] {
        site.remove(name);
    }
    assert_eq!(
        site.found(),
        [
            "broker.ca: the CA file other.crt is missing",
            "broker.certificate: the certificate device.crt is missing",
            "broker.key: the private key device.key is missing",
            &format!(
                "events.recipients: nobody could read the events: there is no key in {}/recipients",
                site.0.path().display()
            )
            .replace(&format!("{}/", site.0.path().display()), ""),
            "camera.gate.credentials: the file gate is missing",
            "camera.clip.url: the file clip.mp4 is missing",
        ]
    );
}

#[test]
fn a_key_of_another_certificate_is_found() {
    let site = Site::new();
    fs::copy(site.0.path().join("other.key"), site.0.path().join("device.key")).unwrap();
    assert_eq!(
        site.found(),
        [
            "broker.certificate: the key device.key does not belong to the certificate device.crt: they must be of one pair"
        ]
    );
    site.write("device.crt", "no certificate", 0o644);
    assert!(site.found()[0].contains("broker.certificate: the certificate file device.crt holds no certificate"));
}

#[test]
fn private_files_that_others_can_read_are_found_and_none_is_repeated() {
    let site = Site::new();
    site.write("gate", "admin\nhidden\n", 0o644);
    fs::set_permissions(site.0.path().join("device.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let found = site.found();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("broker.key: ") && found[0].contains("mode 0640"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("camera.gate.credentials: ") && found[1].contains("mode 0644"),
        "{found:?}"
    );
    site.write("gate", "admin:hidden", 0o600);
    assert!(site.found().iter().all(|text| !text.contains("hidden")));
}

#[test]
fn a_key_that_names_another_device_is_a_warning() {
    let site = Site::new();
    fs::create_dir_all(site.0.path().join("state/keys")).unwrap();
    let key = DeviceKey::generate("box-2".parse().unwrap()).unwrap();
    key.save(&site.0.path().join("state/keys/device.jwk")).unwrap();
    assert_eq!(
        site.found(),
        ["warning: device.name: the signing key names this device “box-2”, not “box-1”"]
    );
}

#[test]
fn a_model_that_is_not_there_is_told_once_however_many_cameras_use_it() {
    let text = "[broker]\nurl = \"mqtts://b\"\n[model]\npath = \"/nowhere/model\"\n[camera.a]\nurl = \"rtsp://a/\"\n[camera.b]\nurl = \"rtsp://b/\"\n";
    let config = Config::parse(text, "/nowhere/luchs.toml").unwrap();
    let found = config.inspect();
    let models: Vec<_> = found
        .iter()
        .filter(|problem| problem.message.contains("model"))
        .collect();
    assert_eq!(models.len(), 1, "{models:?}");
    assert_eq!(models[0].message, "the model /nowhere/model is missing");
    assert_eq!(models[0].place.as_ref().unwrap().line, 4);
}
