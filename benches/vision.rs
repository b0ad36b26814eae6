//! From planes to the input tensor, and from outputs to boxes.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use luchs_scene::Size;
use luchs_vision::{
    Align, ColorOrder, Decoder, ElementType, Family, Fit, Frame, InputSpec, Isa, Layout, Matrix, Padding, Params,
    PixelFormat, Placement, Plane, Preprocessor, Range, Tensor, TensorInfo,
};

const FULL_HD: Size = Size {
    width: 1920,
    height: 1080,
};
const SIDE: u32 = 416;

fn yolox_input() -> InputSpec {
    InputSpec {
        size: Size {
            width: SIDE,
            height: SIDE,
        },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit: Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114,
        },
        mean: [0.0; 3],
        std: [1.0; 3],
    }
}

/// Bytes that no predictor guesses.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    std::iter::repeat_with(&mut next).take(count).collect()
}

fn preprocess(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("preprocess 1080p to 416");
    for format in [
        PixelFormat::I420,
        PixelFormat::Nv12,
        PixelFormat::Rgb,
        PixelFormat::Bgrx,
    ] {
        let (width, height) = (FULL_HD.width as usize, FULL_HD.height as usize);
        let extents: &[(usize, usize)] = match format {
            PixelFormat::I420 => &[(width, height), (width / 2, height / 2), (width / 2, height / 2)],
            PixelFormat::Nv12 => &[(width, height), (width, height / 2)],
            PixelFormat::Rgb => &[(width * 3, height)],
            _ => &[(width * 4, height)],
        };
        let data: Vec<Vec<u8>> = extents.iter().map(|(stride, rows)| noise(stride * rows)).collect();
        let planes: Vec<Plane<'_>> = data
            .iter()
            .zip(extents)
            .map(|(data, (stride, _))| Plane { data, stride: *stride })
            .collect();
        let frame = Frame::new(format, FULL_HD, &planes, Matrix::Bt709, Range::Limited).expect("a whole frame");
        let mut tensor = vec![0.0; yolox_input().elements()];
        for isa in Isa::available() {
            let mut preprocessor = Preprocessor::with_isa(yolox_input(), isa).expect("a usable input");
            group.bench_function(format!("{format:?} {isa:?}"), |bencher| {
                bencher.iter(|| {
                    preprocessor
                        .fill_f32(black_box(&frame), None, &mut tensor)
                        .expect("a tensor of the right size")
                });
            });
            let mut padding = Padding::default();
            group.bench_function(format!("{format:?} {isa:?}, padding kept"), |bencher| {
                bencher.iter(|| {
                    preprocessor
                        .refill_f32(black_box(&frame), None, &mut tensor, &mut padding)
                        .expect("a tensor of the right size")
                });
            });
        }
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let shape = [1_usize, 3549, 85];
    let values: Vec<f32> = noise(3549 * 85).iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let outputs = [TensorInfo {
        name: "output".into(),
        shape: vec![1, 3549, 85],
        element: "f32".into(),
    }];
    let mut decoder = Decoder::new(Family::Yolox, &yolox_input(), Some(80), &outputs).expect("a YOLOX head");
    let placement = Placement::new(yolox_input().fit, yolox_input().size, FULL_HD);
    // Noise scores high everywhere; a real frame has tens of candidates, this one about a thousand.
    let params = Params {
        threshold: 0.9,
        iou_threshold: 0.65,
        max_detections: 100,
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    criterion.bench_function("decode YOLOX 416", |bencher| {
        bencher.iter(|| {
            let tensors = [Tensor {
                name: "output",
                shape: &shape,
                data: black_box(&values),
            }];
            decoder
                .decode(&tensors, &placement, &params, &mut found)
                .expect("well-formed outputs");
        });
    });
}

criterion_group!(vision, preprocess, decode);
criterion_main!(vision);
