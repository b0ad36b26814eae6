//! Whether everything advances.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use luchs_scene::Name;

use super::{Limits, Reason};
use crate::camera::Life;

/// Looks at signs of life, from time to time.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    limits: Limits,
    writer: Option<Seen>,
    courier: Option<Seen>,
}

/// A count, and since when it is so.
#[derive(Clone, Copy, Debug)]
struct Seen {
    count: u64,
    since: Instant,
}

impl Judge {
    /// With these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// `delivery`: counts that advance as long as the writer and the courier are able to work; none while there is nothing
    /// to deliver.
    pub fn judge(
        &mut self,
        now: Instant,
        cameras: &BTreeMap<Name, Life>,
        delivery: Option<[u64; 2]>,
    ) -> Result<(), Reason> {
        let [writer, courier] = delivery.map_or([None; 2], |counts| counts.map(Some));
        let writer = still(&mut self.writer, now, writer);
        let courier = still(&mut self.courier, now, courier);
        // The courier waits for the writer: that is the one to name.
        if writer > self.limits.delivery() {
            return Err(Reason::Writer { since: writer });
        }
        if courier > self.limits.delivery() {
            return Err(Reason::Courier { since: courier });
        }
        cameras.iter().try_for_each(|(camera, life)| self.camera(camera, life))
    }

    fn camera(&self, camera: &Name, life: &Life) -> Result<(), Reason> {
        if self.limits.beat(life.phase).is_some_and(|limit| life.beat > limit) {
            return Err(Reason::Camera {
                camera: camera.clone(),
                phase: life.phase,
                since: life.beat,
            });
        }
        match life.frame {
            Some(since) if since > self.limits.frame() => Err(Reason::Frames {
                camera: camera.clone(),
                since,
            }),
            _ => Ok(()),
        }
    }
}

/// How long the count has been the same.
fn still(seen: &mut Option<Seen>, now: Instant, count: Option<u64>) -> Duration {
    let Some(count) = count else {
        *seen = None;
        return Duration::ZERO;
    };
    let kept = seen
        .filter(|seen| seen.count == count)
        .unwrap_or(Seen { count, since: now });
    *seen = Some(kept);
    now.saturating_duration_since(kept.since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::Phase;

    const SECOND: Duration = Duration::from_secs(1);

    fn cameras(phase: Phase, beat: u32, frame: Option<u32>) -> BTreeMap<Name, Life> {
        let life = Life {
            phase,
            beat: SECOND * beat,
            frame: frame.map(|frame| SECOND * frame),
        };
        BTreeMap::from([("gate".parse().unwrap(), life)])
    }

    fn of(phase: Phase, beat: u32, frame: Option<u32>) -> Result<(), String> {
        let result = Judge::default().judge(Instant::now(), &cameras(phase, beat, frame), None);
        result.map_err(|reason| reason.to_string())
    }

    #[test]
    fn each_phase_of_a_camera_has_its_own_patience() {
        for (phase, limit) in [
            (Phase::Opening, 900),
            (Phase::Watching, 10),
            (Phase::Closing, 30),
            (Phase::Waiting, 10),
        ] {
            assert_eq!(of(phase, limit, None), Ok(()), "{phase:?}");
            let reason = of(phase, limit + 1, None).unwrap_err();
            assert!(reason.starts_with("the thread of camera gate stands still"), "{reason}");
            assert!(reason.ends_with(&format!("for {} s", limit + 1)), "{reason}");
        }
        assert_eq!(of(Phase::Over, 1_000_000, None), Ok(()), "who has ended need not move");
    }

    #[test]
    fn frames_that_should_come_have_to() {
        assert_eq!(of(Phase::Watching, 0, Some(45)), Ok(()));
        let reason = of(Phase::Watching, 0, Some(46)).unwrap_err();
        assert!(reason.contains("no frame of it has come through for 46 s"), "{reason}");
        assert_eq!(of(Phase::Watching, 0, None), Ok(()), "it is known to be lost");
    }

    #[test]
    fn writer_and_courier_have_to_advance() {
        let began = Instant::now();
        let mut judge = Judge::default();
        let mut at =
            |seconds: u32, counts: [u64; 2]| judge.judge(began + SECOND * seconds, &BTreeMap::new(), Some(counts));
        assert_eq!(at(0, [5, 5]), Ok(()));
        assert_eq!(at(15, [6, 5]), Ok(()));
        assert_eq!(at(20, [7, 5]), Ok(()));
        assert_eq!(at(21, [8, 5]), Err(Reason::Courier { since: SECOND * 21 }));
        assert_eq!(at(22, [9, 6]), Ok(()), "it goes on");
        assert_eq!(
            at(43, [9, 6]),
            Err(Reason::Writer { since: SECOND * 21 }),
            "the courier waits for it"
        );
        // Another outbox counts from the beginning.
        assert_eq!(at(44, [0, 0]), Ok(()));
    }

    #[test]
    fn what_is_not_there_is_not_waited_for() {
        let began = Instant::now();
        let mut judge = Judge::default();
        assert_eq!(judge.judge(began, &BTreeMap::new(), Some([1, 1])), Ok(()));
        assert_eq!(judge.judge(began + SECOND * 60, &BTreeMap::new(), None), Ok(()));
        let later = began + SECOND * 120;
        assert_eq!(
            judge.judge(later, &BTreeMap::new(), Some([1, 1])),
            Ok(()),
            "a new beginning"
        );
    }

    #[test]
    fn the_watchdogs_interval_stretches_all_limits() {
        let judge = |interval: u32| Judge::new(Limits::of(SECOND * interval));
        let gate = cameras(Phase::Watching, 4, None);
        assert!(judge(9).judge(Instant::now(), &gate, None).is_err());
        assert!(judge(15).judge(Instant::now(), &gate, None).is_ok());
        // However short the interval is.
        let gate = cameras(Phase::Watching, 1, None);
        assert!(judge(0).judge(Instant::now(), &gate, None).is_ok());
    }
}
