//! The picture that a model takes, as its file declares it.

use luchs_scene::Size;

use crate::{Align, ColorOrder, ElementType, Fit, InputSpec, Layout, TensorInfo};

/// The one picture that a model takes.
pub(crate) struct Picture {
    pub(crate) layout: Layout,
    element: ElementType,
    /// None if the model takes any size.
    pub(crate) size: Option<Size>,
}

/// How a family's reference implementation fills the input.
pub(crate) struct Look {
    pub(crate) order: ColorOrder,
    pub(crate) fit: Fit,
    pub(crate) mean: [f32; 3],
    pub(crate) std: [f32; 3],
}

/// Mean of ImageNet's pixels, red first.
pub(crate) const IMAGENET_MEAN: [f32; 3] = [123.675, 116.28, 103.53];
/// Their standard deviation.
pub(crate) const IMAGENET_STD: [f32; 3] = [58.395, 57.12, 57.375];
/// In the middle of grey bars, as Ultralytics and YOLOv5 to YOLOv12 have it.
pub(crate) const GREY_BARS: Fit = Fit::Letterbox {
    align: Align::Center,
    pad: 114,
};

impl Look {
    /// Red, green and blue divided by 255.
    pub(crate) const fn unit(fit: Fit) -> Self {
        Self {
            order: ColorOrder::Rgb,
            fit,
            mean: [0.0; 3],
            std: [255.0; 3],
        }
    }

    /// Red, green and blue from −1 to 1.
    pub(crate) const fn signed(fit: Fit) -> Self {
        Self {
            order: ColorOrder::Rgb,
            fit,
            mean: [127.5; 3],
            std: [127.5; 3],
        }
    }

    /// Red, green and blue with the mean and deviation of ImageNet.
    pub(crate) const fn imagenet(fit: Fit) -> Self {
        Self {
            order: ColorOrder::Rgb,
            fit,
            mean: IMAGENET_MEAN,
            std: IMAGENET_STD,
        }
    }
}

impl Picture {
    /// The picture among `inputs`; an error says why there is none.
    pub(crate) fn of(inputs: &[TensorInfo]) -> Result<Self, String> {
        let [input] = inputs else {
            return Err(format!("it has {} inputs instead of one picture", inputs.len()));
        };
        let element = match input.element.as_str() {
            "f32" => ElementType::F32,
            "u8" => ElementType::U8,
            other => return Err(format!("its input is of type {other} instead of f32 or u8")),
        };
        let (layout, height, width) = match input.shape[..] {
            [_, 3, height, width] => (Layout::Nchw, height, width),
            [_, height, width, 3] => (Layout::Nhwc, height, width),
            _ => return Err("its input is no picture of three channels".to_owned()),
        };
        let side = |side: i64| u32::try_from(side).ok().filter(|side| *side > 0);
        Ok(Self {
            layout,
            element,
            size: side(width)
                .zip(side(height))
                .map(|(width, height)| Size { width, height }),
        })
    }

    /// The input of a family with this `look`. Bytes are normalized inside the model.
    pub(crate) fn input(&self, size: Size, look: &Look) -> InputSpec {
        let (mean, std) = match self.element {
            ElementType::F32 => (look.mean, look.std),
            ElementType::U8 => ([0.0; 3], [1.0; 3]),
        };
        InputSpec {
            size,
            layout: self.layout,
            element: self.element,
            order: look.order,
            fit: look.fit,
            mean,
            std,
        }
    }
}
