//! A pipeline out of a camera's line.

use std::sync::{Arc, Mutex, PoisonError};

use gst::{glib, prelude::*};

use super::{Credentials, CredentialsError, Kind, Line, decoder};

/// Why there is no pipeline.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error("tls-ca {path}: {source}", path = path.display())]
    TlsCa {
        path: std::path::PathBuf,
        source: glib::Error,
    },
    #[error("GStreamer cannot make the pipeline: {0}")]
    Parse(glib::Error),
    #[error("the line is no pipeline")]
    NoPipeline,
}

/// A pipeline that does not run yet.
pub(crate) struct Built {
    pub(crate) pipeline: gst::Pipeline,
    /// Why the camera's certificate was refused: the source itself only says that it cannot connect.
    pub(crate) refused: Refused,
}

/// Set by the source's thread.
pub(crate) type Refused = Arc<Mutex<Option<String>>>;

/// Builds the line, and gives its source what no line may hold.
pub(crate) fn build(line: &Line, hardware: bool) -> Result<Built, BuildError> {
    let refused = Refused::default();
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let element = gst::parse::launchv(&words).map_err(BuildError::Parse)?;
    let pipeline = element
        .downcast::<gst::Pipeline>()
        .map_err(|_| BuildError::NoPipeline)?;
    if let Some(source) = pipeline.by_name("source").filter(|_| line.kind == Kind::Network) {
        // Read again at each try, so a password that was changed needs no reload.
        if let Some(path) = line.credentials.locate() {
            Credentials::load(&path)?.give_to(&source);
        }
        if let Some(path) = &line.tls_ca {
            let database = gio::TlsFileDatabase::new(path).map_err(|source| BuildError::TlsCa {
                path: path.clone(),
                source,
            })?;
            source.set_property("tls-database", database);
        }
        remember_refusals(&source, refused.clone());
    }
    if let Some(decodebin) = pipeline.by_name("decode") {
        if hardware {
            decoder::prefer_hardware();
        } else {
            decoder::refuse_hardware(&decodebin);
        }
    }
    Ok(Built { pipeline, refused })
}

/// Asked only about certificates that were found wanting; the answer is always no.
fn remember_refusals(source: &gst::Element, refused: Refused) {
    source.connect("accept-certificate", false, move |values| {
        let flags = values
            .get(3)
            .and_then(|value| value.get::<gio::TlsCertificateFlags>().ok());
        let reason = flags.map_or_else(|| "it is not valid".to_owned(), reason);
        *refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        Some(false.to_value())
    });
}

fn reason(flags: gio::TlsCertificateFlags) -> String {
    let reasons = [
        (gio::TlsCertificateFlags::UNKNOWN_CA, "its authority is not known"),
        (
            gio::TlsCertificateFlags::BAD_IDENTITY,
            "it is for another name or address",
        ),
        (gio::TlsCertificateFlags::NOT_ACTIVATED, "it is not valid yet"),
        (gio::TlsCertificateFlags::EXPIRED, "it has expired"),
        (gio::TlsCertificateFlags::REVOKED, "it was revoked"),
        (gio::TlsCertificateFlags::INSECURE, "its algorithm is not safe"),
        (gio::TlsCertificateFlags::GENERIC_ERROR, "it cannot be checked"),
    ];
    let found: Vec<_> = reasons
        .iter()
        .filter(|(flag, _)| flags.contains(*flag))
        .map(|(_, text)| *text)
        .collect();
    found.join(", ")
}
