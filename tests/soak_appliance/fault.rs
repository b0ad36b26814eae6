//! The ways in which a camera fails here.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, Result};
use luchs_appliance::status::CameraStatus;
use luchs_tests::{
    Camera, Line, Proxy, Seeded, Site,
    appliance::write_credentials,
    camera::{Codec, Encoding, Login, Method, Setup, Silence},
    footage,
    pki::{Identity, Validity},
};

/// The footage's own size, and the one that cameras change to.
const SIZE: (u32, u32) = (768, 576);
const OTHER_SIZE: (u32, u32) = (640, 480);

/// What goes wrong with a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Off,
    Restart,
    SilentAfterDescribe,
    SilentFromTheStart,
    Freeze,
    Noise,
    Size,
    Codec,
    Password,
    Certificate,
    DeadLine,
    NoLine,
}

impl Fault {
    pub(crate) const ALL: [Self; 12] = [
        Self::Off,
        Self::Restart,
        Self::SilentAfterDescribe,
        Self::SilentFromTheStart,
        Self::Freeze,
        Self::Noise,
        Self::Size,
        Self::Codec,
        Self::Password,
        Self::Certificate,
        Self::DeadLine,
        Self::NoLine,
    ];

    /// All names, for a person who took none of them.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Restart => "restart",
            Self::SilentAfterDescribe => "silent after DESCRIBE",
            Self::SilentFromTheStart => "silent from the start",
            Self::Freeze => "frozen",
            Self::Noise => "noise",
            Self::Size => "other size and back",
            Self::Codec => "other codec and back",
            Self::Password => "other password",
            Self::Certificate => "wrong certificate",
            Self::DeadLine => "dead line",
            Self::NoLine => "no line",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A camera, what lies between it and the box, and what the box knows of it.
pub(crate) struct Unit {
    pub(crate) name: String,
    camera: Camera,
    line: Option<Proxy>,
    /// The file, and how many passwords there were.
    login: Option<(PathBuf, Method, u32)>,
    /// The certificate that is its own, and one of another camera.
    tls: Option<[Identity; 2]>,
    lines: Vec<String>,
}

impl Unit {
    /// The camera of this number: of four, one is behind a line that can be cut, one speaks TLS, two want a password.
    pub(crate) fn new(site: &Site, number: usize) -> Result<Self> {
        let name = format!("camera-{number}");
        let (mut setup, mut lines) = (Setup::default(), Vec::new());
        let mut login = None;
        if let Some(method) = [None, None, Some(Method::Digest), Some(Method::Basic)][number % 4] {
            let file = site.file(&format!("{name}.credentials"));
            let first = Login::new(&name, &password(&name, 0), method);
            write_credentials(&file, &first)?;
            lines.push(format!("credentials = {:?}", file.to_string_lossy()));
            setup.login = Some(first);
            login = Some((file, method, 0));
        }
        let mut tls = None;
        if number % 4 == 1 {
            let own = site.pki.server_at(&name, &["127.0.0.1"], Validity::NOW)?;
            let other = site
                .pki
                .server_at(&format!("not-{name}"), &["camera.invalid"], Validity::NOW)?;
            lines.push(format!("tls-ca = {:?}", site.pki.ca_file().to_string_lossy()));
            setup.tls = Some(own.clone());
            tls = Some([own, other]);
        }
        let camera = Camera::with(&footage(), setup)?;
        // Beside a proxy a camera that is off is no refused connection, so not all have one.
        let line = number
            .is_multiple_of(4)
            .then(|| Proxy::start(camera.port()))
            .transpose()?;
        Ok(Self {
            name,
            camera,
            line,
            login,
            tls,
            lines,
        })
    }

    pub(crate) fn url(&self) -> String {
        match &self.line {
            Some(line) => self.camera.url_over(line.port()),
            None => self.camera.url(),
        }
    }

