//! In steady state a frame costs no allocation. A program of its own, because it counts those of the whole process.

#![expect(clippy::unwrap_used, reason = "a test may fail here")]

use std::time::Duration;

use counting::allocations;
use luchs_scene::{Rect, Size};
use luchs_vision::{
    Align, ColorOrder, Decoder, ElementType, Fit, Frame, Gate, GateSettings, InputSpec, Layout, Matrix, Padding,
    PixelFormat, Placement, Plane, Preprocessor, Range, Recognized, recognize,
};
use models::{FRAME, Model, Outputs, info};

mod counting;
#[path = "vision/models.rs"]
mod models;

/// Without the test harness, whose own thread takes memory after it has started a test.
fn main() {
    preprocessing();
    decoding();
    gating();
}

fn preprocessing() {
    let size = Size {
        width: 321,
        height: 181,
    };
    let spec = InputSpec {
        size: Size { width: 96, height: 96 },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit: Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114,
        },
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    for format in PixelFormat::ALL {
        let data: Vec<_> = (0..format.planes())
            .map(|plane| {
                let (row, rows) = format.plane_extent(plane, size);
                (vec![99; row * rows], row)
            })
            .collect();
        let planes: Vec<_> = data
            .iter()
            .map(|(data, stride)| Plane { data, stride: *stride })
            .collect();
        let frame = Frame::new(format, size, &planes, Matrix::Bt709, Range::Limited).unwrap();
        let mut preprocessor = Preprocessor::new(spec).unwrap();
        let (mut tensor, mut padding) = (vec![0.0; spec.elements()], Padding::default());
        // Regions that take turns, as objects do, may be new each time: their tables fit where the largest one's were.
        let regions = [40.0, 50.0, 33.5].map(|x| Rect {
            x,
            y: x / 2.0,
            w: 100.0,
            h: 100.0,
        });
        preprocessor.fill_f32(&frame, Some(regions[0]), &mut tensor).unwrap();
        preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
        let count = allocations(|| {
            for region in regions {
                preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
                preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
                preprocessor
                    .refill_f32(&frame, None, &mut tensor, &mut padding)
                    .unwrap();
                preprocessor.fill_f32(&frame, Some(region), &mut tensor).unwrap();
            }
        });
        assert_eq!(count, 0, "{format:?}");
    }
}

/// Models of all families, and what their outputs hold besides zeros: name, first and last row, column, values.
type Filled<'a> = &'a [(&'a str, usize, usize, usize, &'a [f32])];

fn model(input: &[i64], outputs: &[(&str, &[i64])]) -> Model {
    let outputs = outputs.iter().map(|(name, shape)| info(name, "f32", shape));
    (vec![info("images", "f32", input)], outputs.collect())
}

fn families() -> Vec<(Model, Filled<'static>)> {
    const PIXELS: &[f32] = &[200.0, 204.0, 40.0, 20.0, 0.9, 0.9];
    const CORNERS: &[f32] = &[80.0, 194.0, 120.0, 214.0];
    const UNIT: &[f32] = &[0.2, 0.3, 0.6, 0.7];
    let scene: &[i64] = &[1, 3, 416, 416];
    let square = |side| [1, 3, side, side];
    vec![
        (
            models::yolox(),
            &[("output", 0, 60, 0, &[0.5, 0.5, 0.0, 0.0, 0.9, 0.9])],
        ),
        (
            model(scene, &[("output0", &[1, 10647, 85])]),
            &[("output0", 0, 60, 0, PIXELS)],
        ),
        (
            model(scene, &[("output0", &[1, 84, 3549])]),
            &[
                ("output0", 0, 2, 0, &[200.0; 60]),
                ("output0", 2, 4, 0, &[30.0; 60]),
                ("output0", 9, 10, 0, &[0.9; 60]),
            ],
        ),
        (
            model(scene, &[("output0", &[1, 300, 6])]),
            &[("output0", 0, 60, 0, &[80.0, 194.0, 120.0, 214.0, 0.75, 17.0])],
        ),
        (
            models::nanodet(),
            &[
                ("Identity", 900, 960, 5, &[0.9]),
                ("Identity_3", 0, 2704, 2, &[5.0]),
                ("Identity_3", 0, 2704, 13, &[5.0]),
            ],
        ),
        (
            model(scene, &[("output", &[1, 3598, 112])]),
            &[("output", 900, 960, 5, &[0.9])],
        ),
        (
            model(
                &[1, 512, 512, 3],
                &[("regression", &[1, 49104, 4]), ("classification", &[1, 49104, 90])],
            ),
            &[("classification", 9000, 9060, 5, &[0.9])],
        ),
        (
            models::ssd(90),
            &[
                ("Postprocessor/ExpandDims_1:0", 0, 60, 0, UNIT),
                ("Postprocessor/Slice:0", 0, 60, 5, &[0.9]),
            ],
        ),
        (
            model(
                &square(512),
                &[
                    ("hm", &[1, 80, 128, 128]),
                    ("wh", &[1, 2, 128, 128]),
                    ("reg", &[1, 2, 128, 128]),
                ],
            ),
            &[
                ("hm", 60, 70, 30, &[0.9, 0.0, 0.8]),
                ("wh", 0, 256, 30, &[5.0, 5.0, 5.0]),
            ],
        ),
        (
            model(
                &square(640),
                &[("labels", &[1, 300]), ("boxes", &[1, 300, 4]), ("scores", &[1, 300])],
            ),
            &[("boxes", 0, 60, 0, CORNERS), ("scores", 0, 60, 0, &[0.9])],
        ),
        (
            model(&square(640), &[("logits", &[1, 300, 80]), ("pred_boxes", &[1, 300, 4])]),
            &[("pred_boxes", 0, 300, 0, UNIT)],
        ),
        (
            model(&square(640), &[("output0", &[1, 300, 84])]),
            &[("output0", 0, 60, 0, &[0.5, 0.5, 0.2, 0.2, 0.9])],
        ),
        (
            model(&square(560), &[("dets", &[1, 300, 4]), ("labels", &[1, 300, 91])]),
            &[("dets", 0, 300, 0, UNIT)],
        ),
        (
            model(
                &[1, 3, 480, 640],
                &[
                    ("537", &[1, 1, 120, 160]),
                    ("538", &[1, 2, 120, 160]),
                    ("539", &[1, 2, 120, 160]),
                    ("540", &[1, 10, 120, 160]),
                ],
            ),
            &[("537", 30, 60, 40, &[0.75]), ("538", 0, 240, 40, &[2.0])],
        ),
        (
            model(
                &[1, 128, 128, 3],
                &[("regressors", &[1, 896, 16]), ("classificators", &[1, 896, 1])],
            ),
            &[("regressors", 0, 896, 0, &[8.0, -8.0, 32.0, 16.0])],
        ),
        (
            models::object_detection_api(),
            &[
                ("detection_boxes:0", 0, 60, 0, UNIT),
                ("detection_classes:0", 0, 60, 0, &[3.0]),
                ("detection_scores:0", 0, 60, 0, &[0.9]),
                ("num_detections:0", 0, 1, 0, &[60.0]),
            ],
        ),
        (
            models::tensorflow_lite(),
            &[
                ("TFLite_Detection_PostProcess", 0, 10, 0, UNIT),
                ("TFLite_Detection_PostProcess:2", 0, 10, 0, &[0.9]),
                ("TFLite_Detection_PostProcess:3", 0, 1, 0, &[10.0]),
            ],
        ),
    ]
}

