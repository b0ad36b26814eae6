//! Frames that lie evenly over footage of unknown length.

/// Which frames of a sequence are kept, told as they come: every one at first; when there are twice as many as are wanted,
/// every second one is let go, and of those that follow only every second one is kept, and so on.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    wanted: usize,
    step: u64,
    seen: u64,
    kept: usize,
}

/// What is to be done with the next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Pass,
    Keep,
    /// First let go of the second, fourth … of those that are kept; then keep it.
    ThinAndKeep,
}

impl Spread {
    pub(super) fn new(wanted: usize) -> Self {
        Self {
            wanted: wanted.max(1),
            step: 1,
            seen: 0,
            kept: 0,
        }
    }

    pub(super) fn next(&mut self) -> Next {
        let number = self.seen;
        self.seen += 1;
        if !number.is_multiple_of(self.step) {
            return Next::Pass;
        }
        if self.kept < 2 * self.wanted {
            self.kept += 1;
            return Next::Keep;
        }
        self.step *= 2;
        self.kept = self.kept.div_ceil(2);
        // Twice as many were kept, so this one's number is a multiple of the doubled step.
        self.kept += 1;
        Next::ThinAndKeep
    }
}

/// `wanted` of `count` things, evenly spread; all if there are no more.
pub fn evenly(count: usize, wanted: usize) -> Vec<usize> {
    let wanted = wanted.min(count);
    (0..wanted)
        .map(|index| (2 * index + 1) * count / (2 * wanted))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of the frames that are kept of `count`.
    fn kept(count: u64, wanted: usize) -> Vec<u64> {
        let mut spread = Spread::new(wanted);
        let mut kept: Vec<u64> = Vec::new();
        for number in 0..count {
            let next = spread.next();
            if next == Next::ThinAndKeep {
                kept = kept.into_iter().step_by(2).collect();
            }
            if next != Next::Pass {
                kept.push(number);
            }
        }
        kept
    }

    #[test]
    fn few_frames_are_all_kept_and_many_thinned() {
        assert_eq!(kept(5, 3), [0, 1, 2, 3, 4]);
        assert_eq!(kept(7, 3), [0, 2, 4, 6]);
        assert_eq!(kept(12, 3), [0, 2, 4, 6, 8, 10]);
        assert_eq!(kept(13, 3), [0, 4, 8, 12]);
    }

    #[test]
    fn pictures_are_taken_from_all_over_the_folder() {
        assert_eq!(evenly(10, 3), [1, 5, 8]);
        assert_eq!(evenly(3, 5), [0, 1, 2]);
        assert_eq!(evenly(0, 5), [0; 0]);
    }

    proptest! {
        #[test]
        fn enough_are_kept_at_equal_distances(count in 0_u64..3000, wanted in 1_usize..40) {
            let kept = kept(count, wanted);
            prop_assert!(kept.len() >= wanted.min(count as usize) && kept.len() <= 2 * wanted);
            let steps: std::collections::BTreeSet<u64> = kept.windows(2).map(|two| two[1] - two[0]).collect();
            prop_assert!(steps.len() <= 1, "{:?}", steps);
        }

        #[test]
        fn what_is_taken_is_in_order_and_there(count in 0_usize..500, wanted in 0_usize..100) {
            let taken = evenly(count, wanted);
            prop_assert_eq!(taken.len(), wanted.min(count));
            prop_assert!(taken.windows(2).all(|two| two[0] < two[1]) && taken.iter().all(|index| *index < count));
        }
    }
}
