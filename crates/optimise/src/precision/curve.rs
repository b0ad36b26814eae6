//! Precision over recall.

const RECALL_STEPS: usize = 101;

/// Memory that is used again: there are thousands of curves.
#[derive(Debug, Default)]
pub(super) struct Curve(Vec<(f64, f64)>);

impl Curve {
    /// Area under the precision envelope, sampled at 101 recalls. `found`: whether a box is right, and how often it counts;
    /// best first. `truths`: labelled objects, at least 1.
    pub(super) fn area(&mut self, found: impl Iterator<Item = (bool, u32)>, truths: u32) -> f64 {
        let truths = f64::from(truths);
        let (mut hits, mut misses) = (0.0, 0.0);
        self.0.clear();
        for (hit, times) in found.filter(|(_, times)| *times > 0) {
            *(if hit { &mut hits } else { &mut misses }) += f64::from(times);
            self.0.push((hits / truths, hits / (hits + misses)));
        }
        let mut best = 0.0_f64;
        for (_, precision) in self.0.iter_mut().rev() {
            best = best.max(*precision);
            *precision = best;
        }
        let mut points = self.0.iter();
        let mut point = points.next();
        let mut sum = 0.0;
        for step in 0..RECALL_STEPS {
            let recall = step as f64 / (RECALL_STEPS - 1) as f64;
            while point.is_some_and(|(reached, _)| *reached < recall) {
                point = points.next();
            }
            match point {
                Some((_, precision)) => sum += precision,
                None => break,
            }
        }
        sum / RECALL_STEPS as f64
    }
}
