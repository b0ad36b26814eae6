//! Who may read a device's events.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use clap::Args;
use luchs_scene::Name;
use luchs_seal::RecipientPublic;

use super::files::{DEVICE_KEY, RECIPIENTS, make_private};
use crate::output::{Outcome, Sort as _, line, note};

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

pub(super) fn add_recipient(arguments: &AddRecipient) -> Outcome {
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

pub(super) fn remove_recipient(arguments: &RemoveRecipient) -> Outcome {
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