    /// Lines of its configuration.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether this can happen to it.
    pub(crate) fn can(&self, fault: Fault) -> bool {
        match fault {
            Fault::Password => self.login.is_some(),
            Fault::Certificate => self.tls.is_some(),
            Fault::DeadLine | Fault::NoLine => self.line.is_some(),
            // The other end of a line takes connections whether the camera is there or not.
            Fault::Off => self.line.is_none(),
            _ => true,
        }
    }

    pub(crate) fn break_it(&mut self, fault: Fault, random: &mut Seeded) -> Result<()> {
        match fault {
            Fault::Off => self.camera.stop(),
            Fault::Restart => self.camera.restart()?,
            Fault::SilentAfterDescribe => self.camera.hang(Silence::AfterDescribe)?,
            Fault::SilentFromTheStart => self.camera.hang(Silence::FromTheStart)?,
            Fault::Freeze => self.camera.freeze(true),
            Fault::Noise => self.camera.garble(true),
            Fault::Size => self.camera.resize(OTHER_SIZE.0, OTHER_SIZE.1)?,
            Fault::Codec => {
                let codec = if random.chance(50) { Codec::H265 } else { Codec::Mjpeg };
                self.camera.reconfigure(|setup| setup.encoding.codec = codec)?;
            }
            Fault::Password => {
                let (_, method, count) = self.login.as_mut().context("no login")?;
                *count += 1;
                let login = Login::new(&self.name, &password(&self.name, *count), *method);
                self.camera.reconfigure(|setup| setup.login = Some(login))?;
            }
            Fault::Certificate => self.certificate(1)?,
            Fault::DeadLine => self.line()?.set(Line {
                dead: true,
                ..Line::default()
            }),
            Fault::NoLine => self.line()?.off()?,
        }
        Ok(())
    }

    pub(crate) fn heal(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Off | Fault::SilentAfterDescribe | Fault::SilentFromTheStart => self.camera.restart()?,
            Fault::Restart => {}
            Fault::Freeze => self.camera.freeze(false),
            Fault::Noise => self.camera.garble(false),
            Fault::Size => self.camera.resize(SIZE.0, SIZE.1)?,
            Fault::Codec => self.camera.reconfigure(|setup| setup.encoding.codec = Codec::H264)?,
            Fault::Password => {
                let (file, ..) = self.login.as_ref().context("no login")?;
                write_credentials(file, self.camera.setup().login.as_ref().context("no login")?)?;
            }
            Fault::Certificate => self.certificate(0)?,
            Fault::DeadLine => self.line()?.set(Line::default()),
            Fault::NoLine => self.line()?.on()?,
        }
        Ok(())
    }

    fn certificate(&mut self, which: usize) -> Result<()> {
        let identity = self.tls.as_ref().context("no certificate")?[which].clone();
        self.camera.reconfigure(|setup| setup.tls = Some(identity))
    }

    fn line(&self) -> Result<&Proxy> {
        self.line.as_ref().context("no line")
    }
}

/// Whether what the box says it sees is what the camera sends again.
pub(crate) fn is_as_before(fault: Fault, before: &CameraStatus, now: &CameraStatus) -> bool {
    match fault {
        Fault::Size => now.size == Some(SIZE),
        Fault::Codec => now.codec == before.codec,
        _ => true,
    }
}

/// Encodes what cameras will change to, so that nobody has to wait for it later.
pub(crate) fn prepare() -> Result<()> {
    let size = |size| Encoding {
        size: Some(size),
        ..Encoding::default()
    };
    // A camera that has changed its size and back is told of its size from then on.
    let codec = |codec, size| Encoding { codec, size };
    let codecs = [Codec::H265, Codec::Mjpeg]
        .into_iter()
        .flat_map(|kind| [codec(kind, None), codec(kind, Some(SIZE))]);
    for encoding in [size(OTHER_SIZE), size(SIZE)].into_iter().chain(codecs) {
        let setup = Setup {
            encoding,
            ..Setup::default()
        };
        drop(Camera::with(&footage(), setup)?);
    }
    Ok(())
}

/// With what has to be escaped in addresses.
fn password(name: &str, count: u32) -> String {
    format!("Wetterhahn/{name}:{count}")
}
