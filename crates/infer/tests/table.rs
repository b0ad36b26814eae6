//! Models of 8-bit integers that need `luchs.Table8`, or take the camera's bytes: the whole way from a passport to boxes, on
//! several threads, in batches, on every device.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;

use std::{path::Path, sync::Arc, thread, time::Duration};

use luchs_infer::{Detector, Device, Engine, EngineError, EngineOptions, ModelSource, OpenError, auto::Source};
use luchs_model::{Model, Operator, onnx::ModelProto};
use luchs_scene::{Detection, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};
use models::quantized::{BYTES, FLOATS, NEEDS_TABLE, normalised, of_bytes, save, with_table};

const PARAMS: Params = Params {
    threshold: 0.05,
    iou_threshold: 0.5,
    max_detections: 10,
    class_agnostic: false,
    classes: None,
};

/// White becomes 191, black stays, and there is no order in between.
fn table() -> [u8; 256] {
    let mut table: [u8; 256] = std::array::from_fn(|i| (i as u8).wrapping_mul(37));
    (table[0], table[255]) = (0, 191);
    table
}

fn on(device: &str, workers: usize) -> EngineOptions {
    EngineOptions {
        device: device.parse().unwrap(),
        threads: 1,
        workers,
        ..EngineOptions::default()
    }
}

fn source<'a>(path: &'a Path, options: &EngineOptions) -> ModelSource<'a> {
    ModelSource {
        path,
        labels: None,
        id: None,
        options: options.clone(),
    }
}

/// Opens `model` as an element does, trial included.
fn open(model: &ModelProto, input: &str, options: &EngineOptions) -> (Model, Arc<Engine>) {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), model, NEEDS_TABLE, input);
    source(folder.path(), options).open().unwrap()
}

fn refused(model: &ModelProto, operators: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), model, operators, FLOATS);
    let error = source(folder.path(), &on("cpu", 1)).open().unwrap_err();
    assert!(!matches!(error, OpenError::Engine(_)), "{error} comes too late");
    error.to_string()
}

/// A picture in one colour, blue, green or red.
fn picture(color: usize) -> Vec<u8> {
    let mut pixel = [0; 3];
    pixel[color] = 255;
    pixel.repeat(64 * 64)
}

fn look(detector: &mut Detector, pixels: &[u8], size: Size) -> Vec<Detection> {
    let planes = [Plane {
        data: pixels,
        stride: size.width as usize * 3,
    }];
    let frame = Frame::new(PixelFormat::Bgr, size, &planes, Matrix::Bt601, Range::Full).unwrap();
    let mut found = Vec::new();
    detector.detect(&frame, None, &PARAMS, &mut found).unwrap();
    found
}

/// Looks at pictures on `streams` threads; each has to see its own colour as the table makes it.
fn look_on_threads(model: Model, engine: &Arc<Engine>, streams: usize) {
    let model = Arc::new(model);
    let size = Size { width: 64, height: 64 };
    thread::scope(|scope| {
        for stream in 0..streams {
            let mut detector = Detector::with_capacity(Arc::clone(&model), Arc::clone(engine), 1).unwrap();
            scope.spawn(move || {
                for turn in 0..60 {
                    let color = (stream + turn) % 3;
                    let found = look(&mut detector, &picture(color), size);
                    assert_eq!((found.len(), found[0].label_id as usize), (1, color));
                    assert!((found[0].confidence - 191.0 / 255.0).abs() < 1e-3, "{found:?}");
                }
            });
        }
    });
}

#[test]
fn several_workers_run_one_session_with_tables() {
    let (model, engine) = open(
        &with_table(models::yolox_seeing_colors(), &table()),
        FLOATS,
        &on("cpu", 3),
    );
    assert_eq!(model.file.operators, [Operator::Table8]);
    assert_eq!((engine.active_device().as_str(), engine.workers()), ("cpu", 3));
    look_on_threads(model, &engine, 4);
}

#[test]
fn tables_keep_the_frames_of_a_batch_apart() {
    let options = EngineOptions {
        batch_size: 3,
        batch_timeout: Duration::from_millis(50),
        ..on("cpu", 1)
    };
    let (model, engine) = open(
        &with_table(models::batched::yolox_seeing_colors(), &table()),
        FLOATS,
        &options,
    );
    assert_eq!(engine.batch_size(), 3);
    look_on_threads(model, &engine, 3);
}

