//! `luchs outbox export`: sealed events as JSON lines.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use luchs_delivery::{OutboxError, StoredEvent};
use luchs_scene::Utc;
use serde_json::json;

use super::{Target, Which, opened};
use crate::output::{Failure, Outcome, Sort as _, data, line};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    which: Which,
    /// Write here, which must not exist yet, instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With --output: the count as a JSON object instead of text
    #[arg(long, requires = "output")]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let view = arguments.target.open()?;
    let mut sink = Sink::new(arguments.output.as_deref())?;
    let each = |event: StoredEvent| {
        sink.write(&event)?;
        Ok::<_, Stopped>(true)
    };
    match view.events(&arguments.which.filter(), each) {
        Ok(()) => {}
        Err(Stopped::Outbox(error)) => return opened(Err(error), &arguments.target.path),
        Err(Stopped::Output(failure)) => return Err(failure),
    }
    let events = sink.finish()?;
    match &arguments.output {
        Some(file) if arguments.json => {
            data(json!({ "schema": "luchs.outbox.export/1", "events": events, "file": file }));
        }
        Some(file) => line(format_args!("{events} sealed events: {}", file.display())),
        None => {}
    }
    Ok(())
}

enum Stopped {
    Outbox(OutboxError),
    Output(Failure),
}

impl From<OutboxError> for Stopped {
    fn from(error: OutboxError) -> Self {
        Self::Outbox(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Output(failure)
    }
}

/// Where JSON lines go.
pub(super) struct Sink {
    file: Option<(BufWriter<File>, PathBuf)>,
    events: u64,
}

impl Sink {
    /// A new file, for its owner only; or standard output.
    pub(super) fn new(path: Option<&Path>) -> Outcome<Self> {
        let open = |path: &Path| {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            let file = file.with_context(|| format!("cannot make {}", path.display()));
            anyhow::Ok((BufWriter::new(file?), path.to_owned()))
        };
        let file = path.map(open).transpose().environment()?;
        Ok(Self { file, events: 0 })
    }

    pub(super) fn write(&mut self, event: &StoredEvent) -> Outcome {
        self.events += 1;
        let text = json_line(event);
        match &mut self.file {
            None => data(text),
            Some((file, path)) => writeln!(file, "{text}")
                .with_context(|| format!("cannot write {}", path.display()))
                .environment()?,
        }
        Ok(())
    }

    /// Makes sure that it is on disk.
    pub(super) fn finish(self) -> Outcome<u64> {
        let Some((file, path)) = self.file else {
            return Ok(self.events);
        };
        let sync = |file: BufWriter<File>| -> io::Result<()> { file.into_inner()?.sync_all() };
        sync(file)
            .with_context(|| format!("cannot write {}", path.display()))
            .environment()?;
        Ok(self.events)
    }
}

/// The envelope stays as it is, byte for byte: readers of what was handed over check what the device wrote.
fn json_line(event: &StoredEvent) -> String {
    let topic = json!(event.topic);
    let committed = json!(Utc::from_unix_millis(event.created));
    let (seq, state) = (event.seq, event.state.as_str());
    // It is JSON, and has no line breaks; if it were broken, it would still be one line.
    let envelope = match std::str::from_utf8(&event.payload) {
        Ok(text) if !text.contains(['\n', '\r']) && is_json(text) => text.to_owned(),
        _ => json!(String::from_utf8_lossy(&event.payload)).to_string(),
    };
    format!(r#"{{"seq":{seq},"topic":{topic},"committed":{committed},"state":"{state}","envelope":{envelope}}}"#)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
