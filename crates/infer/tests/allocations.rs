//! In steady state a frame costs no allocation on its whole way, on the stream's thread and on the workers'. A program of
//! its own, because it counts those of the whole process. The runtime's own memory is C++'s and not counted.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

#[path = "../../vision/tests/counting/mod.rs"]
mod counting;
mod models;

use std::{fs, path::Path, sync::Arc};

use counting::allocations;
use luchs_infer::{Detector, EngineOptions, ModelSource};
use luchs_scene::Size;
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};
use models::quantized;

fn count_of(path: &Path, capacity: usize) -> usize {
    let source = ModelSource {
        path,
        labels: None,
        id: None,
        options: EngineOptions {
            threads: 1,
            workers: 2,
            ..EngineOptions::default()
        },
    };
    let (model, engine) = source.open().unwrap();
    let mut detector = Detector::with_capacity(Arc::new(model), engine, capacity).unwrap();
    let size = Size {
        width: 320,
        height: 180,
    };
    let (luma, chroma) = (vec![99; 320 * 180], vec![128; 320 * 90]);
    let planes = [&luma, &chroma].map(|data| Plane { data, stride: 320 });
    let frame = Frame::new(PixelFormat::Nv12, size, &planes, Matrix::Bt709, Range::Limited).unwrap();
    let params = Params {
        threshold: 0.3,
        iou_threshold: 0.5,
        max_detections: 10,
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    let mut run = |frames: usize| {
        for _ in 0..frames {
            if detector.pending() == capacity {
                detector.finish(&params, &mut found).unwrap();
                assert_eq!(found.len(), 1);
            }
            detector.submit(&frame, None).unwrap();
        }
    };
    run(50);
    allocations(|| run(200))
}

/// One test, so that no other thread counts too.
#[test]
fn a_frame_costs_no_allocation() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("model.onnx");
    let cases = [
        ("yolox", models::yolox()),
        ("nanodet", models::nanodet()),
        ("ssd", models::ssd()),
        // The runtime makes the outputs anew for each frame.
        ("open outputs", models::with_open_outputs(models::yolox())),
    ];
    for (name, model) in cases {
        fs::write(&path, models::bytes(&model)).unwrap();
        for capacity in [1, 3] {
            assert_eq!(count_of(&path, capacity), 0, "{name}, {capacity} under way");
        }
    }
    // An operator of ours in the runtime.
    let table: [u8; 256] = std::array::from_fn(|i| i as u8);
    let model = quantized::of_bytes(quantized::with_table(models::yolox(), &table));
    quantized::save(directory.path(), &model, quantized::NEEDS_TABLE, quantized::BYTES);
    assert_eq!(count_of(directory.path(), 3), 0, "bytes and a table");
}
