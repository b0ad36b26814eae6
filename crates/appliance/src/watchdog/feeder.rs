//! Feeding.

use std::{collections::BTreeMap, time::Instant};

use luchs_scene::Name;

use super::{Judge, Limits, Manager, Reason};
use crate::camera::Life;

/// Of the interval that systemd gives, so much passes from one feeding to the next.
const PART: u32 = 3;

/// Judges, and feeds systemd's watchdog if all is well.
#[derive(Debug)]
pub struct Watchdog {
    manager: Manager,
    judge: Judge,
    fed: Option<Instant>,
    /// Why it is not fed.
    reason: Option<Reason>,
}

impl Watchdog {
    /// For the interval that the service manager gives; without one it judges all the same.
    pub fn new(manager: Manager) -> Self {
        Self {
            manager,
            judge: Judge::new(manager.watchdog().map_or_else(Limits::default, Limits::of)),
            fed: None,
            reason: None,
        }
    }

    /// Why nothing is fed, if so.
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// To be called several times a second on the service's own loop. Feeds if it is time and everything advances; says once what does not. See
    /// [`Judge::judge`].
    pub fn look(&mut self, now: Instant, cameras: &BTreeMap<Name, Life>, delivery: Option<[u64; 2]>) {
        match self.judge.judge(now, cameras, delivery) {
            Ok(()) => {
                if self.reason.take().is_some() {
                    tracing::info!("everything advances again");
                }
                self.feed(now);
            }
            Err(reason) => {
                if !self.reason.as_ref().is_some_and(|known| known.is_like(&reason)) {
                    let consequence = match self.manager.watchdog() {
                        Some(_) => {
                            "; the watchdog is not fed, and the service manager restarts the service if it stays so"
                        }
                        None => "; restart the service if it stays so",
                    };
                    tracing::error!("{reason}{consequence}");
                }
                self.reason = Some(reason);
            }
        }
    }

    fn feed(&mut self, now: Instant) {
        let Some(interval) = self.manager.watchdog() else {
            return;
        };
        let due = |fed: Instant| now.saturating_duration_since(fed) >= interval / PART;
        if self.fed.is_none_or(due) {
            self.manager.feed();
            self.fed = Some(now);
        }
    }
}
