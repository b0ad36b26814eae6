//! What the service is asked to do from outside.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

/// SIGTERM and SIGINT stop, SIGHUP reads the configuration again.
pub(super) struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let (stop, reload) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        for signal in [SIGTERM, SIGINT] {
            // The second one ends at once, for a person who cannot wait.
            flag::register_conditional_shutdown(signal, 130, stop.clone())?;
            flag::register(signal, stop.clone())?;
        }
        flag::register(SIGHUP, reload.clone())?;
        Ok(Self { stop, reload })
    }

    pub(super) fn stop(&self) -> bool {
        self.stop.load(SeqCst)
    }

    /// Whether a reload was asked for since it was looked last.
    pub(super) fn reload(&self) -> bool {
        self.reload.swap(false, SeqCst)
    }
}
