//! Certificates of an authority elsewhere: the private key never leaves this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use luchs_seal::pki::{Certificate, PkiError, PrivateKey, Request, Usage};

use super::{
    authority::{Whose, key_of},
    files::make_private,
};
use crate::output::{Outcome, Sort as _, line};

#[derive(Args)]
pub(crate) struct Make {
    #[command(flatten)]
    whose: Whose,
    /// Folder for NAME.key and NAME.csr; made if missing, for its owner only. A key that is there is kept
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

#[derive(Args)]
pub(crate) struct Install {
    /// Folder with the private key, where the certificate is put beside it
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The authority's certificate, to check that others will accept ours
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// The certificate that came back (PEM), followed by those between it and the authority if there are any
    file: PathBuf,
}

pub(super) fn make(arguments: &Make) -> Outcome {
    let (name, usage) = arguments.whose.parts()?;
    make_private(&arguments.dir)?;
    let key = key_of(&arguments.dir.join(format!("{name}.key")))?;
    let path = arguments.dir.join(format!("{name}.csr"));
    Request::new(name, &usage, &key)
        .environment()?
        .save(&path)
        .environment()?;
    line(format_args!("request: {}", path.display()));
    line(format_args!(
        "next, with what comes back: luchs keys install --dir {} --ca CA.crt {name}.crt",
        arguments.dir.display()
    ));
    Ok(())
}

pub(super) fn install(arguments: &Install) -> Outcome {
    let (dir, file) = (&arguments.dir, &arguments.file);
    let certificate = Certificate::load(file).usage()?;
    let Some(name) = certificate.name() else {
        return Err(PkiError::Nameless { path: file.clone() }).usage();
    };
    let key_path = dir.join(format!("{name}.key"));
    if !key_path.exists() {
        return Err(anyhow!(
            "{}: no such key; the certificate {} is for {name}",
            key_path.display(),
            file.display()
        ))
        .usage();
    }
    if !certificate.belongs_to(&PrivateKey::load(&key_path).usage()?) {
        let certificate = file.clone();
        return Err(PkiError::NotItsKey {
            certificate,
            key: key_path,
        })
        .usage();
    }
    check(&certificate, file, &arguments.ca)?;
    let path = dir.join(format!("{name}.crt"));
    certificate.save(&path).environment()?;
    line(format_args!(
        "{name}: {}, valid until {}",
        path.display(),
        certificate.expires().environment()?
    ));
    Ok(())
}

/// Whether others will accept it as the certificate of a client or of a server.
fn check(certificate: &Certificate, path: &Path, ca: &Path) -> Outcome {
    let authority = Certificate::load(ca).usage()?;
    let as_client = certificate.check(&authority, &Usage::Client);
    let as_server = certificate.check(&authority, &Usage::Server(Vec::new()));
    if let (Err(reason), Err(_)) = (as_client, as_server) {
        let (certificate, authority) = (path.to_owned(), ca.to_owned());
        return Err(PkiError::NotIssued {
            certificate,
            authority,
            reason,
        })
        .context("not installed")
        .usage();
    }
    Ok(())
}
