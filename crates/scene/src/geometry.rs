//! Rectangles and sizes, in pixels of the frame unless a name says otherwise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Width and height of a frame in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// An axis-aligned rectangle: left, top, width, height. Sub-pixel positions matter to the tracker, hence `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width, never negative in a rectangle that describes something.
    pub w: f32,
    /// Height, likewise.
    pub h: f32,
}

impl Rect {
    /// The rectangle between two corners.
    pub fn from_corners(x_min: f32, y_min: f32, x_max: f32, y_max: f32) -> Self {
        Self {
            x: x_min,
            y: y_min,
            w: x_max - x_min,
            h: y_max - y_min,
        }
    }

    /// Right edge.
    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    /// Area; 0 for a degenerate rectangle.
    pub fn area(&self) -> f32 {
        self.w.max(0.0) * self.h.max(0.0)
    }

    /// Whether every number is finite and the rectangle has an area.
    pub fn is_proper(&self) -> bool {
        [self.x, self.y, self.w, self.h].iter().all(|v| v.is_finite()) && self.w > 0.0 && self.h > 0.0
    }

    /// Area of the overlap with `other`.
    pub fn intersection(&self, other: &Self) -> f32 {
        let w = self.right().min(other.right()) - self.x.max(other.x);
        let h = self.bottom().min(other.bottom()) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// Intersection over union, 0 to 1; 0 where either has no area.
    pub fn iou(&self, other: &Self) -> f32 {
        let inner = self.intersection(other);
        let outer = self.area() + other.area() - inner;
        if outer > 0.0 { inner / outer } else { 0.0 }
    }

    /// The part that lies inside a frame of `size`.
    #[must_use]
    pub fn clipped(&self, size: Size) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self::from_corners(
            self.x.clamp(0.0, width),
            self.y.clamp(0.0, height),
            self.right().clamp(0.0, width),
            self.bottom().clamp(0.0, height),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_of_two_half_shifted_squares_is_a_third() {
        let a = Rect {
            x: 0.0,
            y: 0.0,
            w: 2.0,
            h: 2.0,
        };
        let b = Rect {
            x: 1.0,
            y: 0.0,
            w: 2.0,
            h: 2.0,
        };
        assert!((a.iou(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.iou(&Rect::default()), 0.0);
    }

    #[test]
    fn clipping_keeps_what_is_inside_the_frame() {
        let size = Size { width: 10, height: 5 };
        let r = Rect {
            x: -2.0,
            y: 3.0,
            w: 4.0,
            h: 9.0,
        }
        .clipped(size);
        assert_eq!(
            r,
            Rect {
                x: 0.0,
                y: 3.0,
                w: 2.0,
                h: 2.0
            }
        );
    }
}
