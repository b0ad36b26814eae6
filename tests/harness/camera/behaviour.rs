//! How a camera behaves now. The test changes it while frames are sent.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed},
};

use super::reel::Reel;

pub(super) struct Behaviour {
    reel: Mutex<Arc<Reel>>,
    /// Sessions stay, no frame is sent.
    pub(super) is_frozen: AtomicBool,
    /// What RTP packets carry is noise.
    pub(super) is_garbled: AtomicBool,
    /// No sender reports: nobody learns the camera's time.
    pub(super) hides_time: AtomicBool,
    /// The camera's clock minus this machine's, in milliseconds.
    pub(super) clock_offset: AtomicI64,
    /// Frames sent so far.
    pub(super) sent: AtomicU64,
}

impl Behaviour {
    pub(super) fn new(reel: Arc<Reel>) -> Self {
        Self {
            reel: Mutex::new(reel),
            is_frozen: AtomicBool::new(false),
            is_garbled: AtomicBool::new(false),
            hides_time: AtomicBool::new(false),
            clock_offset: AtomicI64::new(0),
            sent: AtomicU64::new(0),
        }
    }

    pub(super) fn reel(&self) -> Arc<Reel> {
        self.reel.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn show(&self, reel: Arc<Reel>) {
        *self.reel.lock().unwrap_or_else(PoisonError::into_inner) = reel;
    }

    pub(super) fn is(flag: &AtomicBool) -> bool {
        flag.load(Relaxed)
    }
}
