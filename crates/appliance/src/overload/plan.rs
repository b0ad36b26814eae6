//! Who gets how much of what the box can do.

use luchs_scene::Name;

use crate::config::Priority;

/// Looks per second that every camera gets before any gets more.
const FLOOR: f64 = 1.0;
/// Looks per second that a camera gets even where there is not enough for that.
const LEAST: f64 = 0.2;
/// Against errors of rounding.
const TINY: f64 = 1e-9;

/// What a camera would get if there were enough.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Want {
    pub(super) name: Name,
    pub(super) priority: Priority,
    /// Frames per second that come; above 0.
    pub(super) offered: f64,
    /// One of so many is to be looked at.
    pub(super) base: u32,
}

impl Want {
    /// Looks per second at one frame of so many.
    pub(super) fn rate(&self, interval: u32) -> f64 {
        self.offered / f64::from(interval)
    }

    /// Looks per second that it wants.
    pub(super) fn demand(&self) -> f64 {
        self.rate(self.base)
    }

    /// The interval at which it gets at most so many looks per second, but [`LEAST`].
    fn interval(&self, rate: f64) -> u32 {
        let interval = (self.offered / rate.max(LEAST) - TINY).ceil();
        (interval as u32).max(self.base)
    }
}

/// The interval of each that together make `budget` looks per second at most: some for all, then all for those of high
/// priority, then for the others; among equals nobody gets more at the cost of one who has less (max-min fairness).
pub(super) fn plan(wants: &[Want], budget: f64) -> Vec<u32> {
    let mut rates = vec![0.0; wants.len()];
    let mut left = budget.max(0.0);
    pour(&mut left, &mut rates, |index| wants[index].demand().min(FLOOR));
    for priority in [Priority::High, Priority::Normal, Priority::Low] {
        pour(&mut left, &mut rates, |index| {
            let want = &wants[index];
            if want.priority == priority { want.demand() } else { 0.0 }
        });
    }
    let mut intervals: Vec<u32> = wants
        .iter()
        .zip(&rates)
        .map(|(want, rate)| want.interval(*rate))
        .collect();
    spend(wants, &mut intervals, budget);
    intervals
}

/// Looks per second of that plan.
pub(super) fn total(wants: &[Want], intervals: &[u32]) -> f64 {
    wants
        .iter()
        .zip(intervals)
        .map(|(want, interval)| want.rate(*interval))
        .sum()
}

/// Raises all rates together as far as `left` goes, each to `most` of it.
fn pour(left: &mut f64, rates: &mut [f64], most: impl Fn(usize) -> f64) {
    let mut open: Vec<usize> = (0..rates.len())
        .filter(|index| most(*index) > rates[*index] + TINY)
        .collect();
    open.sort_by(|a, b| (most(*a) - rates[*a]).total_cmp(&(most(*b) - rates[*b])));
    let mut number = open.len();
    for index in open {
        // Whoever takes less than an equal part leaves more to those after it.
        let share = (most(index) - rates[index]).min(*left / number as f64);
        rates[index] += share;
        *left -= share;
        number -= 1;
    }
}

