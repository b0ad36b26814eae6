//! From planes to the input tensor, and from outputs to boxes.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use luchs_scene::Size;
use luchs_vision::{
    Align, ColorOrder, Decoder, ElementType, Fit, Frame, Gate, GateSettings, InputSpec, Isa, Layout, Matrix, Padding,
    Params, PixelFormat, Placement, Plane, Preprocessor, Range, Recognized, Tensor, TensorInfo, recognize,
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

/// Scores of a quiet scene: little everywhere, and an object in every hundredth row.
fn scores(rows: usize, columns: usize, first: usize) -> Vec<f32> {
    let mut values: Vec<f32> = noise(rows * columns)
        .iter()
        .map(|byte| f32::from(*byte) / 6000.0)
        .collect();
    for (index, row) in values.chunks_exact_mut(columns).enumerate().step_by(101) {
        row[..first].fill(0.8);
        row[first + index % (columns - first)] = 0.8;
    }
    values
}

/// Name, input, outputs and what those hold.
type Model<'a> = (&'a str, [i64; 4], &'a [(&'a str, &'a [i64])], Vec<Vec<f32>>);

fn model(input: [i64; 4], outputs: &[(&str, &[i64])]) -> (Recognized, Vec<TensorInfo>) {
    let info = |name: &str, shape: &[i64]| TensorInfo {
        name: name.into(),
        shape: shape.to_vec(),
        element: "f32".into(),
    };
    let outputs: Vec<_> = outputs.iter().map(|(name, shape)| info(name, shape)).collect();
    let recognized = recognize(&[info("images", &input)], &outputs).expect("a published model's outputs");
    (recognized, outputs)
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    let nanodet: [(&str, &[i64]); 6] = [
        ("s8", &[1, 2704, 80]),
        ("b8", &[1, 2704, 44]),
        ("s16", &[1, 676, 80]),
        ("b16", &[1, 676, 44]),
        ("s32", &[1, 169, 80]),
        ("b32", &[1, 169, 44]),
    ];
    // A row of YOLOv8's tensor is what others have as a column.
    let columns = scores(8400, 84, 4);
    let mut transposed = vec![0.0; columns.len()];
    for (index, value) in columns.iter().enumerate() {
        transposed[index % 84 * 8400 + index / 84] = *value * if index % 84 < 4 { 300.0 } else { 1.0 };
    }
    let models: [Model<'_>; 4] = [
        (
            "YOLOX 416",
            [1, 3, 416, 416],
            &[("output", &[1, 3549, 85])],
            vec![scores(3549, 85, 5)],
        ),
        (
            "NanoDet 416",
            [1, 3, 416, 416],
            &nanodet,
            nanodet
                .iter()
                .map(|(_, shape)| scores(shape[1] as usize, shape[2] as usize, 0))
                .collect(),
        ),
        (
            "YOLOv8 640",
            [1, 3, 640, 640],
            &[("output0", &[1, 84, 8400])],
            vec![transposed],
        ),
        (
            "SSD 300",
            [1, 300, 300, 3],
            &[("boxes", &[1, 1917, 1, 4]), ("scores", &[1, 1917, 90])],
            vec![
                (0..1917)
                    .flat_map(|at| [0.1, 0.1, 0.2, 0.2 + at as f32 / 3000.0])
                    .collect(),
                scores(1917, 90, 0),
            ],
        ),
    ];
    for (name, input, outputs, data) in models {
        let (Recognized { family, input, classes }, infos) = model(input, outputs);
        let mut decoder = Decoder::new(family, &input, classes, &infos).expect("a recognized model");
        let placement = Placement::new(input.fit, input.size, FULL_HD);
        let shapes: Vec<Vec<usize>> = infos
            .iter()
            .map(|info| info.shape.iter().map(|side| *side as usize).collect())
            .collect();
        let tensors: Vec<_> = infos
            .iter()
            .zip(&shapes)
            .zip(&data)
            .map(|((info, shape), data)| Tensor {
                name: &info.name,
                shape,
                data,
            })
            .collect();
        for threshold in [0.1, 0.3] {
            let params = Params {
                threshold,
                iou_threshold: 0.65,
                max_detections: 100,
                class_agnostic: false,
                classes: None,
            };
            let mut found = Vec::new();
            decoder
                .decode(&tensors, &placement, &params, &mut found)
                .expect("well-formed outputs");
            assert!(!found.is_empty(), "{name} found nothing");
            group.bench_function(format!("{name}, threshold {threshold}"), |bencher| {
                bencher.iter(|| {
                    decoder
                        .decode(black_box(&tensors), &placement, &params, &mut found)
                        .expect("well-formed outputs");
                });
            });
        }
    }
    group.finish();
}

fn motion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("motion gate 1080p");
    for (format, step) in [(PixelFormat::Gray8, 1), (PixelFormat::Rgb, 3), (PixelFormat::Bgrx, 4)] {
        let stride = FULL_HD.width as usize * step;
        let data = [0, 1].map(|_| noise(stride * FULL_HD.height as usize));
        let frames = data.each_ref().map(|data| {
            Frame::new(format, FULL_HD, &[Plane { data, stride }], Matrix::Bt709, Range::Full).expect("a whole frame")
        });
        let mut gate = Gate::new(GateSettings::default());
        let mut at = Duration::ZERO;
        group.bench_function(format!("{format:?}"), |bencher| {
            bencher.iter(|| {
                at += Duration::from_millis(40);
                gate.decide(black_box(&frames[at.as_millis() as usize / 40 % 2]), at, None, &[])
            });
        });
    }
    group.finish();
}

criterion_group!(vision, preprocess, decode, motion);
criterion_main!(vision);
