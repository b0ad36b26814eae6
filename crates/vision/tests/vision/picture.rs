//! Pictures in every format, and what colour they have at any point: slow and written differently from the product.

use std::fmt;

use luchs_scene::Size;
use luchs_vision::{Frame, Matrix, PixelFormat, Plane, Range};

/// A picture that owns its planes.
pub(crate) struct Picture {
    pub(crate) format: PixelFormat,
    pub(crate) size: Size,
    pub(crate) matrix: Matrix,
    pub(crate) range: Range,
    planes: Vec<(Vec<u8>, usize)>,
}

impl Picture {
    /// Pixels without any order, the same for each `padding` of the rows, which itself is filled with garbage.
    pub(crate) fn noise(format: PixelFormat, size: Size, padding: usize) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        Self::build(format, size, padding, |_, _, _| random())
    }

    /// A smooth picture, its colours computed from the position and converted to `format` (BT.601, limited).
    pub(crate) fn gradient(format: PixelFormat, size: Size) -> Self {
        let rgb = |x: f64, y: f64| {
            let (x, y) = (x / f64::from(size.width), y / f64::from(size.height));
            [40.0 + 170.0 * x, 50.0 + 150.0 * y, 120.0 + 60.0 * x - 50.0 * y].map(f64::round)
        };
        let yuv = |x: f64, y: f64, part: usize| {
            let [r, g, b] = rgb(x, y);
            let luma = 0.299 * r + 0.587 * g + 0.114 * b;
            [
                luma * 219.0 / 255.0 + 16.0,
                (b - luma) / 1.772 * 224.0 / 255.0 + 128.0,
                (r - luma) / 1.402 * 224.0 / 255.0 + 128.0,
            ][part]
        };
        let order: &[usize] = match format {
            PixelFormat::Rgb => &[0, 1, 2],
            PixelFormat::Bgr => &[2, 1, 0],
            PixelFormat::Rgba | PixelFormat::Rgbx => &[0, 1, 2, 3],
            PixelFormat::Bgra | PixelFormat::Bgrx => &[2, 1, 0, 3],
            _ => &[],
        };
        Self::build(format, size, 0, |plane, column, row| {
            let (x, y) = (column as f64 + 0.5, row as f64 + 0.5);
            let value = match (format, plane) {
                (PixelFormat::Nv12 | PixelFormat::I420 | PixelFormat::Gray8, 0) => yuv(x, y, 0),
                (PixelFormat::Nv12, _) => yuv((column / 2) as f64 * 2.0 + 1.0, y * 2.0, 1 + column % 2),
                (PixelFormat::I420, plane) => yuv(x * 2.0, y * 2.0, plane),
                _ => {
                    let x = (column / order.len()) as f64 + 0.5;
                    let [r, g, b] = rgb(x, y);
                    [r, g, b, 77.0][order[column % order.len()]]
                }
            };
            value.round() as u8
        })
    }

    fn build(format: PixelFormat, size: Size, padding: usize, mut byte: impl FnMut(usize, usize, usize) -> u8) -> Self {
        let (w, h) = (size.width as usize, size.height as usize);
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let extents: &[(usize, usize)] = match format {
            PixelFormat::Nv12 => &[(w, h), (cw * 2, ch)],
            PixelFormat::I420 => &[(w, h), (cw, ch), (cw, ch)],
            PixelFormat::Gray8 => &[(w, h)],
            PixelFormat::Rgb | PixelFormat::Bgr => &[(w * 3, h)],
            _ => &[(w * 4, h)],
        };
        let planes = extents.iter().enumerate().map(|(plane, &(width, height))| {
            let mut data = Vec::with_capacity((width + padding) * height);
            for row in 0..height {
                data.extend((0..width).map(|column| byte(plane, column, row)));
                // The last row ends where its pixels end.
                data.extend(
                    (row + 1 < height)
                        .then_some((0..padding).map(|i| (i * 89 + row) as u8))
                        .into_iter()
                        .flatten(),
                );
            }
            (data, width + padding)
        });
        Self {
            format,
            size,
            matrix: Matrix::Bt601,
            range: Range::Limited,
            planes: planes.collect(),
        }
    }

    /// A copy of a part of it, which begins at an even pixel.
    pub(crate) fn part(&self, x: usize, y: usize, size: Size) -> Self {
        assert!(x.is_multiple_of(2) && y.is_multiple_of(2));
        let mut cut = Self::build(self.format, size, 0, |plane, column, row| {
            let (left, top) = match (self.format, plane) {
                (PixelFormat::Nv12, 1) => (x, y / 2),
                (PixelFormat::I420, 1 | 2) => (x / 2, y / 2),
                (PixelFormat::Nv12 | PixelFormat::I420 | PixelFormat::Gray8, _) => (x, y),
                (PixelFormat::Rgb | PixelFormat::Bgr, _) => (x * 3, y),
                _ => (x * 4, y),
            };
            let (data, stride) = &self.planes[plane];
            data[(top + row) * stride + left + column]
        });
        (cut.matrix, cut.range) = (self.matrix, self.range);
        cut
    }

    /// As the product sees it.
    pub(crate) fn frame(&self) -> Frame<'_> {
        let planes: Vec<_> = self
            .planes
            .iter()
            .map(|(data, stride)| Plane { data, stride: *stride })
            .collect();
        Frame::new(self.format, self.size, &planes, self.matrix, self.range).unwrap()
    }

    /// Red, green and blue at a point (the first pixel's centre is 0.5, 0.5), interpolated before conversion.
    pub(crate) fn color_at(&self, x: f64, y: f64) -> [f64; 3] {
        let at = |plane, step, offset| self.interpolate(plane, step, offset, 1, x, y);
        let half = |plane, step, offset| self.interpolate(plane, step, offset, 2, x / 2.0, y / 2.0);
        match self.format {
            PixelFormat::Gray8 => [at(0, 1, 0); 3],
            PixelFormat::Rgb => [at(0, 3, 0), at(0, 3, 1), at(0, 3, 2)],
            PixelFormat::Bgr => [at(0, 3, 2), at(0, 3, 1), at(0, 3, 0)],
            PixelFormat::Rgba | PixelFormat::Rgbx => [at(0, 4, 0), at(0, 4, 1), at(0, 4, 2)],
            PixelFormat::Bgra | PixelFormat::Bgrx => [at(0, 4, 2), at(0, 4, 1), at(0, 4, 0)],
            PixelFormat::Nv12 => self.convert(at(0, 1, 0), half(1, 2, 0), half(1, 2, 1)),
            PixelFormat::I420 => self.convert(at(0, 1, 0), half(1, 1, 0), half(2, 1, 0)),
        }
    }

    fn interpolate(&self, plane: usize, step: usize, offset: usize, subsampling: u32, x: f64, y: f64) -> f64 {
        let (data, stride) = &self.planes[plane];
        let width = self.size.width.div_ceil(subsampling) as usize;
        let height = self.size.height.div_ceil(subsampling) as usize;
        let pixel = |column: i64, row: i64| {
            let column = column.clamp(0, width as i64 - 1) as usize;
            let row = row.clamp(0, height as i64 - 1) as usize;
            f64::from(data[row * stride + column * step + offset])
        };
        let (x, y) = (x - 0.5, y - 0.5);
        let (column, row) = (x.floor() as i64, y.floor() as i64);
        let (right, lower) = (x - x.floor(), y - y.floor());
        pixel(column, row) * (1.0 - right) * (1.0 - lower)
            + pixel(column + 1, row) * right * (1.0 - lower)
            + pixel(column, row + 1) * (1.0 - right) * lower
            + pixel(column + 1, row + 1) * right * lower
    }

    /// With the coefficients as the standards print them, rounded to four digits.
    fn convert(&self, y: f64, u: f64, v: f64) -> [f64; 3] {
        let (y, u, v) = match self.range {
            Range::Limited => (
                (y - 16.0) / 219.0 * 255.0,
                (u - 128.0) / 224.0 * 255.0,
                (v - 128.0) / 224.0 * 255.0,
            ),
            Range::Full => (y, u - 128.0, v - 128.0),
        };
        let (rv, gu, gv, bu) = match self.matrix {
            Matrix::Bt601 => (1.402, 0.344_136, 0.714_136, 1.772),
            Matrix::Bt709 => (1.5748, 0.187_324, 0.468_124, 1.8556),
            Matrix::Bt2020 => (1.4746, 0.164_553, 0.571_353, 1.8814),
        };
        [y + rv * v, y - gu * u - gv * v, y + bu * u].map(|level| level.clamp(0.0, 255.0))
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}×{}", self.format, self.size.width, self.size.height)
    }
}
