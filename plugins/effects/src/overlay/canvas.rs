//! The planes of a picture as something to paint on.

use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use luchs_scene::Size;

/// How a picture's pixels lie in memory, 8 bits per sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Brightness only.
    Gray,
    /// Red, green, blue, and a fourth byte if there is one.
    Rgb {
        /// Bytes from pixel to pixel, 3 or 4.
        step: usize,
    },
    /// Blue, green, red, and a fourth byte if there is one.
    Bgr {
        /// Bytes from pixel to pixel, 3 or 4.
        step: usize,
    },
    /// Brightness, then U and V in turn for every 2×2 pixels.
    Nv12,
    /// Brightness, then U, then V for every 2×2 pixels.
    I420,
}

/// What a colour is in brightness and chroma.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colorimetry {
    /// Weight of red in brightness.
    pub kr: f64,
    /// Weight of blue in brightness.
    pub kb: f64,
    /// Samples use 0 to 255, rather than 16 to 235 (chroma 240).
    pub full_range: bool,
}

impl Colorimetry {
    /// ITU-R BT.601, limited range: what a camera means that does not say.
    pub const BT601: Self = Self {
        kr: 0.299,
        kb: 0.114,
        full_range: false,
    };

    fn yuv(&self, color: Rgb888) -> [u8; 3] {
        let [r, g, b] = [color.r(), color.g(), color.b()].map(|v| f64::from(v) / 255.0);
        let y = self.kr * r + (1.0 - self.kr - self.kb) * g + self.kb * b;
        let (u, v) = ((b - y) / (2.0 * (1.0 - self.kb)), (r - y) / (2.0 * (1.0 - self.kr)));
        let (floor, span, chroma) = if self.full_range {
            (0.0, 255.0, 255.0)
        } else {
            (16.0, 219.0, 224.0)
        };
        [floor + span * y, 128.0 + chroma * u, 128.0 + chroma * v].map(|sample| sample.round().clamp(0.0, 255.0) as u8)
    }
}

/// One plane: rows of `stride` bytes.
#[derive(Debug)]
pub struct Plane<'a> {
    /// The samples.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A picture to paint on, in place.
#[derive(Debug)]
pub struct Canvas<'a> {
    layout: Layout,
    colorimetry: Colorimetry,
    size: Size,
    planes: Vec<Plane<'a>>,
}

