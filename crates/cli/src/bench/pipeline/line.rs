//! The launch line: as arguments, or out of a template with values.

use std::path::{Path, PathBuf};

use gst::prelude::*;
use luchs_appliance::pipeline::template::{self, TemplateError, Values};

/// Why there is no pipeline.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("{path}: {source}; --file wants a launch line, such as those in pipelines/", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the line has no element; write for example: videotestsrc num-buffers=300 ! luchsdetect model=DIR ! fakesink"
    )]
    Empty,
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(
        "GStreamer does not understand the line: {reason}; is every element installed (gst-inspect-1.0 NAME) and every property spelt as there?"
    )]
    Parse { reason: String },
}

/// `NAME=VALUE`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "not NAME=VALUE: use for example model=models/yolox-nano-int8".to_owned())
}

/// A pipeline, and how it was written.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) pipeline: gst::Pipeline,
}

impl Line {
    /// Out of `words`, or of `file`; `values` replace `${NAME}`.
    pub(super) fn parse(words: &[String], file: Option<&Path>, values: &Values) -> Result<Self, LineError> {
        let words = if let Some(path) = file {
            template(path, values)?
        } else {
            let words = words.iter().map(|word| template::filled(word, values));
            words.collect::<Result<Vec<_>, _>>()?.concat()
        };
        if words.iter().all(|word| word.trim().is_empty()) {
            return Err(LineError::Empty);
        }
        let parsed = match words.as_slice() {
            // One argument is a line as a person writes it; several are words that a shell has taken apart already.
            [line] => gst::parse::launch(line),
            words => gst::parse::launchv(&words.iter().map(String::as_str).collect::<Vec<_>>()),
        };
        let element = parsed.map_err(|error| LineError::Parse {
            reason: error.message().trim_end_matches('.').to_owned(),
        })?;
        let pipeline = element.downcast::<gst::Pipeline>().or_else(|element| {
            let pipeline = gst::Pipeline::new();
            pipeline.add(&element).map(|()| pipeline)
        });
        Ok(Self {
            text: words.join(" "),
            pipeline: pipeline.map_err(|error| LineError::Parse {
                reason: error.to_string(),
            })?,
        })
    }
}

/// The words of the template in a file.
fn template(path: &Path, values: &Values) -> Result<Vec<String>, LineError> {
    let text = std::fs::read_to_string(path).map_err(|source| LineError::Read {
        path: path.into(),
        source,
    })?;
    Ok(template::fill(&text, values)?)
}
