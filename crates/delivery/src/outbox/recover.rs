//! Taking over what was salvaged of another file, and asking a running publisher for something.

use std::{
    collections::HashSet,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use luchs_scene::Name;
use openssl::sha::sha256;

use super::{Filter, OutboxError, OutboxView, Salvage, StoredEvent, lock::beside, owner::no_link, store::Store};

/// How long a publisher may take to answer a request.
const ANSWER: Duration = Duration::from_secs(10);

/// What became of salvaged events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The device that the outbox belongs to.
    pub device: Name,
    /// How many were taken over.
    pub taken: u64,
    /// How many were there already.
    pub known: u64,
}

/// Takes what was salvaged over into the outbox `into`, which is made if it is missing; nobody may use it meanwhile.
/// Those that are in it already are left out. Parked events become pending again.
pub fn recover(salvage: &Salvage, from: &Path, into: &Path, device: Option<&Name>) -> Result<Recovered, OutboxError> {
    let nameless = || OutboxError::Nameless { path: from.into() };
    let device = device.or(salvage.device.as_ref()).ok_or_else(nameless)?;
    let (mut store, damage) = Store::open(into, device)?;
    if let Some(damage) = damage {
        tracing::warn!("{}: it was set aside as {}", damage.reason, damage.aside.display());
    }
    // Of envelopes no two are equal: each has a key of its own.
    let mut known = HashSet::new();
    OutboxView::open(into)?.events(&Filter::default(), |event| {
        known.insert(sha256(&event.payload));
        Ok::<_, OutboxError>(true)
    })?;
    let new: Vec<StoredEvent> = salvage
        .events
        .iter()
        .filter(|event| known.insert(sha256(&event.payload)))
        .cloned()
        .collect();
    if !new.is_empty() {
        store.adopt_behind(&new)?;
    }
    Ok(Recovered {
        device: device.clone(),
        taken: new.len() as u64,
        known: salvage.events.len() as u64 - new.len() as u64,
    })
}

/// Makes parked events pending again, and returns how many they are. A publisher that uses the outbox is asked to do so,
/// and sends them.
pub fn release(path: &Path) -> Result<u64, OutboxError> {
    let view = OutboxView::open(path)?;
    let status = view.status()?;
    drop(view);
    let parked: u64 = status
        .tallies
        .iter()
        .filter(|tally| tally.state == super::EventState::Parked)
        .map(|t| t.count)
        .sum();
    if parked == 0 {
        return Ok(0);
    }
    match Store::open(path, &status.device) {
        Ok((mut store, _)) =>
        {
            #[expect(
                clippy::redundant_closure_for_method_calls,
                reason = "the method's lifetime is too narrow"
            )]
            store.transact(|change| change.unpark())
        }
        Err(OutboxError::InUse { .. }) => ask(path).map(|()| parked),
        Err(error) => Err(error),
    }
}

