use std::sync::LazyLock;

use luchs_seal::{DeviceKey, Opener, RecipientKey};
use serde_json::{Value, json};

use crate::forge::Forge;

const TOPIC: &str = "luchs/box/gate/events";

struct Scene {
    forge: Forge,
    opener: Opener,
    kid: String,
}

/// New keys for every process: there are no private keys in the repository.
static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let device = DeviceKey::generate("box".parse().unwrap()).unwrap();
    let recipient = RecipientKey::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.jwk");
    device.save(&path).unwrap();
    let private = std::fs::read_to_string(path).unwrap();
    Scene {
        forge: Forge::new(&private, recipient.public().as_json()),
        kid: recipient.kid().to_owned(),
        opener: Opener::new(recipient, [device.public().clone()].into_iter().collect()),
    }
});

/// An envelope, or what is inside of one. The first byte says how far the input gets before it is met: as it is (with
/// `KID` in it made our key's id), past the encryption, past the signature, or as the event of proper claims.
pub fn envelope(input: &[u8]) {
    let Scene { forge, opener, kid } = &*SCENE;
    let Some((&layer, content)) = input.split_first() else {
        return;
    };
    let header = forge.token_header();
    let bytes = match layer {
        b'0' => String::from_utf8_lossy(content).replace("KID", kid).into_bytes(),
        b'1' => forge.envelope(&Forge::protected(), content).to_string().into_bytes(),
        b'2' => {
            let token = forge.token(&header, content);
            forge
                .envelope(&Forge::protected(), token.as_bytes())
                .to_string()
                .into_bytes()
        }
        _ => {
            let event: Value = serde_json::from_slice(content).unwrap_or_default();
            let claims = json!({"iss": "box", "aud": [kid], "topic": TOPIC, "iat": 1, "event": event});
            let token = forge.token(&header, claims.to_string().as_bytes());
            forge
                .envelope(&Forge::protected(), token.as_bytes())
                .to_string()
                .into_bytes()
        }
    };
    match opener.open(&bytes, TOPIC) {
        Ok(event) => {
            assert!(layer >= b'1', "nobody outside has the device's key");
            assert!((event.device.as_str(), event.camera.as_str()) == ("box", "gate") && event.seq > 0);
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
        }
    }
}
