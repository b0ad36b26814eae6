//! Section `[input]`: how a frame becomes the model's input.

use luchs_scene::Size;
use luchs_vision::{Align, ColorOrder, ElementType, Fit, InputSpec, Layout};
use serde::{Deserialize, Serialize};

/// Section `[input]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Width in pixels; only for an ONNX file that leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Order of the tensor's dimensions.
    layout: LayoutName,
    /// Type of the tensor's elements.
    #[serde(rename = "type")]
    element: ElementName,
    /// Order of the colours.
    color: ColorName,
    /// How a frame is fitted into the input.
    fit: FitName,
    /// Grey value around a letterboxed frame, before mean and std.
    #[serde(skip_serializing_if = "Option::is_none")]
    pad: Option<u8>,
    /// Subtracted from the values 0 to 255, in the order of `color`.
    #[serde(default, skip_serializing_if = "is_no_mean")]
    pub(super) mean: [f32; 3],
    /// Divides what is left, likewise.
    #[serde(default = "no_std", skip_serializing_if = "is_no_std")]
    pub(super) std: [f32; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LayoutName {
    Nchw,
    Nhwc,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ElementName {
    F32,
    U8,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ColorName {
    Rgb,
    Bgr,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FitName {
    LetterboxTopLeft,
    Letterbox,
    Stretch,
    Crop,
}

/// Grey around a letterboxed frame, if the passport does not say which.
const PAD: u8 = 114;

impl Input {
    /// The section for a model that is filled as `spec` says. `open`: whether the ONNX file leaves the size open.
    pub fn of(spec: &InputSpec, open: bool) -> Self {
        let (fit, pad) = match spec.fit {
            Fit::Letterbox { align, pad } => {
                let fit = match align {
                    Align::TopLeft => FitName::LetterboxTopLeft,
                    Align::Center => FitName::Letterbox,
                };
                (fit, Some(pad))
            }
            Fit::Stretch => (FitName::Stretch, None),
            Fit::Crop => (FitName::Crop, None),
        };
        Self {
            width: open.then_some(spec.size.width),
            height: open.then_some(spec.size.height),
            layout: match spec.layout {
                Layout::Nchw => LayoutName::Nchw,
                Layout::Nhwc => LayoutName::Nhwc,
            },
            element: match spec.element {
                ElementType::F32 => ElementName::F32,
                ElementType::U8 => ElementName::U8,
            },
            color: match spec.order {
                ColorOrder::Rgb => ColorName::Rgb,
                ColorOrder::Bgr => ColorName::Bgr,
            },
            fit,
            pad,
            mean: spec.mean,
            std: spec.std,
        }
    }

    /// The input of a model whose tensor is `size`.
    pub fn spec(&self, size: Size) -> InputSpec {
        let pad = self.pad.unwrap_or(PAD);
        InputSpec {
            size,
            layout: self.layout(),
            element: match self.element {
                ElementName::F32 => ElementType::F32,
                ElementName::U8 => ElementType::U8,
            },
            order: match self.color {
                ColorName::Rgb => ColorOrder::Rgb,
                ColorName::Bgr => ColorOrder::Bgr,
            },
            fit: match self.fit {
                FitName::LetterboxTopLeft => Fit::Letterbox {
                    align: Align::TopLeft,
                    pad,
                },
                FitName::Letterbox => Fit::Letterbox {
                    align: Align::Center,
                    pad,
                },
                FitName::Stretch => Fit::Stretch,
                FitName::Crop => Fit::Crop,
            },
            mean: self.mean,
            std: self.std,
        }
    }

    /// Order of the tensor's dimensions.
    pub fn layout(&self) -> Layout {
        match self.layout {
            LayoutName::Nchw => Layout::Nchw,
            LayoutName::Nhwc => Layout::Nhwc,
        }
    }
}

fn no_std() -> [f32; 3] {
    [1.0; 3]
}

fn is_no_mean(mean: &[f32; 3]) -> bool {
    *mean == [0.0; 3]
}

fn is_no_std(std: &[f32; 3]) -> bool {
    *std == no_std()
}
