//! A detector with the real runtime (`ORT_DYLIB_PATH`) and generated models.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use luchs_infer::{DetectError, Detector, Engine, EngineOptions, ModelSource, OpenError};
use luchs_model::{
    Digest, LoadError, Model,
    onnx::{FLOAT, ModelProto},
};
use luchs_scene::{Detection, Rect, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};

/// `TensorProto.DataType`.
const BOOL: i32 = 9;
const SIZE: Size = Size {
    width: 128,
    height: 128,
};

fn save(directory: &Path, model: &ModelProto) -> PathBuf {
    let path = directory.join("model.onnx");
    fs::write(&path, models::bytes(model)).unwrap();
    path
}

fn source(path: &Path) -> ModelSource<'_> {
    ModelSource {
        path,
        labels: None,
        id: None,
        options: EngineOptions::default(),
    }
}

fn load(directory: &Path, model: &ModelProto) -> Arc<Model> {
    Arc::new(source(&save(directory, model)).model().unwrap())
}

fn detect(model: &ModelProto) -> Result<Vec<Detection>, DetectError> {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), model);
    let engine = Engine::new(&model.file, &EngineOptions::default())?;
    detect_with(Detector::new(model, Arc::new(engine))?)
}

fn detect_with(mut detector: Detector) -> Result<Vec<Detection>, DetectError> {
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
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    detector.detect(&frame, None, &params, &mut found)?;
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
        for model in [models::with_open_outputs(model.clone()), model] {
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
}

#[test]
fn every_further_family_finds_the_upper_left_quarter() {
    let cases = [
        ("yolov5", models::families::yolov5(), 1, 0.75),
        ("yolov8", models::families::yolov8(), 1, 0.75),
        ("yolov10", models::families::yolov10(), 1, 0.75),
        ("nanodet-plus", models::families::nanodet_plus(), 1, 0.75),
        ("efficientdet", models::families::efficientdet(), 1, 0.75),
        ("centernet", models::families::centernet(), 1, 0.75),
        ("rtdetr", models::families::rtdetr(), 1, 0.5),
        ("rfdetr", models::families::rfdetr(), 1, 0.5),
        ("centerface", models::families::centerface(), 0, 0.75),
        ("blazeface", models::families::blazeface(), 0, 0.5),
    ];
    for (family, model, label, confidence) in cases {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(load(directory.path(), &model).family.name(), family);
        let found = detect(&model).unwrap();
        assert_eq!(found.len(), 1, "{family}: {found:?}");
        assert!(near(found[0].rect, 0.0, 0.0, 64.0, 64.0), "{family}: {found:?}");
        assert_eq!(
            (found[0].label_id, found[0].confidence),
            (label, confidence),
            "{family}"
        );
    }
}

#[test]
fn a_second_input_for_the_target_size_is_filled_in() {
    let model = models::families::rtdetr_with_target_size();
    let directory = tempfile::tempdir().unwrap();
    let loaded = load(directory.path(), &model);
    // The digest stays the file's.
    assert_eq!(loaded.file.digest, Digest::of(&models::bytes(&model)));
    let found = detect(&model).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(near(found[0].rect, 0.0, 0.0, 64.0, 64.0), "{found:?}");
    assert_eq!((found[0].label_id, found[0].confidence), (1, 0.75));
}

#[test]
fn a_classifier_is_no_detector() {
    let message = detect(&models::families::classifier()).unwrap_err().to_string();
    assert!(
        message.contains("the model is a classifier, which finds no objects"),
        "{message}"
    );
}

#[test]
fn what_a_trial_run_shows_of_no_known_family_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let model = models::constant(FLOAT, &[1, 3, 64, 64], &[("logits", vec![1, 1, 1000], vec![0.0; 1000])]);
    let model = models::with_open_outputs(models::with_output_type(model, "logits", BOOL));
    let error = source(&save(directory.path(), &model)).open().unwrap_err();
    assert!(matches!(error, OpenError::Load(LoadError::Family { .. })), "{error}");
    for expected in [
        "model.onnx: the model is of no known family",
        "Its outputs: logits bool [1, 1, 1000].",
    ] {
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_trial_run_that_fails_is_told_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let mut model = models::with_open_outputs(models::yolox());
    let sides = model.graph.as_mut().unwrap().initializer.last_mut().unwrap();
    sides.raw_data = [1i64, 5, 5]
        .iter()
        .flat_map(|side| side.to_le_bytes())
        .collect::<Vec<_>>()
        .into();
    let error = source(&save(directory.path(), &model)).open().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("model.onnx: ONNX Runtime failed on cpu") && text.contains("Reshape"),
        "{text}"
    );
}

