//! A pipeline out of a camera's line.

use gst::{glib, prelude::*};

use super::{Credentials, CredentialsError, Line, decoder};

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

/// Builds the line, and gives its source what no line may hold.
pub(crate) fn build(line: &Line, hardware: bool) -> Result<gst::Pipeline, BuildError> {
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let element = gst::parse::launchv(&words).map_err(BuildError::Parse)?;
    let pipeline = element
        .downcast::<gst::Pipeline>()
        .map_err(|_| BuildError::NoPipeline)?;
    if let Some(source) = pipeline.by_name("source").filter(|_| line.is_network) {
        // Read again at each try, so a password that was changed needs no reload.
        if let Some(path) = line.credentials.locate() {
            let credentials = Credentials::load(&path)?;
            source.set_property("user-id", credentials.user());
            source.set_property("user-pw", credentials.password());
        }
        if let Some(path) = &line.tls_ca {
            let database = gio::TlsFileDatabase::new(path).map_err(|source| BuildError::TlsCa {
                path: path.clone(),
                source,
            })?;
            source.set_property("tls-database", database);
        }
    }
    if let Some(decodebin) = pipeline.by_name("decode") {
        if hardware {
            decoder::prefer_hardware();
        } else {
            decoder::refuse_hardware(&decodebin);
        }
    }
    Ok(pipeline)
}
