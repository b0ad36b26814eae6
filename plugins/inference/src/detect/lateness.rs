//! Whether a newer frame of a live camera must be waiting already, so that this one is not worth an inference.
//!
//! How late a frame is says nothing by itself: networks and decoders take their time. What counts is how much later it is
//! than the least late ones. A frame that is later than those by more than the time between two frames waited in a queue,
//! and the next one waits behind it.

use std::time::Duration;

/// The least lateness rises so much of the time that passes, as clocks run apart: five times what quartz does.
const DRIFT: f64 = 500e-6;
/// So long the least lateness is believed once frames were skipped. Who is always behind sees no frame that did not wait:
/// then frames are skipped until the queue is empty, to see one.
const BELIEF: i64 = 10_000_000_000;
/// Where a queue is emptied the next frame is there at once, or when it is decoded. One that was waited for through so
/// many eighths of the time between two frames was in no queue: it is the newest.
const WAITED: i64 = 7;
/// Part of a new distance of frames in the estimate of their distance.
const LEARN: i64 = 8;

/// The frames of one live stream. Times are running times in nanoseconds, and may be before 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Lateness {
    seen: Option<Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    /// The least lateness as it is believed to be now, and as it was seen.
    floor: i64,
    proven: i64,
    /// When it was seen, and whether a frame was skipped since.
    confirmed: i64,
    behind: bool,
    /// The frame before.
    frame: i64,
    /// When it was seen.
    now: i64,
    skipped: bool,
    /// Time between two frames by their timestamps.
    distance: Option<i64>,
}

impl Lateness {
    /// Takes the frame of running time `frame`, seen at `now`, and says whether to skip it. `period`: the time between two
    /// frames, if the caps say it. `waited`: how long nothing was there to do before it came.
    pub(super) fn is_late(&mut self, now: i64, frame: i64, period: Option<Duration>, waited: Duration) -> bool {
        let lateness = now.saturating_sub(frame);
        let Some(seen) = &mut self.seen else {
            self.seen = Some(Seen {
                floor: lateness,
                proven: lateness,
                confirmed: now,
                behind: false,
                frame,
                now,
                skipped: false,
                distance: None,
            });
            return false;
        };
        seen.measure(frame);
        let passed = now.saturating_sub(seen.now).max(0);
        seen.floor = seen.floor.saturating_add((passed as f64 * DRIFT) as i64);
        let period = period.map(nanos).filter(|period| *period > 0).or(seen.distance);
        let skip = period.is_some_and(|period| seen.judge(now, lateness, period, nanos(waited)));
        seen.floor = seen.floor.min(lateness);
        (seen.frame, seen.now, seen.skipped) = (frame, now, skip);
        skip
    }

    /// Forgets the stream, as after a seek.
    pub(super) fn reset(&mut self) {
        self.seen = None;
    }
}

impl Seen {
    fn measure(&mut self, frame: i64) {
        let distance = frame.saturating_sub(self.frame);
        if distance > 0 {
            let known = self.distance.get_or_insert(distance);
            *known += (distance - *known) / LEARN;
        }
    }

