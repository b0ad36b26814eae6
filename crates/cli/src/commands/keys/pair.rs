//! Key pairs of devices and recipients: made, and changed for new ones with an overlap.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::{ArgGroup, Args};
use luchs_scene::Name;
use luchs_seal::{DeviceKey, DevicePublic, KeyError, RecipientKey};

use super::files::{DEVICE_KEY, DEVICE_PUBLIC, RECIPIENT_KEY, RECIPIENT_PUBLIC, RECIPIENTS, make_private};
use crate::output::{Outcome, Sort as _, line, note};

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
pub(crate) struct Rotate {
    /// Folder of the device's or the recipient's keys
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The overlap is over: the new key takes the place of the old one
    #[arg(long)]
    finish: bool,
}

pub(super) fn init(arguments: Init) -> Outcome {
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

/// First the new key beside the old one; then, when everyone has it, in its place.
pub(super) fn rotate(arguments: &Rotate) -> Outcome {
    let dir = &arguments.dir;
    let (device, recipient) = (dir.join(DEVICE_KEY), dir.join(RECIPIENT_KEY));
    let (key, public) = match (device.exists(), recipient.exists()) {
        (true, false) => (device, dir.join(DEVICE_PUBLIC)),
        (false, true) => (recipient, dir.join(RECIPIENT_PUBLIC)),
        (true, true) => {
            return Err(anyhow!(
                "{}: keys of a device and of a recipient: give each a folder of its own",
                dir.display()
            ))
            .usage();
        }
        (false, false) => {
            return Err(anyhow!(
                "{}: neither {DEVICE_KEY} nor {RECIPIENT_KEY} here: there is nothing to change",
                dir.display()
            ))
            .usage();
        }
    };
    let is_device = key.ends_with(DEVICE_KEY);
    if arguments.finish {
        return finish(&key, &public, is_device);
    }
    let (next, next_public) = (beside(&key, "next"), beside(&public, "next"));
    let kid = if is_device {
        let new = DeviceKey::generate(DeviceKey::load(&key).usage()?.device().clone()).environment()?;
        save_pair(
            &next,
            &next_public,
            |path| new.save(path),
            |path| new.public().save(path),
        )?;
        new.kid().to_owned()
    } else {
        let old = RecipientKey::load(&key).usage()?;
        let new = old.public().name().map_or_else(RecipientKey::generate, |name| {
            RecipientKey::generate_named(name.clone())
        });
        let new = new.environment()?;
        save_pair(
            &next,
            &next_public,
            |path| new.save(path),
            |path| new.public().save(path),
        )?;
        new.kid().to_owned()
    };
    let (dir, next_public) = (dir.display(), next_public.display());
    line(format_args!("new key {kid}; the old one stays in use"));
    if is_device {
        line(format_args!(
            "next: copy {next_public} to where each reader has the keys of its devices (--trust)"
        ));
        line(format_args!(
            "then: luchs keys rotate --finish --dir {dir}, and start the device's pipelines again"
        ));
    } else {
        line(format_args!(
            "next: start the reader again with --recipient-key {dir}: it reads with both keys"
        ));
        line(format_args!(
            "then, on each device: luchs keys add-recipient --dir DEVICE {next_public}"
        ));
        line(format_args!("then: luchs keys rotate --finish --dir {dir}"));
        line("then, on each device: luchs keys remove-recipient with the old key's id");
    }
    Ok(())
}

fn finish(key: &Path, public: &Path, is_device: bool) -> Outcome {
    let (next, next_public) = (beside(key, "next"), beside(public, "next"));
    // The public half alone: an earlier try was cut off in between.
    if !next.exists() && !next_public.exists() {
        return Err(anyhow!(
            "{}: no key to change to; make it with: luchs keys rotate --dir DIR",
            next.display()
        ))
        .usage();
    }
    if next.exists() {
        if is_device {
            DeviceKey::load(&next).usage()?;
            // What was signed before is still on its way: readers need the old public key until it has come.
            let old = DevicePublic::load(public).usage()?;
            let kept = beside(public, "old");
            remove(&kept)?;
            old.save(&kept).environment()?;
        } else {
            RecipientKey::load(&next).usage()?;
            // What was encrypted before is still on its way.
            let kept = beside(key, "old");
            if kept.exists() {
                return Err(anyhow!(
                    "{}: the key before this one: delete it first, when nothing comes for it any more",
                    kept.display()
                ))
                .usage();
            }
            fs::hard_link(key, &kept)
                .with_context(|| kept.display().to_string())
                .environment()?;
        }
        rename(&next, key)?;
    }
    if next_public.exists() {
        rename(&next_public, public)?;
    }
    if is_device {
        let kid = DeviceKey::load(key).usage()?.kid().to_owned();
        line(format_args!(
            "key {kid} signs from the next start on; the old private key is deleted"
        ));
        line("when all events from before have come, remove the old public key from the readers' folders");
    } else {
        let (key, kept) = (RecipientKey::load(key).usage()?, beside(key, "old"));
        line(format_args!(
            "key {} is the recipient's key; the old one is kept as {}",
            key.kid(),
            kept.display()
        ));
        line("delete that when no device encrypts to it any more and all events from before have come");
    }
    Ok(())
}

/// `device.jwk` and `next` give `device.next.jwk`.
fn beside(path: &Path, what: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name
        .split_once('.')
        .map_or_else(|| name.to_string(), |(stem, rest)| format!("{stem}.{what}.{rest}"));
    path.with_file_name(name)
}

fn rename(from: &Path, to: &Path) -> Outcome {
    fs::rename(from, to)
        .with_context(|| to.display().to_string())
        .environment()
}

fn remove(path: &Path) -> Outcome {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| path.display().to_string()).environment()
        }
        _ => Ok(()),
    }
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
