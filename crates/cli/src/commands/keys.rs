//! `luchs keys`: make keys, name the recipients of a device.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use luchs_scene::Name;
use luchs_seal::{DeviceKey, RecipientKey, RecipientPublic, Recipients};
use serde_json::json;

use crate::output::{Outcome, Sort as _, line};

/// The device's private signing key in a key folder.
const DEVICE_KEY: &str = "device.jwk";
/// The device's public key: readers verify with it.
const DEVICE_PUBLIC: &str = "device.pub.jwk";
/// The public keys that a device encrypts to.
const RECIPIENTS: &str = "recipients";
/// A reader's private key.
const RECIPIENT_KEY: &str = "recipient.jwk";
/// A reader's public key: devices encrypt to it.
const RECIPIENT_PUBLIC: &str = "recipient.pub.jwk";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make the key pair of a device or of a recipient
    Init(Init),
    /// Let one more recipient read a device's events
    AddRecipient(AddRecipient),
    /// Show the keys of a folder
    List(List),
}

#[derive(Args)]
pub(crate) struct Init {
    /// Make a device's signing key; its name becomes part of topics and events
    #[arg(long, value_name = "NAME", required_unless_present = "recipient")]
    device: Option<Name>,
    /// Make a recipient's key; the name is for people
    #[arg(long, value_name = "NAME", conflicts_with = "device")]
    recipient: Option<Name>,
    /// Folder for the keys; made if missing, for its owner only
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct AddRecipient {
    /// Folder of the device's keys
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Name of the file to keep it in; the key's id by default
    #[arg(long)]
    name: Option<Name>,
    /// The recipient's public key (recipient.pub.jwk)
    file: PathBuf,
}

#[derive(Args)]
pub(crate) struct List {
    /// Folder of the keys
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Init(arguments) => init(arguments),
        Command::AddRecipient(arguments) => add_recipient(&arguments),
        Command::List(arguments) => list(&arguments),
    }
}

fn init(arguments: Init) -> Outcome {
    let dir = &arguments.dir;
    make_private(dir)?;
    match (arguments.device, arguments.recipient) {
        (Some(device), _) => {
            let key = DeviceKey::generate(device).environment()?;
            key.save(&dir.join(DEVICE_KEY)).environment()?;
            key.public().save(&dir.join(DEVICE_PUBLIC)).environment()?;
            make_private(&dir.join(RECIPIENTS))?;
            line(format_args!("device {}, key {}", key.device(), key.kid()));
            line(format_args!(
                "  {}  signs; stays on this machine",
                dir.join(DEVICE_KEY).display()
            ));
            line(format_args!(
                "  {}  for everyone who verifies",
                dir.join(DEVICE_PUBLIC).display()
            ));
            line(format_args!(
                "next: luchs keys add-recipient --dir {} RECIPIENT.pub.jwk",
                dir.display()
            ));
        }
        (None, Some(recipient)) => {
            let key = RecipientKey::generate().environment()?;
            key.save(&dir.join(RECIPIENT_KEY)).environment()?;
            key.public().save(&dir.join(RECIPIENT_PUBLIC)).environment()?;
            line(format_args!("recipient {recipient}, key {}", key.kid()));
            line(format_args!(
                "  {}  decrypts; stays with {recipient}",
                dir.join(RECIPIENT_KEY).display()
            ));
            line(format_args!(
                "  {}  for every device that {recipient} may read",
                dir.join(RECIPIENT_PUBLIC).display()
            ));
        }
        (None, None) => return Err(anyhow!("give --device NAME or --recipient NAME")).usage(),
    }
    Ok(())
}

fn add_recipient(arguments: &AddRecipient) -> Outcome {
    let key = RecipientPublic::load(&arguments.file).usage()?;
    let dir = arguments.dir.join(RECIPIENTS);
    if !arguments.dir.join(DEVICE_KEY).exists() {
        let dir = arguments.dir.display();
        return Err(anyhow!(
            "{dir}: no {DEVICE_KEY} here; make it with: luchs keys init --device NAME --dir {dir}"
        ))
        .usage();
    }
    make_private(&dir)?;
    let name = arguments
        .name
        .as_ref()
        .map_or_else(|| key.kid().to_owned(), ToString::to_string);
    let path = dir.join(format!("{name}.jwk"));
    key.save(&path).environment()?;
    line(format_args!("recipient {}: {}", key.kid(), path.display()));
    Ok(())
}

fn list(arguments: &List) -> Outcome {
    let dir = &arguments.dir;
    let existing = |name: &str| Some(dir.join(name)).filter(|path| path.exists());
    let device = existing(DEVICE_KEY)
        .map(|path| DeviceKey::load(&path))
        .transpose()
        .usage()?;
    let reader = existing(RECIPIENT_KEY)
        .map(|path| RecipientKey::load(&path))
        .transpose()
        .usage()?;
    if device.is_none() && reader.is_none() {
        return Err(anyhow!(
            "{}: neither {DEVICE_KEY} nor {RECIPIENT_KEY} here; make one with: luchs keys init",
            dir.display()
        ))
        .usage();
    }
    // A new device has no recipients yet; that is worth showing, not an error.
    let has_recipients =
        existing(RECIPIENTS).is_some_and(|path| fs::read_dir(path).is_ok_and(|mut files| files.next().is_some()));
    let recipients = if has_recipients {
        Some(Recipients::load_dir(&dir.join(RECIPIENTS)).usage()?)
    } else {
        None
    };
    let kids: Vec<&str> = recipients
        .iter()
        .flat_map(Recipients::keys)
        .map(RecipientPublic::kid)
        .collect();
    if arguments.json {
        line(json!({
            "device": device.as_ref().map(|key| json!({"name": key.device(), "kid": key.kid()})),
            "recipients": kids,
            "recipient": reader.as_ref().map(|key| json!({"kid": key.kid()})),
        }));
        return Ok(());
    }
    if let Some(key) = device {
        line(format_args!("device     {}  {}", key.kid(), key.device()));
        if kids.is_empty() {
            line("no recipients: nobody can read this device's events, and it will not start");
        }
        for kid in kids {
            line(format_args!("reads      {kid}"));
        }
    }
    if let Some(key) = reader {
        line(format_args!("recipient  {}", key.kid()));
    }
    Ok(())
}

fn make_private(dir: &Path) -> Outcome {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("could not make the folder {}", dir.display()))
        .environment()
}
