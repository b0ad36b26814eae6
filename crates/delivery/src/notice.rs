//! Changes of state that a person should hear about.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good news: something works again.
    Info,
    /// Events are kept, but something needs to be put right.
    Warning,
    /// Events are or will be lost until someone acts.
    Error,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The way to the broker.
    Link,
    /// The outbox on disk.
    Storage,
    /// The recipients' keys.
    Recipients,
}

/// One notice. Its text says what happened, what it means for the events, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub topic: Topic,
    /// One or two sentences.
    pub text: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

type Callback = dyn Fn(&Notice) + Send + Sync;

/// How many notices are kept for those who begin to listen later.
const KEPT: usize = 16;
/// Least time between two notices about the same.
const SELDOM: Duration = Duration::from_mins(1);

/// Passes notices on to all who listen.
#[derive(Default)]
pub(crate) struct Board(Mutex<State>);

#[derive(Default)]
struct State {
    recent: VecDeque<Notice>,
    /// When what was said seldom was said.
    said: HashMap<String, Instant>,
    listeners: Vec<Weak<Callback>>,
}

/// Listens until it is dropped.
pub struct Listener {
    _callback: Arc<Callback>,
}

impl Board {
    pub(crate) fn post(&self, severity: Severity, topic: Topic, text: String) {
        match severity {
            Severity::Info => tracing::info!(about = ?topic, "{text}"),
            Severity::Warning => tracing::warn!(about = ?topic, "{text}"),
            Severity::Error => tracing::error!(about = ?topic, "{text}"),
        }
        let notice = Notice { severity, topic, text };
        let mut state = self.state();
        if state.recent.len() == KEPT {
            state.recent.pop_front();
        }
        state.recent.push_back(notice.clone());
        state.listeners.retain(|listener| listener.strong_count() > 0);
        let listeners: Vec<_> = state.listeners.iter().filter_map(Weak::upgrade).collect();
        // A listener may do what it likes, also post.
        drop(state);
        for listener in listeners {
            listener(&notice);
        }
    }

    /// Posts it, unless one about the same `matter` was posted a short time ago. True if it was posted.
    pub(crate) fn post_seldom(&self, matter: &str, severity: Severity, topic: Topic, text: String) -> bool {
        {
            let mut state = self.state();
            state.said.retain(|_, at| at.elapsed() < SELDOM);
            if state.said.contains_key(matter) {
                tracing::debug!(about = ?topic, "{text}");
                return false;
            }
            state.said.insert(matter.to_owned(), Instant::now());
        }
        self.post(severity, topic, text);
        true
    }

    /// Calls `callback` for the latest notices and every later one.
    pub(crate) fn listen(&self, callback: impl Fn(&Notice) + Send + Sync + 'static) -> Listener {
        let callback: Arc<Callback> = Arc::new(callback);
        let recent: Vec<_> = {
            let mut state = self.state();
            state.listeners.push(Arc::downgrade(&callback));
            state.recent.iter().cloned().collect()
        };
        for notice in &recent {
            callback(notice);
        }
        Listener { _callback: callback }
    }

    pub(crate) fn recent(&self) -> Vec<Notice> {
        self.state().recent.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}
