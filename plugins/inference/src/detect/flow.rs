//! The way of the frames through the element.

use std::{sync::atomic::Ordering, time::Instant};

use gst::{prelude::*, subclass::prelude::*};
use gst_base::prelude::*;
use gst_video::VideoFrameRef;
use luchs_scene::{Detection, Object, event::Status};

use super::{
    frame::{size, view},
    imp::{CAT, LuchsDetect},
    lock::lock,
    stats::Pass,
    stream::{Held, Stream},
};

/// A frame that goes on, and what is to be told before.
struct Outgoing {
    buffer: gst::Buffer,
    status: Option<Status>,
}

impl LuchsDetect {
    /// Takes a frame into the element.
    pub(super) fn take_in(&self, mut buffer: gst::Buffer) -> Result<(), gst::FlowError> {
        let arrived = Instant::now();
        self.exchange()?;
        self.make_room()?;
        let times = self.times(&buffer);
        let live = self.is_live();
        let mut guard = lock(&self.state);
        let stream = guard.as_mut().ok_or(gst::FlowError::Flushing)?;
        self.refresh(stream);
        let info = stream.info.clone().ok_or(gst::FlowError::NotNegotiated)?;
        if !gst_luchs_meta::was_inferred(&buffer) {
            // Of an earlier detector.
            gst_luchs_meta::unmark_skipped(buffer.make_mut());
        }
        let late = times
            .filter(|_| live && stream.live.skip_late)
            .is_some_and(|(now, frame)| stream.is_late(now, frame, self.period()));
        let pass = match stream.turn(late) {
            Ok(()) => self.submit(stream, &buffer, &info)?,
            Err(why) => Some(why),
        };
        let held = Held {
            buffer,
            size: size(&info),
            arrived,
            pass,
        };
        stream.line.push(held, pass.is_none());
        lock(&self.stats).in_flight = stream.line.len() as u64;
        Ok(())
    }

    /// Puts the frame under way, unless nothing moves.
    fn submit(
        &self,
        stream: &mut Stream,
        buffer: &gst::BufferRef,
        info: &gst_video::VideoInfo,
    ) -> Result<Option<Pass>, gst::FlowError> {
        gst_luchs_meta::refuse_crop(buffer).map_err(|err| self.fail("cannot be looked at", &err))?;
        let mapped =
            VideoFrameRef::from_buffer_ref_readable(buffer, info).map_err(|err| self.fail("cannot be read", &err))?;
        let frame = view(&mapped, info).map_err(|err| self.fail("cannot be read", &err))?;
        let region = stream.live.region.map(|region| region.of(frame.size()));
        if stream.is_still(&frame, region, buffer.pts()) {
            return Ok(Some(Pass::Still));
        }
        stream
            .detector
            .submit(&frame, region)
            .map_err(|err| self.fail("cannot be looked at", &err))?;
        Ok(None)
    }

    /// The next frame that goes on, if it is time for one.
    pub(super) fn next_due(&self) -> Result<Option<gst::Buffer>, gst::FlowError> {
        let outgoing = {
            let mut guard = lock(&self.state);
            match guard.as_mut() {
                Some(stream) if stream.is_due() => self.take_out(stream)?,
                Some(stream) => {
                    stream.rest();
                    None
                }
                None => None,
            }
        };
        Ok(outgoing.map(|outgoing| self.tell(outgoing)))
    }

    /// Sends all frames on that are in the element.
    pub(super) fn drain(&self) -> Result<(), gst::FlowError> {
        self.send_while(|_| true)
    }

    /// Sends frames on until another one can be put under way: settings may have changed since the last came in.
    fn make_room(&self) -> Result<(), gst::FlowError> {
        self.send_while(|stream| {
            stream.detector.pending() >= stream.detector.capacity() || stream.line.len() > stream.limit()
        })
    }

