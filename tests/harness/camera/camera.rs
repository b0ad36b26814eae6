//! The camera: GStreamer's own RTSP server, sending real footage over and over, on a port that stays the same.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
};

use anyhow::{Context, Result};

use super::{
    behaviour::Behaviour,
    mute::{Mute, Silence},
    reel::{Encoding, Reel},
    serving::{PATH, Serving},
    setup::Setup,
};

/// A camera that a test can break in all the ways that cameras break in, and heal again.
pub struct Camera {
    port: u16,
    clip: PathBuf,
    setup: Setup,
    behaviour: Arc<Behaviour>,
    power: Power,
}

/// Who answers on the camera's port.
enum Power {
    /// Nobody: connections are refused.
    Off,
    /// The camera.
    On(#[expect(dead_code, reason = "works until it is dropped")] Serving),
    /// What is left of it when it has crashed.
    Mute(#[expect(dead_code, reason = "works until it is dropped")] Mute),
}

impl Camera {
    /// Serves `clip` at `rtsp://127.0.0.1:PORT/live`, at the clip's own size and frame rate, in H.264, for everyone.
    pub fn start(clip: &Path) -> Result<Self> {
        Self::with(clip, Setup::default())
    }

    /// The same with other settings.
    pub fn with(clip: &Path, setup: Setup) -> Result<Self> {
        let behaviour = Arc::new(Behaviour::new(Reel::open(clip, setup.encoding)?));
        let (port, serving) = loop {
            let port = candidate()?;
            if let Ok(serving) = Serving::start(port, &setup, &behaviour) {
                break (port, serving);
            }
        };
        Ok(Self {
            port,
            clip: clip.to_owned(),
            setup,
            behaviour,
            power: Power::On(serving),
        })
    }

    /// Where it can be watched. Never a user or a password.
    pub fn url(&self) -> String {
        self.url_over(self.port)
    }

    /// The same over a proxy's port.
    pub fn url_over(&self, port: u16) -> String {
        let scheme = if self.setup.tls.is_some() { "rtsps" } else { "rtsp" };
        format!("{scheme}://127.0.0.1:{port}{PATH}")
    }

    /// Its port, the same for as long as the value lives.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its settings.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Frames that it has sent so far.
    pub fn sent(&self) -> u64 {
        self.behaviour.sent.load(Relaxed)
    }

    /// Pulls the plug: everyone is hung up on, and connections are refused.
    pub fn stop(&mut self) {
        self.power = Power::Off;
    }

    /// Switches it on (again): as it was set up, without any of the faults below.
    pub fn restart(&mut self) -> Result<()> {
        self.stop();
        self.freeze(false);
        self.garble(false);
        self.power = Power::On(Serving::start(self.port, &self.setup, &self.behaviour)?);
        Ok(())
    }

    /// Changes its settings, for which it restarts.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Setup)) -> Result<()> {
        change(&mut self.setup);
        self.behaviour.show(Reel::open(&self.clip, self.setup.encoding)?);
        self.restart()
    }

    /// Its software crashes, its TCP stack does not: connections are taken, then comes silence.
    pub fn hang(&mut self, silence: Silence) -> Result<()> {
        self.stop();
        self.power = Power::Mute(Mute::start(self.port, silence)?);
        Ok(())
    }

    /// Sessions and keep-alive go on, frames do not.
    pub fn freeze(&self, is_frozen: bool) {
        self.behaviour.is_frozen.store(is_frozen, Relaxed);
    }

    /// RTP goes on, with noise in it.
    pub fn garble(&self, is_garbled: bool) {
        self.behaviour.is_garbled.store(is_garbled, Relaxed);
    }

    /// Pictures are of another size from now on, within running sessions.
    pub fn resize(&mut self, width: u32, height: u32) -> Result<()> {
        self.setup.encoding = Encoding {
            size: Some((width, height)),
            ..self.setup.encoding
        };
        self.behaviour.show(Reel::open(&self.clip, self.setup.encoding)?);
        Ok(())
    }

    /// Its clock is so many milliseconds ahead of this machine's; it tells so with its next sender report.
    pub fn set_clock_offset(&self, milliseconds: i64) {
        self.behaviour.clock_offset.store(milliseconds, Relaxed);
    }

    /// Whether it keeps its time to itself, as cameras without sender reports.
    pub fn hide_time(&self, hides: bool) {
        self.behaviour.hides_time.store(hides, Relaxed);
    }
}

/// A port below those that the kernel gives to outgoing connections: somebody else's would take it while the camera is
/// off, and a client that tries a free one of those again and again in the end connects to itself.
fn candidate() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    // Tests are programs of their own and run at the same time.
    let start = (std::process::id() * 97 % u32::from(COUNT)) as u16;
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("no free port")
}
