//! A configuration for mosquitto, its certificate, and its rights.

use std::{
    fmt::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::{ArgGroup, Args};
use luchs_scene::Name;
use luchs_seal::pki::{Address, Authority, Certificate, PkiError, PrivateKey, Revocations, Usage, Validity};

use super::{
    access::Access,
    files::{ACCESS, AUTHORITY, CERTIFICATE, CONFIGURATION, DATA, KEY, Owner, REVOKED},
};
use crate::output::{Outcome, Sort as _, line};

#[derive(Args)]
#[command(group(ArgGroup::new("whence").required(true).args(["authority", "ca"])))]
pub(crate) struct Init {
    /// Folder for the broker's files; made if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Folder of the site's authority (luchs keys authority), which issues the broker's certificate
    #[arg(long, value_name = "DIR", requires = "address", conflicts_with_all = ["cert", "key", "crl"])]
    authority: Option<PathBuf>,
    /// Where clients reach the broker; once for each name or address
    #[arg(long, value_name = "HOST|IP")]
    address: Vec<Address>,
    /// With an authority elsewhere: its certificate
    #[arg(long, value_name = "FILE", requires_all = ["cert", "key"])]
    ca: Option<PathBuf>,
    /// With an authority elsewhere: the broker's certificate
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// With an authority elsewhere: the private key of the broker's certificate
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// With an authority elsewhere: its list of revoked certificates
    #[arg(long, value_name = "FILE")]
    crl: Option<PathBuf>,
    /// A reader, by the name of its certificate; once for each
    #[arg(long, value_name = "NAME")]
    reader: Vec<Name>,
    /// First level of all topics
    #[arg(long, value_name = "NAME", default_value = "luchs")]
    prefix: Name,
    /// Devices may announce themselves to Home Assistant, below this first level of its topics
    #[arg(long, value_name = "PREFIX", num_args = 0..=1, default_missing_value = "homeassistant")]
    home_assistant: Option<Name>,
    /// Port for TLS; there is no other
    #[arg(long, value_name = "PORT", default_value_t = 8883)]
    port: u16,
    /// Address of this machine to listen at; without it, all
    #[arg(long, value_name = "IP")]
    bind: Option<IpAddr>,
    /// Who runs the broker [default: mosquitto if you are root, or else you]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Where the broker keeps what it holds for readers [default: DIR/data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Most events that are kept for one reader that is away
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    queue: u32,
}

/// An event with a handful of recipients takes about half of that.
const BYTES_PER_EVENT: u64 = 4096;
/// The broker's certificate that comes from the site's authority.
const DAYS: u32 = 365;

pub(super) fn init(arguments: &Init) -> Outcome {
    let dir = std::path::absolute(&arguments.dir).usage()?;
    let data = match &arguments.data {
        Some(data) => std::path::absolute(data).usage()?,
        None => dir.join(DATA),
    };
    // A configuration of this broker knows no way to quote.
    for path in [&dir, &data] {
        if path
            .to_str()
            .is_none_or(|path| path.chars().any(char::is_control) || path.ends_with(' '))
        {
            return Err(anyhow!("{}: mosquitto cannot read such a path", path.display())).usage();
        }
    }
    let owner = Owner::find(arguments.user.as_deref())?;
    for file in [CONFIGURATION, ACCESS, AUTHORITY, REVOKED, CERTIFICATE, KEY] {
        let path = dir.join(file);
        if path.symlink_metadata().is_ok() {
            return Err(anyhow!(
                "{} exists already: nothing is overwritten; move it away first",
                path.display()
            ))
            .environment();
        }
    }
    if arguments.queue == 0 {
        return Err(anyhow!("--queue 0 would mean no limit at all: give a number")).usage();
    }
    let papers = Papers::get(arguments)?;
    owner.make_dir(&dir)?;
    owner.make_dir(&data)?;
    owner.write(&dir.join(AUTHORITY), &papers.authority)?;
    owner.write(&dir.join(CERTIFICATE), &papers.certificate.pem().environment()?)?;
    owner.write(&dir.join(KEY), &papers.key.pem().environment()?)?;
    if let Some(list) = &papers.list {
        owner.write(&dir.join(REVOKED), list)?;
    }
    let mut access = Access::new(&arguments.prefix);
    access.home_assistant.clone_from(&arguments.home_assistant);
    for reader in &arguments.reader {
        access.add(reader, None)?;
    }
    owner.write(&dir.join(ACCESS), access.to_string().as_bytes())?;
    let text = configuration(arguments, &dir, &data, &owner, papers.list.is_some());
    owner.write(&dir.join(CONFIGURATION), text.as_bytes())?;
    line(format_args!(
        "{}: to be run by user {}",
        dir.join(CONFIGURATION).display(),
        owner.name
    ));
    line(format_args!(
        "the broker's certificate is valid until {}",
        papers.certificate.expires().environment()?
    ));
    if arguments.reader.is_empty() {
        line(format_args!(
            "next: luchs broker add-reader --dir {} NAME",
            dir.display()
        ));
    }
    line(format_args!("next: mosquitto -c {}", dir.join(CONFIGURATION).display()));
    Ok(())
}

/// What the broker shows, and what it checks others with.
struct Papers {
    authority: Vec<u8>,
    certificate: Certificate,
    key: PrivateKey,
    list: Option<Vec<u8>>,
}

impl Papers {
    fn get(arguments: &Init) -> Outcome<Self> {
        let usage = Usage::Server(arguments.address.clone());
        if let Some(dir) = &arguments.authority {
            let authority = Authority::open(dir).usage()?;
            let key = PrivateKey::generate().environment()?;
            let name: Name = "broker".parse().usage()?;
            let days = Validity::days(DAYS).usage()?;
            return Ok(Self {
                authority: authority.certificate().pem().environment()?,
                certificate: authority.issue(&name, &key, &usage, days).environment()?,
                key,
                list: Some(authority.list().usage()?.pem().environment()?),
            });
        }
        let (Some(ca), Some(cert), Some(key)) = (&arguments.ca, &arguments.cert, &arguments.key) else {
            return Err(anyhow!("give --authority DIR, or --ca, --cert and --key")).usage();
        };
        let (authority, certificate) = (Certificate::load(ca).usage()?, Certificate::load(cert).usage()?);
        let private = PrivateKey::load(key).usage()?;
        check(&certificate, cert, &private, key, &authority, ca)?;
        let list = arguments
            .crl
            .as_ref()
            .map(|path| Revocations::load(path, ca))
            .transpose()
            .usage()?;
        Ok(Self {
            authority: authority.pem().environment()?,
            certificate,
            key: private,
            list: list.map(|list| list.pem()).transpose().environment()?,
        })
    }
}

/// Whether clients will accept the certificate, and the broker has its key.
pub(super) fn check(
    certificate: &Certificate,
    path: &Path,
    key: &PrivateKey,
    key_path: &Path,
    authority: &Certificate,
    ca: &Path,
) -> Outcome {
    if !certificate.belongs_to(key) {
        let (certificate, key) = (path.to_owned(), key_path.to_owned());
        return Err(PkiError::NotItsKey { certificate, key }).usage();
    }
    if let Err(reason) = certificate.check(authority, &Usage::Server(Vec::new())) {
        return Err(PkiError::NotIssued {
            certificate: path.to_owned(),
            authority: ca.to_owned(),
            reason,
        })
        .usage();
    }
    Ok(())
}

fn configuration(arguments: &Init, dir: &Path, data: &Path, owner: &Owner, has_list: bool) -> String {
    let path = |name: &str| dir.join(name).display().to_string();
    let bytes = u64::from(arguments.queue) * BYTES_PER_EVENT;
    let mut text = String::new();
    let listen = arguments.bind.map(|ip| format!(" {ip}")).unwrap_or_default();
    let revoked = if has_list {
        format!("crlfile {}\n", path(REVOKED))
    } else {
        String::new()
    };
    let _infallible = write!(
        text,
        "# Written once by `luchs broker init`; yours to change from then on.\n\
         per_listener_settings false\n\
         user {user}\n\
         log_dest stderr\n\
         log_type error\n\
         log_type warning\n\
         log_type notice\n\
         connection_messages true\n\
         \n\
         # Who may come in: whoever has a certificate of this authority, which also says who it is. Nobody can take over\n\
         # another one's session, because the name is the client id too.\n\
         allow_anonymous false\n\
         listener {port}{listen}\n\
         tls_version tlsv1.3\n\
         cafile {ca}\n\
         certfile {certificate}\n\
         keyfile {key}\n\
         {revoked}\
         require_certificate true\n\
         use_identity_as_username true\n\
         use_username_as_clientid true\n\
         acl_file {access}\n\
         \n\
         # What is kept for readers that are away: an hour at {rate} events a second, for each of them. Over the limit the\n\
         # broker drops without a word; readers notice by the numbers of events.\n\
         max_queued_messages {queue}\n\
         max_queued_bytes {bytes}\n\
         persistent_client_expiration 7d\n\
         \n\
         # It survives the broker, except for what came in since it was last saved, when the broker dies without a word.\n\
         persistence true\n\
         persistence_location {data}/\n\
         autosave_interval 5\n\
         \n\
         # An event has at most 64 KiB, with its topic and the rest.\n\
         max_packet_size 69632\n\
         max_inflight_messages 100\n\
         set_tcp_nodelay true\n",
        user = owner.name,
        port = arguments.port,
        ca = path(AUTHORITY),
        certificate = path(CERTIFICATE),
        key = path(KEY),
        access = path(ACCESS),
        rate = arguments.queue / 3600,
        queue = arguments.queue,
        data = data.display(),
    );
    text
}
