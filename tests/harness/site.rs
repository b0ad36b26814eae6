//! A small site: an authority, a broker, one device and one reader, set up with the `luchs` command as a person would.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    Broker, Pki, broker,
    pki::{Identity, Validity},
    secrets,
};

/// The device's name.
pub const DEVICE: &str = "box-1";
/// The reader's name.
pub const VIEWER: &str = "viewer";

/// All that a device and a reader need to talk to each other. Everything lies in one temporary folder.
pub struct Site {
    /// The certificate authority.
    pub pki: Pki,
    /// The broker.
    pub broker: Broker,
    /// The device's TLS identity.
    pub device: Identity,
    /// The reader's TLS identity.
    pub viewer: Identity,
    folder: TempDir,
}

impl Site {
    /// Sets it up and starts the broker.
    pub fn new() -> Result<Self> {
        let folder = TempDir::with_prefix("luchs-site-")?;
        let pki = Pki::new(folder.path(), "pki")?;
        let broker = Broker::start(folder.path(), &pki, &pki.server(Validity::NOW)?)?;
        Self::around(folder, pki, broker)
    }

    /// The same with the broker that `luchs broker init` sets up, run by the user that it is meant for.
    pub fn with_kit() -> Result<Self> {
        let folder = TempDir::with_prefix("luchs-site-")?;
        // For a broker of another user to get to its own folder.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let pki = Pki::new(folder.path(), "pki")?;
        let (port, kit) = (broker::free_port()?, folder.path().join("kit"));
        let paths = [kit.as_path(), pki.folder()].map(|path: &Path| path.to_string_lossy().into_owned());
        let [kit_path, authority] = &paths;
        let port_text = port.to_string();
        let init = [
            "broker",
            "init",
            "--dir",
            kit_path,
            "--authority",
            authority,
            "--address",
            "127.0.0.1",
        ];
        luchs(
            &[
                &init[..],
                &["--bind", "127.0.0.1", "--port", &port_text, "--reader", VIEWER],
            ]
            .concat(),
        )?;
        let broker = Broker::start_kit(&kit, port)?;
        Self::around(folder, pki, broker)
    }

    fn around(folder: TempDir, pki: Pki, broker: Broker) -> Result<Self> {
        let device = pki.client(DEVICE, Validity::NOW)?;
        let viewer = pki.client(VIEWER, Validity::NOW)?;
        let site = Self {
            pki,
            broker,
            device,
            viewer,
            folder,
        };
        site.luchs(&["keys", "init", "--device", DEVICE, "--dir", &site.path("device")])?;
        site.luchs(&["keys", "init", "--recipient", VIEWER, "--dir", &site.path("viewer")])?;
        let public = site.path("viewer/recipient.pub.jwk");
        site.luchs(&["keys", "add-recipient", "--dir", &site.path("device"), &public])?;
        Ok(site)
    }

    /// A path inside the site's folder, as text for command lines.
    pub fn path(&self, name: &str) -> String {
        self.file(name).to_string_lossy().into_owned()
    }

    /// A path inside the site's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the `luchs` command to its end and gives its output.
    pub fn luchs(&self, arguments: &[&str]) -> Result<String> {
        let output = luchs(arguments);
        // It may have made keys.
        secrets::keep_files(self.folder.path());
        let said = output.as_ref().map_or_else(|error| format!("{error:#}"), Clone::clone);
        let leaks = secrets::leaks(said.as_bytes(), false);
        ensure!(
            leaks.is_empty(),
            "luchs {} printed {}",
            arguments.join(" "),
            leaks.join(", ")
        );
        output
    }

    /// The arguments of `luchs subscribe` for the reader.
    pub fn subscribe_arguments(&self) -> Vec<String> {
        let tls = [
            ("--broker", self.broker.url()),
            ("--ca", self.pki.ca_file().to_string_lossy().into_owned()),
        ];
        let mut arguments = vec!["subscribe".to_owned(), "--json".to_owned()];
        for (option, value) in tls {
            arguments.extend([option.to_owned(), value]);
        }
        for (option, path) in [
            ("--cert", self.viewer.certificate.clone()),
            ("--key", self.viewer.key.clone()),
            ("--recipient-key", self.file("viewer/recipient.jwk")),
            ("--trust", self.file("device/device.pub.jwk")),
        ] {
            arguments.extend([option.to_owned(), path.to_string_lossy().into_owned()]);
        }
        arguments
    }
}

fn luchs(arguments: &[&str]) -> Result<String> {
    let program = crate::built()?.join("luchs");
    let output = Command::new(&program)
        .args(arguments)
        .output()
        .context("could not run luchs")?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "luchs {}: {}\n{error}",
        arguments.join(" "),
        output.status
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
