//! An engine that many streams share, with the real runtime and generated models.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;

use std::{fs, path::Path, sync::Arc, time::Duration};

use luchs_infer::{Detector, Engine, EngineOptions, ModelSource};
use luchs_model::{Model, onnx::ModelProto};
use luchs_scene::{Detection, Rect, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};

const PARAMS: Params = Params {
    threshold: 0.5,
    iou_threshold: 0.5,
    max_detections: 10,
    class_agnostic: false,
    classes: None,
};

fn load(directory: &Path, model: &ModelProto) -> Arc<Model> {
    let path = directory.join("model.onnx");
    fs::write(&path, models::bytes(model)).unwrap();
    let source = ModelSource {
        path: &path,
        labels: None,
        id: None,
        options: EngineOptions::default(),
    };
    Arc::new(source.model().unwrap())
}

/// A picture in one colour, blue, green or red.
struct Picture {
    data: Vec<u8>,
    side: u32,
}

impl Picture {
    fn new(color: usize, side: u32) -> Self {
        let mut pixel = [0; 3];
        pixel[color] = 255;
        let data = pixel.repeat((side * side) as usize);
        Self { data, side }
    }

    fn with<T>(&self, look: impl FnOnce(&Frame<'_>) -> T) -> T {
        let planes = [Plane {
            data: &self.data,
            stride: self.side as usize * 3,
        }];
        let size = Size {
            width: self.side,
            height: self.side,
        };
        look(&Frame::new(PixelFormat::Bgr, size, &planes, Matrix::Bt601, Range::Full).unwrap())
    }
}

fn seen(found: &[Detection]) -> Vec<(u32, f32)> {
    found.iter().map(|found| (found.label_id, found.rect.w)).collect()
}

#[test]
fn frames_under_way_come_out_in_the_order_in_which_they_went_in() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox_seeing_colors());
    let options = EngineOptions {
        threads: 1,
        workers: 3,
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::new(&model.file, &options).unwrap());
    let mut detector = Detector::with_capacity(model, engine, 4).unwrap();
    // Sizes change too: each frame's boxes are those of its own size.
    let pictures: Vec<_> = (0..3).map(|color| Picture::new(color, 64 << color)).collect();
    let mut found = Vec::new();
    let mut out = Vec::new();
    for turn in 0..60 {
        if detector.pending() == detector.capacity() {
            detector.finish(&PARAMS, &mut found).unwrap();
            out.push(seen(&found));
        }
        pictures[turn % 3].with(|frame| detector.submit(frame, None)).unwrap();
    }
    while detector.pending() > 0 {
        detector.finish(&PARAMS, &mut found).unwrap();
        out.push(seen(&found));
    }
    let expected: Vec<_> = (0..60)
        .map(|turn| vec![(turn % 3, (32 << (turn % 3)) as f32)])
        .collect();
    assert_eq!(out, expected);
}

#[test]
fn more_frames_than_places_and_none_at_all_are_errors_and_what_is_discarded_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox());
    let engine = Arc::new(Engine::new(&model.file, &EngineOptions::default()).unwrap());
    let mut detector = Detector::with_capacity(model, engine, 2).unwrap();
    let mut found = Vec::new();
    assert!(detector.finish(&PARAMS, &mut found).is_err());
    assert!(!detector.ready());
    let picture = Picture::new(0, 64);
    for _ in 0..2 {
        picture.with(|frame| detector.submit(frame, None)).unwrap();
    }
    let message = picture
        .with(|frame| detector.submit(frame, None))
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("2 frames are under way already"), "{message}");
    detector.discard();
    assert_eq!(detector.pending(), 0);
    picture
        .with(|frame| detector.detect(frame, None, &PARAMS, &mut found))
        .unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn boxes_of_a_region_lie_in_the_whole_frame() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox());
    let engine = Arc::new(Engine::new(&model.file, &EngineOptions::default()).unwrap());
    let mut detector = Detector::new(model, engine).unwrap();
    let region = Rect {
        x: 100.0,
        y: 40.0,
        w: 128.0,
        h: 128.0,
    };
    let mut found = Vec::new();
    Picture::new(0, 256)
        .with(|frame| detector.detect(frame, Some(region), &PARAMS, &mut found))
        .unwrap();
    let expected = Rect {
        x: 100.0,
        y: 40.0,
        w: 64.0,
        h: 64.0,
    };
    assert_eq!(found[0].rect, expected);
    let outside = Rect { x: 300.0, ..region };
    let message = Picture::new(0, 256)
        .with(|frame| detector.detect(frame, Some(outside), &PARAMS, &mut found))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("has nothing in common with a frame of 256×256"),
        "{message}"
    );
}

#[test]
fn who_asks_for_the_same_gets_the_same_engine() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox());
    let options = EngineOptions {
        threads: 1,
        ..EngineOptions::default()
    };
    let first = Engine::shared(None, &model.file, &options).unwrap();
    assert!(Arc::ptr_eq(
        &first,
        &Engine::shared(None, &model.file, &options).unwrap()
    ));
    let other = EngineOptions { threads: 2, ..options };
    assert!(!Arc::ptr_eq(
        &first,
        &Engine::shared(None, &model.file, &other).unwrap()
    ));
}

#[test]
fn a_batch_gives_every_stream_its_own_answer() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::batched::yolox_seeing_colors());
    let options = EngineOptions {
        threads: 1,
        workers: 1,
        batch_size: 3,
        batch_timeout: Duration::from_millis(100),
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::new(&model.file, &options).unwrap());
    assert_eq!(engine.batch_size(), 3);
    std::thread::scope(|scope| {
        for color in 0..3_u32 {
            let mut detector = Detector::with_capacity(Arc::clone(&model), Arc::clone(&engine), 2).unwrap();
            scope.spawn(move || {
                let picture = Picture::new(color as usize, 64);
                let mut found = Vec::new();
                for _ in 0..30 {
                    picture
                        .with(|frame| detector.detect(frame, None, &PARAMS, &mut found))
                        .unwrap();
                    assert_eq!(seen(&found), [(color, 32.0)]);
                }
            });
        }
    });
}

#[test]
fn a_model_of_one_frame_refuses_batches_with_a_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox());
    let options = EngineOptions {
        batch_size: 4,
        ..EngineOptions::default()
    };
    let message = Engine::new(&model.file, &options).unwrap_err().to_string();
    for part in [
        "model.onnx: batch-size 4 was asked for",
        "first input dimension is fixed",
        "set batch-size=1",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
