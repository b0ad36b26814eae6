//! Which samples of a plane make which pixel of the input: computed once per geometry.

use crate::{
    Isa, PixelFormat, Placement,
    kernel::{Column, Columns},
};

/// Two neighbouring rows and how much of the second one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tap {
    /// First row.
    pub(crate) first: u32,
    /// Second row; the same at the picture's edge.
    pub(crate) second: u32,
    /// Share of the second, 0 to 1.
    pub(crate) share: f32,
}

/// Taps of one plane.
#[derive(Debug, Default)]
pub(crate) struct Axes {
    pub(crate) x: Columns,
    pub(crate) y: Vec<Tap>,
}

/// All taps of a frame's geometry.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Of the first (or only) plane.
    pub(crate) full: Axes,
    /// Of the planes at half the resolution; as it was if there are none.
    pub(crate) half: Axes,
}

/// Along one side: where the pixels of the input lie among the samples of a plane.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Pixels of the input.
    count: u32,
    /// Where the first one begins, in samples.
    start: f64,
    /// Samples from one to the next.
    scale: f64,
    /// First and last sample that may be used.
    first: u32,
    last: u32,
}

impl Plan {
    /// Computes it anew, in the memory it already has.
    pub(crate) fn update(&mut self, isa: Isa, format: PixelFormat, placement: &Placement) {
        let (x, y) = sides(placement);
        let rows = |plane| format.plane_extent(plane, placement.frame()).0;
        // A chroma sample is taken to lie in the middle of its four pixels: MPEG's quarter of a sample to the left is
        // below what detectors notice.
        match format {
            PixelFormat::Gray8 => self.full.update(isa, x, y, 1, rows(0)),
            PixelFormat::Rgb | PixelFormat::Bgr => self.full.update(isa, x, y, 3, rows(0)),
            PixelFormat::Rgba | PixelFormat::Bgra | PixelFormat::Rgbx | PixelFormat::Bgrx => {
                self.full.update(isa, x, y, 4, rows(0));
            }
            PixelFormat::Nv12 => {
                self.full.update(isa, x, y, 1, rows(0));
                self.half.update(isa, x.halved(), y.halved(), 2, rows(1));
            }
            PixelFormat::I420 => {
                self.full.update(isa, x, y, 1, rows(0));
                self.half.update(isa, x.halved(), y.halved(), 1, rows(1));
            }
        }
    }
}

impl Axes {
    fn update(&mut self, isa: Isa, x: Side, y: Side, step: u32, row: usize) {
        let columns = x
            .taps()
            .map(|(first, second, share)| Column::new(first * step, second * step, share));
        self.x.update(isa, columns, row, step);
        self.y.clear();
        self.y.extend(y.taps().map(|(first, second, share)| Tap {
            first,
            second,
            share: share as f32,
        }));
    }
}

impl Side {
    /// Bilinear taps with half-pixel centres, clamped at the edges, like `cv::resize` with `INTER_LINEAR`: first sample,
    /// second sample, share of the second.
    fn taps(self) -> impl Iterator<Item = (u32, u32, f64)> {
        let Self {
            count,
            start,
            scale,
            first: low,
            last: high,
        } = self;
        (0..count).map(move |i| {
            let position = (start + (f64::from(i) + 0.5) * scale - 0.5).clamp(f64::from(low), f64::from(high));
            let first = position as u32;
            (first, (first + 1).min(high), position - f64::from(first))
        })
    }

    /// Of a plane with half as many samples. The scale is halved rather than computed anew: the last chroma sample of an
    /// odd frame covers one pixel only.
    fn halved(self) -> Self {
        Self {
            count: self.count,
            start: self.start / 2.0,
            scale: self.scale / 2.0,
            first: self.first / 2,
            last: self.last / 2,
        }
    }
}

/// Both sides of the plane that has a sample for each pixel.
fn sides(placement: &Placement) -> (Side, Side) {
    let (_, _, content) = placement.content();
    let [x, y, w, h] = placement.view();
    let [left, top, right, bottom] = placement.bounds();
    let side = |count: u32, start, length: f64, low, high: u32| Side {
        count,
        start,
        scale: length / f64::from(count),
        first: low,
        last: high.saturating_sub(1),
    };
    (
        side(content.width, x, w, left, right),
        side(content.height, y, h, top, bottom),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taps(count: u32, scale: f64, samples: u32) -> Vec<(u32, u32, f64)> {
        let side = Side {
            count,
            start: 0.0,
            scale,
            first: 0,
            last: samples - 1,
        };
        side.taps().collect()
    }

    #[test]
    fn the_same_size_takes_each_sample_as_it_is() {
        assert_eq!(taps(3, 1.0, 3), [(0, 1, 0.0), (1, 2, 0.0), (2, 2, 0.0)]);
    }

    #[test]
    fn half_the_size_is_the_mean_of_two() {
        assert_eq!(taps(2, 2.0, 4), [(0, 1, 0.5), (2, 3, 0.5)]);
    }

    #[test]
    fn twice_the_size_repeats_the_edge() {
        assert_eq!(taps(4, 0.5, 2), [(0, 1, 0.0), (0, 1, 0.25), (0, 1, 0.75), (1, 1, 0.0)]);
    }
}
