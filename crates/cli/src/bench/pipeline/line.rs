//! The launch line: as arguments, or out of a template with values.

use std::path::{Path, PathBuf};

use gst::prelude::*;

/// Why there is no pipeline.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("{path}: {source}; --file wants a launch line, such as those in pipelines/", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the line has no element; write for example: videotestsrc num-buffers=300 ! luchsdetect model=DIR ! fakesink"
    )]
    Empty,
    #[error("the line wants a value for ${{{name}}}: give --set {name}=…")]
    NoValue { name: String },
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
        .ok_or_else(|| "not NAME=VALUE: use for example model=models/yolox-nano".to_owned())
}

/// A pipeline, and how it was written.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) pipeline: gst::Pipeline,
}

impl Line {
    /// Out of `words`, or of `file`; `values` replace `${NAME}`.
    pub(super) fn parse(words: &[String], file: Option<&Path>, values: &[(String, String)]) -> Result<Self, LineError> {
        let words = match file {
            Some(path) => template(path, values)?,
            None => words
                .iter()
                .map(|word| filled(word, values))
                .collect::<Result<_, _>>()?,
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

/// The words of a template; lines that begin with # are comments.
fn template(path: &Path, values: &[(String, String)]) -> Result<Vec<String>, LineError> {
    let text = std::fs::read_to_string(path).map_err(|source| LineError::Read {
        path: path.into(),
        source,
    })?;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    // Taken apart first, so that a value with blanks in it stays one word.
    lines
        .flat_map(str::split_whitespace)
        .map(|word| filled(word, values))
        .collect()
}

fn filled(word: &str, values: &[(String, String)]) -> Result<String, LineError> {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        // The last one counts, as in a shell.
        let value = values.iter().rev().find(|(of, _)| of == name);
        let (_, value) = value.ok_or_else(|| LineError::NoValue { name: name.to_owned() })?;
        out.push_str(before);
        out.push_str(value);
        rest = behind;
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        let values = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "${a} x".to_owned())];
        assert_eq!(filled("p=${a}/${b}", &values).unwrap(), "p=1/${a} x");
        assert_eq!(filled("plain", &values).unwrap(), "plain");
        let error = filled("${clip}", &values).unwrap_err().to_string();
        assert!(error.contains("--set clip="), "{error}");
    }
}
