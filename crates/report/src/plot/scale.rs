//! From values to pixels.

/// A linear scale. For an axis that points upwards, `to.0` is greater than `to.1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
}

impl Scale {
    /// The pixel of `value`, also beyond the ends.
    pub(super) fn at(&self, value: f64) -> f64 {
        let span = self.from.1 - self.from.0;
        let part = if span > 0.0 { (value - self.from.0) / span } else { 0.5 };
        self.to.0 + part * (self.to.1 - self.to.0)
    }

    /// The pixel of `value`, held within the ends.
    pub(super) fn clamped(&self, value: f64) -> f64 {
        self.at(value.clamp(self.from.0, self.from.1.max(self.from.0)))
    }

    /// Whether `value` lies between the ends.
    pub(super) fn shows(&self, value: f64) -> bool {
        (self.from.0..=self.from.1).contains(&value)
    }
}

/// Whether a plot can show it: a number, and none that lets lengths overflow.
pub(super) fn usable(value: f64) -> bool {
    value.abs() <= 1e15
}

/// Lowest and highest of those values that are numbers; None without one.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| usable(*value))
        .fold(None, |extent, value| match extent {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })
}

/// An extent with room at both ends: `part` of its length, and of something for one without length.
pub(super) fn padded((low, high): (f64, f64), part: f64) -> (f64, f64) {
    let span = high - low;
    let room = if span > 0.0 {
        span * part
    } else {
        (low.abs() * 0.1).max(1e-3)
    };
    (low - room, high + room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_ends_can_be_held_at_them() {
        let up = Scale {
            from: (0.0, 10.0),
            to: (100.0, 0.0),
        };
        assert_eq!((up.at(2.5), up.at(12.0), up.clamped(12.0)), (75.0, -20.0, 0.0));
        assert!(up.shows(10.0) && !up.shows(10.1) && !up.shows(f64::NAN));
    }

    #[test]
    fn an_extent_ignores_what_is_no_number() {
        assert_eq!(extent([2.0, f64::NAN, -1.0].into_iter()), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::INFINITY].into_iter()), None);
        assert_eq!(padded((0.0, 10.0), 0.1), (-1.0, 11.0));
        let (low, high) = padded((5.0, 5.0), 0.1);
        assert!(low < 5.0 && 5.0 < high);
    }
}
