//! The preprocessor against an independent, slow reference in 64 bit.

use crate::picture::Picture;
use luchs_scene::Size;
use luchs_vision::{
    Align, ColorOrder, ElementType, FillError, Fit, InputSpec, Layout, Matrix, PixelFormat, Preprocessor, Range,
    SpecError,
};

/// Grey levels: weights of 14 bits and arithmetic of 32.
const TOLERANCE: f64 = 1.0 / 16.0;

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn spec(layout: Layout, order: ColorOrder, fit: Fit, input: Size) -> InputSpec {
    let (mean, std) = ([103.5, 116.25, 123.75], [57.5, 57.0, 58.5]);
    InputSpec {
        size: input,
        layout,
        element: ElementType::F32,
        order,
        fit,
        mean,
        std,
    }
}

fn plain(input: Size, fit: Fit) -> InputSpec {
    let order = ColorOrder::Rgb;
    InputSpec {
        mean: [0.0; 3],
        std: [1.0; 3],
        ..spec(Layout::Nchw, order, fit, input)
    }
}

/// Grey levels of one colour of one pixel of the input, with half-pixel centres and clamped edges.
fn expected(picture: &Picture, spec: &InputSpec, x: u32, y: u32, color: usize) -> f64 {
    let frame = picture.size;
    let (mut left, mut top, mut content, mut level) = (0, 0, spec.size, 0.0);
    if let Fit::Letterbox { align, pad } = spec.fit {
        let ratio = (f64::from(spec.size.width) / f64::from(frame.width))
            .min(f64::from(spec.size.height) / f64::from(frame.height));
        let scaled = |side: u32| ((f64::from(side) * ratio).floor() as u32).max(1);
        content = size(scaled(frame.width), scaled(frame.height));
        if align == Align::Center {
            (left, top) = (
                (spec.size.width - content.width) / 2,
                (spec.size.height - content.height) / 2,
            );
        }
        level = f64::from(pad);
    }
    if x < left || y < top || x >= left + content.width || y >= top + content.height {
        return level;
    }
    let position = |i: u32, frame: u32, content: u32| (f64::from(i) + 0.5) * f64::from(frame) / f64::from(content);
    let fx = position(x - left, frame.width, content.width);
    let fy = position(y - top, frame.height, content.height);
    picture.color_at(fx, fy)[color]
}

fn assert_matches(picture: &Picture, spec: InputSpec) {
    let mut tensor = vec![f32::NAN; spec.elements()];
    Preprocessor::new(spec)
        .unwrap()
        .fill_f32(&picture.frame(), None, &mut tensor)
        .unwrap();
    let Size { width, height } = spec.size;
    let (w, h) = (width as usize, height as usize);
    for channel in 0..3 {
        let color = if spec.order == ColorOrder::Rgb {
            channel
        } else {
            2 - channel
        };
        for y in 0..height {
            for x in 0..width {
                let (column, row) = (x as usize, y as usize);
                let index = match spec.layout {
                    Layout::Nchw => (channel * h + row) * w + column,
                    Layout::Nhwc => (row * w + column) * 3 + channel,
                };
                let got = f64::from(tensor[index]) * f64::from(spec.std[channel]) + f64::from(spec.mean[channel]);
                let wanted = expected(picture, &spec, x, y, color);
                let what = format!("{picture:?} in {spec:?} at {x}, {y}, channel {channel}");
                assert!((got - wanted).abs() < TOLERANCE, "{got} instead of {wanted}: {what}");
            }
        }
    }
}

#[test]
fn every_format_and_odd_size_equals_the_reference() {
    let sizes = [
        (1, 1),
        (2, 2),
        (1, 7),
        (7, 1),
        (3, 3),
        (31, 17),
        (64, 36),
        (33, 128),
        (640, 3),
    ];
    let letterbox = |align| Fit::Letterbox { align, pad: 114 };
    for format in PixelFormat::ALL {
        for (width, height) in sizes {
            let picture = Picture::noise(format, size(width, height), 0);
            let input = size(24, 20);
            assert_matches(
                &picture,
                spec(Layout::Nchw, ColorOrder::Bgr, letterbox(Align::TopLeft), input),
            );
            assert_matches(
                &picture,
                spec(Layout::Nhwc, ColorOrder::Rgb, letterbox(Align::Center), input),
            );
            assert_matches(
                &picture,
                spec(Layout::Nhwc, ColorOrder::Bgr, Fit::Stretch, size(17, 23)),
            );
        }
    }
}

#[test]
fn every_matrix_and_range_equals_the_reference() {
    for format in [PixelFormat::Nv12, PixelFormat::I420] {
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
            for range in [Range::Limited, Range::Full] {
                let mut picture = Picture::noise(format, size(29, 31), 0);
                (picture.matrix, picture.range) = (matrix, range);
                assert_matches(&picture, plain(size(16, 16), Fit::Stretch));
            }
        }
    }
}

#[test]
fn padding_at_the_end_of_rows_is_never_looked_at() {
    let input = plain(size(20, 20), Fit::Stretch);
    for format in PixelFormat::ALL {
        let [tight, padded] = [0, 13].map(|padding| {
            let picture = Picture::noise(format, size(31, 19), padding);
            let mut tensor = vec![0.0; input.elements()];
            Preprocessor::new(input)
                .unwrap()
                .fill_f32(&picture.frame(), None, &mut tensor)
                .unwrap();
            tensor
        });
        assert_eq!(tight, padded, "{format:?}");
    }
}

