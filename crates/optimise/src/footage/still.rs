//! A frame that is kept: the same bytes as the decoder gave, without the padding of rows.

use luchs_scene::Size;
use luchs_vision::{Frame, FrameError, Matrix, PixelFormat, Plane, Range};

/// How a still's bytes are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How the pixels lie in memory.
    pub format: PixelFormat,
    /// Width and height.
    pub size: Size,
    /// How YUV becomes RGB.
    pub matrix: Matrix,
    /// Which values of YUV are black and white.
    pub range: Range,
}

/// A frame with memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    shape: Shape,
    /// All planes one after another.
    bytes: Vec<u8>,
}

impl Still {
    /// A copy of `frame`.
    pub fn of(frame: &Frame<'_>) -> Self {
        let (matrix, range) = frame.colorimetry();
        let shape = Shape {
            format: frame.format(),
            size: frame.size(),
            matrix,
            range,
        };
        let mut bytes = Vec::with_capacity(shape.bytes());
        for plane in 0..shape.format.planes() {
            let (_, rows) = shape.format.plane_extent(plane, shape.size);
            for y in 0..rows {
                bytes.extend_from_slice(frame.row(plane, y));
            }
        }
        Self { shape, bytes }
    }

    /// A picture, 3 bytes a pixel: red, green, blue.
    pub fn rgb(size: Size, bytes: Vec<u8>) -> Self {
        let shape = Shape {
            format: PixelFormat::Rgb,
            size,
            matrix: Matrix::Bt601,
            range: Range::Full,
        };
        Self { shape, bytes }
    }

    /// Of bytes that [`Still::bytes`] gave.
    pub(super) fn from_bytes(shape: Shape, bytes: Vec<u8>) -> Self {
        Self { shape, bytes }
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.shape.size
    }

    /// The frame. An error only where the bytes are not as many as the shape says.
    pub fn frame(&self) -> Result<Frame<'_>, FrameError> {
        let Shape { format, size, .. } = self.shape;
        let mut planes = [Plane::default(); 3];
        let mut rest = self.bytes.as_slice();
        for (index, plane) in planes[..format.planes()].iter_mut().enumerate() {
            let (stride, rows) = format.plane_extent(index, size);
            let (data, after) = rest.split_at(rest.len().min(stride * rows));
            *plane = Plane { data, stride };
            rest = after;
        }
        Frame::new(
            format,
            size,
            &planes[..format.planes()],
            self.shape.matrix,
            self.shape.range,
        )
    }
}

impl Shape {
    /// How many bytes a still of this shape has.
    pub(super) fn bytes(&self) -> usize {
        let planes = 0..self.format.planes();
        planes
            .map(|plane| self.format.plane_extent(plane, self.size))
            .map(|(row, rows)| row * rows)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_still_is_the_frame_without_the_padding_of_its_rows() {
        let size = Size { width: 3, height: 3 };
        for format in PixelFormat::ALL {
            let (mut memory, mut strides) = (Vec::new(), Vec::new());
            for plane in 0..format.planes() {
                let (row, rows) = format.plane_extent(plane, size);
                let stride = row + 5;
                memory.push((0..stride * rows).map(|i| (i * 7 + plane) as u8).collect::<Vec<u8>>());
                strides.push(stride);
            }
            let planes: Vec<Plane<'_>> = memory
                .iter()
                .zip(&strides)
                .map(|(data, stride)| Plane { data, stride: *stride })
                .collect();
            let frame = Frame::new(format, size, &planes, Matrix::Bt709, Range::Limited).unwrap();
            let still = Still::of(&frame);
            assert_eq!(still.bytes().len(), still.shape().bytes());
            let copy = still.frame().unwrap();
            assert_eq!(
                (copy.format(), copy.size(), copy.colorimetry()),
                (format, size, frame.colorimetry())
            );
            for plane in 0..format.planes() {
                for y in 0..format.plane_extent(plane, size).1 {
                    assert_eq!(copy.row(plane, y), frame.row(plane, y), "{format:?} {plane} {y}");
                }
            }
        }
    }
}
