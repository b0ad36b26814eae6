//! A detector with the real runtime (`ORT_DYLIB_PATH`) and generated models.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;

use std::{fs, path::Path, sync::Arc};

use luchs_infer::{DetectError, Detector, Engine, EngineOptions};
use luchs_model::{Model, onnx::ModelProto};
use luchs_scene::{Detection, Rect, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};

const SIZE: Size = Size {
    width: 128,
    height: 128,
};

fn load(directory: &Path, model: &ModelProto) -> Arc<Model> {
    let path = directory.join("model.onnx");
    fs::write(&path, models::bytes(model)).unwrap();
    Arc::new(Model::load(&path, None).unwrap())
}

fn detect(model: &ModelProto) -> Result<Vec<Detection>, DetectError> {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), model);
    let engine = Engine::new(&model, &EngineOptions::default())?;
    let mut detector = Detector::new(model, Arc::new(engine))?;
    let data = vec![200; 128 * 128];
    let planes = [Plane {
        data: &data,
        stride: 128,
    }];
    let frame = Frame::new(PixelFormat::Gray8, SIZE, &planes, Matrix::Bt601, Range::Full).unwrap();
    let params = Params {
        threshold: 0.3,
        iou_threshold: 0.5,
        max_detections: 10,
        classes: None,
    };
    let mut found = Vec::new();
    detector.detect(&frame, &params, &mut found)?;
    Ok(found)
}

fn near(rect: Rect, x: f32, y: f32, w: f32, h: f32) -> bool {
    [rect.x - x, rect.y - y, rect.w - w, rect.h - h]
        .iter()
        .all(|difference| difference.abs() < 0.01)
}

#[test]
fn every_family_finds_what_its_model_says() {
    let cases = [
        ("yolox", models::yolox(), (0.0, 0.0, 64.0, 64.0), 1, 0.75),
        ("nanodet", models::nanodet(), (0.0, 0.0, 64.0, 64.0), 2, 0.5),
        ("ssd", models::ssd(), (0.0, 0.0, 64.0, 128.0), 1, 0.875),
        ("ssd-nms", models::ssd_nms(), (64.0, 0.0, 64.0, 128.0), 0, 0.625),
    ];
    for (family, model, (x, y, w, h), label, confidence) in cases {
        let found = detect(&model).unwrap();
        assert_eq!(found.len(), 1, "{family}: {found:?}");
        assert!(near(found[0].rect, x, y, w, h), "{family}: {found:?}");
        assert_eq!(
            (found[0].label_id, found[0].confidence),
            (label, confidence),
            "{family}"
        );
    }
}

#[test]
fn outputs_of_other_number_types_are_converted_and_the_rest_is_refused() {
    const INT64: i32 = 7;
    const BOOL: i32 = 9;
    let model = models::with_output_type(models::ssd_nms(), "detection_classes", INT64);
    assert_eq!(detect(&model).unwrap().len(), 1);
    let model = models::with_output_type(models::ssd_nms(), "num_detections", BOOL);
    let message = detect(&model).unwrap_err().to_string();
    assert!(
        message.contains("“num_detections” has elements of type bool"),
        "{message}"
    );
}

#[test]
fn outputs_that_are_not_numbers_are_an_error() {
    let message = detect(&models::yolox_broken()).unwrap_err().to_string();
    assert!(
        message.contains("output “output” holds values that are not numbers (NaN)"),
        "{message}"
    );
}

#[test]
fn a_model_that_the_runtime_does_not_take_is_an_error_with_its_reason() {
    let mut model = models::yolox();
    let graph = model.graph.as_mut().unwrap();
    graph.node[1].op_type = "NoSuchOperator".into();
    let message = detect(&model).unwrap_err().to_string();
    assert!(
        message.contains("model.onnx: ONNX Runtime does not load the model on cpu"),
        "{message}"
    );
    assert!(message.contains("NoSuchOperator"), "{message}");
}

#[test]
fn an_id_stands_for_one_session_as_long_as_somebody_uses_it() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (yolox, ssd) = (
        load(first.path(), &models::yolox()),
        load(second.path(), &models::ssd()),
    );
    let options = EngineOptions::default();
    let engine = Engine::shared("an id", &yolox, &options).unwrap();
    assert!(Arc::ptr_eq(
        &engine,
        &Engine::shared("an id", &yolox, &options).unwrap()
    ));
    assert!(!Arc::ptr_eq(
        &engine,
        &Engine::shared("another id", &yolox, &options).unwrap()
    ));

    let message = Engine::shared("an id", &ssd, &options).unwrap_err().to_string();
    for path in [&yolox.path, &ssd.path] {
        assert!(message.contains(path.to_str().unwrap()), "{message}");
    }
    let many = EngineOptions {
        threads: engine.threads() + 1,
        ..options.clone()
    };
    let message = Engine::shared("an id", &yolox, &many).unwrap_err().to_string();
    assert!(message.contains("“an id” runs on cpu with"), "{message}");

    drop(engine);
    assert!(Engine::shared("an id", &ssd, &options).is_ok());
}

#[test]
fn streams_that_share_a_session_get_their_own_answers() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox_seeing_colors());
    let engine = Engine::shared("streams", &model, &EngineOptions::default()).unwrap();
    std::thread::scope(|scope| {
        for blue in [0, 255] {
            let mut detector = Detector::new(Arc::clone(&model), Arc::clone(&engine)).unwrap();
            scope.spawn(move || {
                let data: Vec<u8> = [blue, 0, 255 - blue].repeat(128 * 128);
                let planes = [Plane {
                    data: &data,
                    stride: 384,
                }];
                let frame = Frame::new(PixelFormat::Bgr, SIZE, &planes, Matrix::Bt601, Range::Full).unwrap();
                let params = Params {
                    threshold: 0.5,
                    iou_threshold: 0.5,
                    max_detections: 10,
                    classes: None,
                };
                let mut found = Vec::new();
                for _ in 0..50 {
                    detector.detect(&frame, &params, &mut found).unwrap();
                    assert_eq!(
                        found.iter().map(|d| d.label_id).collect::<Vec<_>>(),
                        [if blue > 0 { 0 } else { 2 }]
                    );
                }
            });
        }
    });
}

#[test]
fn a_device_that_does_not_run_the_whole_model_is_never_passed_over_in_silence() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::with_cpu_operator(models::yolox()));
    let cpu = Engine::new(&model, &EngineOptions::default()).unwrap();
    assert_eq!((cpu.fallback(), cpu.active_device().as_str()), (None, "cpu"));

    let options = EngineOptions {
        device: "openvino:CPU".parse().unwrap(),
        threads: 1,
    };
    // Most builds of the runtime have no OpenVINO; one that has it must say which part it leaves to the CPU.
    match Engine::new(&model, &options) {
        Ok(engine) => {
            assert_eq!(engine.active_device(), "openvino:CPU+cpu");
            assert!(
                engine.fallback().is_some_and(|reason| reason.contains("CPU")),
                "{engine:?}"
            );
        }
        Err(error) => {
            assert!(
                error.to_string().starts_with("device openvino:CPU cannot be used: "),
                "{error}"
            );
        }
    }
}
