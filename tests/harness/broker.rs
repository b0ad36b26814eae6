//! A real mosquitto: TLS 1.3 only, client certificates required, rights by certificate name, nothing anonymous.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{Pki, Process, pki, until};

/// A broker on a random port of this machine. Forgets everything when it is killed: persistence is off.
pub struct Broker {
    folder: PathBuf,
    port: u16,
    process: Option<Process>,
    starts: u32,
}

impl Broker {
    /// Writes the configuration below `folder` and starts the broker with the certificate of `server`.
    pub fn start(folder: &Path, pki: &Pki, server: &pki::Identity) -> Result<Self> {
        let folder = folder.join("broker");
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        fs::write(folder.join("acl"), ACL)?;
        fs::write(folder.join("mosquitto.conf"), configuration(&folder, port, pki, server))?;
        let mut broker = Self {
            folder,
            port,
            process: None,
            starts: 0,
        };
        broker.restart()?;
        Ok(broker)
    }

    /// Starts the broker that `luchs broker init` has set up in `folder`, on that port.
    pub fn start_kit(folder: &Path, port: u16) -> Result<Self> {
        let mut broker = Self {
            folder: folder.to_owned(),
            port,
            process: None,
            starts: 0,
        };
        broker.restart()?;
        Ok(broker)
    }

    /// Ends it as systemd does, and waits until it has.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.signal("TERM")?;
            process.wait(30)?;
        }
        Ok(())
    }

    /// What it has logged since it was started.
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::stderr).unwrap_or_default()
    }

    /// `mqtts://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("mqtts://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Changes a line of the configuration, or adds it; it holds from the next start on, some also from a reload on.
    pub fn set(&self, option: &str, value: &str) -> Result<()> {
        let file = self.folder.join("mosquitto.conf");
        let before = fs::read_to_string(&file)?;
        let is_other = |line: &&str| line.split(' ').next() != Some(option);
        // A listener's options are behind it, those of the broker may be anywhere.
        let mut lines: Vec<&str> = before.lines().filter(is_other).collect();
        let line = format!("{option} {value}");
        lines.push(&line);
        fs::write(file, lines.join("\n") + "\n")?;
        Ok(())
    }

    /// Makes it keep its sessions in a file, saved when it is stopped and each second.
    pub fn persist(&self) -> Result<()> {
        self.set("persistence", "true")?;
        self.set("autosave_interval", "1")?;
        self.set("persistence_location", &format!("{}/", self.folder.display()))
    }

    /// Who may do what, from the next reload on.
    pub fn set_rights(&self, acl: &str) -> Result<()> {
        Ok(fs::write(self.folder.join("acl"), acl)?)
    }

    /// Makes it read its rights again, as systemd does.
    pub fn reload(&self) -> Result<()> {
        self.signal("HUP")
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, signal: &str) -> Result<()> {
        self.process.as_ref().map_or(Ok(()), |process| process.signal(signal))
    }

    /// Ends it as a power cut would; what it had in memory is lost.
    pub fn kill(&mut self) -> Result<()> {
        match self.process.take() {
            Some(mut process) => process.kill(),
            None => Ok(()),
        }
    }

    /// Starts it (again) on the same port and waits until it listens.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.starts += 1;
        let name = format!("mosquitto-{}", self.starts);
        let config = self.folder.join("mosquitto.conf");
        let mut process = Process::start(&self.folder, &name, "/usr/sbin/mosquitto", |command: &mut Command| {
            command.arg("-c").arg(config);
        })?;
        until("the broker to listen", 10, || {
            if let Some(status) = process.ended()? {
                bail!("mosquitto ended ({status}):\n{}", process.stderr());
            }
            Ok(TcpStream::connect(("127.0.0.1", self.port)).ok())
        })?;
        self.process = Some(process);
        Ok(())
    }
}

/// A port of this machine that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A device writes below its own name; `viewer` reads everything.
pub const ACL: &str = "pattern write luchs/%u/#\n\nuser viewer\ntopic read luchs/#\n";

fn configuration(folder: &Path, port: u16, pki: &Pki, server: &pki::Identity) -> String {
    let (ca, certificate, key) = (pki.ca_file(), &server.certificate, &server.key);
    format!(
        "per_listener_settings false\n\
         user root\n\
         log_dest stderr\n\
         log_type all\n\
         persistence false\n\
         max_queued_messages 0\n\
         allow_anonymous false\n\
         listener {port} 127.0.0.1\n\
         tls_version tlsv1.3\n\
         cafile {}\n\
         certfile {}\n\
         keyfile {}\n\
         require_certificate true\n\
         use_identity_as_username true\n\
         acl_file {}\n",
        ca.display(),
        certificate.display(),
        key.display(),
        folder.join("acl").display(),
    )
}