    fn send_while(&self, wanted: impl Fn(&Stream) -> bool) -> Result<(), gst::FlowError> {
        loop {
            // Nobody waits for the lock while downstream takes its time.
            let outgoing = {
                let mut guard = lock(&self.state);
                match guard.as_mut().filter(|stream| wanted(stream)) {
                    Some(stream) => self.take_out(stream),
                    None => Ok(None),
                }
            };
            let sent = match outgoing {
                Ok(Some(outgoing)) => self.obj().src_pad().push(self.tell(outgoing)).map(|_| ()),
                Ok(None) => return Ok(()),
                Err(err) => Err(err),
            };
            if let Err(err) = sent {
                self.discard();
                return Err(err);
            }
        }
    }

    /// Forgets the frames in the element.
    pub(super) fn discard(&self) {
        if let Some(stream) = lock(&self.state).as_mut() {
            stream.discard();
        }
        lock(&self.stats).in_flight = 0;
    }

    /// Takes the oldest frame out, with its objects attached; waits for its inference.
    fn take_out(&self, stream: &mut Stream) -> Result<Option<Outgoing>, gst::FlowError> {
        let Some((held, awaits)) = stream.line.pop() else {
            return Ok(None);
        };
        let Held {
            mut buffer,
            size,
            arrived,
            pass,
        } = held;
        let mut status = None;
        if awaits {
            match stream.detector.finish(&stream.params, &mut stream.found) {
                Ok(timing) => {
                    gst::log!(CAT, imp = self, "{} objects, {timing:?}", stream.found.len());
                    attach(stream, &mut buffer, size);
                    stream.remember();
                    lock(&self.stats).inferred(timing, stream.found.len(), arrived.elapsed());
                    status = self.well(stream);
                }
                Err(err) if err.is_transient() => {
                    gst_luchs_meta::mark_skipped(buffer.make_mut());
                    lock(&self.stats).failed();
                    status = self.failed(stream, &err);
                }
                Err(err) => return Err(self.fail("cannot be looked at", &err)),
            }
        }
        if let Some(why) = pass {
            match why {
                Pass::Still => gst_luchs_meta::mark_still(buffer.make_mut()),
                Pass::Interval | Pass::Late => gst_luchs_meta::mark_skipped(buffer.make_mut()),
            }
            lock(&self.stats).passed(why);
        }
        lock(&self.stats).in_flight = stream.line.len() as u64;
        self.stats_interval.store(stream.live.stats_interval, Ordering::Relaxed);
        Ok(Some(Outgoing { buffer, status }))
    }

    /// Tells what is to be told before the frame goes on.
    fn tell(&self, Outgoing { buffer, status }: Outgoing) -> gst::Buffer {
        if let Some(status) = status {
            self.obj().src_pad().push_event(gst_luchs_meta::status_event(&status));
        }
        self.post_due_stats();
        buffer
    }

    /// Takes over what was set since the last frame.
    fn refresh(&self, stream: &mut Stream) {
        if stream.version != self.version.load(Ordering::Acquire) {
            let before = stream.limit();
            let version = self.version.load(Ordering::Acquire);
            stream.set_live(lock(&self.settings).live, version);
            if stream.limit() != before {
                self.set_held(stream);
            }
        }
    }

    fn fail(&self, what: &str, err: &dyn std::error::Error) -> gst::FlowError {
        gst::element_imp_error!(self, gst::StreamError::Failed, ("A frame {what}: {err}"));
        gst::FlowError::Error
    }
}

/// Attaches what was found to the frame's buffer.
fn attach(stream: &Stream, buffer: &mut gst::Buffer, size: luchs_scene::Size) {
    if stream.found.is_empty() {
        return;
    }
    let buffer = buffer.make_mut();
    for Detection {
        rect,
        label_id,
        confidence,
    } in &stream.found
    {
        let object = Object {
            rect: *rect,
            label_id: *label_id,
            label: stream.detector.model().labels.name(*label_id),
            confidence: *confidence,
            track_id: None,
        };
        gst_luchs_meta::attach(buffer, size, &object);
    }
}
