//! From luma and chroma to red, green and blue (ITU-R BT.601, BT.709 and BT.2020).

/// Which primaries the luma was weighed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matrix {
    /// Standard definition.
    #[default]
    Bt601,
    /// High definition.
    Bt709,
    /// Ultra high definition, non-constant luminance.
    Bt2020,
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

/// What a sample of Y, U and V and a constant add to red, green and blue, for samples from 0 to 255. U adds nothing to
/// red, V nothing to blue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct YuvToRgb(pub(crate) [[f32; 4]; 3]);

impl YuvToRgb {
    pub(crate) fn new(matrix: Matrix, range: Range) -> Self {
        let (kr, kb) = match matrix {
            Matrix::Bt601 => (0.299, 0.114),
            Matrix::Bt709 => (0.2126, 0.0722),
            Matrix::Bt2020 => (0.2627, 0.0593),
        };
        let (black, luma, chroma) = match range {
            Range::Limited => (16.0, 255.0 / 219.0, 255.0 / 224.0),
            Range::Full => (0.0, 1.0, 1.0),
        };
        let kg: f64 = 1.0 - kr - kb;
        let (red_v, blue_u) = (2.0 * (1.0 - kr) * chroma, 2.0 * (1.0 - kb) * chroma);
        let chroma = [[0.0, red_v], [-blue_u * kb / kg, -red_v * kr / kg], [blue_u, 0.0]];
        Self(chroma.map(|[u, v]| [luma, u, v, -black * luma - 128.0 * (u + v)].map(|value| value as f32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(matrix: Matrix, range: Range, yuv: [f32; 3]) -> [i32; 3] {
        let [y, u, v] = yuv;
        let levels = YuvToRgb::new(matrix, range)
            .0
            .map(|[a, b, c, d]| y * a + u * b + v * c + d);
        levels.map(|level| level.clamp(0.0, 255.0).round() as i32)
    }

    #[test]
    fn black_white_and_the_published_primaries() {
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
            assert_eq!(rgb(matrix, Range::Limited, [16.0, 128.0, 128.0]), [0, 0, 0]);
            assert_eq!(rgb(matrix, Range::Limited, [235.0, 128.0, 128.0]), [255, 255, 255]);
            assert_eq!(rgb(matrix, Range::Full, [255.0, 128.0, 128.0]), [255, 255, 255]);
        }
        // Red of the 100 % colour bars in each standard.
        assert_eq!(rgb(Matrix::Bt601, Range::Limited, [81.0, 90.0, 240.0]), [254, 0, 0]);
        assert_eq!(rgb(Matrix::Bt709, Range::Limited, [63.0, 102.0, 240.0]), [255, 1, 0]);
        assert_eq!(rgb(Matrix::Bt2020, Range::Limited, [74.0, 97.0, 240.0]), [255, 0, 1]);
        assert_eq!(rgb(Matrix::Bt601, Range::Full, [76.0, 85.0, 255.0]), [254, 0, 0]);
    }
}
