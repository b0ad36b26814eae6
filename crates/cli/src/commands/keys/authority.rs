//! A site's own certificate authority.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use luchs_scene::Name;
use luchs_seal::pki::{Address, Authority, Certificate, PkiError, PrivateKey, Request, Usage, Validity};

use super::files::make_private;
use crate::output::{Outcome, Sort as _, line};

#[derive(Args)]
pub(crate) struct Create {
    /// Folder for the authority; made if missing, for its owner only. Keep it where nobody else comes
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The authority's name, for people
    #[arg(long, value_name = "TEXT", default_value = "Luchs site authority")]
    name: String,
    /// How long it is valid; nothing that it issues is valid for longer
    #[arg(long, value_name = "DAYS", default_value_t = 3650)]
    days: u32,
}

#[derive(Args)]
pub(crate) struct Issue {
    /// Folder of the authority
    #[arg(long, value_name = "DIR")]
    authority: PathBuf,
    #[command(flatten)]
    whose: Whose,
    /// Folder for NAME.crt and NAME.key; made if missing, for its owner only
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// A request (NAME.csr) of whoever keeps the private key; without it the key is made here as well
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// How long it is valid
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    days: u32,
}

/// Whose certificate it is to be.
#[derive(Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["client", "server"])))]
pub(crate) struct Whose {
    /// Of a device or a reader; its name is the user at the broker, and for a device that of its signing key
    #[arg(long, value_name = "NAME")]
    client: Option<Name>,
    /// Of the broker
    #[arg(long, value_name = "NAME", requires = "address")]
    server: Option<Name>,
    /// Where the broker is reached; once for each name or address
    #[arg(long, value_name = "HOST|IP", conflicts_with = "client")]
    address: Vec<Address>,
}

#[derive(Args)]
pub(crate) struct Revoke {
    /// Folder of the authority
    #[arg(long, value_name = "DIR")]
    authority: PathBuf,
    /// A name, whose certificates are all taken back, or the file of one certificate
    #[arg(value_name = "NAME|FILE")]
    whose: String,
}

impl Whose {
    /// Name and use, of which clap has let one pass.
    pub(super) fn parts(&self) -> Outcome<(&Name, Usage)> {
        match (&self.client, &self.server) {
            (Some(name), None) => Ok((name, Usage::Client)),
            (None, Some(name)) => Ok((name, Usage::Server(self.address.clone()))),
            _ => Err(anyhow::anyhow!("give --client NAME or --server NAME")).usage(),
        }
    }
}

pub(super) fn create(arguments: &Create) -> Outcome {
    let validity = Validity::days(arguments.days).usage()?;
    let authority = Authority::create(&arguments.dir, &arguments.name, validity).environment()?;
    let dir = arguments.dir.display();
    line(format_args!(
        "authority “{}”, valid until {}",
        authority.certificate().title(),
        authority.certificate().expires().environment()?
    ));
    line(format_args!(
        "  {dir}/ca.key  issues and revokes; whoever has it can be anyone"
    ));
    line(format_args!(
        "  {dir}/ca.crt  for everyone who connects, and the broker"
    ));
    line(format_args!("  {dir}/ca.crl  what is revoked, for the broker"));
    Ok(())
}

pub(super) fn issue(arguments: &Issue) -> Outcome {
    let authority = Authority::open(&arguments.authority).usage()?;
    let validity = Validity::days(arguments.days).usage()?;
    let (name, usage) = arguments.whose.parts()?;
    make_private(&arguments.dir)?;
    let file = |ending: &str| arguments.dir.join(format!("{name}.{ending}"));
    let (path, key_path) = (file("crt"), file("key"));
    let certificate = if let Some(path) = &arguments.request {
        let request = Request::load(path).usage()?;
        if request.name() != name {
            return Err(PkiError::OtherName {
                path: path.clone(),
                found: request.name().clone(),
                wanted: name.clone(),
            })
            .usage();
        }
        authority.grant(name, &request, &usage, validity).environment()?
    } else {
        let key = key_of(&key_path)?;
        authority.issue(name, &key, &usage, validity).environment()?
    };
    certificate.save(&path).environment()?;
    line(format_args!(
        "{name}: {}, valid until {}",
        path.display(),
        certificate.expires().environment()?
    ));
    Ok(())
}

/// The key of this file, made if it is not there: a certificate that is renewed keeps its key.
pub(super) fn key_of(path: &Path) -> Outcome<PrivateKey> {
    if path.symlink_metadata().is_ok() {
        return PrivateKey::load(path).usage();
    }
    let key = PrivateKey::generate().environment()?;
    key.save(path).environment()?;
    line(format_args!("new private key: {}", path.display()));
    Ok(key)
}

pub(super) fn revoke(arguments: &Revoke) -> Outcome {
    let authority = Authority::open(&arguments.authority).usage()?;
    let path = Path::new(&arguments.whose);
    if path.is_file() {
        authority.revoke_one(&Certificate::load(path).usage()?).usage()?;
        line(format_args!("revoked {}", path.display()));
    } else {
        let count = authority.revoke(&arguments.whose).usage()?;
        let noun = if count == 1 { "certificate" } else { "certificates" };
        line(format_args!("revoked {count} {noun} of {}", arguments.whose));
    }
    line(format_args!(
        "next, at the broker: luchs broker update --dir BROKER {}, and start it again",
        authority.list_file().display()
    ));
    Ok(())
}
