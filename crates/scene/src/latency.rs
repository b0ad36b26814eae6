//! How long something took, over many times: percentiles without keeping every one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Steps per doubling: a percentile is off by 1/64 at most.
const STEPS: usize = 32;
/// Doublings of a microsecond: up to 67 s; what takes longer counts as that long.
const DOUBLINGS: usize = 26;

/// What a detector's or model's time is told apart by, in seconds: from a GPU's millisecond to a box that is lost.
const BOUNDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.04, 0.065, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
];

/// How often something took how long, as Prometheus counts it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// How many were counted.
    pub count: u64,
    /// Their sum, in seconds.
    pub sum_s: f64,
    /// How many took at most so many seconds; each bound holds those of the bounds before it.
    pub buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// These and those of `other`, which has the same bounds.
    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum_s += other.sum_s;
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
    }

    /// About what `part` of them did not exceed, in seconds: between two bounds as if they were spread evenly, as Prometheus'
    /// `histogram_quantile` has it, and the last bound for what is beyond it. None if none was counted.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let rank = part.clamp(0.0, 1.0) * self.count as f64;
        let reached = self.buckets.iter().position(|(_, count)| *count as f64 >= rank);
        let Some(index) = reached else {
            return self.buckets.last().map(|(bound, _)| *bound);
        };
        let (bound, count) = self.buckets[index];
        let (low, below) = index.checked_sub(1).map_or((0.0, 0), |index| self.buckets[index]);
        let within = (count - below) as f64;
        (within > 0.0).then(|| low + (bound - low) * (rank - below as f64) / within)
    }
}

/// Counts of durations in steps that grow with them (the idea of `HdrHistogram`). Of a fixed size; adding allocates nothing.
#[derive(Clone, Debug)]
pub struct Latencies {
    counts: Box<[u64]>,
    count: u64,
    sum: Duration,
    max: Duration,
}

impl Default for Latencies {
    fn default() -> Self {
        Self {
            counts: vec![0; STEPS * (DOUBLINGS + 1)].into(),
            count: 0,
            sum: Duration::ZERO,
            max: Duration::ZERO,
        }
    }
}

impl Latencies {
    /// Counts one.
    pub fn add(&mut self, took: Duration) {
        if let Some(count) = self.counts.get_mut(step(took)) {
            *count += 1;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(took);
        self.max = self.max.max(took);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// As counts up to fixed bounds, for programs that add up and compare the counts of several times and boxes.
    pub fn histogram(&self) -> Histogram {
        let (mut seen, mut next) = (0, 0);
        let below = |bound: f64| {
            let end = (next..self.counts.len()).find(|index| middle(*index).as_secs_f64() > bound);
            let end = end.unwrap_or(self.counts.len());
            seen += self.counts[next..end].iter().sum::<u64>();
            next = end;
            (bound, seen)
        };
        Histogram {
            count: self.count,
            sum_s: self.sum.as_secs_f64(),
            buckets: BOUNDS.into_iter().map(below).collect(),
        }
    }

    /// The average; zero if none was counted.
    pub fn average(&self) -> Duration {
        Duration::from_secs_f64(self.sum.as_secs_f64() / self.count.max(1) as f64)
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        self.max
    }

    /// What `part` of them (0.99: the 99th percentile) did not exceed; zero if none was counted.
    pub fn percentile(&self, part: f64) -> Duration {
        let rank = (part.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        reached.map_or(Duration::ZERO, middle).min(self.max)
    }
}

/// The first [`STEPS`] steps are a microsecond each, every further [`STEPS`] ones twice as long as those before.
fn step(took: Duration) -> usize {
    let micros = usize::try_from(took.as_micros()).unwrap_or(usize::MAX);
    if micros < STEPS {
        return micros;
    }
    let doubling = (micros / STEPS).ilog2() as usize;
    let within = (micros >> doubling) - STEPS;
    (STEPS * (doubling + 1) + within).min(STEPS * (DOUBLINGS + 1) - 1)
}

fn middle(step: usize) -> Duration {
    if step < STEPS {
        return Duration::from_micros(step as u64);
    }
    let doubling = step / STEPS - 1;
    let low = (STEPS + step % STEPS) << doubling;
    Duration::from_micros((low + (1 << doubling) / 2) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_near_and_the_rest_is_exact() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(0.5), Duration::ZERO);
        (1..=1000).for_each(|millis| latencies.add(Duration::from_millis(millis)));
        for (part, millis) in [(0.5, 500.0), (0.99, 990.0), (0.001, 1.0)] {
            let found = latencies.percentile(part).as_secs_f64() * 1e3;
            assert!((found / millis - 1.0).abs() < 1.0 / 60.0, "{part}: {found} ms");
        }
        assert_eq!(latencies.percentile(1.0), latencies.max());
        assert_eq!(latencies.max(), Duration::from_secs(1));
        assert!((latencies.average().as_secs_f64() - 0.5005).abs() < 1e-6);
        assert_eq!(latencies.count(), 1000);
    }

    #[test]
    fn a_histogram_counts_everything_up_to_its_bounds() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|millis| latencies.add(Duration::from_millis(millis)));
        latencies.add(Duration::from_mins(1));
        let histogram = latencies.histogram();
        assert_eq!(histogram.count, 1001);
        assert!((histogram.sum_s - 560.5).abs() < 1e-6);
        for (bound, count) in &histogram.buckets {
            let truth = (bound * 1000.0).floor().min(1000.0);
            assert!(
                (*count as f64 - truth).abs() <= (truth / 32.0).max(1.0),
                "{bound}: {count} of {truth}"
            );
        }
        assert!(histogram.buckets.is_sorted_by_key(|(_, count)| *count));
        assert_eq!(histogram.buckets.last().map(|(_, count)| *count), Some(1000));
        assert_eq!(Latencies::default().histogram().buckets.len(), histogram.buckets.len());
    }

    #[test]
    fn histograms_add_up_and_tell_about_quantiles() {
        let mut quick = Latencies::default();
        let mut slow = Latencies::default();
        (0..100).for_each(|_| quick.add(Duration::from_millis(12)));
        (0..100).for_each(|_| slow.add(Duration::from_millis(80)));
        let mut both = Histogram::default();
        assert_eq!(both.quantile(0.5), None);
        both.add(&quick.histogram());
        both.add(&slow.histogram());
        assert_eq!(both.count, 200);
        assert!((both.sum_s - 9.2).abs() < 1e-6);
        let (quarter, most) = (both.quantile(0.25).unwrap(), both.quantile(0.99).unwrap());
        assert!((0.01..=0.015).contains(&quarter), "{quarter}");
        assert!((0.065..=0.1).contains(&most), "{most}");
        let mut late = Latencies::default();
        late.add(Duration::from_mins(1));
        assert_eq!(late.histogram().quantile(0.5), Some(5.0));
    }

    #[test]
    fn any_duration_has_a_step_and_longer_ones_no_lower_step() {
        let steps: Vec<usize> = (0..5000)
            .chain((13..50).map(|power| 1 << power))
            .map(|micros| step(Duration::from_micros(micros)))
            .collect();
        assert!(steps.is_sorted());
        assert_eq!(steps[..34], (0..34).collect::<Vec<_>>());
        let mut latencies = Latencies::default();
        latencies.add(Duration::MAX);
        assert!(latencies.percentile(0.5) >= Duration::from_secs(33));
    }
}
