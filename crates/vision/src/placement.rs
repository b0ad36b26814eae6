//! Where a frame lies in a model's input.

use luchs_scene::{Rect, Size};

use crate::{Align, Fit};

/// Maps pixels of a model's input to pixels of the frame that was put into it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    frame: Size,
    input: Size,
    left: u32,
    top: u32,
    content: Size,
}

impl Placement {
    /// Where a frame of size `frame` lies in an input of size `input`. Sides of 0 count as 1.
    ///
    /// Letterbox dimensions are those of YOLOX's reference (`preproc` in `yolox/data/data_augment.py`): scaled by the
    /// smaller ratio and truncated.
    pub fn new(fit: Fit, input: Size, frame: Size) -> Self {
        let [frame, input] = [frame, input].map(|size| Size {
            width: size.width.max(1),
            height: size.height.max(1),
        });
        match fit {
            Fit::Stretch => Self {
                frame,
                input,
                left: 0,
                top: 0,
                content: input,
            },
            Fit::Letterbox { align, .. } => {
                let (width, height) = (f64::from(frame.width), f64::from(frame.height));
                let ratio = (f64::from(input.width) / width).min(f64::from(input.height) / height);
                let content = Size {
                    width: ((width * ratio) as u32).clamp(1, input.width),
                    height: ((height * ratio) as u32).clamp(1, input.height),
                };
                let (left, top) = match align {
                    Align::TopLeft => (0, 0),
                    Align::Center => ((input.width - content.width) / 2, (input.height - content.height) / 2),
                };
                Self {
                    frame,
                    input,
                    left,
                    top,
                    content,
                }
            }
        }
    }

    /// Size of the frame.
    pub fn frame(&self) -> Size {
        self.frame
    }

    /// Size of the model's input.
    pub fn input(&self) -> Size {
        self.input
    }

    /// The part of the input that the frame covers.
    pub fn content(&self) -> (u32, u32, Size) {
        (self.left, self.top, self.content)
    }

    /// `rect` in pixels of the frame; it may reach past the frame's edges.
    pub fn to_frame(&self, rect: Rect) -> Rect {
        let x = self.frame.width as f32 / self.content.width as f32;
        let y = self.frame.height as f32 / self.content.height as f32;
        Rect {
            x: (rect.x - self.left as f32) * x,
            y: (rect.y - self.top as f32) * y,
            w: rect.w * x,
            h: rect.h * y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: Size = Size {
        width: 416,
        height: 416,
    };

    fn letterbox(align: Align, width: u32, height: u32) -> Placement {
        Placement::new(Fit::Letterbox { align, pad: 114 }, INPUT, Size { width, height })
    }

    #[test]
    fn the_covered_part_of_the_input_is_the_whole_frame() {
        for (width, height) in [(1920, 1080), (640, 427), (101, 977), (7681, 4321), (1, 1), (1, 9000)] {
            for align in [Align::TopLeft, Align::Center] {
                let placement = letterbox(align, width, height);
                let (left, top, content) = placement.content();
                let covered = Rect {
                    x: left as f32,
                    y: top as f32,
                    w: content.width as f32,
                    h: content.height as f32,
                };
                let expected = Rect {
                    x: 0.0,
                    y: 0.0,
                    w: width as f32,
                    h: height as f32,
                };
                let got = placement.to_frame(covered);
                for (a, b) in [(got.x, 0.0), (got.y, 0.0), (got.w, expected.w), (got.h, expected.h)] {
                    assert!(
                        (a - b).abs() <= expected.w.max(expected.h) * 1e-6,
                        "{got:?} for {expected:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn letterbox_dimensions_are_truncated_like_the_reference() {
        assert_eq!(
            letterbox(Align::TopLeft, 640, 427).content(),
            (
                0,
                0,
                Size {
                    width: 416,
                    height: 277
                }
            )
        );
        assert_eq!(
            letterbox(Align::Center, 640, 427).content(),
            (
                0,
                69,
                Size {
                    width: 416,
                    height: 277
                }
            )
        );
        assert_eq!(
            letterbox(Align::Center, 1, 9000).content(),
            (207, 0, Size { width: 1, height: 416 })
        );
    }
}
