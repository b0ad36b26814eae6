//! Which of several is the fastest, on a machine that does other things too.

use std::time::Duration;

/// When the measuring ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Rounds at most.
    pub(super) rounds: usize,
    /// Time for all runs together; the round in which it ends is the last.
    pub(super) budget: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rounds: 50,
            budget: Duration::from_millis(2500),
        }
    }
}

/// Rounds before anything is concluded.
const LEAST: usize = 4;
/// From this many rounds on, who is a little slower is out too.
const SURE: usize = 12;

/// Runs all of `runners` in turn and gives the fastest time of each, None for one that failed. What disturbs a machine
/// makes single runs slower and none faster, so the fastest of a few tells most; in turn, so that a disturbance of a
/// second hits all.
pub(super) fn race(runners: &mut [&mut dyn FnMut() -> Option<Duration>], rules: Rules) -> Vec<Option<Duration>> {
    let mut best: Vec<Option<Duration>> = vec![None; runners.len()];
    let mut running: Vec<usize> = (0..runners.len()).collect();
    let mut spent = Duration::ZERO;
    for round in 0..rules.rounds {
        let mut failed = Vec::new();
        for &index in &running {
            match runners[index]() {
                Some(time) => {
                    spent += time;
                    best[index] = Some(best[index].map_or(time, |best| best.min(time)));
                }
                None => failed.push(index),
            }
        }
        for &index in &failed {
            best[index] = None;
        }
        running.retain(|index| !failed.contains(index));
        // Whoever comes first in a round finds colder caches: that shall not be always the same.
        running.reverse();
        if round + 1 < LEAST && spent < rules.budget {
            continue;
        }
        let Some(fastest) = running.iter().filter_map(|&index| best[index]).min() else {
            break;
        };
        let slack = if round + 1 < SURE { 2.0 } else { 1.3 };
        running.retain(|&index| best[index].is_some_and(|time| time <= fastest.mul_f64(slack)));
        let decided = running.len() < 2 && round + 1 >= SURE.min(rules.rounds);
        if decided || spent >= rules.budget {
            break;
        }
    }
    best
}

/// The index of the winner: the fastest, or the first where it is as good as that, which is within 3 %.
pub(super) fn winner(times: &[Option<f64>]) -> Option<usize> {
    const TIE: f64 = 1.03;
    let fastest = times.iter().flatten().copied().min_by(f64::total_cmp)?;
    times
        .iter()
        .position(|time| time.is_some_and(|time| time <= fastest * TIE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A runner that takes `ms`, every third time 30 ms more.
    fn noisy(ms: u64, offset: u64) -> impl FnMut() -> Option<Duration> {
        let mut run = offset;
        move || {
            run += 1;
            let disturbed = if run.is_multiple_of(3) { 30 } else { 0 };
            Some(Duration::from_millis(ms + disturbed))
        }
    }

    #[test]
    fn noise_does_not_decide() {
        for offset in 0..3 {
            let (mut slow, mut fast) = (noisy(12, offset), noisy(10, offset + 1));
            let times = race(&mut [&mut slow, &mut fast], Rules::default());
            assert_eq!(times, [12, 10].map(|ms| Some(Duration::from_millis(ms))));
        }
    }

    #[test]
    fn a_slow_candidate_is_given_up_early_and_the_time_is_bounded() {
        let (mut quick, mut slow) = (0, 0);
        let times = race(
            &mut [
                &mut || {
                    quick += 1;
                    Some(Duration::from_millis(10))
                },
                &mut || {
                    slow += 1;
                    Some(Duration::from_millis(100))
                },
            ],
            Rules::default(),
        );
        assert!(times.iter().all(Option::is_some));
        assert_eq!((quick, slow), (SURE, LEAST));

        let mut runs = 0;
        let mut second = || {
            runs += 1;
            Some(Duration::from_secs(2))
        };
        race(
            &mut [&mut second, &mut || Some(Duration::from_secs(2))],
            Rules::default(),
        );
        assert_eq!(runs, 1);
    }

    #[test]
    fn one_that_fails_on_the_way_has_no_time() {
        let mut runs = 0;
        let times = race(
            &mut [&mut || Some(Duration::from_millis(9)), &mut || {
                runs += 1;
                (runs < 3).then_some(Duration::from_millis(1))
            }],
            Rules::default(),
        );
        assert_eq!(times, [Some(Duration::from_millis(9)), None]);
    }

    #[test]
    fn the_cpu_wins_a_near_tie() {
        assert_eq!(winner(&[Some(10.2), Some(10.0)]), Some(0));
        assert_eq!(winner(&[Some(10.5), Some(10.0)]), Some(1));
        assert_eq!(winner(&[Some(10.5), None, Some(20.0)]), Some(0));
        assert_eq!(winner(&[None, None]), None);
    }
}
