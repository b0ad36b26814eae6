//! Everyone who can read events: `luchs subscribe`, and the example subscribers with stock libraries.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{Process, Site, assets, built, root};

/// A program that reads events and prints each as a line of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// `luchs subscribe --json`.
    Luchs,
    /// With jwcrypto.
    Python,
    /// With jose.
    Node,
    /// With go-jose.
    Go,
    /// With José.
    C,
}

impl Reader {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Luchs, Self::Python, Self::Node, Self::Go, Self::C];
    /// The examples, which use nothing of Luchs.
    pub const EXAMPLES: [Self; 4] = [Self::Python, Self::Node, Self::Go, Self::C];

    /// For names of files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Luchs => "luchs",
            Self::Python => "python",
            Self::Node => "node",
            Self::Go => "go",
            Self::C => "c",
        }
    }

    /// Starts it as the site's reader and waits until it is subscribed; its output goes to files in `folder`.
    pub fn start(self, site: &Site, folder: &Path) -> Result<Process> {
        let mut process = self.begin(site, folder)?;
        process.wait_for_output("subscribed", 30)?;
        Ok(process)
    }

    /// Starts it and does not wait.
    pub fn begin(self, site: &Site, folder: &Path) -> Result<Process> {
        let (program, script) = self.program()?;
        Process::start(folder, self.name(), program, |command| {
            if self == Self::Luchs {
                command.args(site.subscribe_arguments());
                return;
            }
            command
                .args(script)
                .arg("127.0.0.1")
                .arg(site.broker.port().to_string());
            command
                .arg(site.pki.ca_file())
                .arg(&site.viewer.certificate)
                .arg(&site.viewer.key);
            command
                .arg(site.file("viewer/recipient.jwk"))
                .arg(site.file("device/device.pub.jwk"));
        })
    }

    fn program(self) -> Result<(PathBuf, Option<PathBuf>)> {
        let script = |name: &str| Some(root().join("examples").join(name));
        Ok(match self {
            Self::Luchs => (built()?.join("luchs"), None),
            Self::Python => (assets().join("python/bin/python"), script("python/subscribe.py")),
            Self::Node => (assets().join("node/bin/node"), script("node/subscribe.mjs")),
            Self::Go => (assets().join("examples/subscribe-go"), None),
            Self::C => (assets().join("examples/subscribe-c"), None),
        })
    }
}
