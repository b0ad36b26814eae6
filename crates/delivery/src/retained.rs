//! What is stated in plain text for the broker to keep: the latest value of each topic, for whoever subscribes later.
//!
//! In memory only. A broker that has forgotten everything is told again, as each connection tells all of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most topics.
const TOPICS: usize = 256;
/// Most bytes of one statement.
const LARGEST: usize = 64 * 1024;
/// Most bytes of all.
const BYTES: usize = 1024 * 1024;
/// Most bytes of a topic.
const LONGEST: usize = 256;

/// Why something cannot be stated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetainError {
    /// It is no topic to publish on.
    #[error(
        "“{0}” is no topic for a statement: up to {LONGEST} bytes, levels with “/” between them, none of them empty, no \
         “+”, “#” or control characters, and no “$” at the beginning"
    )]
    Topic(String),
    /// Something else is published there.
    #[error("“{0}” is a topic of the device's own status, keys or events: choose another one for a statement")]
    Reserved(String),
    /// It is too large.
    #[error("{size} bytes are too many for a statement on “{topic}”: at most {LARGEST}")]
    TooLarge {
        /// Where.
        topic: String,
        /// How many bytes.
        size: usize,
    },
    /// All together are too many.
    #[error(
        "there is no room for a statement on “{topic}”: at most {TOPICS} topics with {BYTES} bytes in all; take back others"
    )]
    Full {
        /// Where.
        topic: String,
    },
}

/// What is to be stated on a topic; an empty one is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) topic: Arc<str>,
    pub(crate) payload: Arc<[u8]>,
    /// Higher than that of all that was said before.
    pub(crate) version: u64,
}

/// The latest value of each topic.
#[derive(Debug)]
pub(crate) struct Retained {
    /// `<prefix>/<device>`.
    base: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    statements: BTreeMap<Arc<str>, Statement>,
    bytes: usize,
    version: u64,
}

impl Retained {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            state: Mutex::default(),
        }
    }

    /// Sets the value of a topic, or takes it back; false if that is what it is already.
    pub(crate) fn set(&self, topic: &str, payload: Option<&[u8]>) -> Result<bool, RetainError> {
        self.check(topic)?;
        let payload = payload.unwrap_or_default();
        if payload.len() > LARGEST {
            return Err(RetainError::TooLarge {
                topic: topic.to_owned(),
                size: payload.len(),
            });
        }
        let mut state = self.state();
        let before = state.statements.get(topic).map(|known| known.payload.clone());
        if before.as_deref() == Some(payload) {
            return Ok(false);
        }
        let bytes = state.bytes + payload.len() - before.as_ref().map_or(0, |before| before.len());
        if bytes > BYTES || (before.is_none() && state.statements.len() >= TOPICS && !state.forget_one()) {
            return Err(RetainError::Full {
                topic: topic.to_owned(),
            });
        }
        state.bytes = bytes;
        state.version += 1;
        let statement = Statement {
            topic: topic.into(),
            payload: payload.into(),
            version: state.version,
        };
        state.statements.insert(statement.topic.clone(), statement);
        Ok(true)
    }

    /// The latest of all versions.
    pub(crate) fn version(&self) -> u64 {
        self.state().version
    }

    /// What was said first of all that is `wanted`.
    pub(crate) fn first(&self, wanted: impl Fn(&Statement) -> bool) -> Option<Statement> {
        let state = self.state();
        let wanted = state.statements.values().filter(|statement| wanted(statement));
        wanted.min_by_key(|statement| statement.version).cloned()
    }

    fn check(&self, topic: &str) -> Result<(), RetainError> {
        let improper =
            |level: &str| level.is_empty() || level.contains(['+', '#']) || level.chars().any(char::is_control);
        if topic.len() > LONGEST || topic.starts_with('$') || topic.split('/').any(improper) {
            return Err(RetainError::Topic(
                luchs_scene::printable(topic).chars().take(80).collect(),
            ));
        }
        let below = topic.strip_prefix(&self.base).and_then(|rest| rest.strip_prefix('/'));
        let own = |below: &str| matches!(below, "status" | "keys") || below.ends_with("/events");
        if below.is_some_and(own) {
            return Err(RetainError::Reserved(topic.to_owned()));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes room: forgets what was taken back first. False if nothing was.
    fn forget_one(&mut self) -> bool {
        let empty = self
            .statements
            .values()
            .filter(|statement| statement.payload.is_empty());
        let first = empty
            .min_by_key(|statement| statement.version)
            .map(|one| one.topic.clone());
        first.is_some_and(|topic| self.statements.remove(&topic).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retained() -> Retained {
        Retained::new("luchs/box".into())
    }

    #[test]
    fn only_a_change_is_news_and_the_oldest_comes_first() {
        let retained = retained();
        assert_eq!(retained.set("a/1", Some(b"one")), Ok(true));
        assert_eq!(retained.set("a/2", Some(b"two")), Ok(true));
        assert_eq!(retained.set("a/1", Some(b"one")), Ok(false));
        assert_eq!(retained.version(), 2);
        let first = || retained.first(|_| true).map(|one| one.topic.to_string());
        assert_eq!(first().as_deref(), Some("a/1"));
        assert_eq!(retained.set("a/1", None), Ok(true));
        assert_eq!(retained.set("a/1", None), Ok(false));
        assert_eq!(first().as_deref(), Some("a/2"));
        let after = |version| retained.first(|one| one.version > version).map(|one| one.payload.len());
        assert_eq!((after(2), after(3)), (Some(0), None));
    }

    #[test]
    fn it_is_bounded_and_what_was_taken_back_makes_room() {
        let retained = retained();
        for number in 0..TOPICS {
            assert_eq!(retained.set(&format!("a/{number}"), Some(b"x")), Ok(true));
        }
        let full = |topic: &str| Err(RetainError::Full { topic: topic.into() });
        assert_eq!(retained.set("b", Some(b"x")), full("b"));
        assert_eq!(retained.set("a/7", None), Ok(true));
        assert_eq!(retained.set("b", Some(b"x")), Ok(true));
        assert_eq!(retained.set("c", Some(b"x")), full("c"));

        let large = vec![b'x'; LARGEST];
        for number in 0..BYTES / LARGEST - 1 {
            assert_eq!(retained.set(&format!("a/{}", number + 8), Some(&large)), Ok(true));
        }
        assert_eq!(retained.set("a/200", Some(&large)), full("a/200"));
        // What was there is still there.
        assert_eq!(retained.set("a/200", Some(b"x")), Ok(false));
        assert!(matches!(
            retained.set("a/200", Some(&[large, vec![0]].concat())),
            Err(RetainError::TooLarge { .. })
        ));
    }

    #[test]
    fn topics_that_are_none_or_someone_elses_are_refused() {
        let retained = retained();
        for bad in ["", "a//b", "/a", "a/+", "a/#", "a\nb", "$SYS/x", &"x".repeat(257)] {
            assert!(matches!(retained.set(bad, None), Err(RetainError::Topic(_))), "{bad:?}");
        }
        for own in [
            "luchs/box/status",
            "luchs/box/keys",
            "luchs/box/gate/events",
            "luchs/box/status/events",
        ] {
            assert!(
                matches!(retained.set(own, None), Err(RetainError::Reserved(_))),
                "{own}"
            );
        }
        for good in [
            "luchs/box/status/device",
            "luchs/box/gate/count",
            "homeassistant/device/box/config",
        ] {
            assert_eq!(retained.set(good, Some(b"{}")), Ok(true), "{good}");
        }
    }
}
