//! Where a camera's pictures come from.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::redact::redact;

/// A camera's address. It never holds a user or password before a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// `rtsp://host[:port]/…`, as it was written.
    Rtsp(String),
    /// `rtsps://host[:port]/…`, as it was written.
    Rtsps(String),
    /// A file of video; absolute.
    File(PathBuf),
    /// A camera of this box, `/dev/video0`.
    V4l2(PathBuf),
}

/// A text that is no camera's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// A user or password in it.
    #[error("the address holds a user or password, which would appear in lists of processes and in logs")]
    Credentials,
    /// Another scheme, or none.
    #[error("“{0}” is no camera's address")]
    Scheme(String),
    /// A host that cannot be one.
    #[error("“{0}” names no host that could be a camera")]
    Host(String),
    /// A port that cannot be one.
    #[error("“{0}” has a port that is none")]
    Port(String),
    /// White space, quotes or characters that nobody sees.
    #[error("“{0}” holds a blank, a quotation mark, a backslash or a character that cannot be seen")]
    Characters(String),
    /// A path that does not begin at the root.
    #[error("“{0}” names no absolute path")]
    Path(String),
    /// No device for video.
    #[error("“{0}” names no device for video")]
    Device(String),
}

impl SourceError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Credentials => {
                "write user and password as two lines into /etc/luchs/credentials/NAME (mode 0600): systemd hands them to the \
                 service"
            }
            Self::Scheme(_) => {
                "use rtsp://HOST/PATH, rtsps://HOST/PATH, file:///PATH, or v4l2:///dev/video0 for a camera on USB"
            }
            Self::Host(_) => "use a name or an IP address, for example rtsp://192.168.1.20/stream1",
            Self::Port(_) => "use a number from 1 to 65535, for example rtsp://192.168.1.20:554/stream1",
            Self::Characters(_) => "write them as %XX, for example %20 for a blank",
            Self::Path(_) => "write three slashes, for example file:///srv/clip.mp4",
            Self::Device(_) => "see the devices by `ls /dev/video*`, for example v4l2:///dev/video0",
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let shown = || {
            luchs_scene::printable(&redact(text))
                .chars()
                .take(120)
                .collect::<String>()
        };
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let scheme = scheme.to_ascii_lowercase();
        if matches!(&*scheme, "rtsp" | "rtsps") {
            // An @ may stand in the path behind a proper host; a password may hold a slash.
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.contains('@') || (rest.contains('@') && address(rest, &shown).is_err()) {
                return Err(SourceError::Credentials);
            }
        } else if !matches!(&*scheme, "file" | "v4l2") {
            return Err(if text.contains('@') {
                SourceError::Credentials
            } else {
                SourceError::Scheme(shown())
            });
        }
        let proper = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '\\');
        if !text.chars().all(proper) || luchs_scene::printable(text) != text {
            return Err(SourceError::Characters(shown()));
        }
        match &*scheme {
            "file" => path(rest).map(Self::File).ok_or_else(|| SourceError::Path(shown())),
            "v4l2" => path(rest)
                .filter(|path| path.starts_with("/dev/") && path.components().count() > 2)
                .map(Self::V4l2)
                .ok_or_else(|| SourceError::Device(shown())),
            _ => {
                address(rest, &shown)?;
                let url = format!("{scheme}://{rest}");
                Ok(if scheme == "rtsps" {
                    Self::Rtsps(url)
                } else {
                    Self::Rtsp(url)
                })
            }
        }
    }
}

/// Whether `rest` begins with a host and perhaps a port.
fn address(rest: &str, shown: &dyn Fn() -> String) -> Result<(), SourceError> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            address
                .parse::<std::net::Ipv6Addr>()
                .map_err(|_| SourceError::Host(shown()))?;
            ("ipv6", port)
        }
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || host.len() > 253 || !host.chars().all(plain) {
        return Err(SourceError::Host(shown()));
    }
    if port.is_empty() {
        return Ok(());
    }
    match port.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()) {
        Some(1..) => Ok(()),
        _ => Err(SourceError::Port(shown())),
    }
}

/// The absolute path that stands behind `file://`, with `%XX` read.
fn path(text: &str) -> Option<PathBuf> {
    let text = text.strip_prefix("localhost").unwrap_or(text);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes)
        .ok()
        .filter(|path| !path.chars().any(char::is_control))?;
    let climbs = Path::new(&path)
        .components()
        .any(|part| part == std::path::Component::ParentDir);
    (path.starts_with('/') && path.len() > 1 && !climbs).then(|| PathBuf::from(path))
}

/// For people and logs: without what looks like a password.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rtsp(url) | Self::Rtsps(url) => f.write_str(&redact(url)),
            Self::File(path) => write!(f, "file://{}", path.display()),
            Self::V4l2(path) => write!(f, "v4l2://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Source, SourceError> {
        text.parse()
    }

    #[test]
    fn cameras_of_all_kinds_are_told_apart() {
        assert_eq!(
            parse("RTSP://cam.example/a@b"),
            Ok(Source::Rtsp("rtsp://cam.example/a@b".into()))
        );
        assert_eq!(
            parse("rtsps://[2001:db8::1]:322/s?x=1"),
            Ok(Source::Rtsps("rtsps://[2001:db8::1]:322/s?x=1".into()))
        );
        assert_eq!(parse("file:///srv/a%20b.mp4"), Ok(Source::File("/srv/a b.mp4".into())));
        assert_eq!(parse("v4l2:///dev/video0"), Ok(Source::V4l2("/dev/video0".into())));
    }

    #[test]
    fn anything_else_is_told_apart_too() {
        use SourceError::{Characters, Credentials, Device, Host, Path, Port, Scheme};
        type Is = fn(&SourceError) -> bool;
        let cases: [(&str, Is); 18] = [
            ("", |e| matches!(e, Scheme(_))),
            ("192.168.1.20", |e| matches!(e, Scheme(_))),
            ("http://h/", |e| matches!(e, Scheme(_))),
            ("/dev/video0", |e| matches!(e, Scheme(_))),
            ("rtsp://", |e| matches!(e, Host(_))),
            ("rtsp:///s", |e| matches!(e, Host(_))),
            ("rtsp://[::g]/", |e| matches!(e, Host(_))),
            ("rtsp://h:0/", |e| matches!(e, Port(_))),
            ("rtsp://h:x/", |e| matches!(e, Port(_))),
            ("rtsp://u@h/", |e| matches!(e, Credentials)),
            ("rtsp://u:p/q@h/", |e| matches!(e, Credentials)),
            ("rtsp://h/a b", |e| matches!(e, Characters(_))),
            ("rtsp://h/\" ! fakesink", |e| matches!(e, Characters(_))),
            ("file://clip.mp4", |e| matches!(e, Path(_))),
            ("file:///srv/%zz", |e| matches!(e, Path(_))),
            ("file:///srv/../etc", |e| matches!(e, Path(_))),
            ("v4l2:///etc/passwd", |e| matches!(e, Device(_))),
            ("v4l2:///dev/", |e| matches!(e, Device(_))),
        ];
        for (text, is) in cases {
            let error = parse(text).unwrap_err();
            assert!(is(&error), "{text}: {error:?}");
        }
    }
}