fn decoding() {
    for (model, filled) in families() {
        let mut outputs = Outputs::zero(&model.1, |name| match name {
            "num_detections:0" => vec![1],
            "detection_boxes:0" => vec![1, 100, 4],
            _ => vec![1, 100],
        });
        for (name, first, last, column, values) in filled {
            for row in *first..*last {
                outputs.set(name, row, *column, values);
            }
        }
        let Recognized { family, input, classes } = recognize(&model.0, &model.1).unwrap();
        let found = outputs.decode(&model, &models::params()).unwrap();
        assert!(!found.is_empty(), "{family:?} found nothing: nothing is proven");
        let mut decoder = Decoder::new(family, &input, classes, &model.1).unwrap();
        let placement = Placement::new(input.fit, input.size, FRAME);
        let (params, tensors, mut out) = (models::params(), outputs.tensors(), Vec::new());
        decoder.decode(&tensors, &placement, &params, &mut out).unwrap();
        let count = allocations(|| {
            for _ in 0..3 {
                decoder.decode(&tensors, &placement, &params, &mut out).unwrap();
            }
        });
        assert_eq!((count, out), (0, found), "{family:?}");
    }
}

fn gating() {
    let size = Size {
        width: 1000,
        height: 563,
    };
    for format in PixelFormat::ALL {
        let (row, rows) = format.plane_extent(0, size);
        let mut first: Vec<u8> = (0..row * rows).map(|at| (at * 7 % 251) as u8).collect();
        let chroma: Vec<_> = (1..format.planes())
            .map(|plane| {
                let (row, rows) = format.plane_extent(plane, size);
                (vec![128; row * rows], row)
            })
            .collect();
        let known = [Rect {
            x: 9.0,
            y: 9.0,
            w: 99.0,
            h: 99.0,
        }];
        let mut gate = Gate::new(GateSettings::default());
        let mut show = |index: u32, first: &[u8]| {
            let planes = [
                Plane {
                    data: first,
                    stride: row,
                },
                chroma
                    .first()
                    .map_or(Plane::default(), |(data, stride)| Plane { data, stride: *stride }),
                chroma
                    .get(1)
                    .map_or(Plane::default(), |(data, stride)| Plane { data, stride: *stride }),
            ];
            let planes = &planes[..format.planes()];
            let frame = Frame::new(format, size, planes, Matrix::Bt709, Range::Limited).unwrap();
            gate.decide(&frame, Duration::from_millis(u64::from(index) * 40), None, &known)
        };
        show(0, &first);
        show(1, &first);
        // Things move, and the light changes.
        let count = allocations(|| {
            for index in 2..8 {
                let at = index as usize * 20_000;
                first[at..at + 20_000].fill(20);
                show(index, &first);
            }
            for value in &mut first {
                *value = *value / 2 + 9;
            }
            show(8, &first);
        });
        assert_eq!(count, 0, "{format:?}");
    }
}
