//! A small site: an authority, a broker, one device and one reader, set up with the `luchs` command as a person would.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    Broker, Pki,
    pki::{Identity, Validity},
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