    fn judge(&mut self, now: i64, lateness: i64, period: i64, waited: i64) -> bool {
        // If there is no queue, the way of the frames has become longer, or the least lateness was only believed.
        let newest = self.skipped && waited >= period / 8 * WAITED;
        if lateness <= self.proven || newest {
            (self.floor, self.proven, self.confirmed, self.behind) = (lateness, lateness, now, false);
            return false;
        }
        let late = lateness.saturating_sub(self.floor) > period;
        let doubtful = self.behind && now.saturating_sub(self.confirmed) > BELIEF;
        self.behind |= late;
        late || doubtful
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;
    const PERIOD: Duration = Duration::from_millis(40);

    /// A camera of 25 frames a second whose frames arrive after `delay`, wait in a queue without end, and are looked at
    /// for `work`, after `decoding` on the same thread. Per frame: when it was taken out of the queue, and whether it was looked at.
    fn run(frames: i64, delay: impl Fn(i64) -> i64, work: i64, period: Option<Duration>) -> Vec<(i64, bool)> {
        run_decoding(frames, delay, 0, work, period)
    }

    fn run_decoding(
        frames: i64,
        delay: impl Fn(i64) -> i64,
        decoding: i64,
        work: i64,
        period: Option<Duration>,
    ) -> Vec<(i64, bool)> {
        let mut lateness = Lateness::default();
        let mut free = 0;
        (0..frames)
            .map(|n| {
                let now = (n * 40 * MS + delay(n)).max(free + decoding);
                let waited = Duration::from_nanos((now - free) as u64);
                let looked = !lateness.is_late(now, n * 40 * MS, period, waited);
                free = now + if looked { work } else { MS / 10 };
                (now, looked)
            })
            .collect()
    }

    /// Most milliseconds that a looked-at frame of these was late.
    fn latest(frames: &[(i64, bool)], from: usize) -> i64 {
        let late = frames.iter().enumerate().skip(from).filter(|(_, (_, looked))| *looked);
        late.map(|(n, (now, _))| (now - n as i64 * 40 * MS) / MS).max().unwrap()
    }

    fn skipped(frames: &[(i64, bool)]) -> usize {
        frames.iter().filter(|(_, looked)| !looked).count()
    }

    #[test]
    fn who_keeps_up_skips_nothing_for_a_day_of_clocks_that_run_apart() {
        for drift in [-100, 0, 100] {
            // Parts per million: a day is 8.6 s apart.
            let frames = run(25 * 86_400, |n| 200 * MS + n * 40 * drift, 30 * MS, Some(PERIOD));
            assert_eq!(skipped(&frames), 0, "{drift} ppm");
        }
    }

    #[test]
    fn jitter_below_a_frame_skips_nothing() {
        let jitter = |n: i64| 200 * MS + (n * 7919) % 30 * MS;
        assert_eq!(skipped(&run(25_000, jitter, 8 * MS, Some(PERIOD))), 0);
    }

    #[test]
    fn who_falls_behind_sees_the_newest_frame_for_hours_and_half_of_them_at_twice_the_time() {
        for (work, share) in [
            (50, 0.75..0.81),
            (80, 0.45..0.51),
            (100, 0.35..0.41),
            (1000, 0.035..0.041),
        ] {
            let frames = run(25 * 3600 * 3, |_| 200 * MS, work * MS, Some(PERIOD));
            let looked = 1.0 - skipped(&frames) as f64 / frames.len() as f64;
            assert!(share.contains(&looked), "{work} ms: {looked}");
            assert!(latest(&frames, 0) <= 200 + 40 + 7, "{work} ms: {}", latest(&frames, 0));
        }
    }

    #[test]
    fn decoding_on_the_same_thread_is_not_waiting() {
        for decoding in [5, 15, 25] {
            let frames = run_decoding(25 * 3600, |_| 200 * MS, decoding * MS, 100 * MS, Some(PERIOD));
            let most = 200 + 40 + 7 + decoding;
            assert!(latest(&frames, 0) <= most, "{decoding} ms: {}", latest(&frames, 0));
        }
    }

    #[test]
    fn without_a_frame_rate_the_timestamps_tell_it() {
        let frames = run(10_000, |_| 0, 100 * MS, None);
        assert!(latest(&frames, 3) <= 47, "{}", latest(&frames, 3));
    }

    #[test]
    fn after_a_stall_what_has_piled_up_is_passed_over_at_once() {
        // The network holds frames 100 to 149 back for two seconds, and then gives them all.
        let stall = |n: i64| {
            if (100..150).contains(&n) {
                (150 - n) * 40 * MS
            } else {
                0
            }
        };
        let frames = run(400, stall, 30 * MS, Some(PERIOD));
        assert!((47..=50).contains(&skipped(&frames)), "{}", skipped(&frames));
        assert!(latest(&frames, 152) < 41);
    }

    #[test]
    fn a_way_that_becomes_longer_costs_few_frames() {
        let longer = |n: i64| if n < 1000 { 0 } else { 500 * MS };
        let frames = run(5000, longer, 30 * MS, Some(PERIOD));
        assert!(skipped(&frames) <= 2, "{}", skipped(&frames));
    }

    #[test]
    fn timestamps_that_go_back_or_stand_still_do_no_harm() {
        let mut lateness = Lateness::default();
        for (now, frame) in [
            (0, 0),
            (i64::MAX, i64::MIN),
            (5, 5),
            (5, 5),
            (i64::MIN, i64::MAX),
            (0, 0),
        ] {
            lateness.is_late(now, frame, None, Duration::ZERO);
        }
        lateness.reset();
        let looked = (0..100)
            .filter(|n| !lateness.is_late(n * 40 * MS, 0, None, Duration::ZERO))
            .count();
        assert_eq!(looked, 100);
    }
}
