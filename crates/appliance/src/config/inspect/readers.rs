//! The keys: who may read, and who signs.

use luchs_seal::{DeviceKey, Recipients};

use super::Found;

pub(super) fn inspect(found: &mut Found<'_>) {
    recipients(found);
    signing_key(found);
}

fn recipients(found: &mut Found<'_>) {
    let folder = &found.config.events.recipients;
    let shown = folder.display();
    let remedy =
        "put the public key of each reader (a file *.jwk) into it: `luchs keys init --recipient NAME` makes a pair";
    match std::fs::read_dir(folder) {
        Err(error) => found.unreadable(
            "events.recipients",
            "the folder of the readers' keys",
            folder,
            &error,
            remedy,
        ),
        Ok(files) => {
            let keys = files.flatten().filter(|file| {
                let name = file.path();
                name.extension().is_some_and(|end| end == "jwk" || end == "json")
            });
            if keys.count() == 0 {
                let message = format!("nobody could read the events: there is no key in {shown}");
                found.error("events.recipients", message, remedy);
            } else if let Err(error) = Recipients::load_dir(folder) {
                found.error("events.recipients", error.to_string(), remedy);
            }
        }
    }
}

/// It is made at the first start; what is there already has to fit.
fn signing_key(found: &mut Found<'_>) {
    let file = found.config.device.signing_key();
    if !std::fs::exists(&file).unwrap_or(false) {
        return;
    }
    let remedy = "take it out of a backup, or move it away: then a new one is made, which every reader has to be given";
    if found.private("device.keys", "the signing key", &file, remedy).is_none() {
        return;
    }
    match (DeviceKey::load(&file), &found.config.device.name) {
        (Err(error), _) => found.error("device.keys", error.to_string(), remedy),
        (Ok(key), Some(name)) if key.device() != name => {
            let message = format!("the signing key names this device “{}”, not “{name}”", key.device());
            let help = "a name is given once, when the key is made: write it as the key has it, or leave the line out";
            found.warning("device.name", message, help);
        }
        _ => {}
    }
}
