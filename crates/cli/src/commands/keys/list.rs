//! What a folder of keys and certificates holds.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::anyhow;
use clap::Args;
use luchs_scene::Utc;
use luchs_seal::{
    DeviceKey, DevicePublic, RecipientKey, RecipientPublic, Recipients,
    pki::{Authority, Certificate, Request},
};
use serde_json::{Value, json};

use super::files::{AUTHORITY_KEY, DEVICE_KEY, DEVICE_PUBLIC, RECIPIENT_KEY, RECIPIENT_PUBLIC, RECIPIENTS};
use crate::output::{Outcome, Sort as _, data, line};

#[derive(Args)]
pub(crate) struct List {
    /// Folder of the keys
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Show {
    /// A key (*.jwk), certificate (*.crt) or request (*.csr)
    file: PathBuf,
}

/// A pair whose halves are of two keys: readers would be given the wrong one.
fn check_pair(private: &str, public: &str, path: &Path) -> Outcome {
    if private == public {
        return Ok(());
    }
    Err(anyhow!(
        "{}: this is the public half of another key ({public}, not {private}): put the right one there",
        path.display()
    ))
    .usage()
}

/// What was found in the folder.
struct Found {
    device: Option<DeviceKey>,
    reader: Option<RecipientKey>,
    recipients: Option<Recipients>,
    /// File and certificate.
    certificates: Vec<(String, Certificate)>,
    authority: Option<Authority>,
    /// The new key, while one is being changed.
    next: Option<String>,
}

pub(super) fn list(arguments: &List) -> Outcome {
    let found = Found::look(&arguments.dir)?;
    if arguments.json {
        data(found.json()?);
        return Ok(());
    }
    found.tell()
}

impl Found {
    fn look(dir: &Path) -> Outcome<Self> {
        let existing = |name: &str| Some(dir.join(name)).filter(|path| path.exists());
        let device = existing(DEVICE_KEY)
            .map(|path| DeviceKey::load(&path))
            .transpose()
            .usage()?;
        let reader = existing(RECIPIENT_KEY)
            .map(|path| RecipientKey::load(&path))
            .transpose()
            .usage()?;
        if let (Some(key), Some(path)) = (&device, existing(DEVICE_PUBLIC)) {
            check_pair(key.kid(), DevicePublic::load(&path).usage()?.kid(), &path)?;
        }
        if let (Some(key), Some(path)) = (&reader, existing(RECIPIENT_PUBLIC)) {
            check_pair(key.kid(), RecipientPublic::load(&path).usage()?.kid(), &path)?;
        }
        let authority = existing(AUTHORITY_KEY)
            .map(|_| Authority::open(dir))
            .transpose()
            .usage()?;
        let certificates = certificates(dir)?;
        if device.is_none() && reader.is_none() && certificates.is_empty() {
            return Err(anyhow!(
                "{}: neither {DEVICE_KEY} nor {RECIPIENT_KEY} nor certificates here; make one with: luchs keys init",
                dir.display()
            ))
            .usage();
        }
        // A new device has no recipients yet; that is worth showing, not an error.
        let has_recipients =
            existing(RECIPIENTS).is_some_and(|path| fs::read_dir(path).is_ok_and(|mut files| files.next().is_some()));
        let recipients = has_recipients
            .then(|| Recipients::load_dir(&dir.join(RECIPIENTS)))
            .transpose()
            .usage()?;
        let next = match (existing("device.next.jwk"), existing("recipient.next.jwk")) {
            (Some(path), _) => Some(DeviceKey::load(&path).usage()?.kid().to_owned()),
            (None, Some(path)) => Some(RecipientKey::load(&path).usage()?.kid().to_owned()),
            (None, None) => None,
        };
        Ok(Self {
            device,
            reader,
            recipients,
            certificates,
            authority,
            next,
        })
    }

    fn recipients(&self) -> impl Iterator<Item = &RecipientPublic> {
        self.recipients.iter().flat_map(Recipients::keys)
    }

    fn json(&self) -> Outcome<Value> {
        let mut certificates = Vec::new();
        for (file, certificate) in &self.certificates {
            let mut entry = described(certificate)?;
            entry["file"] = file.as_str().into();
            certificates.push(entry);
        }
        let mut issued = Vec::new();
        for one in self.authority.iter().map(Authority::issued) {
            for one in one.usage()? {
                let mut entry = described(&one.certificate)?;
                entry["revoked"] = json!(one.revoked);
                issued.push(entry);
            }
        }
        let (device, reader) = (self.device.as_ref(), self.reader.as_ref());
        Ok(json!({
            "device": device.map(|key| json!({"name": key.device(), "kid": key.kid()})),
            "recipients": self.recipients().map(RecipientPublic::kid).collect::<Vec<_>>(),
            "recipient": reader.map(|key| json!({"name": key.public().name(), "kid": key.kid()})),
            "next": self.next,
            "certificates": certificates,
            "issued": issued,
        }))
    }

