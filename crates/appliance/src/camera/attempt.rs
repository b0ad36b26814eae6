//! One pipeline of a camera, from its start to its end.

use std::{
    sync::{Arc, PoisonError},
    thread,
    time::{Duration, Instant},
};

use gst::prelude::*;

use super::{
    fault::{Fault, FaultKind, Part},
    pulse::Pulse,
};
use crate::pipeline::{Built, Decoder, Kind, Line, Refused, build, look_at_decoder};

/// Longest time without anything from the source, before the first data and after.
const SILENCE: Duration = Duration::from_secs(4);
/// Longest time that data come without a picture: cameras send whole pictures every few seconds only.
const BLIND: Duration = Duration::from_secs(12);
/// Longest time that frames go in and none comes out. A model may be slow, and its first run slower.
const STUCK: Duration = Duration::from_secs(30);
/// How often it is tried to stop a pipeline.
const STOPS: u32 = 40;
const BETWEEN_STOPS: Duration = Duration::from_millis(25);

/// A running pipeline.
pub(super) struct Attempt {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    refused: Refused,
    pub(super) pulse: Arc<Pulse>,
    began: Instant,
    decoder: Option<Decoder>,
    hardware: bool,
    is_file: bool,
}

/// What happened on the bus.
#[derive(Debug)]
pub(super) enum News {
    /// The stream is over.
    End,
    /// It failed.
    Fault {
        fault: Fault,
        /// It was the hardware decoder.
        hardware: bool,
    },
    /// The detector says something that a person should know. The delivery logs its notices itself.
    Warning(String),
}

impl Attempt {
    /// Builds the line and lets it run. This opens the model and the outbox, so it may take its time.
    pub(super) fn start(line: &Line, interval: u32, hardware: bool) -> Result<Self, Fault> {
        let Built { pipeline, refused } = build(line, hardware).map_err(|error| {
            let kind = match error {
                crate::pipeline::BuildError::Credentials(_) => FaultKind::Unauthorized,
                crate::pipeline::BuildError::TlsCa { .. } => FaultKind::Untrusted,
                _ => FaultKind::Missing,
            };
            Fault::new(kind, error.to_string())
        })?;
        let bus = pipeline
            .bus()
            .ok_or_else(|| Fault::new(FaultKind::Failed, "a pipeline without a bus"))?;
        let pulse = Pulse::watch(pipeline.upcast_ref());
        let mut attempt = Self {
            pipeline,
            bus,
            refused,
            pulse,
            began: Instant::now(),
            decoder: None,
            hardware,
            is_file: matches!(line.kind, Kind::File { .. }),
        };
        attempt.set_interval(interval);
        if attempt.pipeline.set_state(gst::State::Playing).is_err() {
            let reason = attempt.first_error();
            return Err(reason.unwrap_or_else(|| Fault::new(FaultKind::Failed, "the pipeline does not start")));
        }
        // The time that it took to open the model is not the camera's.
        attempt.began = Instant::now();
        Ok(attempt)
    }

    /// Lets the model look at one frame of so many.
    pub(super) fn set_interval(&self, interval: u32) {
        if let Some(detect) = self.pipeline.by_name("detect") {
            detect.set_property("inference-interval", interval.max(1));
        }
    }

    /// What is new, waiting for `patience` at most.
    pub(super) fn news(&mut self, patience: Duration) -> Option<News> {
        let patience = gst::ClockTime::from_mseconds(patience.as_millis() as u64);
        let message = self.bus.timed_pop(patience)?;
        match message.view() {
            gst::MessageView::Eos(_) => Some(News::End),
            gst::MessageView::Error(error) => Some(self.fault(error)),
            gst::MessageView::Warning(warning) => {
                let part = warning.src().map_or(Part::Other, |src| self.part(src));
                let text = warning.error().message().to_owned();
                (part == Part::Detect).then_some(News::Warning(text))
            }
            // Some sources have no latency to tell before they run.
            gst::MessageView::Latency(_) => {
                if let Err(error) = self.pipeline.recalculate_latency() {
                    tracing::debug!(%error, "no latency");
                }
                None
            }
            _ => None,
        }
    }

