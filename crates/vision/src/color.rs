//! From luma and chroma to red, green and blue (ITU-R BT.601 and BT.709).

/// Which primaries the luma was weighed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matrix {
    /// Standard definition.
    #[default]
    Bt601,
    /// High definition.
    Bt709,
}

/// Which values stand for black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// Luma 16 to 235, chroma 16 to 240, as in video.
    #[default]
    Limited,
    /// 0 to 255, as in JPEG.
    Full,
}

/// The coefficients of one conversion, for samples from 0 to 255.
#[derive(Clone, Copy, Debug)]
pub(crate) struct YuvToRgb {
    luma_scale: f32,
    luma_offset: f32,
    red_v: f32,
    green_u: f32,
    green_v: f32,
    blue_u: f32,
}

impl YuvToRgb {
    pub(crate) fn new(matrix: Matrix, range: Range) -> Self {
        let (kr, kb) = match matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
        };
        let (black, luma, chroma) = match range {
            Range::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
            Range::Full => (0.0, 1.0, 1.0),
        };
        let kg: f64 = 1.0 - kr - kb;
        let (red_v, blue_u) = (2.0 * (1.0 - kr) * chroma, 2.0 * (1.0 - kb) * chroma);
        Self {
            luma_scale: luma as f32,
            luma_offset: (-black * luma) as f32,
            red_v: red_v as f32,
            green_u: (-blue_u * kb / kg) as f32,
            green_v: (-red_v * kr / kg) as f32,
            blue_u: blue_u as f32,
        }
    }

    /// Turns a row of Y, U and V into a row of R, G and B, in place.
    pub(crate) fn convert(&self, [first, second, third]: &mut [Vec<f32>; 3]) {
        for ((y, u), v) in first.iter_mut().zip(second).zip(third) {
            let luma = *y * self.luma_scale + self.luma_offset;
            let (cb, cr) = (*u - 128.0, *v - 128.0);
            *y = (luma + self.red_v * cr).clamp(0.0, 255.0);
            *u = (luma + self.green_u * cb + self.green_v * cr).clamp(0.0, 255.0);
            *v = (luma + self.blue_u * cb).clamp(0.0, 255.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(matrix: Matrix, range: Range, yuv: [f32; 3]) -> [i32; 3] {
        let mut rows = yuv.map(|v| vec![v]);
        YuvToRgb::new(matrix, range).convert(&mut rows);
        rows.map(|row| row[0].round() as i32)
    }

    #[test]
    fn black_white_and_the_published_primaries() {
        for matrix in [Matrix::Bt601, Matrix::Bt709] {
            assert_eq!(rgb(matrix, Range::Limited, [16.0, 128.0, 128.0]), [0, 0, 0]);
            assert_eq!(rgb(matrix, Range::Limited, [235.0, 128.0, 128.0]), [255, 255, 255]);
            assert_eq!(rgb(matrix, Range::Full, [255.0, 128.0, 128.0]), [255, 255, 255]);
        }
        // Red of the 100 % colour bars in each standard.
        assert_eq!(rgb(Matrix::Bt601, Range::Limited, [81.0, 90.0, 240.0]), [254, 0, 0]);
        assert_eq!(rgb(Matrix::Bt709, Range::Limited, [63.0, 102.0, 240.0]), [255, 1, 0]);
        assert_eq!(rgb(Matrix::Bt601, Range::Full, [76.0, 85.0, 255.0]), [254, 0, 0]);
    }
}
