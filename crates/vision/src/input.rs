//! What a model wants as its input.

use luchs_scene::Size;

/// Longest side of a model's input. Larger ones are errors or attacks: 8192² floats are 805 MB.
pub const MAX_SIDE: u32 = 8192;

/// Order of the input's dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Batch, channel, row, column.
    Nchw,
    /// Batch, row, column, channel.
    Nhwc,
}

/// Type of the input's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// 32 bit floating point.
    F32,
    /// Unsigned byte.
    U8,
}

/// Order of the input's channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColorOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Where a picture lies in an input of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// In the top left corner.
    TopLeft,
    /// In the middle.
    Center,
}

/// How a frame is brought to the input's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Keeps its shape; the rest is filled with the grey level `pad`.
    Letterbox {
        /// Where the picture lies.
        align: Align,
        /// Grey level of the rest, before mean and std.
        pad: u8,
    },
    /// Fills the input, whatever its shape.
    Stretch,
    /// Keeps its shape and fills the input: the largest part in the middle that has the input's shape.
    Crop,
}

/// The input tensor of a model: 1 × 3 × height × width, or 1 × height × width × 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputSpec {
    /// Width and height.
    pub size: Size,
    /// Order of the dimensions.
    pub layout: Layout,
    /// Type of the elements.
    pub element: ElementType,
    /// Order of the channels.
    pub order: ColorOrder,
    /// How a frame is brought to `size`.
    pub fit: Fit,
    /// Value = (pixel − mean) / std with pixels from 0 to 255; in the order of the tensor's channels.
    pub mean: [f32; 3],
    /// See `mean`.
    pub std: [f32; 3],
}

/// Why an input cannot be filled.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SpecError {
    /// No pixels, or far too many.
    #[error("a model input of {width}×{height} is not possible: both sides must be 1 to {MAX_SIDE}")]
    Size {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// Values would not be numbers.
    #[error("mean {mean:?} and std {std:?} must be finite numbers, and std must not be 0")]
    Normalization {
        /// Mean.
        mean: [f32; 3],
        /// Standard deviation.
        std: [f32; 3],
    },
}

impl InputSpec {
    /// Elements of the tensor of one frame.
    pub fn elements(&self) -> usize {
        (self.size.width as usize)
            .saturating_mul(self.size.height as usize)
            .saturating_mul(3)
    }

    /// Dimensions of the tensor of one frame.
    pub fn shape(&self) -> [usize; 4] {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        match self.layout {
            Layout::Nchw => [1, 3, height, width],
            Layout::Nhwc => [1, height, width, 3],
        }
    }

    /// Whether it can be filled at all.
    pub fn check(&self) -> Result<(), SpecError> {
        let Size { width, height } = self.size;
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(SpecError::Size { width, height });
        }
        let usable = self.mean.iter().chain(&self.std).all(|v| v.is_finite()) && self.std.iter().all(|v| v.is_normal());
        if !usable {
            return Err(SpecError::Normalization {
                mean: self.mean,
                std: self.std,
            });
        }
        Ok(())
    }
}