    /// Whether it goes on: a fault if what should come does not come.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let running = self.began.elapsed();
        let pulse = &self.pulse;
        // Reading from a file pauses while what comes after is busy.
        if !self.is_file {
            let quiet = pulse.age(&pulse.data).unwrap_or(running);
            if quiet > SILENCE {
                let kind = if pulse.frames.get() > 0 {
                    FaultKind::Stalled
                } else {
                    FaultKind::Silent
                };
                return Err(Fault::quiet(kind, quiet));
            }
        }
        let passed = pulse.age(&pulse.passed).unwrap_or(running);
        let blind = pulse.age(&pulse.frames).unwrap_or(running);
        // Frames that wait show that what comes after them is stuck, not what comes before.
        if blind > BLIND && self.waiting() == 0 {
            return Err(Fault::quiet(FaultKind::Undecodable, blind));
        }
        if passed > STUCK {
            return Err(Fault::new(
                FaultKind::Model,
                format!(
                    "frames go into the model, and none has come out for {} s",
                    passed.as_secs()
                ),
            ));
        }
        Ok(())
    }

    /// Frames that wait for the detector.
    fn waiting(&self) -> u32 {
        let queue = self.pipeline.by_name("newest");
        queue.map_or(0, |queue| queue.property("current-level-buffers"))
    }

    /// Whether frames have come all the way.
    pub(super) fn is_running(&self) -> bool {
        self.pulse.passed.get() > 0
    }

    /// The decoder, once there is one.
    pub(super) fn decoder(&mut self, broken: Option<&str>) -> Option<&Decoder> {
        if self.decoder.is_none() && self.pulse.frames.get() > 0 {
            let wanted = self.hardware || broken.is_some();
            self.decoder = look_at_decoder(self.pipeline.upcast_ref(), wanted, broken);
        }
        self.decoder.as_ref()
    }

    /// What the detector says about itself.
    pub(super) fn detector(&self) -> Option<(gst::Structure, Option<String>)> {
        let detect = self.pipeline.by_name("detect")?;
        let stats = detect.property::<Option<gst::Structure>>("stats")?;
        Some((stats, detect.property("active-device")))
    }

    /// Events that the camera told.
    pub(super) fn events(&self) -> Option<u64> {
        let publish = self.pipeline.by_name("publish")?;
        let stats = publish.property::<Option<gst::Structure>>("stats")?;
        stats.get("events-of-camera").ok()
    }

    fn first_error(&self) -> Option<Fault> {
        let message = self.bus.pop_filtered(&[gst::MessageType::Error])?;
        let gst::MessageView::Error(error) = message.view() else {
            return None;
        };
        match self.fault(error) {
            News::Fault { fault, .. } => Some(fault),
            _ => None,
        }
    }

    fn fault(&self, error: &gst::message::Error) -> News {
        let source = error.src();
        let part = source.map_or(Part::Other, |src| self.part(src));
        let factory = source.and_then(|src| src.downcast_ref::<gst::Element>()?.factory());
        let klass = factory.as_ref().and_then(|factory| factory.metadata("klass"));
        let hardware = klass.is_some_and(|klass| klass.contains("Decoder") && klass.contains("Hardware"));
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
        let fault = match refused {
            Some(reason) => Fault::new(
                FaultKind::Untrusted,
                format!("the camera's certificate is refused: {reason}"),
            ),
            None => Fault::of_error(part, &error.error(), error.debug().as_deref()),
        };
        News::Fault { fault, hardware }
    }

    fn part(&self, source: &gst::Object) -> Part {
        let within = |name: &str| {
            self.pipeline
                .by_name(name)
                .is_some_and(|part| source == part.upcast_ref::<gst::Object>() || source.has_as_ancestor(&part))
        };
        let parts = [
            ("source", Part::Source),
            ("detect", Part::Detect),
            ("publish", Part::Publish),
        ];
        parts
            .into_iter()
            .find(|(name, _)| within(name))
            .map_or(Part::Other, |(_, part)| part)
    }
}

/// Ends the pipeline. Objects in view end with it, and what they tell is on disk when this returns.
impl Drop for Attempt {
    fn drop(&mut self) {
        // decodebin may put elements in while it is stopped; those have not heard of it, and to dispose of an element that
        // plays ends the process.
        for _ in 0..STOPS {
            let stopped = self.pipeline.set_state(gst::State::Null).is_ok();
            let plays = |element: &gst::Element| element.current_state() != gst::State::Null;
            if stopped
                && !self
                    .pipeline
                    .iterate_recurse()
                    .into_iter()
                    .flatten()
                    .any(|element| plays(&element))
            {
                return;
            }
            thread::sleep(BETWEEN_STOPS);
        }
        tracing::warn!("a pipeline did not stop; it is left as it is, and its memory is lost");
        std::mem::forget(self.pipeline.clone());
    }
}
