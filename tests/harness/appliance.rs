//! The appliance, `luchs run`, on a site's broker and with a test's cameras.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use luchs_appliance::status::{self, CameraState, CameraStatus, Snapshot};
use luchs_scene::Name;

use crate::{Process, Site, built, camera::Login, secrets, until};

/// `luchs run`. Ended as systemd does when dropped.
pub struct Appliance {
    process: Process,
    socket: PathBuf,
}

/// The configuration of a site's device.
pub struct Configuration {
    folder: PathBuf,
    text: String,
}

impl Configuration {
    /// Everything but cameras; files go to `folder`.
    pub fn new(site: &Site, folder: &Path) -> Result<Self> {
        let shown = |path: &Path| format!("{:?}", path.to_string_lossy());
        let mut text = String::new();
        writeln!(text, "[device]\nstate = {}", shown(folder))?;
        writeln!(text, "keys = {}", shown(&site.file("device")))?;
        writeln!(text, "[broker]\nurl = {:?}", site.broker.url())?;
        writeln!(text, "ca = {}", shown(&site.pki.ca_file()))?;
        writeln!(text, "certificate = {}", shown(&site.device.certificate))?;
        writeln!(text, "key = {}", shown(&site.device.key))?;
        writeln!(
            text,
            "[events]\nrecipients = {}",
            shown(&site.file("device/recipients"))
        )?;
        writeln!(text, "[model]\npath = {}", shown(&crate::model()))?;
        writeln!(text, "[http]\nlisten = \"\"")?;
        Ok(Self {
            folder: folder.to_owned(),
            text,
        })
    }

    /// This text alone.
    pub fn of(folder: &Path, text: impl Into<String>) -> Self {
        Self {
            folder: folder.to_owned(),
            text: text.into(),
        }
    }

    /// With another text in the place of one that must be there.
    pub fn with(mut self, old: &str, new: &str) -> Result<Self> {
        ensure!(self.text.contains(old), "no “{old}” in:\n{}", self.text);
        self.text = self.text.replace(old, new);
        Ok(self)
    }

    /// One camera more, with these lines beside its address.
    pub fn camera(mut self, name: &str, url: &str, lines: &[String]) -> Result<Self> {
        writeln!(self.text, "[camera.{name}]\nurl = {url:?}")?;
        for line in lines {
            writeln!(self.text, "{line}")?;
        }
        Ok(self)
    }

    /// The file that is read from now on.
    pub fn write(&self) -> Result<PathBuf> {
        let file = self.folder.join("luchs.toml");
        fs::write(&file, &self.text)?;
        Ok(file)
    }
}

/// Writes a camera's credentials as an operator would, also over old ones.
pub fn write_credentials(file: &Path, login: &Login) -> Result<()> {
    let new = file.with_extension("new");
    drop(fs::remove_file(&new));
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    writeln!(out, "{}\n{}", login.user, login.password)?;
    Ok(fs::rename(new, file)?)
}

impl Appliance {
    /// Starts it and waits until it answers.
    pub fn start(folder: &Path, configuration: &Configuration) -> Result<Self> {
        let (file, socket) = (configuration.write()?, folder.join("status.sock"));
        let program = built()?.join("luchs");
        let mut process = Process::start(folder, "luchs-run", program, |command| {
            command.arg("run").arg("--config").arg(file);
            command.arg("--socket").arg(&socket);
        })?;
        until("the appliance's status", 30, || {
            if let Some(status) = process.ended()? {
                anyhow::bail!("luchs run ended ({status}):\n{}", process.stderr());
            }
            Ok(status::read(&socket).ok())
        })?;
        Ok(Self { process, socket })
    }

    /// The program.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// What it says about itself now.
    pub fn status(&self) -> Result<Snapshot> {
        status::read(&self.socket).with_context(|| self.process.stderr())
    }

    /// What `luchs status --json` prints of it.
    pub fn printed_status(&self) -> Result<Snapshot> {
        let mut command = Command::new(built()?.join("luchs"));
        command.args(["status", "--json", "--socket"]).arg(&self.socket);
        let output = command.output()?;
        let leaks = secrets::leaks(&[output.stdout.as_slice(), &output.stderr].concat(), false);
        ensure!(leaks.is_empty(), "luchs status printed {}", leaks.join(", "));
        // An exit code of 1 says that somebody should look.
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "luchs status ({}): {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }

    /// One camera's part of it; none as long as the service is still about to begin with it.
    fn look_for(&self, name: &str) -> Result<Option<CameraStatus>> {
        Ok(self.status()?.cameras.remove(&name.parse::<Name>()?))
    }

    /// One camera's part of it.
    pub fn camera(&self, name: &str) -> Result<CameraStatus> {
        self.look_for(name)?.with_context(|| format!("no camera {name}"))
    }

    /// Waits until the camera is such, and gives its status.
    pub fn await_camera(
        &self,
        name: &str,
        what: &str,
        seconds: u64,
        is_such: impl Fn(&CameraStatus) -> bool,
    ) -> Result<CameraStatus> {
        let mut last = None;
        until(&format!("{name}: {what}"), seconds, || {
            last = self.look_for(name)?;
            Ok(last.clone().filter(&is_such))
        })
        .with_context(|| format!("it was {last:#?}\n{}", self.process.stderr()))
    }

    /// Waits until so many frames have come since this call.
    pub fn await_frames(&self, name: &str, frames: u64, seconds: u64) -> Result<CameraStatus> {
        let before = self.look_for(name)?.map_or(0, |status| status.frames);
        let is_on = |status: &CameraStatus| status.state == CameraState::Running && status.frames >= before + frames;
        self.await_camera(name, "frames", seconds, is_on)
    }

    /// Looks at how old the newest frame of a camera is, again and again.
    pub fn observe(&self, name: &str) -> Result<Observer> {
        Observer::start(self.socket.clone(), name.parse()?)
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        if matches!(self.process.ended(), Ok(Some(_))) {
            return;
        }
        // Killed if it does not go.
        drop(self.process.signal("TERM"));
        drop(self.process.wait(10));
    }
}

/// Somebody who keeps an eye on one camera.
pub struct Observer {
    over: Arc<AtomicBool>,
    oldest: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Observer {
    fn start(socket: PathBuf, name: Name) -> Result<Self> {
        let (over, oldest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (is_over, most) = (over.clone(), oldest.clone());
        let thread = thread::Builder::new().name("observer".into()).spawn(move || {
            while !is_over.load(Relaxed) {
                if let Ok(all) = status::read(&socket) {
                    // A camera that is not running has no frames at all.
                    let age = all.cameras.get(&name).and_then(|camera| camera.frame_age_ms);
                    most.fetch_max(age.unwrap_or(u64::MAX), Relaxed);
                }
                thread::sleep(Duration::from_millis(50));
            }
        })?;
        Ok(Self {
            over,
            oldest,
            thread: Some(thread),
        })
    }

    /// The longest that it waited for a frame.
    pub fn largest_gap(mut self) -> Duration {
        self.stop();
        Duration::from_millis(self.oldest.load(Relaxed))
    }

    fn stop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed.
            drop(thread.join());
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.stop();
    }
}