    fn tell(&self) -> Outcome {
        if let Some(key) = &self.device {
            line(format_args!("device     {}  {}", key.kid(), key.device()));
            if self.recipients().next().is_none() {
                line("no recipients: nobody can read this device's events, and it will not start");
            }
            for key in self.recipients() {
                line(format_args!("reads      {}{}", key.kid(), named(key)));
            }
        }
        if let Some(key) = &self.reader {
            line(format_args!("recipient  {}{}", key.kid(), named(key.public())));
        }
        if let Some(kid) = &self.next {
            line(format_args!("next       {kid}  (see: luchs keys rotate --finish)"));
        }
        for (file, certificate) in &self.certificates {
            line(format_args!("{file}: {}", sentence(certificate)?));
        }
        for issued in self.authority.iter().map(Authority::issued) {
            for one in issued.usage()? {
                let state = match one.revoked {
                    Some(time) => format!("{}, REVOKED on {}", one.certificate.title(), day(time)),
                    None => sentence(&one.certificate)?,
                };
                line(format_args!(
                    "issued     {}  {state}",
                    one.certificate.serial().environment()?
                ));
            }
        }
        Ok(())
    }
}

/// The certificates of a folder, by their files' names.
fn certificates(dir: &Path) -> Outcome<Vec<(String, Certificate)>> {
    let mut certificates = Vec::new();
    for entry in fs::read_dir(dir)
        .map_err(|error| anyhow!("{}: {error}", dir.display()))
        .usage()?
    {
        let path = entry.environment()?.path();
        if path.extension().is_some_and(|ending| ending == "crt") {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            certificates.push((file, Certificate::load(&path).usage()?));
        }
    }
    certificates.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(certificates)
}

pub(super) fn show(arguments: &Show) -> Outcome {
    let path = &arguments.file;
    let text = fs::read(path)
        .map_err(|error| anyhow!("{}: {error}", path.display()))
        .usage()?;
    let has = |what: &str| text.windows(what.len()).any(|part| part == what.as_bytes());
    if has("-----BEGIN CERTIFICATE REQUEST-----") {
        line(format_args!("request of {}", Request::load(path).usage()?.name()));
    } else if has("-----BEGIN CERTIFICATE-----") {
        let certificate = Certificate::load(path).usage()?;
        line(sentence(&certificate)?);
        line(format_args!(
            "issued by {}, serial {}",
            certificate.issuer(),
            certificate.serial().environment()?
        ));
        line(format_args!("valid from {}", certificate.begins().environment()?));
        line(format_args!("valid until {}", certificate.expires().environment()?));
    } else if let Ok(key) = DevicePublic::parse(&text) {
        line(format_args!("public key of device {}: {}", key.device(), key.kid()));
    } else if let Ok(key) = RecipientPublic::parse(&text) {
        line(format_args!("public key of a recipient: {}{}", key.kid(), named(&key)));
    } else if let Ok(key) = DeviceKey::load(path) {
        line(format_args!("private key of device {}: {}", key.device(), key.kid()));
    } else {
        // The last guess gives the reason.
        let key = RecipientKey::load(path).usage()?;
        line(format_args!(
            "private key of a recipient: {}{}",
            key.kid(),
            named(key.public())
        ));
    }
    Ok(())
}

fn described(certificate: &Certificate) -> Outcome<Value> {
    let expires = certificate.expires().environment()?;
    Ok(json!({
        "name": certificate.title(),
        "authority": certificate.is_authority(),
        "addresses": certificate.addresses(),
        "serial": certificate.serial().environment()?,
        "expires": expires,
        "days_left": days_left(expires),
    }))
}

/// Whose it is and how long it lasts.
fn sentence(certificate: &Certificate) -> Outcome<String> {
    let expires = certificate.expires().environment()?;
    let kind = if certificate.is_authority() { "authority " } else { "" };
    let addresses = certificate.addresses();
    let at = if addresses.is_empty() {
        String::new()
    } else {
        format!(" at {}", addresses.join(", "))
    };
    let state = match days_left(expires) {
        left @ ..0 => format!("EXPIRED {} days ago, on {}", -left, day(expires)),
        left => format!("valid for {left} days, until {}", day(expires)),
    };
    Ok(format!("{kind}{}{at}, {state}", certificate.title()))
}

fn day(time: Utc) -> String {
    time.to_string().chars().take(10).collect()
}

/// Whole days from now; below 0 when it is over.
fn days_left(expires: Utc) -> i64 {
    (expires.unix_millis() - Utc::from(SystemTime::now()).unix_millis()).div_euclid(86_400_000)
}

fn named(key: &RecipientPublic) -> String {
    key.name().map(|name| format!("  {name}")).unwrap_or_default()
}
