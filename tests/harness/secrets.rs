//! What no program may print: private keys in any common spelling, passwords, and the content of events. Every [`Process`] and
//! every run of the `luchs` command by a [`Site`] is held against it.
//!
//! [`Process`]: crate::Process
//! [`Site`]: crate::Site

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use openssl::pkey::PKey;

/// Spellings of each secret of this test process, by where it came from.
static SECRETS: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

/// In the text of any event, whoever wrote it.
const EVENT: &str = "luchs.event/1";
/// What a private key in a file always has, and an event that is printed for debugging.
const ALWAYS: [(&str, &str); 4] = [
    ("PRIVATE KEY-----", "a private key in PEM"),
    ("\"d\":\"", "a private JWK"),
    ("\"d\": \"", "a private JWK"),
    ("TrackedObject {", "an event"),
];

/// Remembers all private keys below `folder`: `*.jwk` and `*.key`.
pub fn keep_files(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            keep_files(&path);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "jwk" || extension == "key")
        {
            keep_file(&path);
        }
    }
}

/// Remembers the private key in this file, if there is one.
pub fn keep_file(path: &Path) {
    let text = fs::read_to_string(path).unwrap_or_default();
    let private = private_number(&text);
    if private.is_empty() {
        return;
    }
    let mut spellings = vec![
        BASE64_URL_SAFE_NO_PAD.encode(&private),
        BASE64_STANDARD_NO_PAD.encode(&private),
        hex(&private),
        hex(&private).to_uppercase(),
        format!("{private:?}").trim_matches(['[', ']']).to_owned(),
    ];
    // Each line of a PEM file that holds enough of the key.
    let lines = text
        .lines()
        .filter(|line| line.len() >= 40 && !line.contains(['-', '"', ' ']));
    spellings.extend(lines.map(str::to_owned));
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    secrets.insert(format!("the private key of {}", path.display()), spellings);
}

/// Remembers the password of a camera's user, as it is and as it travels: percent-encoded in an address, in base64 with
/// its user in a header.
pub fn keep_password(user: &str, password: &str) {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let percent: String = password
        .bytes()
        .map(|byte| {
            if is_plain(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let header = BASE64_STANDARD_NO_PAD.encode(format!("{user}:{password}"));
    let mut secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let spellings = secrets.entry(format!("the password of {user}")).or_default();
    // A user's old password stays a secret.
    spellings.extend([password.to_owned(), percent.to_lowercase(), percent, header]);
}

/// What of all that is in `output`, by name; never the secret itself.
pub fn leaks(output: &[u8], may_show_events: bool) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let shown = |spellings: &Vec<String>| spellings.iter().any(|spelling| text.contains(spelling));
    let keys = secrets.iter().filter(|(_, spellings)| shown(spellings));
    let mut found: Vec<String> = keys.map(|(what, _)| what.clone()).collect();
    found.extend(
        ALWAYS
            .iter()
            .filter(|(mark, _)| text.contains(mark))
            .map(|(_, what)| (*what).to_owned()),
    );
    let plain = text.contains(EVENT) || encoded(EVENT).iter().any(|mark| text.contains(mark));
    if plain && !may_show_events {
        found.push("the content of an event".to_owned());
    }
    found
}

/// The 32 bytes that make a P-256 key private.
fn private_number(text: &str) -> Vec<u8> {
    if let Ok(jwk) = serde_json::from_str::<serde_json::Value>(text) {
        let d = jwk["d"].as_str().unwrap_or_default();
        return BASE64_URL_SAFE_NO_PAD.decode(d).unwrap_or_default();
    }
    let key = PKey::private_key_from_pem(text.as_bytes()).and_then(|key| key.ec_key());
    key.and_then(|key| key.private_key().to_vec_padded(32))
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The three ways in which text looks in base64, by where it begins; without the ends, which depend on what is around.
fn encoded(text: &str) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let padded = [&vec![0; before], text.as_bytes()].concat();
        let whole = &padded[..padded.len() / 3 * 3];
        let code = BASE64_STANDARD_NO_PAD.encode(whole);
        code[if before == 0 { 0 } else { 4 }..].to_owned()
    })
}
