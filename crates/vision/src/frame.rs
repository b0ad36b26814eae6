//! A frame as it lies in memory, checked once so that nobody reads past its end later.

use std::fmt;

use luchs_scene::Size;

use crate::{Matrix, Range};

/// Longest side of a frame in pixels, so that positions are exact in the types that count them.
pub const MAX_SIDE: u32 = 1 << 16;

/// How the pixels of a frame lie in memory. Names as in GStreamer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Plane Y, plane UV interleaved at half the resolution.
    Nv12,
    /// Planes Y, U and V, the latter two at half the resolution.
    I420,
    /// 3 bytes a pixel.
    Rgb,
    /// 3 bytes a pixel.
    Bgr,
    /// 4 bytes a pixel; alpha is ignored.
    Rgba,
    /// 4 bytes a pixel; alpha is ignored.
    Bgra,
    /// 4 bytes a pixel, the last one unused.
    Rgbx,
    /// 4 bytes a pixel, the last one unused.
    Bgrx,
    /// 1 byte a pixel, 0 to 255.
    Gray8,
}

/// One plane: rows of bytes, `stride` apart. The last row may lack its padding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plane<'a> {
    /// The bytes.
    pub data: &'a [u8],
    /// Bytes from the beginning of one row to the beginning of the next.
    pub stride: usize,
}

/// A frame whose planes are known to be large enough for its size.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    format: PixelFormat,
    size: Size,
    planes: [Plane<'a>; 3],
    matrix: Matrix,
    range: Range,
}

/// Why planes make no frame.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FrameError {
    /// Width or height is 0 or absurd.
    #[error("a frame of {width}×{height} is not possible: both sides must be 1 to {MAX_SIDE}")]
    Size {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// Too few or too many planes.
    #[error("{format:?} has {expected} plane(s), not {got}")]
    Planes {
        /// The format.
        format: PixelFormat,
        /// Planes it has.
        expected: usize,
        /// Planes given.
        got: usize,
    },
    /// Rows overlap.
    #[error("plane {plane} of {format:?} needs a stride of at least {expected} bytes, it has {got}")]
    Stride {
        /// The format.
        format: PixelFormat,
        /// Index of the plane.
        plane: usize,
        /// Bytes of one row.
        expected: usize,
        /// Stride given.
        got: usize,
    },
    /// The plane ends too early.
    #[error("plane {plane} of {format:?} needs at least {expected} bytes, it has {got}")]
    Length {
        /// The format.
        format: PixelFormat,
        /// Index of the plane.
        plane: usize,
        /// Bytes needed.
        expected: u128,
        /// Bytes given.
        got: usize,
    },
}

impl PixelFormat {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Nv12,
        Self::I420,
        Self::Rgb,
        Self::Bgr,
        Self::Rgba,
        Self::Bgra,
        Self::Rgbx,
        Self::Bgrx,
        Self::Gray8,
    ];

    /// How many planes it has, 1 to 3.
    pub fn planes(self) -> usize {
        match self {
            Self::Nv12 => 2,
            Self::I420 => 3,
            _ => 1,
        }
    }

    /// Bytes of a row without padding and number of rows of plane `plane` in a frame of `size`; chroma rounds up.
    pub fn plane_extent(self, plane: usize, size: Size) -> (usize, usize) {
        let (width, height) = (size.width as usize, size.height as usize);
        match (self, plane) {
            (Self::Nv12, 1) => (width.div_ceil(2) * 2, height.div_ceil(2)),
            (Self::I420, 1 | 2) => (width.div_ceil(2), height.div_ceil(2)),
            (Self::Nv12 | Self::I420 | Self::Gray8, _) => (width, height),
            (Self::Rgb | Self::Bgr, _) => (width * 3, height),
            (Self::Rgba | Self::Bgra | Self::Rgbx | Self::Bgrx, _) => (width * 4, height),
        }
    }
}

