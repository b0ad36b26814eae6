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
    /// Left, top, right and bottom of the region: samples are taken from inside only.
    bounds: [u32; 4],
    /// Left, top, width and height of the part of it that fills `content`.
    view: [f64; 4],
}

impl Placement {
    /// Where a frame of size `frame` lies in an input of size `input`. Sides of 0 count as 1.
    ///
    /// Letterbox dimensions are those of YOLOX's reference (`preproc` in `yolox/data/data_augment.py`): scaled by the
    /// smaller ratio and truncated.
    pub fn new(fit: Fit, input: Size, frame: Size) -> Self {
        let [frame, input] = [frame, input].map(at_least_1);
        Self::inside([0, 0, frame.width, frame.height], fit, input, frame)
    }

    /// Where a part of a frame lies in an input, as [`Placement::new`]. `region` is widened to whole pixels and cut off
    /// at the frame's edges; `None` if nothing is left of it.
    pub fn of_region(fit: Fit, input: Size, frame: Size, region: Rect) -> Option<Self> {
        let [frame, input] = [frame, input].map(at_least_1);
        if !region.is_proper() {
            return None;
        }
        let (right, bottom) = (region.right(), region.bottom());
        // Casts saturate at 0.
        let bounds = [
            region.x.floor() as u32,
            region.y.floor() as u32,
            (right.ceil() as u32).min(frame.width),
            (bottom.ceil() as u32).min(frame.height),
        ];
        (bounds[0] < bounds[2] && bounds[1] < bounds[3]).then(|| Self::inside(bounds, fit, input, frame))
    }

    fn inside(bounds: [u32; 4], fit: Fit, input: Size, frame: Size) -> Self {
        let (x, y) = (f64::from(bounds[0]), f64::from(bounds[1]));
        let (width, height) = (f64::from(bounds[2]) - x, f64::from(bounds[3]) - y);
        let ratios = [f64::from(input.width) / width, f64::from(input.height) / height];
        let whole = Self {
            frame,
            input,
            left: 0,
            top: 0,
            content: input,
            bounds,
            view: [x, y, width, height],
        };
        match fit {
            Fit::Stretch => whole,
            Fit::Crop => {
                let ratio = ratios[0].max(ratios[1]);
                let (w, h) = (f64::from(input.width) / ratio, f64::from(input.height) / ratio);
                Self {
                    view: [x + (width - w) / 2.0, y + (height - h) / 2.0, w, h],
                    ..whole
                }
            }
            Fit::Letterbox { align, .. } => {
                let ratio = ratios[0].min(ratios[1]);
                let content = Size {
                    width: ((width * ratio) as u32).clamp(1, input.width),
                    height: ((height * ratio) as u32).clamp(1, input.height),
                };
                let (left, top) = match align {
                    Align::TopLeft => (0, 0),
                    Align::Center => ((input.width - content.width) / 2, (input.height - content.height) / 2),
                };
                Self {
                    left,
                    top,
                    content,
                    ..whole
                }
            }
        }
    }

    /// Size of the whole frame.
    pub fn frame(&self) -> Size {
        self.frame
    }

    /// Size of the model's input.
    pub fn input(&self) -> Size {
        self.input
    }

    /// The part of the input that the frame covers: left, top and size.
    pub fn content(&self) -> (u32, u32, Size) {
        (self.left, self.top, self.content)
    }

    /// The part of the frame that the model sees, in pixels of the frame.
    pub fn seen(&self) -> Rect {
        let [x, y, w, h] = self.view.map(|v| v as f32);
        Rect { x, y, w, h }
    }

    /// `rect` of the input in pixels of the whole frame; it may reach past the edges of the frame or the region.
    pub fn to_frame(&self, rect: Rect) -> Rect {
        let seen = self.seen();
        let x = seen.w / self.content.width as f32;
        let y = seen.h / self.content.height as f32;
        Rect {
            x: seen.x + (rect.x - self.left as f32) * x,
            y: seen.y + (rect.y - self.top as f32) * y,
            w: rect.w * x,
            h: rect.h * y,
        }
    }

    pub(crate) fn bounds(&self) -> [u32; 4] {
        self.bounds
    }

    pub(crate) fn view(&self) -> [f64; 4] {
        self.view
    }
}

fn at_least_1(size: Size) -> Size {
    Size {
        width: size.width.max(1),
        height: size.height.max(1),
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

    fn region(fit: Fit, [x, y, w, h]: [f32; 4]) -> Option<Placement> {
        let frame = Size {
            width: 1920,
            height: 1080,
        };
        Placement::of_region(fit, INPUT, frame, Rect { x, y, w, h })
    }

    #[test]
    fn a_region_is_widened_to_whole_pixels_and_cut_off_at_the_edges() {
        let seen = |sides| region(Fit::Stretch, sides).map(|placement| placement.seen());
        let rect = |x, y, w, h| Some(Rect { x, y, w, h });
        assert_eq!(seen([10.0, 20.0, 30.0, 40.0]), rect(10.0, 20.0, 30.0, 40.0));
        assert_eq!(seen([10.2, 20.9, 30.0, 40.0]), rect(10.0, 20.0, 31.0, 41.0));
        assert_eq!(seen([-9.0, 1000.0, 20.0, 1e9]), rect(0.0, 1000.0, 11.0, 80.0));
        for nothing in [
            [1920.0, 0.0, 5.0, 5.0],
            [-5.0, 0.0, 5.0, 5.0],
            [0.0, 0.0, 0.0, 5.0],
            [0.0, f32::NAN, 5.0, 5.0],
        ] {
            assert_eq!(seen(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn boxes_of_a_region_lie_in_the_whole_frame() {
        let placement = region(Fit::Stretch, [100.0, 200.0, 832.0, 416.0]).unwrap();
        let rect = Rect {
            x: 10.0,
            y: 10.0,
            w: 20.0,
            h: 20.0,
        };
        let expected = Rect {
            x: 120.0,
            y: 210.0,
            w: 40.0,
            h: 20.0,
        };
        assert_eq!(placement.to_frame(rect), expected);
    }

    #[test]
    fn a_crop_is_the_largest_part_in_the_middle() {
        let seen = |sides| region(Fit::Crop, sides).unwrap().seen();
        let rect = |x, y, w, h| Rect { x, y, w, h };
        assert_eq!(seen([0.0, 0.0, 1920.0, 1080.0]), rect(420.0, 0.0, 1080.0, 1080.0));
        assert_eq!(seen([100.0, 50.0, 101.0, 200.0]), rect(100.0, 99.5, 101.0, 101.0));
    }
}
