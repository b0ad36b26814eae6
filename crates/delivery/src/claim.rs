//! The right to speak for one camera.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use luchs_scene::{Draft, Name, event::topic};

use crate::{Delivery, OpenError, outbox::Command};

/// How often a wait looks whether it is over.
const LOOK: Duration = Duration::from_millis(20);

/// One camera of a [`Delivery`]; nobody else may submit its objects until the claim is dropped. How it fares may be told
/// by others all the same: [`Delivery::tell`].
///
/// Readers tell objects apart by device, camera, boot and id, and a boot lasts as long as anyone holds the delivery.
/// Trackers count from 1 each time they are made. So a claim that is not the first of its camera in a boot puts its ids
/// behind the highest one given before.
#[derive(Debug)]
pub struct Claim {
    delivery: Delivery,
    camera: Name,
    /// What is added to the ids of objects.
    base: u64,
}

/// A camera, as long as the boot lasts.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    taken: bool,
    /// The highest id of an object so far.
    highest: u64,
}

/// What became of a camera's events, at the end of a wait for the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// The broker has acknowledged all of them.
    All,
    /// The broker does not want them at present: nobody subscribes, or we may not write there.
    Unwanted,
    /// Some are not acknowledged in time.
    Late,
    /// The wait was broken off.
    Cancelled,
}

impl Claim {
    pub(crate) fn new(delivery: Delivery, camera: Name) -> Result<Self, OpenError> {
        if camera.is_of_device() {
            return Err(OpenError::CameraReserved(camera));
        }
        let mut seats = delivery.seats();
        let seat = seats.entry(camera.clone()).or_default();
        if seat.taken {
            let path = delivery.outbox().to_owned();
            return Err(OpenError::CameraTaken { camera, path });
        }
        seat.taken = true;
        let base = seat.highest;
        drop(seats);
        Ok(Self { delivery, camera, base })
    }

    /// The camera.
    pub fn camera(&self) -> &Name {
        &self.camera
    }

    /// The delivery that it is a camera of.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Takes an event of the camera in, like [`Delivery::submit`].
    pub fn submit(&self, draft: Draft) {
        self.submit_since(vec![draft], Instant::now());
    }

    /// As [`Claim::submit`], of something that arrived then: [`Delivery::commit_latencies`] counts from there. Events that
    /// are submitted together are committed together.
    pub fn submit_since(&self, mut drafts: Vec<Draft>, arrived: Instant) {
        let mut highest = 0;
        for object in drafts.iter_mut().filter_map(|draft| draft.object.as_mut()) {
            object.id = object.id.saturating_add(self.base);
            highest = highest.max(object.id);
        }
        if let Some(seat) = self.delivery.seats().get_mut(&self.camera) {
            seat.highest = seat.highest.max(highest);
        }
        self.delivery.submit_since(drafts.into_iter(), arrived);
    }

    /// Waits until the broker has acknowledged all events of this camera that are on disk, also those of earlier runs,
    /// which it gets first. Not longer than `timeout`, nor when `cancelled` says so, and not for what the broker has said
    /// it does not want at present.
    pub fn drain(&self, timeout: Duration, cancelled: impl Fn() -> bool) -> Drained {
        let deadline = Instant::now() + timeout;
        let topic = topic(self.delivery.prefix(), self.delivery.device(), &self.camera);
        loop {
            if !self.is_waiting(&topic) {
                return Drained::All;
            }
            if self.delivery.is_muted(&topic) {
                return Drained::Unwanted;
            }
            if cancelled() {
                return Drained::Cancelled;
            }
            if Instant::now() >= deadline {
                return Drained::Late;
            }
            thread::sleep(LOOK);
        }
    }

    /// Whether an event waits for the broker. True while the outbox cannot tell.
    fn is_waiting(&self, topic: &str) -> bool {
        let (reply, answer) = mpsc::channel();
        let topic = topic.to_owned();
        self.delivery.command(Command::Waiting { topic, reply });
        answer.recv_timeout(LOOK).unwrap_or(true)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(seat) = self.delivery.seats().get_mut(&self.camera) {
            seat.taken = false;
        }
    }
}
