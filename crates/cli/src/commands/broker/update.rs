//! Newer papers for a broker that is set up.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use luchs_seal::pki::{Certificate, PkiError, PrivateKey, Revocations};

use super::{
    files::{AUTHORITY, CERTIFICATE, CONFIGURATION, KEY, Owner, REVOKED},
    init::check,
};
use crate::output::{Outcome, Sort as _, line, note};

#[derive(Args)]
pub(crate) struct Update {
    /// Folder of the broker
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The authority's list of revoked certificates (ca.crl)
    #[arg(required_unless_present = "cert")]
    crl: Option<PathBuf>,
    /// The broker's renewed certificate
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Its private key, if that is a new one
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

pub(super) fn update(arguments: &Update) -> Outcome {
    let dir = &arguments.dir;
    let owner = Owner::of(dir)?;
    let authority = dir.join(AUTHORITY);
    // All is checked before anything is changed.
    let list = arguments
        .crl
        .as_ref()
        .map(|path| Revocations::load(path, &authority))
        .transpose()
        .usage()?;
    if let (Some(list), Some(path)) = (&list, &arguments.crl) {
        let current = dir.join(REVOKED);
        if current.exists() {
            let current = Revocations::load(&current, &authority).usage()?;
            if list.is_older_than(&current).usage()? {
                return Err(PkiError::OlderList {
                    path: path.clone(),
                    found: list.made().usage()?,
                    current: current.made().usage()?,
                })
                .usage();
            }
        }
    }
    if let Some(path) = &arguments.cert {
        let certificate = Certificate::load(path).usage()?;
        let key_path = arguments.key.clone().unwrap_or_else(|| dir.join(KEY));
        let key = private_key(&key_path)?;
        check(
            &certificate,
            path,
            &key,
            &key_path,
            &Certificate::load(&authority).usage()?,
            &authority,
        )?;
        if arguments.key.is_some() {
            owner.write(&dir.join(KEY), &key.pem().environment()?)?;
        }
        owner.write(&dir.join(CERTIFICATE), &certificate.pem().environment()?)?;
        line(format_args!(
            "certificate valid until {}",
            certificate.expires().environment()?
        ));
    }
    if let Some(list) = list {
        owner.write(&dir.join(REVOKED), &list.pem().environment()?)?;
        line(format_args!("{} certificates are revoked", list.count()));
        let path = dir.join(CONFIGURATION);
        let text = fs::read_to_string(&path)
            .with_context(|| path.display().to_string())
            .usage()?;
        if !text.lines().any(|line| line.starts_with("crlfile ")) {
            let list = std::path::absolute(dir.join(REVOKED)).usage()?;
            note(format_args!(
                "{} has no list yet: add “crlfile {}” below certfile",
                path.display(),
                list.display()
            ));
        }
    }
    line("next: start the broker again");
    Ok(())
}

/// The broker's key may be another user's; then only root gets here.
fn private_key(path: &std::path::Path) -> Outcome<PrivateKey> {
    PrivateKey::load(path)
        .map_err(|error| anyhow!("{error}; or give the key with --key"))
        .usage()
}
