//! `luchs model keygen` and `sign`: keys and signatures in the format of minisign, which can make and verify them as well.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, anyhow};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use clap::Args;
use luchs_model::{Candidate, passport, trust};
use luchs_scene::Name;
use luchs_seal::read_private;
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};

use crate::output::{Outcome, Sort as _, line};

#[derive(Args)]
pub(crate) struct Keygen {
    /// Whose key it is; the names of the files
    #[arg(long)]
    name: Name,
    /// Folder for the two files; made if missing
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    password: Password,
    /// Protect the private key by its file permissions only
    #[arg(long, conflicts_with = "password_file")]
    no_password: bool,
}

#[derive(Args)]
pub(crate) struct Sign {
    /// The model's folder
    model: PathBuf,
    /// The private key
    #[arg(long, value_name = "FILE.key")]
    key: PathBuf,
    #[command(flatten)]
    password: Password,
}

#[derive(Args)]
pub(crate) struct Password {
    /// File with the key's password in its first line; asked for on the terminal otherwise
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Password {
    /// None if it is to be asked for.
    fn read(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.password_file else {
            return Ok(None);
        };
        let bytes = read_private(path).with_context(|| path.display().to_string())?;
        let text = std::str::from_utf8(&bytes).with_context(|| path.display().to_string())?;
        Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
    }
}

pub(super) fn keygen(arguments: &Keygen) -> Outcome {
    let Keygen { name, dir, .. } = arguments;
    let file = |ending| dir.join(format!("{name}.{ending}"));
    let (private, public) = (file("key"), file("pub"));
    fs::create_dir_all(dir)
        .with_context(|| dir.display().to_string())
        .environment()?;
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            let error = anyhow!("{} exists already; choose another name or folder", path.display());
            return Err(error).environment();
        }
    }
    let pair = if arguments.no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(arguments.password.read().usage()?)
    };
    let pair = pair.environment()?;
    let comment = format!("minisign secret key of {name}, signs models");
    let secret = pair.sk.to_box(Some(&comment)).environment()?.into_string();
    let open = pair.pk.to_box().environment()?.into_string();
    save(&private, &secret, 0o600).environment()?;
    save(&public, &open, 0o644).environment()?;
    line(format_args!("{}  signs; stays with {name}", private.display()));
    line(format_args!(
        "{}  for every machine that trusts {name}'s models: in {}",
        public.display(),
        trust::KEY_DIRECTORY
    ));
    line(format_args!("next: luchs model sign MODEL --key {}", private.display()));
    Ok(())
}

pub(super) fn sign(arguments: &Sign) -> Outcome {
    let passport_path = arguments.model.join(passport::FILE_NAME);
    // Nobody should sign what would not be loaded.
    let candidate = Candidate::read(&arguments.model, None).usage()?;
    let Some(bytes) = candidate.passport_bytes().map(<[u8]>::to_vec) else {
        let error = anyhow!(
            "{}: only a model with a passport can be signed: give its folder",
            arguments.model.display()
        );
        return Err(error).usage();
    };
    let model = candidate.settle().usage()?;
    let version = model.passport.as_ref().map_or("", |passport| &passport.model.version);
    let key = private_key(arguments)?;
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let said = format!(
        "timestamp:{seconds}\tfile:{}\tmodel:{}\tversion:{version}",
        passport::FILE_NAME,
        model.name
    );
    let said: String = said
        .chars()
        .map(|c| if c.is_control() && c != '\t' { ' ' } else { c })
        .collect();
    let signature = minisign::sign(
        None,
        &key,
        &bytes[..],
        Some(&said),
        Some("signature of a model's passport"),
    );
    let signature = signature.usage()?;
    let public = PublicKey::from_secret_key(&key).usage()?;
    minisign::verify(&public, &signature, io::Cursor::new(&bytes), true, false, false)
        .with_context(|| format!("{}: the two halves of the key do not fit", arguments.key.display()))
        .usage()?;
    let signature = signature.into_string();
    let mut path = passport_path.into_os_string();
    path.push(trust::SIGNATURE_SUFFIX);
    let path = PathBuf::from(path);
    replace(&path, &signature).environment()?;
    line(format_args!("{}: {} {version} is signed", path.display(), model.name));
    Ok(())
}

fn private_key(arguments: &Sign) -> Outcome<SecretKey> {
    let path = &arguments.key;
    let bytes = read_private(path).with_context(|| path.display().to_string()).usage()?;
    let text = std::str::from_utf8(&bytes)
        .with_context(|| path.display().to_string())
        .usage()?;
    // minisign writes no checksum into a key without a password, which the box would miss.
    let decoded = text
        .lines()
        .nth(1)
        .and_then(|line| BASE64_STANDARD.decode(line.trim()).ok());
    let plain = decoded.and_then(|bytes| SecretKey::from_bytes(&bytes).ok());
    if let Some(key) = plain.filter(|key| !key.is_encrypted()) {
        return Ok(key);
    }
    let password = arguments.password.read().usage()?;
    let key = SecretKeyBox::from_string(text).and_then(|boxed| boxed.into_secret_key(password));
    key.map_err(|error| {
        anyhow!(
            "{}: not a private key of minisign, or another password: {error}",
            path.display()
        )
    })
    .usage()
}

fn save(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| path.display().to_string())
}

/// Whole or not at all.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| path.display().to_string())
}
