//! Parts of a frame as input, without a copy of them.

use crate::picture::Picture;
use luchs_scene::{Rect, Size};
use luchs_vision::{
    Align, ColorOrder, ElementType, FillError, Fit, InputSpec, Layout, Padding, PixelFormat, Placement, Preprocessor,
};

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn spec(input: Size, fit: Fit) -> InputSpec {
    InputSpec {
        size: input,
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Rgb,
        fit,
        mean: [0.0; 3],
        std: [1.0; 3],
    }
}

fn fill(picture: &Picture, spec: InputSpec, region: Option<Rect>) -> (Vec<f32>, Placement) {
    let mut tensor = vec![f32::NAN; spec.elements()];
    let mut preprocessor = Preprocessor::new(spec).unwrap();
    let placement = preprocessor.fill_f32(&picture.frame(), region, &mut tensor).unwrap();
    (tensor, placement)
}

fn letterbox(align: Align) -> Fit {
    Fit::Letterbox { align, pad: 9 }
}

#[test]
fn a_region_looks_like_a_frame_that_was_cut_out() {
    let (x, y) = (34, 12);
    for format in PixelFormat::ALL {
        let picture = Picture::noise(format, size(161, 91), 2);
        // Chroma is shared by pairs, so the region begins at an even pixel; it may end at an odd one.
        for part in [size(64, 36), size(33, 51), size(1, 1), size(127, 79)] {
            let cut = picture.part(x, y, part);
            for fit in [
                Fit::Stretch,
                Fit::Crop,
                letterbox(Align::TopLeft),
                letterbox(Align::Center),
            ] {
                let spec = spec(size(40, 24), fit);
                let region = Rect {
                    x: x as f32,
                    y: y as f32,
                    w: part.width as f32,
                    h: part.height as f32,
                };
                let (got, _) = fill(&picture, spec, Some(region));
                let (wanted, _) = fill(&cut, spec, None);
                // Weights are rounded at another distance from the edge of the frame.
                let worst = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1.0 / 16.0, "{format:?} {part:?} {fit:?} differs by {worst}");
            }
        }
    }
}

#[test]
fn a_crop_is_the_middle_of_the_frame() {
    let picture = Picture::noise(PixelFormat::I420, size(160, 90), 0);
    let (got, placement) = fill(&picture, spec(size(45, 45), Fit::Crop), None);
    let middle = Rect {
        x: 35.0,
        y: 0.0,
        w: 90.0,
        h: 90.0,
    };
    assert_eq!(placement.seen(), middle);
    for (i, wanted) in [(0, 36.0), (22, 80.0), (44, 124.0)] {
        let wanted = picture.color_at(wanted, 45.0);
        for (channel, wanted) in wanted.into_iter().enumerate() {
            let got = f64::from(got[(channel * 45 + 22) * 45 + i]);
            assert!((got - wanted).abs() < 1.0 / 16.0, "{got} instead of {wanted}");
        }
    }
}

#[test]
fn a_region_outside_the_frame_is_refused() {
    let picture = Picture::noise(PixelFormat::Nv12, size(64, 36), 0);
    let spec = spec(size(8, 8), Fit::Stretch);
    let region = Rect {
        x: 64.0,
        y: 0.0,
        w: 10.0,
        h: 10.0,
    };
    let mut tensor = vec![0.0; spec.elements()];
    let error = Preprocessor::new(spec)
        .unwrap()
        .fill_f32(&picture.frame(), Some(region), &mut tensor)
        .unwrap_err();
    assert!(matches!(error, FillError::Region { .. }));
    assert_eq!(
        error.to_string(),
        "the region 10×10 at 64, 0 has nothing in common with a frame of 64×36: choose one that lies inside"
    );
}

#[test]
fn padding_that_is_there_is_left_and_other_padding_replaced() {
    let wide = Picture::noise(PixelFormat::I420, size(64, 20), 0);
    let high = Picture::noise(PixelFormat::Nv12, size(20, 64), 0);
    for layout in [Layout::Nchw, Layout::Nhwc] {
        let spec = InputSpec {
            layout,
            ..spec(size(24, 24), letterbox(Align::Center))
        };
        let mut preprocessor = Preprocessor::new(spec).unwrap();
        let (mut tensor, mut padding) = (vec![f32::NAN; spec.elements()], Padding::default());
        for picture in [&wide, &wide, &high, &wide, &high] {
            preprocessor
                .refill_f32(&picture.frame(), None, &mut tensor, &mut padding)
                .unwrap();
            assert_eq!(tensor, fill(picture, spec, None).0);
        }
        // What shows that it was left: only the content is written.
        tensor.fill(-1.0);
        let placement = preprocessor
            .refill_f32(&high.frame(), None, &mut tensor, &mut padding)
            .unwrap();
        let content = placement.content().2;
        let kept = tensor.iter().filter(|value| **value == -1.0).count();
        assert_eq!(kept, spec.elements() - 3 * (content.width * content.height) as usize);
    }
}
