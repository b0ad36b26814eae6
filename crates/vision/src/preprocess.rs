//! From a frame to the model's input tensor in one pass: scaled, converted, normalized and placed.

use luchs_scene::{Rect, Size};

use crate::{
    ElementType, Fit, Frame, InputSpec, Isa, Layout, PixelFormat, Placement, SpecError,
    color::YuvToRgb,
    kernel::{Element, Finish, Target, finish},
    plan::Plan,
    sample::Row,
};

/// Fills a model's input tensor with frames. Keeps its tables while the frames' geometry stays the same, and allocates
/// only when it changes.
#[derive(Debug)]
pub struct Preprocessor {
    spec: InputSpec,
    isa: Isa,
    /// Value = pixel · gain + bias, per channel of the tensor.
    gain: [f32; 3],
    bias: [f32; 3],
    geometry: Option<(PixelFormat, Placement)>,
    plan: Plan,
    row: Row,
}

/// The padding that a tensor is known to have; none by default. Belongs to one tensor, which only `refill` writes to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Padding(Option<(InputSpec, (u32, u32, Size))>);

/// Why a tensor was not filled.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FillError {
    /// The slice is no tensor of this input.
    #[error("the model's input has {expected} elements, the tensor to fill has {got}")]
    Length {
        /// Elements of the input.
        expected: usize,
        /// Elements given.
        got: usize,
    },
    /// The input has another element type.
    #[error("the model's input is {expected:?}, the tensor to fill is {got:?}")]
    Element {
        /// Type of the input.
        expected: ElementType,
        /// Type given.
        got: ElementType,
    },
    /// Nothing of the region lies in the frame.
    #[error(
        "the region {}×{} at {}, {} has nothing in common with a frame of {}×{}: choose one that lies inside",
        region.w, region.h, region.x, region.y, frame.width, frame.height
    )]
    Region {
        /// The region.
        region: Rect,
        /// Size of the frame.
        frame: Size,
    },
}

impl Preprocessor {
    /// A preprocessor for an input, with the fastest instructions of this CPU.
    pub fn new(spec: InputSpec) -> Result<Self, SpecError> {
        Self::with_isa(spec, Isa::best())
    }

    /// A preprocessor that uses certain instructions; the result is the same for all.
    pub fn with_isa(spec: InputSpec, isa: Isa) -> Result<Self, SpecError> {
        spec.check()?;
        let gain = spec.std.map(|std| 1.0 / std);
        let mut bias = gain;
        for (bias, mean) in bias.iter_mut().zip(spec.mean) {
            *bias *= -mean;
        }
        Ok(Self {
            spec,
            isa,
            gain,
            bias,
            geometry: None,
            plan: Plan::default(),
            row: Row::default(),
        })
    }

    /// The input it fills.
    pub fn spec(&self) -> &InputSpec {
        &self.spec
    }

    /// Fills the tensor of a floating point input; all of it, padding included. `region`: the part of the frame to put
    /// in, in pixels; the whole frame if there is none.
    pub fn fill_f32(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        tensor: &mut [f32],
    ) -> Result<Placement, FillError> {
        self.fill(frame, region, tensor, &mut Padding::default())
    }

    /// Fills the tensor of a byte input, as [`Preprocessor::fill_f32`]; values are rounded.
    pub fn fill_u8(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        tensor: &mut [u8],
    ) -> Result<Placement, FillError> {
        self.fill(frame, region, tensor, &mut Padding::default())
    }

    /// As [`Preprocessor::fill_f32`], but leaves padding that is there already: a quarter of the work on a wide frame in
    /// a square input.
    pub fn refill_f32(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        tensor: &mut [f32],
        padding: &mut Padding,
    ) -> Result<Placement, FillError> {
        self.fill(frame, region, tensor, padding)
    }

    /// As [`Preprocessor::refill_f32`], bytes.
    pub fn refill_u8(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        tensor: &mut [u8],
        padding: &mut Padding,
    ) -> Result<Placement, FillError> {
        self.fill(frame, region, tensor, padding)
    }