#[test]
fn labels_are_counted_against_the_trial_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = save(directory.path(), &models::with_open_outputs(models::nanodet()));
    fs::write(directory.path().join("labels.txt"), "a\nb\n").unwrap();
    let message = source(&path).open().unwrap_err().to_string();
    assert!(
        message.contains("labels.txt has 2 labels") && message.contains("tells 3 classes apart"),
        "{message}"
    );
}

#[test]
fn a_trial_run_uses_the_session_that_is_shared() {
    let directory = tempfile::tempdir().unwrap();
    let path = save(directory.path(), &models::with_open_outputs(models::ssd()));
    let open = || {
        let source = ModelSource {
            id: Some("tried"),
            ..source(&path)
        };
        source.open().unwrap().1
    };
    let first = open();
    assert!(Arc::ptr_eq(&first, &open()));
}

#[test]
fn a_passport_speaks_for_open_outputs_and_the_first_run_checks_it() {
    let directory = tempfile::tempdir().unwrap();
    let onnx = models::bytes(&models::with_open_outputs(models::nanodet()));
    let labels = |count: usize| "thing\n".repeat(count);
    let detect = |family: &str, classes: usize| {
        let passport = format!(
            "[model]\nname = \"n\"\nversion = \"1\"\nfile = \"m.onnx\"\nlabels = \"l.txt\"\nfamily = \"{family}\"\n\
             licence = \"MIT\"\nsource = \"a test\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
             fit = \"stretch\"\n[files]\n\"m.onnx\" = \"{}\"\n\"l.txt\" = \"{}\"\n",
            Digest::of(&onnx),
            Digest::of(labels(classes).as_bytes())
        );
        fs::write(directory.path().join("m.onnx"), &onnx).unwrap();
        fs::write(directory.path().join("l.txt"), labels(classes)).unwrap();
        fs::write(directory.path().join("model.toml"), passport).unwrap();
        let (model, engine) = source(directory.path()).open().unwrap();
        detect_with(Detector::new(Arc::new(model), engine)?)
    };
    assert_eq!(detect("nanodet", 3).unwrap().len(), 1);
    for (family, classes) in [("nanodet", 2), ("yolox", 3)] {
        let message = detect(family, classes).unwrap_err().to_string();
        let expected = format!("m.onnx: a model of family {family} has");
        assert!(
            message.contains(&expected) && message.contains("scores_8 f32 [1, 64, 3]"),
            "{message}"
        );
    }
}

#[test]
fn outputs_of_other_number_types_are_converted_and_the_rest_is_refused() {
    const INT64: i32 = 7;
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
    let engine = Engine::shared(Some("an id"), &yolox.file, &options).unwrap();
    assert!(Arc::ptr_eq(
        &engine,
        &Engine::shared(Some("an id"), &yolox.file, &options).unwrap()
    ));
    assert!(!Arc::ptr_eq(
        &engine,
        &Engine::shared(Some("another id"), &yolox.file, &options).unwrap()
    ));

    let message = Engine::shared(Some("an id"), &ssd.file, &options)
        .unwrap_err()
        .to_string();
    for path in [&yolox.file.path, &ssd.file.path] {
        assert!(message.contains(path.to_str().unwrap()), "{message}");
    }
    let many = EngineOptions {
        threads: engine.threads() + 1,
        ..options.clone()
    };
    let message = Engine::shared(Some("an id"), &yolox.file, &many)
        .unwrap_err()
        .to_string();
    assert!(message.contains("“an id” runs on cpu with"), "{message}");

    drop(engine);
    assert!(Engine::shared(Some("an id"), &ssd.file, &options).is_ok());
}

#[test]
fn streams_that_share_a_session_get_their_own_answers() {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), &models::yolox_seeing_colors());
    let engine = Engine::shared(Some("streams"), &model.file, &EngineOptions::default()).unwrap();
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
                    class_agnostic: false,
                    classes: None,
                };
                let mut found = Vec::new();
                for _ in 0..50 {
                    detector.detect(&frame, None, &params, &mut found).unwrap();
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
    let options = EngineOptions {
        device: "cpu".parse().unwrap(),
        ..EngineOptions::default()
    };
    let cpu = Engine::new(&model.file, &options).unwrap();
    assert_eq!((cpu.fallback(), cpu.active_device().as_str()), (None, "cpu"));

    let options = EngineOptions {
        device: "openvino:CPU".parse().unwrap(),
        threads: 1,
        ..EngineOptions::default()
    };
    // Most builds of the runtime have no OpenVINO; one that has it must say which part it leaves to the CPU.
    match Engine::new(&model.file, &options) {
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
