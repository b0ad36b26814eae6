//! A bar for people at a terminal, and their wish to stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// Set by Ctrl-C, which ends the measuring and shows what was measured; a second one ends the program.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_shutdown(signal, 3, Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
        }
        Ok(Self(stop))
    }

    /// The same for work that cleans up after itself: a second one changes nothing.
    pub(crate) fn gently() -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register(signal, Arc::clone(&stop))?;
        }
        Ok(Self(stop))
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far it is. Silent where standard error is no terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(1000);
        if let Ok(style) = ProgressStyle::with_template("{msg:12} {bar:40} {percent:>3} %  {prefix}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A new part begins.
    pub(crate) fn part(&self, name: &'static str) {
        self.0.set_position(0);
        self.0.set_message(name);
        self.0.set_prefix("");
    }

    /// How much of the part is done, 0 to 1, with a few words.
    pub(crate) fn at(&self, done: f64, words: String) {
        self.0.set_position((done.clamp(0.0, 1.0) * 1000.0) as u64);
        self.0.set_prefix(words);
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// The larger part that is done, of those that can end it; 0 where none is set.
pub(crate) fn done(time: Duration, of: Option<Duration>, frames: u64, of_frames: Option<u64>) -> f64 {
    let part = |have: f64, whole: f64| if whole > 0.0 { have / whole } else { 1.0 };
    let by_time = of.map_or(0.0, |whole| part(time.as_secs_f64(), whole.as_secs_f64()));
    by_time.max(of_frames.map_or(0.0, |whole| part(frames as f64, whole as f64)))
}