    fn fill<T: Element>(
        &mut self,
        frame: &Frame<'_>,
        region: Option<Rect>,
        tensor: &mut [T],
        padding: &mut Padding,
    ) -> Result<Placement, FillError> {
        let (expected, got) = (self.spec.elements(), tensor.len());
        if expected != got {
            return Err(FillError::Length { expected, got });
        }
        if self.spec.element != T::TYPE {
            return Err(FillError::Element {
                expected: self.spec.element,
                got: T::TYPE,
            });
        }
        let (fit, input, size) = (self.spec.fit, self.spec.size, frame.size());
        let placement = match region {
            None => Placement::new(fit, input, size),
            Some(region) => {
                Placement::of_region(fit, input, size, region).ok_or(FillError::Region { region, frame: size })?
            }
        };
        let geometry = Some((frame.format(), placement));
        if self.geometry != geometry {
            self.plan.update(self.isa, frame.format(), &placement);
            self.row.resize(placement.content().2.width as usize);
            self.geometry = geometry;
        }
        if let Fit::Letterbox { pad, .. } = fit {
            let wanted = Some((self.spec, placement.content()));
            if padding.0 != wanted {
                self.pad(tensor, &placement, f32::from(pad));
                padding.0 = wanted;
            }
        } else {
            padding.0 = None;
        }
        self.content(frame, &placement, tensor);
        Ok(placement)
    }

    /// Fills the part of the tensor that the frame covers.
    fn content<T: Element>(&mut self, frame: &Frame<'_>, placement: &Placement, tensor: &mut [T]) {
        let (left, top, content) = placement.content();
        let (stride, width) = (self.spec.size.width as usize, content.width as usize);
        let how = Finish::new(yuv(frame), self.spec.order, self.gain, self.bias);
        for y in 0..content.height as usize {
            self.row.sample(self.isa, frame, &self.plan, y);
            let start = (top as usize + y) * stride + left as usize;
            let target = match self.spec.layout {
                Layout::Nchw => {
                    let (a, rest) = tensor.split_at_mut(tensor.len() / 3);
                    let (b, c) = rest.split_at_mut(rest.len() / 2);
                    Target::Planes([a, b, c].map(|plane| &mut plane[start..][..width]))
                }
                Layout::Nhwc => Target::Pixels(&mut tensor.as_chunks_mut().0[start..][..width]),
            };
            let [r, g, b] = self.row.0.each_ref().map(Vec::as_slice);
            let row = if frame.format() == PixelFormat::Gray8 {
                [r, r, r]
            } else {
                [r, g, b]
            };
            finish(self.isa, row, &how, target);
        }
    }

    /// Fills what lies around the content with a grey level.
    fn pad<T: Element>(&self, tensor: &mut [T], placement: &Placement, level: f32) {
        let [a, b, c] = [0, 1, 2].map(|channel| T::new(level * self.gain[channel] + self.bias[channel]));
        match self.spec.layout {
            Layout::Nchw => {
                let plane = tensor.len() / 3;
                for (plane, value) in tensor.chunks_exact_mut(plane).zip([a, b, c]) {
                    surround(plane, placement, value);
                }
            }
            Layout::Nhwc => surround(tensor.as_chunks_mut().0, placement, [a, b, c]),
        }
    }
}

/// How the frame's samples become red, green and blue, if they are not already.
fn yuv(frame: &Frame<'_>) -> Option<YuvToRgb> {
    let (matrix, range) = frame.colorimetry();
    matches!(frame.format(), PixelFormat::Nv12 | PixelFormat::I420).then(|| YuvToRgb::new(matrix, range))
}

/// Fills what lies around the content of a plane.
fn surround<T: Copy>(plane: &mut [T], placement: &Placement, value: T) {
    let (left, top, content) = placement.content();
    let stride = placement.input().width as usize;
    let (left, right) = (left as usize, (left + content.width) as usize);
    let (above, rest) = plane.split_at_mut(top as usize * stride);
    let (beside, below) = rest.split_at_mut(content.height as usize * stride);
    above.fill(value);
    below.fill(value);
    if right - left < stride {
        for row in beside.chunks_exact_mut(stride) {
            row[..left].fill(value);
            row[right..].fill(value);
        }
    }
}
