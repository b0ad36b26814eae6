//! Why a camera is not watched.

use std::{error::Error, fmt, time::Duration};

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Nobody can be reached there, or nobody listens.
    Unreachable,
    /// User or password are missing or wrong.
    Unauthorized,
    /// The camera has no such stream.
    NotFound,
    /// The camera's certificate cannot be trusted.
    Untrusted,
    /// Connected, and nothing comes.
    Silent,
    /// Frames came, and come no more.
    Stalled,
    /// Data come that give no frames.
    Undecodable,
    /// The camera ended the stream.
    Ended,
    /// The model cannot be used.
    Model,
    /// Events cannot be sealed or kept.
    Events,
    /// GStreamer lacks something.
    Missing,
    /// Anything else.
    Failed,
}

impl FaultKind {
    /// In a word, for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not-found",
            Self::Untrusted => "untrusted",
            Self::Silent => "silent",
            Self::Stalled => "stalled",
            Self::Undecodable => "undecodable",
            Self::Ended => "ended",
            Self::Model => "model",
            Self::Events => "events",
            Self::Missing => "missing",
            Self::Failed => "failed",
        }
    }

    /// What a person does about it; none where the text tells it already.
    fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::Unreachable => "check the address, the cable and that the camera is on; it is tried again and again",
            Self::Unauthorized => {
                "put user and password (a line each) into the camera's credentials file; it is read again at each try"
            }
            Self::NotFound => "check the path in the camera's url: its manual or its web page names it",
            Self::Untrusted => "give the authority of the camera's certificate as tls-ca",
            Self::Silent | Self::Stalled => "the camera may hang: it is connected to anew",
            Self::Undecodable => "is the stream damaged, or of a codec that no decoder is installed for?",
            Self::Ended => "it is connected to anew",
            Self::Model | Self::Events => return None,
            Self::Missing => "install the package that has it",
            Self::Failed => "it is tried again",
        })
    }

    /// Whether waiting longer each time makes sense because only a person can mend it.
    pub(super) fn wants_a_person(self) -> bool {
        matches!(
            self,
            Self::Unauthorized | Self::NotFound | Self::Untrusted | Self::Model | Self::Events | Self::Missing
        )
    }
}

/// A fault, for a person. It holds no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// What happened.
    pub text: String,
}

impl Fault {
    /// A fault, with what happened.
    pub fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }

    /// Nothing came for so long.
    pub(super) fn quiet(kind: FaultKind, since: Duration) -> Self {
        let seconds = since.as_secs();
        let text = match kind {
            FaultKind::Silent => format!("connected, but nothing came for {seconds} s"),
            FaultKind::Undecodable => format!("data come, but no picture could be made of them for {seconds} s"),
            _ => format!("no frame for {seconds} s"),
        };
        Self { kind, text }
    }

    /// What an error message of a camera's pipeline means.
    pub fn of_source(error: &gst::glib::Error, debug: Option<&str>) -> Self {
        Self::of_error(Part::Source, error, debug)
    }

    /// What an error message on the bus means. `part` is the named element it came from or out of.
    pub(super) fn of_error(part: Part, error: &gst::glib::Error, debug: Option<&str>) -> Self {
        let kind = match part {
            Part::Detect => FaultKind::Model,
            Part::Publish => FaultKind::Events,
            Part::Source => source_kind(error, debug.unwrap_or_default()),
            Part::Other => other_kind(error),
        };
        let mut text = error.message().trim_end_matches('.').to_owned();
        // The line that follows the function's name says more than the message; elements of ours say all in the message.
        if part == Part::Source || part == Part::Other {
            let detail = debug
                .unwrap_or_default()
                .lines()
                .skip(1)
                .map(str::trim)
                .find(|line| !line.is_empty());
            if let Some(detail) = detail {
                text = format!("{text}: {}", detail.trim_end_matches('.'));
            }
        }
        Self { kind, text }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.kind.remedy() {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl Error for Fault {}

/// The part of a camera's line that an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Source,
    Detect,
    Publish,
    Other,
}

fn source_kind(error: &gst::glib::Error, debug: &str) -> FaultKind {
    let certificate = |text: &str| text.contains("TLS") || text.contains("certificate");
    match error.kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NotAuthorized) => FaultKind::Unauthorized,
        Some(gst::ResourceError::NotFound) => FaultKind::NotFound,
        Some(_) if certificate(debug) => FaultKind::Untrusted,
        Some(gst::ResourceError::Busy | gst::ResourceError::Settings) => FaultKind::Failed,
        Some(_) => FaultKind::Unreachable,
        None => other_kind(error),
    }
}

fn other_kind(error: &gst::glib::Error) -> FaultKind {
    match error.kind::<gst::StreamError>() {
        Some(gst::StreamError::CodecNotFound) => FaultKind::Missing,
        Some(
            gst::StreamError::Decode | gst::StreamError::Demux | gst::StreamError::Format | gst::StreamError::WrongType,
        ) => FaultKind::Undecodable,
        _ if error.matches(gst::CoreError::MissingPlugin) => FaultKind::Missing,
        _ => FaultKind::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_source_says_is_understood() {
        let of = |code: gst::ResourceError, debug: &str| {
            Fault::of_error(
                Part::Source,
                &gst::glib::Error::new(code, "Could not open."),
                Some(debug),
            )
        };
        let fault = of(
            gst::ResourceError::NotAuthorized,
            "gstrtspsrc.c(1): f ():\nUnauthorized",
        );
        assert_eq!(fault.kind, FaultKind::Unauthorized);
        assert!(
            fault.to_string().contains("Unauthorized; put user and password"),
            "{fault}"
        );
        let refused = of(
            gst::ResourceError::OpenReadWrite,
            "gstrtspsrc.c(1): f ():\nFailed to connect. (Generic error)",
        );
        assert_eq!(refused.kind, FaultKind::Unreachable);
        let tls = of(gst::ResourceError::OpenReadWrite, "x:\nUnacceptable TLS certificate");
        assert_eq!(tls.kind, FaultKind::Untrusted);
    }
}
