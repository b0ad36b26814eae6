//! `luchs keys`: make keys, name the recipients of a device.

use std::{
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{ArgGroup, Args, Subcommand};
use luchs_scene::Name;
use luchs_seal::{DeviceKey, DevicePublic, KeyError, RecipientKey, RecipientPublic, Recipients};
use serde_json::json;

use crate::output::{Outcome, Sort as _, data, line, note};

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
    /// Let a recipient read no events that are made from now on
    RemoveRecipient(RemoveRecipient),
    /// Show the keys of a folder
    List(List),
}

#[derive(Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["device", "recipient"])))]
pub(crate) struct Init {
    /// Make a device's signing key; its name becomes part of topics and events
    #[arg(long, value_name = "NAME")]
    device: Option<Name>,
    /// Make a recipient's key; the name is for people, and kept in the key
    #[arg(long, value_name = "NAME")]
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
    /// Name of the file to keep it in; by default the recipient's name if the key has one and it is free, or else the
    /// key's thumbprint
    #[arg(long)]
    name: Option<Name>,
    /// The recipient's public key (recipient.pub.jwk)
    file: PathBuf,
}

#[derive(Args)]
pub(crate) struct RemoveRecipient {
    /// Folder of the device's keys
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The recipient's name, key id or file name, as `luchs keys list` shows them
    recipient: String,
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
        Command::RemoveRecipient(arguments) => remove_recipient(&arguments),
        Command::List(arguments) => list(&arguments),
    }
}

fn init(arguments: Init) -> Outcome {
    let dir = &arguments.dir;
    make_private(dir)?;
    match (arguments.device, arguments.recipient) {
        (Some(device), _) => {
            let key = DeviceKey::generate(device).environment()?;
            let (private, public) = (dir.join(DEVICE_KEY), dir.join(DEVICE_PUBLIC));
            save_pair(&private, &public, |path| key.save(path), |path| key.public().save(path))?;
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
            let key = RecipientKey::generate_named(recipient.clone()).environment()?;
            let (private, public) = (dir.join(RECIPIENT_KEY), dir.join(RECIPIENT_PUBLIC));
            save_pair(&private, &public, |path| key.save(path), |path| key.public().save(path))?;
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

/// Both or neither: a private key whose public half is missing is of no use and in the way.
fn save_pair(
    private: &Path,
    public: &Path,
    save_private: impl FnOnce(&Path) -> Result<(), KeyError>,
    save_public: impl FnOnce(&Path) -> Result<(), KeyError>,
) -> Outcome {
    for path in [private, public] {
        if path.symlink_metadata().is_ok() {
            return Err(KeyError::Exists { path: path.to_owned() }).environment();
        }
    }
    save_private(private).environment()?;
    save_public(public)
        .inspect_err(|_| {
            if let Err(error) = fs::remove_file(private) {
                note(format_args!("{}: {error}", private.display()));
            }
        })
        .environment()
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
    for (file, other) in recipient_files(&dir).environment()? {
        if other.kid() == key.kid() || other.thumbprint() == key.thumbprint() {
            return Err(anyhow!("{}: already a recipient: {}", key.kid(), file.display())).usage();
        }
    }
    let path = |name: &str| dir.join(format!("{name}.jwk"));
    let own = key.name().map(Name::as_str).filter(|name| !path(name).exists());
    // Never the key's id, which may be anything.
    let name = arguments.name.as_ref().map(Name::as_str).or(own);
    let path = path(name.unwrap_or(key.thumbprint()));
    key.save(&path).environment()?;
    line(format_args!("recipient {}: {}", key.kid(), path.display()));
    Ok(())
}

fn remove_recipient(arguments: &RemoveRecipient) -> Outcome {
    let wanted = arguments.recipient.as_str();
    let dir = arguments.dir.join(RECIPIENTS);
    let mut files = recipient_files(&dir).usage()?;
    let before = files.len();
    let is_wanted = |(path, key): &(PathBuf, RecipientPublic)| {
        key.kid() == wanted
            || key.name().is_some_and(|name| name.as_str() == wanted)
            || [path.file_stem(), path.file_name()].contains(&Some(wanted.as_ref()))
    };
    files.retain(is_wanted);
    let (path, key) = match files.as_slice() {
        [one] => one,
        [] => {
            return Err(anyhow!(
                "{}: no recipient “{wanted}” here; see: luchs keys list",
                dir.display()
            ))
            .usage();
        }
        _ => {
            return Err(anyhow!(
                "{}: several recipients are called “{wanted}”: give the key id",
                dir.display()
            ))
            .usage();
        }
    };
    fs::remove_file(path)
        .with_context(|| path.display().to_string())
        .environment()?;
    line(format_args!("removed {} ({})", key.kid(), path.display()));
    if before == 1 {
        note("no recipients are left: a running device keeps to the ones it had, and it will not start again");
    }
    Ok(())
}

/// The files of a folder that hold one recipient each.
fn recipient_files(dir: &Path) -> anyhow::Result<Vec<(PathBuf, RecipientPublic)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if let Ok(key) = RecipientPublic::load(&path) {
            files.push((path, key));
        }
    }
    Ok(files)
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
    if let (Some(key), Some(path)) = (&device, existing(DEVICE_PUBLIC)) {
        check_pair(key.kid(), DevicePublic::load(&path).usage()?.kid(), &path)?;
    }
    if let (Some(key), Some(path)) = (&reader, existing(RECIPIENT_PUBLIC)) {
        check_pair(key.kid(), RecipientPublic::load(&path).usage()?.kid(), &path)?;
    }
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
        data(json!({
            "device": device.as_ref().map(|key| json!({"name": key.device(), "kid": key.kid()})),
            "recipients": kids,
            "recipient": reader.as_ref().map(|key| json!({"name": key.public().name(), "kid": key.kid()})),
        }));
        return Ok(());
    }
    if let Some(key) = device {
        line(format_args!("device     {}  {}", key.kid(), key.device()));
        if kids.is_empty() {
            line("no recipients: nobody can read this device's events, and it will not start");
        }
        for key in recipients.iter().flat_map(Recipients::keys) {
            line(format_args!("reads      {}{}", key.kid(), named(key)));
        }
    }
    if let Some(key) = reader {
        line(format_args!("recipient  {}{}", key.kid(), named(key.public())));
    }
    Ok(())
}

fn named(key: &RecipientPublic) -> String {
    key.name().map(|name| format!("  {name}")).unwrap_or_default()
}

fn make_private(dir: &Path) -> Outcome {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("could not make the folder {}", dir.display()))
        .environment()
}