#[test]
fn auto_takes_the_cpu_and_says_why() {
    let (_, engine) = open(
        &with_table(models::yolox_seeing_colors(), &table()),
        FLOATS,
        &on("auto", 1),
    );
    let choice = engine.choice().unwrap();
    assert_eq!(
        (engine.device(), &choice.source),
        (&Device::Cpu, &Source::Operator(Operator::Table8))
    );
    assert_eq!(
        choice.to_string(),
        "device=auto takes cpu: the model needs luchs.Table8, which only the CPU has"
    );
}

#[test]
fn a_device_that_has_no_tables_is_an_error_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let model = with_table(models::yolox_seeing_colors(), &table());
    save(folder.path(), &model, NEEDS_TABLE, FLOATS);
    for device in ["openvino:CPU", "cuda:0", "tensorrt:0"] {
        let error = source(folder.path(), &on(device, 1)).open().unwrap_err();
        assert!(
            matches!(error, OpenError::Engine(EngineError::Operator { .. })),
            "{error}"
        );
        let text = error.to_string();
        let expected =
            format!("the model needs the operator luchs.Table8, which device {device} has not; choose device=cpu");
        assert!(text.contains("m.onnx") && text.contains(&expected), "{text}");
    }
}

#[test]
fn without_a_passport_that_says_so_it_does_not_load() {
    let with = with_table(models::yolox_seeing_colors(), &table());
    let text = refused(&with, "");
    assert!(text.contains("add operators = [\"luchs.Table8\"] to [model]"), "{text}");
    let text = refused(&models::yolox_seeing_colors(), NEEDS_TABLE);
    assert!(text.contains("the file has none of it"), "{text}");
    let text = refused(&with, "operators = [\"luchs.Table8\", \"org.example.Evil\"]");
    assert!(
        text.contains("model.toml") && text.contains("“org.example.Evil” is none of Luchs's own operators"),
        "{text}"
    );
}

#[test]
fn a_table_that_is_none_is_found_in_the_trial() {
    for length in [0, 255, 257] {
        let text = refused(
            &with_table(models::yolox_seeing_colors(), &vec![7; length]),
            NEEDS_TABLE,
        );
        assert!(
            text.contains("m.onnx") && text.contains("has to be a constant of 256 bytes"),
            "{text}"
        );
    }
}

/// Bytes of a picture without symmetry, brighter to one side and with a colour of its own on the other.
fn gradient(size: Size) -> Vec<u8> {
    let pixel = |at: u32| [(at % size.width) as u8, 255 - (at / size.width) as u8, 40];
    (0..size.width * size.height).flat_map(pixel).collect()
}

#[test]
fn a_model_of_bytes_sees_what_one_of_floats_does() {
    let (mean, std) = ([103.5, 116.25, 123.5], [57.5, 57.25, 58.5]);
    let floats = normalised(models::yolox_seeing_colors(), mean, std);
    let input = format!("{FLOATS}\nmean = {mean:?}\nstd = {std:?}");
    // Wide and high: the rest of the square is grey in both.
    for (width, height) in [(200, 120), (90, 180), (64, 64)] {
        let size = Size { width, height };
        let pixels = gradient(size);
        let folder = tempfile::tempdir().unwrap();
        let found = [(&floats, &input[..]), (&of_bytes(models::yolox_seeing_colors()), BYTES)].map(|(model, input)| {
            save(folder.path(), model, "", input);
            let (model, engine) = source(folder.path(), &on("cpu", 1)).open().unwrap();
            look(&mut Detector::new(Arc::new(model), engine).unwrap(), &pixels, size)
        });
        let [of_floats, of_bytes] = &found;
        assert_eq!(of_floats.len(), 1, "{found:?}");
        assert_eq!(of_bytes.len(), 1, "{found:?}");
        assert_eq!(of_floats[0].label_id, of_bytes[0].label_id);
        assert_eq!(of_floats[0].rect, of_bytes[0].rect);
        // Bytes are rounded: by a fourth of a level on the average.
        let apart = (of_floats[0].confidence - of_bytes[0].confidence).abs();
        assert!(apart < 0.5 / 255.0, "{found:?}");
    }
}

#[test]
fn tables_on_the_cameras_bytes_are_looked_up_on_the_whole_way() {
    let (model, engine) = open(
        &of_bytes(with_table(models::yolox_seeing_colors(), &table())),
        BYTES,
        &on("cpu", 2),
    );
    look_on_threads(model, &engine, 2);
}
