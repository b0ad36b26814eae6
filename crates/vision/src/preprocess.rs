//! From a frame to the model's input tensor in one pass: scaled, converted, normalized and placed.

use luchs_scene::Size;

use crate::{
    ColorOrder, ElementType, Fit, Frame, InputSpec, Layout, PixelFormat, Placement, SpecError, plan::Plan, sample::Row,
};

/// Fills a model's input tensor with frames. Keeps its tables while the frames' size and format stay the same.
#[derive(Debug)]
pub struct Preprocessor {
    spec: InputSpec,
    /// Value = pixel · gain + bias, per channel of the tensor.
    gain: [f32; 3],
    bias: [f32; 3],
    geometry: Option<(PixelFormat, Size)>,
    plan: Plan,
    row: Row,
}

/// Why a tensor was not filled.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
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
}

/// An element of the tensor.
trait Element: Copy {
    const TYPE: ElementType;

    fn new(value: f32) -> Self;
}

impl Element for f32 {
    const TYPE: ElementType = ElementType::F32;

    fn new(value: f32) -> Self {
        value
    }
}

impl Element for u8 {
    const TYPE: ElementType = ElementType::U8;

    fn new(value: f32) -> Self {
        // The cast truncates and saturates.
        (value + 0.5) as Self
    }
}

impl Preprocessor {
    /// A preprocessor for an input.
    pub fn new(spec: InputSpec) -> Result<Self, SpecError> {
        spec.check()?;
        let gain = spec.std.map(|std| 1.0 / std);
        let mut bias = gain;
        for (bias, mean) in bias.iter_mut().zip(spec.mean) {
            *bias *= -mean;
        }
        Ok(Self {
            spec,
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

    /// Fills the tensor of a floating point input; all of it, padding included.
    pub fn fill_f32(&mut self, frame: &Frame<'_>, tensor: &mut [f32]) -> Result<Placement, FillError> {
        self.fill(frame, tensor)
    }

    /// Fills the tensor of a byte input; values are rounded.
    pub fn fill_u8(&mut self, frame: &Frame<'_>, tensor: &mut [u8]) -> Result<Placement, FillError> {
        self.fill(frame, tensor)
    }

    fn fill<T: Element>(&mut self, frame: &Frame<'_>, tensor: &mut [T]) -> Result<Placement, FillError> {
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
        let placement = Placement::new(self.spec.fit, self.spec.size, frame.size());
        let (left, top, content) = placement.content();
        let geometry = (frame.format(), frame.size());
        if self.geometry != Some(geometry) {
            self.plan.update(frame.format(), &placement);
            self.row.resize(content.width as usize);
            self.geometry = Some(geometry);
        }
        let channels = match (frame.format(), self.spec.order) {
            (PixelFormat::Gray8, _) => [0, 0, 0],
            (_, ColorOrder::Rgb) => [0, 1, 2],
            (_, ColorOrder::Bgr) => [2, 1, 0],
        };
        if let Fit::Letterbox { pad, .. } = self.spec.fit {
            self.pad(tensor, f32::from(pad));
        }
        for y in 0..content.height as usize {
            self.row.sample(frame, &self.plan, y);
            self.write(tensor, left as usize, top as usize + y, channels);
        }
        Ok(placement)
    }

    /// Fills the tensor with a grey level.
    fn pad<T: Element>(&self, tensor: &mut [T], level: f32) {
        let mut values = [T::new(0.0); 3];
        for (value, (gain, bias)) in values.iter_mut().zip(self.gain.iter().zip(self.bias)) {
            *value = T::new(level * gain + bias);
        }
        match self.spec.layout {
            Layout::Nchw => {
                let plane = tensor.len() / 3;
                for (plane, value) in tensor.chunks_exact_mut(plane).zip(values) {
                    plane.fill(value);
                }
            }
            Layout::Nhwc => tensor.as_chunks_mut::<3>().0.fill(values),
        }
    }

    /// Writes the sampled row to row `y` of the tensor. `channels`: which sampled channel each of the tensor's is.
    fn write<T: Element>(&self, tensor: &mut [T], x: usize, y: usize, channels: [usize; 3]) {
        let start = y * self.spec.size.width as usize + x;
        let plane = tensor.len() / 3;
        for (channel, source) in channels.into_iter().enumerate() {
            let (source, gain, bias) = (&self.row.0[source], self.gain[channel], self.bias[channel]);
            let values = source.iter().map(|pixel| T::new(pixel * gain + bias));
            match self.spec.layout {
                Layout::Nchw => {
                    let target = &mut tensor[channel * plane + start..][..source.len()];
                    target
                        .iter_mut()
                        .zip(values)
                        .for_each(|(target, value)| *target = value);
                }
                Layout::Nhwc => {
                    let target = tensor[start * 3..][..source.len() * 3].as_chunks_mut::<3>().0;
                    target
                        .iter_mut()
                        .zip(values)
                        .for_each(|(target, value)| target[channel] = value);
                }
            }
        }
    }
}
