//! What the element tells the application, those behind it, and those who ask about time.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use gst::{prelude::*, subclass::prelude::*};
use gst_base::prelude::*;
use luchs_infer::{
    DetectError,
    progress::{Listener, Stage},
};
use luchs_scene::event::{Condition, Status};

use super::{
    health::Tell,
    imp::{CAT, LuchsDetect},
    lock::lock,
    stream::Stream,
};

/// Whether upstream is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    Unknown,
    Live,
    NotLive,
}

impl LuchsDetect {
    /// An inference failed; what those behind the element are to hear.
    pub(super) fn failed(&self, stream: &mut Stream, err: &DetectError) -> Option<Status> {
        let text = match stream.health.failed(Instant::now()) {
            Tell::Nothing => return None,
            Tell::Begun => format!("{err}; frames go on without objects until it works again"),
            Tell::GoesOn(frames) => format!("{err}; {frames} frames are lost so far"),
        };
        gst::warning!(CAT, imp = self, "{text}");
        gst::element_imp_warning!(self, gst::StreamError::Failed, ("{text}"));
        Some(Status {
            condition: Condition::DetectorFailing,
            text,
        })
    }

    /// An inference was well; what those behind the element are to hear.
    pub(super) fn well(&self, stream: &mut Stream) -> Option<Status> {
        if !stream.health.is_failing() {
            return None;
        }
        let frames = stream.health.well(Instant::now())?;
        let path = stream.detector.model().file.path.display();
        let text = format!("{path}: works again, after {frames} frames that are lost");
        gst::info!(CAT, imp = self, "{text}");
        gst::element_imp_info!(self, gst::StreamError::Failed, ("{text}"));
        Some(Status {
            condition: Condition::DetectorRecovered,
            text,
        })
    }

    /// Tells the application of what takes long while a model is opened.
    pub(super) fn progress(&self) -> Listener {
        let element = self.obj().downgrade();
        Arc::new(move |progress| {
            let Some(element) = element.upgrade() else { return };
            let kind = match progress.stage {
                Stage::Started => gst::ProgressType::Start,
                Stage::Running(_) => gst::ProgressType::Continue,
                Stage::Finished(_) => gst::ProgressType::Complete,
            };
            let text = progress.to_string();
            let message = gst::message::Progress::builder(kind, "open", &text)
                .src(&element)
                .build();
            if element.post_message(message).is_err() {
                gst::debug!(CAT, obj = element, "No bus for a message");
            }
        })
    }

    pub(super) fn post_stats(&self) {
        self.post(lock(&self.stats).structure());
    }

    pub(super) fn post_due_stats(&self) {
        let interval = Duration::from_millis(self.stats_interval.load(Relaxed).into());
        if lock(&self.stats).is_due(interval) {
            self.post_stats();
        }
    }

    pub(super) fn post(&self, structure: gst::Structure) {
        let message = gst::message::Element::builder(structure).src(&*self.obj()).build();
        if self.obj().post_message(message).is_err() {
            gst::debug!(CAT, imp = self, "No bus for a message");
        }
    }

    /// The running time now, and that of the frame, in nanoseconds.
    pub(super) fn times(&self, buffer: &gst::BufferRef) -> Option<(i64, i64)> {
        let element = self.obj();
        let (clock, base) = (element.clock()?, element.base_time()?);
        let segment = element.segment();
        let frame = segment
            .downcast_ref::<gst::ClockTime>()?
            .to_running_time(buffer.pts()?)?;
        let nanos = |time: gst::ClockTime| i64::try_from(time.nseconds()).ok();
        Some((nanos(clock.time())?.checked_sub(nanos(base)?)?, nanos(frame)?))
    }

    /// Whether upstream is live. Asked once a segment, and when the pipeline has worked out its latency.
    pub(super) fn is_live(&self) -> bool {
        let known = *lock(&self.liveness);
        if known != Liveness::Unknown {
            return known == Liveness::Live;
        }
        let mut query = gst::query::Latency::new();
        let live = self.obj().sink_pad().peer_query(&mut query) && query.result().0;
        gst::debug!(CAT, imp = self, "Upstream is {}live", if live { "" } else { "not " });
        *lock(&self.liveness) = if live { Liveness::Live } else { Liveness::NotLive };
        live
    }

    pub(super) fn ask_liveness_again(&self) {
        *lock(&self.liveness) = Liveness::Unknown;
    }

    /// The time between two frames, if the caps say it.
    pub(super) fn period(&self) -> Option<Duration> {
        Some(Duration::from_nanos(self.period.load(Relaxed))).filter(|period| !period.is_zero())
    }

    /// How long frames are held back for others to be looked at; zero if the caps do not say how fast they come.
    pub(super) fn latency(&self) -> gst::ClockTime {
        gst::ClockTime::from_nseconds(self.held.load(Relaxed).saturating_mul(self.period.load(Relaxed)))
    }

    /// Notes how many frames are held back; says so to the pipeline, which asks for the latency then.
    pub(super) fn set_held(&self, stream: &Stream) {
        let held = stream.limit() as u64 - 1;
        if self.held.swap(held, Relaxed) != held {
            let message = gst::message::Latency::builder().src(&*self.obj()).build();
            if self.obj().post_message(message).is_err() {
                gst::debug!(CAT, imp = self, "No bus for the latency");
            }
        }
    }
}
