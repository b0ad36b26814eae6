//! Sends a reel over and over into one session's pipeline, in real time. Frames keep their order and timestamps never go
//! back: a frame's time is when it is due, whichever round it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use gst::prelude::*;
use gst_rtsp_server::{RTSPMedia, prelude::*};

use super::{behaviour::Behaviour, reel::Reel};

/// Frames that may wait in the source. Nobody takes them as long as the client has not said PLAY.
const WAITING: u64 = 3;

/// Begins to send; it ends with the media.
pub(super) fn start(media: &RTSPMedia, source: &gst_app::AppSrc, behaviour: Arc<Behaviour>) -> Result<()> {
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    media.connect_unprepared(move |_| is_over.store(true, Relaxed));
    // Not `media.status()`, which waits as long as it is being prepared.
    let prepared = Arc::new(AtomicBool::new(false));
    let is_prepared = prepared.clone();
    media.connect_prepared(move |_| is_prepared.store(true, Relaxed));
    let source = source.downgrade();
    thread::Builder::new().name("camera-feeder".into()).spawn(move || {
        let clock = gst::SystemClock::obtain();
        let mut feeder = Feeder::new(behaviour);
        while !over.load(Relaxed) {
            // The media is gone: nobody is left to send to.
            let Some(source) = source.upgrade() else { return };
            let now = clock.time();
            if feeder.is_due(now) {
                feeder.send(&source, prepared.load(Relaxed));
            }
            drop(source);
            let wait = feeder
                .due
                .map_or(0, |due| due.nseconds().saturating_sub(clock.time().nseconds()));
            thread::sleep(Duration::from_nanos(wait).min(Duration::from_millis(20)));
        }
    })?;
    Ok(())
}

struct Feeder {
    behaviour: Arc<Behaviour>,
    reel: Arc<Reel>,
    next: usize,
    due: Option<gst::ClockTime>,
    /// Whether a frame was left out: then only a key frame makes sense.
    is_broken: bool,
    has_caps: bool,
}

impl Feeder {
    fn new(behaviour: Arc<Behaviour>) -> Self {
        let reel = behaviour.reel();
        Self {
            behaviour,
            reel,
            next: 0,
            due: None,
            is_broken: true,
            has_caps: false,
        }
    }

    fn is_due(&mut self, now: gst::ClockTime) -> bool {
        let due = *self.due.get_or_insert(now);
        if now.nseconds().saturating_sub(due.nseconds()) > 1_000_000_000 {
            // This machine was away.
            self.due = Some(now);
        }
        now >= due
    }

    /// Sends the frame that is due, or lets it pass, as the camera behaves now.
    fn send(&mut self, source: &gst_app::AppSrc, is_described: bool) {
        let Some(due) = self.due else { return };
        self.due = Some(due + self.reel.period);
        let Some(base) = source
            .base_time()
            .filter(|_| source.current_state() == gst::State::Playing)
        else {
            return;
        };
        let reel = self.behaviour.reel();
        if !Arc::ptr_eq(&reel, &self.reel) {
            (self.reel, self.next, self.is_broken, self.has_caps) = (reel, 0, true, false);
        }
        let number = self.next;
        self.next = (number + 1) % self.reel.frames.len();
        // A camera that is frozen still describes itself, for which a frame has to come.
        let is_frozen = Behaviour::is(&self.behaviour.is_frozen) && is_described;
        if is_frozen || source.current_level_buffers() >= WAITING {
            self.is_broken = true;
            return;
        }
        if self.is_broken && !self.reel.is_key(number) {
            return;
        }
        if !self.has_caps {
            source.set_caps(Some(&self.reel.caps));
            self.has_caps = true;
        }
        let mut frame = self.reel.frames[number].copy();
        if let Some(frame) = frame.get_mut() {
            let time = due.checked_sub(base).unwrap_or_default();
            frame.set_pts(time);
            frame.set_dts(time);
            frame.set_duration(self.reel.period);
        }
        // Refused when the session is just ending.
        if source.push_buffer(frame).is_ok() {
            self.is_broken = false;
            self.behaviour.sent.fetch_add(1, Relaxed);
        }
    }
}