/// Puts a request beside the outbox, and waits until the publisher has taken it away.
fn ask(path: &Path) -> Result<(), OutboxError> {
    let request = request(path);
    no_link()
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&request)
        .map_err(|source| OutboxError::File {
            path: request.clone(),
            source,
        })?;
    let deadline = Instant::now() + ANSWER;
    while request.symlink_metadata().is_ok() {
        if Instant::now() >= deadline {
            // Nobody shall find it later.
            let _gone = fs::remove_file(&request);
            return Err(OutboxError::NoAnswer {
                path: path.into(),
                seconds: ANSWER.as_secs(),
            });
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn request(path: &Path) -> PathBuf {
    beside(path, ".release")
}

/// For the publisher: whether someone wants parked events to be tried again.
pub(super) fn is_asked(path: &Path) -> bool {
    request(path).symlink_metadata().is_ok()
}

/// For the publisher: it is done.
pub(super) fn answered(path: &Path) {
    if let Err(error) = fs::remove_file(request(path))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("{}: {error}", request(path).display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Refusal;
    use crate::outbox::{
        EventState, Verdict,
        store::{Entry, Totals},
    };
    use luchs_scene::event::Priority;

    const NOW: i64 = 1_795_443_939_120;

    fn fill(path: &Path, numbers: std::ops::RangeInclusive<u64>) -> Store {
        let (mut store, _) = Store::open(path, &"box".parse().unwrap()).unwrap();
        store
            .transact(|change| {
                numbers.clone().try_for_each(|number| {
                    let payload = format!("{{\"sealed\":{number}}}");
                    let entry = Entry {
                        topic: "luchs/box/gate/events",
                        payload: payload.as_bytes(),
                        priority: Priority::Change,
                        gap: None,
                    };
                    change.append(&entry, NOW)
                })
            })
            .unwrap();
        store
    }

    fn totals(path: &Path) -> Totals {
        Store::open(path, &"box".parse().unwrap()).unwrap().0.totals()
    }

    #[test]
    fn events_of_a_file_that_was_set_aside_go_behind_those_of_an_outbox_under_a_new_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let (old, into) = (dir.path().join("old"), dir.path().join("box.outbox"));
        drop(fill(&old, 1..=10));
        let store = fill(&into, 8..=12);
        let salvage = Salvage::read(&old, false);
        let error = recover(&salvage, &old, &into, None).unwrap_err();
        assert!(matches!(error, OutboxError::InUse { .. }), "{error}");
        let epoch = store.epoch();
        drop(store);
        let recovered = recover(&salvage, &old, &into, None).unwrap();
        assert_eq!((recovered.taken, recovered.known), (7, 3));
        let (store, _) = Store::open(&into, &"box".parse().unwrap()).unwrap();
        assert_ne!(store.epoch(), epoch, "places are no numbers any more");
        assert_eq!((store.totals().pending, store.next_seq()), (12, 13));
        drop(store);
        let again = recover(&salvage, &old, &into, None).unwrap();
        assert_eq!((again.taken, again.known), (0, 10), "twice is once");
        let other: Name = "shed".parse().unwrap();
        let error = recover(&salvage, &old, &into, Some(&other)).unwrap_err();
        assert!(matches!(error, OutboxError::Device { .. }), "{error}");
    }

    #[test]
    fn a_missing_outbox_is_made_and_one_without_a_name_wants_one() {
        let dir = tempfile::tempdir().unwrap();
        let (old, into) = (dir.path().join("old"), dir.path().join("new/box.outbox"));
        drop(fill(&old, 1..=10));
        assert_eq!(
            recover(&Salvage::read(&old, false), &old, &into, None).unwrap().taken,
            10
        );
        assert_eq!(totals(&into).pending, 10);
        let nothing = Salvage::read(&dir.path().join("missing"), false);
        let error = recover(&nothing, &old, &into, None).unwrap_err().to_string();
        assert!(error.contains("name the device"), "{error}");
    }

    #[test]
    fn parked_events_are_released_where_nobody_uses_the_outbox() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("box.outbox");
        let mut store = fill(&path, 1..=3);
        store
            .transact(|change| change.settle(2, Verdict::Parked(Refusal::NotAuthorized), NOW))
            .unwrap();
        let status = OutboxView::open(&path).unwrap().status().unwrap();
        let counts: Vec<_> = status.tallies.iter().map(|tally| (tally.state, tally.count)).collect();
        assert_eq!(
            counts,
            [
                (EventState::Pending, 2),
                (EventState::Acknowledged, 0),
                (EventState::Parked, 1)
            ]
        );
        assert_eq!(status.used_by, Some(std::process::id()), "as the kernel knows");
        drop(store);
        assert_eq!(OutboxView::open(&path).unwrap().status().unwrap().used_by, None);
        assert_eq!(release(&path).unwrap(), 1);
        assert_eq!((totals(&path).parked, totals(&path).pending), (0, 3));
        assert_eq!(release(&path).unwrap(), 0);
    }
}
