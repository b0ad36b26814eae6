//! Which samples of a plane make which pixel of the input: computed once per geometry.

use luchs_scene::Size;

use crate::{PixelFormat, Placement};

/// Two neighbouring samples and how much of the second one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tap {
    /// First sample; a byte offset in a row, or a row.
    pub(crate) first: u32,
    /// Second sample; the same at the picture's edge.
    pub(crate) second: u32,
    /// Share of the second, 0 to 1.
    pub(crate) share: f32,
}

/// Taps of one plane.
#[derive(Debug, Default)]
pub(crate) struct Axes {
    pub(crate) x: Vec<Tap>,
    pub(crate) y: Vec<Tap>,
}

/// All taps of a frame's geometry.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Of the first (or only) plane.
    pub(crate) full: Axes,
    /// Of the planes at half the resolution; empty if there are none.
    pub(crate) half: Axes,
}

impl Plan {
    /// Computes it anew, in the memory it already has.
    pub(crate) fn update(&mut self, format: PixelFormat, placement: &Placement) {
        let frame = placement.frame();
        let (_, _, content) = placement.content();
        let step = match format {
            PixelFormat::Nv12 | PixelFormat::I420 | PixelFormat::Gray8 => 1,
            PixelFormat::Rgb | PixelFormat::Bgr => 3,
            PixelFormat::Rgba | PixelFormat::Bgra | PixelFormat::Rgbx | PixelFormat::Bgrx => 4,
        };
        let scale = (
            f64::from(frame.width) / f64::from(content.width),
            f64::from(frame.height) / f64::from(content.height),
        );
        self.full.update(frame, scale, content, step);
        let half = Size {
            width: frame.width.div_ceil(2),
            height: frame.height.div_ceil(2),
        };
        // A chroma sample is taken to lie in the middle of its four pixels: MPEG's quarter of a sample to the left is
        // below what detectors notice.
        // Half of the luma's scale, not half/content: in an odd frame the last chroma sample covers one pixel only.
        let scale = (scale.0 / 2.0, scale.1 / 2.0);
        match format {
            PixelFormat::Nv12 => self.half.update(half, scale, content, 2),
            PixelFormat::I420 => self.half.update(half, scale, content, 1),
            _ => self.half = Axes::default(),
        }
    }
}

impl Axes {
    fn update(&mut self, plane: Size, scale: (f64, f64), content: Size, step: u32) {
        fill(&mut self.x, content.width, scale.0, plane.width, step);
        fill(&mut self.y, content.height, scale.1, plane.height, 1);
    }
}

/// Bilinear taps with half-pixel centres, clamped at the edges, like `cv::resize` with `INTER_LINEAR`.
fn fill(taps: &mut Vec<Tap>, count: u32, scale: f64, samples: u32, step: u32) {
    taps.clear();
    let last = samples.saturating_sub(1);
    taps.extend((0..count).map(|i| {
        let position = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, f64::from(last));
        let first = position as u32;
        let second = (first + 1).min(last);
        Tap {
            first: first * step,
            second: second * step,
            share: (position - f64::from(first)) as f32,
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_takes_each_sample_as_it_is() {
        let mut taps = Vec::new();
        fill(&mut taps, 3, 1.0, 3, 4);
        let plain = |first, second| Tap {
            first,
            second,
            share: 0.0,
        };
        assert_eq!(taps, [plain(0, 4), plain(4, 8), plain(8, 8)]);
    }

    #[test]
    fn half_the_size_is_the_mean_of_two() {
        let mut taps = Vec::new();
        fill(&mut taps, 2, 2.0, 4, 1);
        assert_eq!(
            taps,
            [
                Tap {
                    first: 0,
                    second: 1,
                    share: 0.5
                },
                Tap {
                    first: 2,
                    second: 3,
                    share: 0.5
                }
            ]
        );
    }

    #[test]
    fn twice_the_size_repeats_the_edge() {
        let mut taps = Vec::new();
        fill(&mut taps, 4, 0.5, 2, 1);
        assert_eq!(
            taps[0],
            Tap {
                first: 0,
                second: 1,
                share: 0.0
            }
        );
        assert_eq!(
            taps[3],
            Tap {
                first: 1,
                second: 1,
                share: 0.0
            }
        );
        assert_eq!(taps[1].share, 0.25);
    }
}
