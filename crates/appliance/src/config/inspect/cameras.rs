//! What the cameras need: credentials, models, files, devices.

use std::{collections::BTreeMap, path::Path};

use luchs_model::{Candidate, Trust};
use luchs_scene::Name;

use super::Found;
use crate::{
    config::{CameraConfig, Source},
    pipeline::{Credentials, CredentialsError},
};

/// Files in this folder become credentials of the service: `LoadCredential=` in luchs.service.
const HANDED_OVER: &str = "/etc/luchs/credentials";

pub(super) fn inspect(found: &mut Found<'_>) {
    let config = found.config;
    let mut models: BTreeMap<&Path, String> = BTreeMap::new();
    for (name, camera) in config.enabled() {
        let path = format!("camera.{name}");
        source(found, &path, camera);
        credentials(found, name, camera);
        let own = format!("{path}.model");
        let key = if config.places.contains_key(&own) {
            own
        } else {
            "model.path".to_owned()
        };
        models.entry(&camera.model).or_insert(key);
    }
    for (model, key) in models {
        look_at_model(found, &key, model);
    }
}

fn source(found: &mut Found<'_>, path: &str, camera: &CameraConfig) {
    let key = format!("{path}.url");
    match &camera.url {
        Source::File(file) => {
            found.readable(&key, "the file", file, "correct the path, or copy the file there");
        }
        Source::V4l2(device) if !device.exists() => {
            let message = format!("there is no {} now", device.display());
            found.warning(
                &key,
                message,
                "plug the camera in, or see the devices by `ls /dev/video*`",
            );
        }
        Source::V4l2(_) | Source::Rtsp(_) | Source::Rtsps(_) => {}
    }
    if let (Source::Rtsps(_), Some(ca)) = (&camera.url, &camera.tls_ca) {
        let remedy = "save the certificate of the camera's authority there, as PEM text";
        found.readable(&format!("{path}.tls-ca"), "the CA file", ca, remedy);
    }
}

fn credentials(found: &mut Found<'_>, name: &Name, camera: &CameraConfig) {
    if !matches!(camera.url, Source::Rtsp(_) | Source::Rtsps(_)) {
        return;
    }
    // Outside of the service there are no credentials: what systemd would hand over is looked at where it lies.
    let handed_over = || Some(Path::new(HANDED_OVER).join(name.as_str())).filter(|file| file.exists());
    let Some(file) = camera.credentials.locate().or_else(handed_over) else {
        return;
    };
    let key = format!("camera.{name}.credentials");
    let remedy = "write two lines into it, the user and the password, with `umask 077` before";
    match Credentials::load(&file) {
        Ok(_) => {}
        Err(CredentialsError::Read { path, source }) => found.unreadable(&key, "the file", &path, &source, remedy),
        Err(CredentialsError::Exposed(exposure)) => found.exposed(&key, "the credentials", &exposure, remedy),
        Err(error @ CredentialsError::Form { .. }) => found.error(&key, error.to_string(), remedy),
    }
}

fn look_at_model(found: &mut Found<'_>, key: &str, model: &Path) {
    let remedy = "see what there is by `ls /usr/share/luchs/models`, or install luchs-models";
    if let Err(error) = std::fs::metadata(model) {
        return found.unreadable(key, "the model", model, &error, remedy);
    }
    let trust = match Trust::of_this_machine() {
        Ok(trust) => trust,
        Err(error) => return found.error(key, error.to_string(), "see docs/models.md about who may sign models"),
    };
    if let Err(error) = Candidate::read_trusted(model, None, &trust) {
        found.error(key, error.to_string(), remedy);
    }
}
