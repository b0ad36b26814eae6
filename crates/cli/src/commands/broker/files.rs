//! The files of a broker's folder, and whom they belong to.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, chown},
    path::Path,
    process::Command,
};

use anyhow::{Context as _, anyhow};

use crate::output::{Outcome, Sort as _};

pub(super) const CONFIGURATION: &str = "mosquitto.conf";
pub(super) const ACCESS: &str = "acl";
pub(super) const AUTHORITY: &str = "ca.crt";
pub(super) const REVOKED: &str = "ca.crl";
pub(super) const CERTIFICATE: &str = "broker.crt";
pub(super) const KEY: &str = "broker.key";
pub(super) const DATA: &str = "data";

/// Who runs the broker.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) name: String,
    /// User and group by number, when files have to be given to them.
    ids: Option<(u32, u32)>,
}

impl Owner {
    /// The user of this name; without one `mosquitto` if we may give files away, and otherwise ourselves.
    pub(super) fn find(wanted: Option<&str>) -> Outcome<Self> {
        let us = id(&["-un"], None).environment()?;
        let root = id(&["-u"], None).environment()? == "0";
        let name = match wanted {
            Some(name) => name.to_owned(),
            None if root && id(&["-u"], Some("mosquitto")).is_ok() => "mosquitto".to_owned(),
            None => us.clone(),
        };
        if name == us {
            return Ok(Self { name, ids: None });
        }
        if !root {
            return Err(anyhow!(
                "only root can give files to user {name}: run this with sudo, or without --user"
            ))
            .usage();
        }
        let number = |what| id(&[what], Some(&name)).and_then(|text| Ok(text.parse::<u32>()?));
        let ids = Some((number("-u").usage()?, number("-g").usage()?));
        Ok(Self { name, ids })
    }

    /// The one whom an existing folder's files belong to.
    pub(super) fn of(dir: &Path) -> Outcome<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let path = dir.join(ACCESS);
        let meta = fs::metadata(&path)
            .with_context(|| path.display().to_string())
            .usage()?;
        Ok(Self {
            name: meta.uid().to_string(),
            ids: Some((meta.uid(), meta.gid())),
        })
    }

    /// Creates a file for this user only, beside its place, and puts it there whole.
    pub(super) fn write(&self, path: &Path, content: &[u8]) -> Outcome {
        let beside = path.with_added_extension("new");
        // Left behind by a power cut.
        let _removed = fs::remove_file(&beside);
        let write = || {
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(content)?;
            self.own(&beside)?;
            file.sync_all()?;
            fs::rename(&beside, path)
        };
        write()
            .with_context(|| format!("cannot write {}", path.display()))
            .environment()
    }

    /// Makes a folder for this user only.
    pub(super) fn make_dir(&self, path: &Path) -> Outcome {
        use std::os::unix::fs::DirBuilderExt as _;
        if path.is_dir() {
            return Ok(());
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.and_then(|()| self.own(path))
            .with_context(|| format!("cannot make the folder {}", path.display()))
            .environment()
    }

    fn own(&self, path: &Path) -> std::io::Result<()> {
        match self.ids {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}

/// What `id` says, of us or of another user.
fn id(what: &[&str], user: Option<&str>) -> anyhow::Result<String> {
    let output = Command::new("id")
        .args(what)
        .arg("--")
        .args(user)
        .output()
        .context("cannot run id")?;
    if !output.status.success() {
        let name = user.unwrap_or_default();
        return Err(anyhow!(
            "there is no user {name} here: install mosquitto first, or give another with --user"
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