/// One frame of two or of three: what is lost by rounding is enough for some to be looked at more often.
fn spend(wants: &[Want], intervals: &mut [u32], budget: f64) {
    let mut left = budget - total(wants, intervals);
    loop {
        let rate = |index: usize| wants[index].rate(intervals[index]);
        let cost = |index: usize| wants[index].rate(intervals[index] - 1) - rate(index);
        let next = (0..wants.len())
            .filter(|index| intervals[*index] > wants[*index].base && cost(*index) <= left + TINY)
            .min_by(|a, b| {
                let priority = wants[*b].priority.cmp(&wants[*a].priority);
                priority.then(rate(*a).total_cmp(&rate(*b)))
            });
        let Some(next) = next else { return };
        left -= cost(next);
        intervals[next] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn want(priority: Priority, offered: f64, base: u32) -> Want {
        Want {
            name: "gate".parse().unwrap(),
            priority,
            offered,
            base,
        }
    }

    fn wants() -> impl Strategy<Value = Vec<Want>> {
        let priority = prop_oneof![Just(Priority::High), Just(Priority::Normal), Just(Priority::Low)];
        let offered = prop_oneof![Just(25.0), Just(10.0), 0.1..60.0f64];
        let one = (priority, offered, 1..6u32).prop_map(|(priority, offered, base)| want(priority, offered, base));
        vec(one, 0..24)
    }

    fn demand(wants: &[Want]) -> f64 {
        wants.iter().map(Want::demand).sum()
    }

    #[test]
    fn high_gets_all_the_others_what_is_left_and_everyone_something() {
        let wants = [
            want(Priority::High, 25.0, 1),
            want(Priority::Normal, 25.0, 1),
            want(Priority::Normal, 25.0, 1),
            want(Priority::Low, 25.0, 1),
        ];
        assert_eq!(plan(&wants, 51.0), [1, 2, 2, 25]);
        assert_eq!(plan(&wants, 28.0), [1, 25, 25, 25]);
        assert_eq!(
            plan(&wants, 2.0),
            [50, 50, 50, 50],
            "there is not enough for one look a second"
        );
        assert_eq!(plan(&wants, 0.0), [125; 4], "nobody is given up");
        assert_eq!(plan(&wants, 100.0), [1; 4]);
    }

    #[test]
    fn who_wants_little_gets_it() {
        let wants = [
            want(Priority::Normal, 2.0, 1),
            want(Priority::Normal, 30.0, 1),
            want(Priority::Normal, 30.0, 3),
        ];
        assert_eq!(plan(&wants, 22.0), [1, 3, 3]);
    }

    proptest! {
        #[test]
        fn nobody_is_starved_and_nobody_looked_at_more_than_configured(wants in wants(), budget in 0.0..400.0f64) {
            for (want, interval) in wants.iter().zip(plan(&wants, budget)) {
                prop_assert!(interval >= want.base);
                let least = want.demand().min(LEAST) * 0.6;
                prop_assert!(want.rate(interval) >= least, "{want:?}: {interval}");
            }
        }

        #[test]
        fn no_more_is_dealt_out_than_there_is(wants in wants(), budget in 0.0..400.0f64) {
            let least = LEAST * wants.len() as f64;
            prop_assert!(total(&wants, &plan(&wants, budget)) <= budget.max(least) + 1e-6);
        }

        #[test]
        fn where_there_is_enough_everyone_gets_all(wants in wants(), more in 0.0..10.0f64) {
            let bases: Vec<u32> = wants.iter().map(|want| want.base).collect();
            prop_assert_eq!(plan(&wants, demand(&wants) + more), bases);
        }

        #[test]
        fn little_is_left_unused(wants in wants(), share in 0.0..1.0f64) {
            // The step of the one that would be next is the most that may remain.
            let budget = demand(&wants) * share;
            let intervals = plan(&wants, budget);
            let left = budget - total(&wants, &intervals);
            for (want, interval) in wants.iter().zip(intervals) {
                prop_assert!(interval == want.base || want.rate(interval - 1) - want.rate(interval) > left - 1e-6);
            }
        }

        #[test]
        fn a_higher_priority_is_never_worse(wants in wants(), budget in 0.0..400.0f64) {
            let intervals = plan(&wants, budget);
            for (high, of_high) in wants.iter().zip(&intervals) {
                for (low, of_low) in wants.iter().zip(&intervals) {
                    if high.priority > low.priority && high.offered == low.offered && high.base == low.base {
                        prop_assert!(of_high <= of_low, "{high:?} {of_high}, {low:?} {of_low}");
                    }
                }
            }
        }

        #[test]
        fn equals_are_dealt_with_alike(number in 1..20usize, offered in 1.0..60.0f64, budget in 0.0..400.0f64) {
            let intervals = plan(&vec![want(Priority::Normal, offered, 1); number], budget);
            let (least, most) = (intervals.iter().min().unwrap(), intervals.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{intervals:?}");
        }
    }
}
