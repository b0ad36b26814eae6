//! What the service manager is told, if there is one that wants to know (`NOTIFY_SOCKET`).

use std::{env, time::Duration};

use sd_notify::NotifyState;

/// The service manager. Without one all of this does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Manager {
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one that started this process, by its environment.
    pub fn of_environment() -> Self {
        let get = |name: &str| env::var(name).ok();
        Self {
            watchdog: interval(
                get("WATCHDOG_USEC").as_deref(),
                get("WATCHDOG_PID").as_deref(),
                std::process::id(),
            ),
        }
    }

    /// It restarts this process unless it is fed within every such time.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// The service works, or works again after a reload.
    pub fn ready(&self) {
        tell(&[NotifyState::Ready]);
    }

    /// In a line, how it is: `systemctl status` shows it.
    pub fn status(&self, text: &str) {
        // Another line would be another message.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        tell(&[NotifyState::Status(&line)]);
    }

    /// The configuration is being read again; [`Manager::ready`] has to follow.
    pub fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(error) => tracing::warn!(%error, "no monotonic clock"),
        }
    }

    /// The service ends.
    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    /// It is alive.
    pub(super) fn feed(&self) {
        if self.watchdog.is_some() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told anything (NOTIFY_SOCKET)");
    }
}

/// `WATCHDOG_PID` says whom the interval is for.
fn interval(usec: Option<&str>, pid: Option<&str>, own: u32) -> Option<Duration> {
    let for_us = pid.is_none_or(|pid| pid.parse() == Ok(own));
    let usec = usec?.parse().ok().filter(|usec| *usec > 0 && for_us)?;
    Some(Duration::from_micros(usec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_for_the_process_that_is_named() {
        let of = |usec, pid| interval(usec, pid, 17);
        let second = Some(Duration::from_secs(1));
        assert_eq!(of(Some("1000000"), Some("17")), second);
        assert_eq!(of(Some("1000000"), None), second);
        assert_eq!(of(Some("1000000"), Some("18")), None, "another process's");
        assert_eq!(of(Some("0"), None), None);
        assert_eq!(of(Some("soon"), None), None);
        assert_eq!(of(None, Some("17")), None);
    }
}
