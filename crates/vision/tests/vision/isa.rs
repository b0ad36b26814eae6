//! Every instruction set that this CPU has gives the bits of the scalar reference.

use crate::picture::Picture;
use luchs_scene::{Rect, Size};
use luchs_vision::{
    Align, ColorOrder, ElementType, Fit, InputSpec, Isa, Layout, Matrix, PixelFormat, Preprocessor, Range,
};

const PAD: u8 = 114;
const FITS: [Fit; 4] = [
    Fit::Letterbox {
        align: Align::TopLeft,
        pad: PAD,
    },
    Fit::Letterbox {
        align: Align::Center,
        pad: PAD,
    },
    Fit::Stretch,
    Fit::Crop,
];

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn spec(input: Size, fit: Fit) -> InputSpec {
    InputSpec {
        size: input,
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit,
        mean: [103.5, 116.25, 123.75],
        std: [57.5, -57.0, 58.5],
    }
}

/// The tensor as bits, each element in 32.
fn bits(isa: Isa, spec: InputSpec, picture: &Picture, region: Option<Rect>) -> Vec<u32> {
    let mut preprocessor = Preprocessor::with_isa(spec, isa).unwrap();
    if spec.element == ElementType::F32 {
        let mut tensor = vec![f32::NAN; spec.elements()];
        preprocessor.fill_f32(&picture.frame(), region, &mut tensor).unwrap();
        assert!(tensor.iter().all(|value| value.is_finite()));
        tensor.into_iter().map(f32::to_bits).collect()
    } else {
        let mut tensor = vec![7; spec.elements()];
        preprocessor.fill_u8(&picture.frame(), region, &mut tensor).unwrap();
        tensor.into_iter().map(u32::from).collect()
    }
}

fn assert_equal(spec: InputSpec, picture: &Picture, region: Option<Rect>) {
    let wanted = bits(Isa::SCALAR, spec, picture, region);
    for isa in Isa::available() {
        let got = bits(isa, spec, picture, region);
        let first = got.iter().zip(&wanted).position(|(a, b)| a != b);
        assert_eq!(first, None, "{isa:?}: {picture:?}, {region:?} in {spec:?}");
    }
}

#[test]
fn every_format_size_and_fit() {
    let sizes = [
        (1, 1),
        (2, 1),
        (15, 3),
        (16, 16),
        (17, 5),
        (31, 17),
        (33, 33),
        (64, 36),
        (127, 63),
        (200, 9),
        (640, 360),
    ];
    for format in PixelFormat::ALL {
        for (width, height) in sizes {
            let picture = Picture::noise(format, size(width, height), 3);
            for fit in FITS {
                // Fewer, as many and more pixels than a register has; up and down, near and far.
                for input in [size(5, 7), size(16, 16), size(37, 20), size(96, 64)] {
                    assert_equal(spec(input, fit), &picture, None);
                }
            }
        }
    }
}

#[test]
fn every_layout_type_and_order() {
    for format in PixelFormat::ALL {
        let picture = Picture::noise(format, size(131, 77), 0);
        for layout in [Layout::Nchw, Layout::Nhwc] {
            for element in [ElementType::F32, ElementType::U8] {
                for order in [ColorOrder::Rgb, ColorOrder::Bgr] {
                    let mut spec = InputSpec {
                        layout,
                        element,
                        order,
                        ..spec(size(53, 41), FITS[1])
                    };
                    if element == ElementType::U8 {
                        (spec.mean, spec.std) = ([0.0; 3], [1.0, 1.5, 0.5]);
                    }
                    assert_equal(spec, &picture, None);
                }
            }
        }
    }
}

#[test]
fn every_matrix_and_range() {
    for format in [PixelFormat::Nv12, PixelFormat::I420] {
        for matrix in [Matrix::Bt601, Matrix::Bt709, Matrix::Bt2020] {
            for range in [Range::Limited, Range::Full] {
                let mut picture = Picture::noise(format, size(97, 61), 5);
                (picture.matrix, picture.range) = (matrix, range);
                assert_equal(spec(size(64, 48), Fit::Stretch), &picture, None);
            }
        }
    }
}

#[test]
fn every_kind_of_region() {
    let regions = [
        [0.0, 0.0, 1.0, 1.0],
        [3.0, 5.0, 17.0, 13.0],
        [101.0, 50.0, 58.0, 41.0],
        [158.0, 90.0, 9.0, 9.0],
        [-4.5, -4.5, 60.25, 30.75],
    ];
    for format in PixelFormat::ALL {
        let picture = Picture::noise(format, size(159, 91), 1);
        for [x, y, w, h] in regions {
            for fit in FITS {
                assert_equal(spec(size(40, 24), fit), &picture, Some(Rect { x, y, w, h }));
            }
        }
    }
}

#[test]
fn the_sizes_of_real_cameras() {
    let spec = spec(size(416, 416), FITS[0]);
    for format in [PixelFormat::Nv12, PixelFormat::I420, PixelFormat::Rgb] {
        for frame in [size(1920, 1080), size(3840, 2160), size(2561, 1441), size(704, 576)] {
            assert_equal(spec, &Picture::noise(format, frame, 0), None);
        }
    }
}

/// Agreement measured on one machine holds on all others.
#[test]
fn the_bits_are_the_same_on_every_machine() {
    let digest = |format| {
        let picture = Picture::noise(format, size(333, 187), 0);
        let bits = bits(Isa::best(), spec(size(96, 96), FITS[0]), &picture, None);
        // FNV-1a.
        bits.iter()
            .flat_map(|bits| bits.to_le_bytes())
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    };
    assert_eq!(digest(PixelFormat::I420), 1_936_252_592_882_121_339);
    assert_eq!(digest(PixelFormat::Nv12), 17_036_920_753_664_465_190);
}