impl<'a> Canvas<'a> {
    /// The picture of `size` in `planes`, which are as many as `layout` has.
    pub fn new(layout: Layout, colorimetry: Colorimetry, size: Size, planes: Vec<Plane<'a>>) -> Self {
        Self {
            layout,
            colorimetry,
            size,
            planes,
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Paints the pixels from (`left`, `top`) up to, not including, (`right`, `bottom`), as far as they are in the picture.
    pub fn fill(&mut self, left: i64, top: i64, right: i64, bottom: i64, color: Rgb888) {
        let clip = |v: i64, limit: u32| v.clamp(0, i64::from(limit)) as usize;
        let (x0, x1) = (clip(left, self.size.width), clip(right, self.size.width));
        let (y0, y1) = (clip(top, self.size.height), clip(bottom, self.size.height));
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let (samples, step, shift) = self.samples(color);
        for (plane, Plane { data, stride }) in self.planes.iter_mut().enumerate() {
            // Only the first plane has full resolution; a 2×2 block that is touched takes the colour as a whole.
            let (sample, step, shift) = (samples[plane.min(2)], step[plane.min(2)], shift[plane.min(2)]);
            let (x0, y0) = (x0 >> shift, y0 >> shift);
            let (x1, y1) = ((x1 + shift) >> shift, (y1 + shift) >> shift);
            for row in y0..y1 {
                let start = row * *stride;
                let Some(row) = data.get_mut(start + x0 * step..start + x1 * step) else {
                    continue;
                };
                row.chunks_exact_mut(step)
                    .for_each(|pixel| pixel.copy_from_slice(&sample[..step]));
            }
        }
    }

    /// For each plane the bytes of a sample in `color`, how many they are, and the power of two by which it is coarser.
    fn samples(&self, color: Rgb888) -> ([[u8; 4]; 3], [usize; 3], [usize; 3]) {
        let [r, g, b] = [color.r(), color.g(), color.b()];
        let [y, u, v] = self.colorimetry.yuv(color);
        let alone = |sample, step| ([sample, [0; 4], [0; 4]], [step, 1, 1], [0, 0, 0]);
        match self.layout {
            Layout::Gray => alone([y, 0, 0, 0], 1),
            Layout::Rgb { step } => alone([r, g, b, 255], step.min(4)),
            Layout::Bgr { step } => alone([b, g, r, 255], step.min(4)),
            Layout::Nv12 => ([[y, 0, 0, 0], [u, v, 0, 0], [0; 4]], [1, 2, 1], [0, 1, 1]),
            Layout::I420 => ([[y, 0, 0, 0], [u, 0, 0, 0], [v, 0, 0, 0]], [1, 1, 1], [0, 1, 1]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb888 = Rgb888::new(255, 0, 0);

    /// Paints a red rectangle (1, 1)–(3, 3) on a black 5×5 picture with rows of 20 bytes; the planes' bytes.
    fn painted(layout: Layout, planes: usize) -> Vec<Vec<u8>> {
        let mut bytes = vec![vec![0_u8; 100]; planes];
        let list = bytes.iter_mut().map(|data| Plane { data, stride: 20 }).collect();
        let size = Size { width: 5, height: 5 };
        Canvas::new(layout, Colorimetry::BT601, size, list).fill(1, 1, 3, 3, RED);
        bytes
    }

    fn touched(plane: &[u8]) -> Vec<usize> {
        plane
            .iter()
            .enumerate()
            .filter(|(_, b)| **b != 0)
            .map(|(i, _)| i)
            .collect()
    }

    #[test]
    fn every_layout_gets_its_bytes_and_no_others() {
        for (layout, bytes) in [
            (Layout::Rgb { step: 3 }, vec![23, 26, 43, 46]),
            (Layout::Bgr { step: 3 }, vec![25, 28, 45, 48]),
            (Layout::Rgb { step: 4 }, vec![24, 27, 28, 31, 44, 47, 48, 51]),
            (Layout::Bgr { step: 4 }, vec![26, 27, 30, 31, 46, 47, 50, 51]),
        ] {
            let plane = &painted(layout, 1)[0];
            assert_eq!(touched(plane), bytes, "{layout:?}");
            assert!(bytes.iter().all(|&i| plane[i] == 255), "{layout:?}");
        }
        // Pure red in limited BT.601: 81, 90, 240.
        let expected_y = [(21, 81), (22, 81), (41, 81), (42, 81)];
        for (layout, planes) in [(Layout::Gray, 1), (Layout::Nv12, 2), (Layout::I420, 3)] {
            let bytes = painted(layout, planes);
            let y: Vec<_> = touched(&bytes[0]).into_iter().map(|i| (i, bytes[0][i])).collect();
            assert_eq!(y, expected_y, "{layout:?}");
        }
        let nv12 = painted(Layout::Nv12, 2);
        assert_eq!(touched(&nv12[1]), [0, 1, 2, 3, 20, 21, 22, 23]);
        assert_eq!(nv12[1][..2], [90, 240]);
        let i420 = painted(Layout::I420, 3);
        assert_eq!(
            (touched(&i420[1]), i420[1][0], i420[2][21]),
            (vec![0, 1, 20, 21], 90, 240)
        );
    }

    #[test]
    fn the_last_odd_row_and_column_have_chroma_too() {
        let mut bytes = vec![vec![0_u8; 100]; 2];
        let list = bytes.iter_mut().map(|data| Plane { data, stride: 20 }).collect();
        Canvas::new(Layout::Nv12, Colorimetry::BT601, Size { width: 5, height: 5 }, list).fill(4, 4, 99, 99, RED);
        assert_eq!((touched(&bytes[0]), touched(&bytes[1])), (vec![84], vec![44, 45]));
    }

    #[test]
    fn full_range_uses_it() {
        let full = Colorimetry {
            full_range: true,
            ..Colorimetry::BT601
        };
        assert_eq!(full.yuv(Rgb888::WHITE), [255, 128, 128]);
        assert_eq!(Colorimetry::BT601.yuv(Rgb888::WHITE), [235, 128, 128]);
        assert_eq!(Colorimetry::BT601.yuv(Rgb888::BLACK), [16, 128, 128]);
    }
}
