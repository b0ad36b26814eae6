//! Rectangles and lines on the canvas.

/// A rectangle between two corners, in pixels; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// A point on the canvas.
pub(super) type Spot = (f64, f64);

impl Area {
    /// Around `center`.
    pub(super) fn around((x, y): Spot, half_width: f64, half_height: f64) -> Self {
        Self {
            left: x - half_width,
            top: y - half_height,
            right: x + half_width,
            bottom: y + half_height,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn center(&self) -> Spot {
        (
            f64::midpoint(self.left, self.right),
            f64::midpoint(self.top, self.bottom),
        )
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    pub(super) fn contains(&self, inner: &Self) -> bool {
        inner.left >= self.left && inner.right <= self.right && inner.top >= self.top && inner.bottom <= self.bottom
    }

    /// The point of the rectangle that is nearest to `spot`.
    pub(super) fn nearest(&self, (x, y): Spot) -> Spot {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }

    /// Whether any of the line from `a` to `b` is inside: Liang and Barsky's clipping (1984).
    pub(super) fn crossed(&self, a: Spot, b: Spot) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let mut from = 0.0_f64;
        let mut to = 1.0_f64;
        for (step, room) in [
            (-dx, a.0 - self.left),
            (dx, self.right - a.0),
            (-dy, a.1 - self.top),
            (dy, self.bottom - a.1),
        ] {
            if step == 0.0 {
                if room < 0.0 {
                    return false;
                }
            } else if step < 0.0 {
                from = from.max(room / step);
            } else {
                to = to.min(room / step);
            }
        }
        from < to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        left: 0.0,
        top: 0.0,
        right: 10.0,
        bottom: 4.0,
    };

    #[test]
    fn areas_that_only_touch_do_not_overlap() {
        assert!(AREA.overlaps(&Area::around((10.0, 4.0), 1.0, 1.0)));
        assert!(!AREA.overlaps(&Area::around((11.0, 2.0), 1.0, 1.0)));
        assert!(AREA.contains(&Area::around((5.0, 2.0), 5.0, 2.0)));
    }

    #[test]
    fn lines_cross_an_area_or_pass_it() {
        assert!(AREA.crossed((-5.0, 2.0), (15.0, 2.0)));
        assert!(AREA.crossed((5.0, 2.0), (5.0, 50.0)));
        assert!(!AREA.crossed((-5.0, 5.0), (15.0, 5.0)));
        assert!(!AREA.crossed((-5.0, 2.0), (-1.0, 2.0)));
        assert!(!AREA.crossed((8.0, -3.0), (14.0, 3.0)));
    }

    #[test]
    fn the_nearest_point_is_on_the_edge() {
        assert_eq!(AREA.nearest((20.0, 2.0)), (10.0, 2.0));
        assert_eq!(AREA.center(), (5.0, 2.0));
        assert_eq!((AREA.width(), AREA.height()), (10.0, 4.0));
    }
}