impl<'a> Frame<'a> {
    /// Checks that `planes` hold a frame of `size`. `matrix` and `range` are of no effect unless the format is YUV.
    pub fn new(
        format: PixelFormat,
        size: Size,
        planes: &[Plane<'a>],
        matrix: Matrix,
        range: Range,
    ) -> Result<Self, FrameError> {
        if !(1..=MAX_SIDE).contains(&size.width) || !(1..=MAX_SIDE).contains(&size.height) {
            return Err(FrameError::Size {
                width: size.width,
                height: size.height,
            });
        }
        if planes.len() != format.planes() {
            return Err(FrameError::Planes {
                format,
                expected: format.planes(),
                got: planes.len(),
            });
        }
        let mut own = [Plane::default(); 3];
        for (index, (plane, own)) in planes.iter().zip(&mut own).enumerate() {
            let (row, rows) = format.plane_extent(index, size);
            if plane.stride < row {
                return Err(FrameError::Stride {
                    format,
                    plane: index,
                    expected: row,
                    got: plane.stride,
                });
            }
            let expected = plane.stride as u128 * (rows as u128 - 1) + row as u128;
            if (plane.data.len() as u128) < expected {
                return Err(FrameError::Length {
                    format,
                    plane: index,
                    expected,
                    got: plane.data.len(),
                });
            }
            *own = *plane;
        }
        Ok(Self {
            format,
            size,
            planes: own,
            matrix,
            range,
        })
    }

    /// How its pixels lie in memory.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Its width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// How its YUV becomes RGB; of no meaning for other formats.
    pub fn colorimetry(&self) -> (Matrix, Range) {
        (self.matrix, self.range)
    }

    /// Row `y` of plane `plane`, without padding.
    pub fn row(&self, plane: usize, y: usize) -> &'a [u8] {
        let Plane { data, stride } = self.planes[plane];
        &data[y * stride..][..self.format.plane_extent(plane, self.size).0]
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Pixels do not belong into logs.
        let Self {
            format,
            size,
            matrix,
            range,
            ..
        } = self;
        write!(
            f,
            "Frame({format:?} {}×{} {matrix:?} {range:?})",
            size.width, size.height
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(format: PixelFormat, size: (u32, u32), planes: &[(usize, usize)]) -> Result<(), FrameError> {
        let data = vec![0; 1000];
        let planes: Vec<_> = planes
            .iter()
            .map(|&(len, stride)| Plane {
                data: &data[..len],
                stride,
            })
            .collect();
        let size = Size {
            width: size.0,
            height: size.1,
        };
        Frame::new(format, size, &planes, Matrix::Bt601, Range::Limited).map(|_| ())
    }

    #[test]
    fn the_last_row_may_lack_its_padding() {
        assert_eq!(frame(PixelFormat::Gray8, (3, 2), &[(11, 8)]), Ok(()));
        let text = frame(PixelFormat::Gray8, (3, 2), &[(10, 8)]).unwrap_err().to_string();
        assert_eq!(text, "plane 0 of Gray8 needs at least 11 bytes, it has 10");
    }

    #[test]
    fn chroma_of_odd_sizes_rounds_up() {
        assert_eq!(frame(PixelFormat::Nv12, (3, 3), &[(9, 3), (8, 4)]), Ok(()));
        assert_eq!(frame(PixelFormat::I420, (3, 3), &[(9, 3), (4, 2), (4, 2)]), Ok(()));
        let text = frame(PixelFormat::Nv12, (3, 3), &[(9, 3), (8, 3)])
            .unwrap_err()
            .to_string();
        assert_eq!(text, "plane 1 of Nv12 needs a stride of at least 4 bytes, it has 3");
        assert!(matches!(
            frame(PixelFormat::I420, (3, 3), &[(9, 3), (4, 2), (3, 2)]),
            Err(FrameError::Length { .. })
        ));
    }

    #[test]
    fn nothing_and_the_impossible_are_refused() {
        assert!(matches!(
            frame(PixelFormat::Rgb, (0, 5), &[(0, 0)]),
            Err(FrameError::Size { .. })
        ));
        assert!(matches!(
            frame(PixelFormat::Gray8, (1, u32::MAX), &[(9, 1)]),
            Err(FrameError::Size { .. })
        ));
        assert!(matches!(
            frame(PixelFormat::Nv12, (2, 2), &[(4, 2)]),
            Err(FrameError::Planes { .. })
        ));
        assert!(matches!(
            frame(PixelFormat::Gray8, (1, 9), &[(9, usize::MAX)]),
            Err(FrameError::Length { .. })
        ));
    }
}