#[test]
fn the_same_picture_looks_the_same_in_every_format() {
    let input = plain(
        size(40, 40),
        Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114,
        },
    );
    let fill = |picture: &Picture| {
        let mut tensor = vec![0.0; input.elements()];
        Preprocessor::new(input)
            .unwrap()
            .fill_f32(&picture.frame(), None, &mut tensor)
            .unwrap();
        tensor
    };
    let wanted = fill(&Picture::gradient(PixelFormat::Rgb, size(161, 91)));
    for format in PixelFormat::ALL
        .into_iter()
        .filter(|format| *format != PixelFormat::Gray8)
    {
        let got = fill(&Picture::gradient(format, size(161, 91)));
        // YUV rounds to whole levels twice and shares chroma among four pixels.
        let tolerance = if matches!(format, PixelFormat::Nv12 | PixelFormat::I420) {
            4.0
        } else {
            0.0
        };
        let worst = got.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= tolerance, "{format:?} differs by {worst}");
    }
}

#[test]
fn a_frame_of_7681_by_4321_equals_the_reference() {
    let fit = Fit::Letterbox {
        align: Align::TopLeft,
        pad: 114,
    };
    for format in [PixelFormat::Nv12, PixelFormat::I420, PixelFormat::Rgb] {
        let picture = Picture::noise(format, size(7681, 4321), 0);
        assert_matches(&picture, spec(Layout::Nchw, ColorOrder::Bgr, fit, size(96, 96)));
    }
}

#[test]
fn bytes_are_the_rounded_floats() {
    let floats = plain(
        size(30, 20),
        Fit::Letterbox {
            align: Align::Center,
            pad: 114,
        },
    );
    let bytes = InputSpec {
        element: ElementType::U8,
        layout: Layout::Nhwc,
        ..floats
    };
    let picture = Picture::noise(PixelFormat::Nv12, size(50, 70), 0);
    let (mut float, mut byte) = (vec![0.0; floats.elements()], vec![0; bytes.elements()]);
    let one = Preprocessor::new(floats)
        .unwrap()
        .fill_f32(&picture.frame(), None, &mut float)
        .unwrap();
    let other = Preprocessor::new(bytes)
        .unwrap()
        .fill_u8(&picture.frame(), None, &mut byte)
        .unwrap();
    assert_eq!(one, other);
    for (i, byte) in byte.iter().enumerate() {
        let (pixel, channel) = (i / 3, i % 3);
        assert!((f32::from(*byte) - float[channel * 600 + pixel]).abs() <= 0.5);
    }
}

#[test]
fn one_preprocessor_takes_frames_of_changing_geometry() {
    let input = plain(
        size(24, 24),
        Fit::Letterbox {
            align: Align::TopLeft,
            pad: 7,
        },
    );
    let mut used = Preprocessor::new(input).unwrap();
    for (format, width, height) in [
        (PixelFormat::I420, 64, 20),
        (PixelFormat::Rgb, 9, 50),
        (PixelFormat::Nv12, 9, 50),
        (PixelFormat::I420, 64, 20),
    ] {
        let picture = Picture::noise(format, size(width, height), 0);
        let (mut one, mut other) = (vec![f32::NAN; input.elements()], vec![0.0; input.elements()]);
        used.fill_f32(&picture.frame(), None, &mut one).unwrap();
        Preprocessor::new(input)
            .unwrap()
            .fill_f32(&picture.frame(), None, &mut other)
            .unwrap();
        assert_eq!(one, other);
    }
}

#[test]
fn a_tensor_of_another_length_or_type_is_refused() {
    let input = plain(size(8, 8), Fit::Stretch);
    let picture = Picture::noise(PixelFormat::Rgb, size(8, 8), 0);
    let mut preprocessor = Preprocessor::new(input).unwrap();
    let error = preprocessor
        .fill_f32(&picture.frame(), None, &mut [0.0; 191])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the model's input has 192 elements, the tensor to fill has 191"
    );
    let error = preprocessor.fill_u8(&picture.frame(), None, &mut [0; 192]).unwrap_err();
    assert_eq!(
        error,
        FillError::Element {
            expected: ElementType::F32,
            got: ElementType::U8
        }
    );
}

#[test]
fn an_input_that_cannot_be_filled_is_refused() {
    let refused = |spec: InputSpec| Preprocessor::new(spec).unwrap_err();
    let good = plain(size(8, 8), Fit::Stretch);
    assert!(matches!(
        refused(InputSpec {
            size: size(0, 8),
            ..good
        }),
        SpecError::Size { .. }
    ));
    assert!(matches!(
        refused(InputSpec {
            size: size(8, u32::MAX),
            ..good
        }),
        SpecError::Size { .. }
    ));
    assert!(matches!(
        refused(InputSpec {
            std: [1.0, 0.0, 1.0],
            ..good
        }),
        SpecError::Normalization { .. }
    ));
    assert!(matches!(
        refused(InputSpec {
            mean: [f32::NAN; 3],
            ..good
        }),
        SpecError::Normalization { .. }
    ));
}
