//! What the pipeline says on its bus.

use std::collections::BTreeMap;

use anyhow::anyhow;
use gst::prelude::*;

/// The end that a message tells of.
#[derive(Debug)]
pub(super) enum News {
    EndOfStream,
    Error(anyhow::Error),
}

/// The bus, and what was heard so far.
pub(super) struct Watch {
    bus: gst::Bus,
    /// Warnings, each once, with how often it came.
    pub(super) warnings: BTreeMap<String, u64>,
    /// Frames that elements dropped for being late, by element: the last word of each counts.
    pub(super) late: BTreeMap<String, u64>,
}

impl Watch {
    pub(super) fn new(pipeline: &gst::Pipeline) -> Option<Self> {
        Some(Self {
            bus: pipeline.bus()?,
            warnings: BTreeMap::new(),
            late: BTreeMap::new(),
        })
    }

    /// Waits for news, but not longer than `time`.
    pub(super) fn next(&mut self, time: gst::ClockTime) -> Option<News> {
        let kinds = [
            gst::MessageType::Eos,
            gst::MessageType::Error,
            gst::MessageType::Warning,
            gst::MessageType::Qos,
        ];
        let mut wait = time;
        while let Some(message) = self.bus.timed_pop_filtered(wait, &kinds) {
            let source = message
                .src()
                .map(|source| source.name().to_string())
                .unwrap_or_default();
            match message.view() {
                gst::MessageView::Eos(_) => return Some(News::EndOfStream),
                gst::MessageView::Error(error) => {
                    let text = error.error().to_string();
                    // What GStreamer's own elements say is explained in the debug text, ours need none.
                    let debug = error.debug().unwrap_or_default();
                    let detail = debug
                        .lines()
                        .nth(1)
                        .map(|line| format!(" ({line})"))
                        .unwrap_or_default();
                    return Some(News::Error(anyhow!("{source}: {}{detail}", text.trim_end_matches('.'))));
                }
                gst::MessageView::Warning(warning) => {
                    *self
                        .warnings
                        .entry(format!("{source}: {}", warning.error()))
                        .or_default() += 1;
                }
                gst::MessageView::Qos(qos) => {
                    let (_, dropped) = qos.stats();
                    if let gst::GenericFormattedValue::Buffers(Some(dropped)) = dropped {
                        self.late.insert(source, *dropped);
                    }
                }
                _ => {}
            }
            wait = gst::ClockTime::ZERO;
        }
        None
    }
}
