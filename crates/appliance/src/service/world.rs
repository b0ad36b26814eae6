//! What others may look at while the service runs, and the one snapshot of it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use luchs_delivery::Delivery;
use luchs_scene::{Name, Utc};

use super::engines::{self, Gone};
use crate::{
    camera::Face,
    status::{CameraState, CameraStatus, DeliveryStatus, Health, Issue, Look, Overload, Roots, Snapshot, system},
};

const DAY_MS: i64 = 86_400_000;

/// Shared between the service and all who look.
#[derive(Clone)]
pub(super) struct World(Arc<Mutex<Inner>>);

struct Inner {
    began: Instant,
    shown: Shown,
    /// Of cameras that were shown before.
    gone: Gone,
    roots: Roots,
}

/// What the service shows of itself.
#[derive(Clone, Default)]
pub(super) struct Shown {
    pub(super) device: Option<Name>,
    pub(super) state: PathBuf,
    pub(super) delivery: Option<Delivery>,
    /// Cameras that are watched.
    pub(super) faces: BTreeMap<Name, Face>,
    /// Cameras that are not: switched off, or waiting for something else to be put right.
    pub(super) idle: BTreeMap<Name, CameraStatus>,
    pub(super) issues: Vec<Issue>,
    pub(super) overload: Overload,
}

impl World {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            began: Instant::now(),
            shown: Shown::default(),
            gone: Gone::default(),
            roots: Roots::default(),
        })))
    }

    /// Shows that; how the load is goes on.
    pub(super) fn show(&self, mut shown: Shown) {
        let old = {
            let mut inner = self.inner();
            shown.overload.clone_from(&inner.shown.overload);
            let old = std::mem::replace(&mut inner.shown, shown);
            for (name, face) in &old.faces {
                let goes_on = inner.shown.faces.get(name).is_some_and(|new| new.is(face));
                if let Some(part) = face.engine().filter(|_| !goes_on) {
                    inner.gone.keep(part);
                }
            }
            old
        };
        // Not while it is locked: it may hold the last handle of the delivery.
        drop(old);
    }

    pub(super) fn set_overload(&self, overload: Overload) {
        self.inner().shown.overload = overload;
    }

    /// For all who show it.
    pub(super) fn look(&self) -> Look {
        let world = self.clone();
        Arc::new(move || world.snapshot())
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let (shown, gone, began, roots) = {
            let inner = self.inner();
            let (shown, gone) = (inner.shown.clone(), inner.gone.clone());
            (shown, gone, inner.began, inner.roots.clone())
        };
        let mut cameras = shown.idle;
        cameras.extend(shown.faces.iter().map(|(name, face)| (name.clone(), face.status())));
        let delivery = shown.delivery.as_ref().map(self::delivery);
        let mut issues = shown.issues;
        issues.extend(cameras.iter().filter_map(|(name, camera)| camera_issue(name, camera)));
        issues.extend(delivery.iter().flat_map(delivery_issues));
        if let Some(text) = shown.overload.text.clone().filter(|_| shown.overload.shedding) {
            issues.push(issue(Health::Degraded, None, text));
        }
        issues.sort_by_key(|issue| std::cmp::Reverse(issue.health));
        Snapshot {
            schema: "luchs.status/1".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().into(),
            uptime_s: began.elapsed().as_secs(),
            device: shown.device,
            health: issues.iter().map(|issue| issue.health).max().unwrap_or_default(),
            issues,
            engines: engines::add_up(shown.faces.values().filter_map(Face::engine), &gone),
            cameras,
            delivery,
            overload: shown.overload,
            system: system(&roots, &shown.state),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An issue.
pub(super) fn issue(health: Health, camera: Option<&Name>, text: impl Into<String>) -> Issue {
    Issue {
        health,
        camera: camera.cloned(),
        text: text.into(),
    }
}

fn camera_issue(name: &Name, camera: &CameraStatus) -> Option<Issue> {
    if camera.state == CameraState::Waiting {
        let text = camera.fault.clone().unwrap_or_else(|| "it is not watched".into());
        return Some(issue(Health::Degraded, Some(name), text));
    }
    None
}

fn delivery_issues(delivery: &DeliveryStatus) -> Vec<Issue> {
    let mut issues = Vec::new();
    if !delivery.connected {
        let reason = delivery.last_error.as_deref().unwrap_or("connecting");
        let text = format!(
            "the broker is not connected: {reason}; {} events wait",
            delivery.pending
        );
        issues.push(issue(Health::Degraded, None, text));
    }
    if delivery.parked > 0 {
        let text = format!(
            "the broker refuses {} events for good: see `luchs outbox status`",
            delivery.parked
        );
        issues.push(issue(Health::Degraded, None, text));
    }
    issues
}

fn delivery(delivery: &Delivery) -> DeliveryStatus {
    let stats = delivery.stats();
    let now = Utc::from(SystemTime::now()).unix_millis();
    DeliveryStatus {
        connected: stats.connected,
        last_error: stats.last_error,
        submitted: stats.submitted,
        committed: stats.committed,
        acknowledged: stats.acknowledged,
        pending: stats.pending,
        parked: stats.parked,
        dropped: stats.dropped,
        outbox_bytes: stats.outbox_bytes,
        oldest_ms: stats.oldest_age.map(|age| age.as_millis() as u64),
        recipients: stats.recipients,
        certificate_days: stats
            .certificate_expires
            .map(|expires| (expires.unix_millis() - now).div_euclid(DAY_MS)),
    }
}
