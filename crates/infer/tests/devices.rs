//! Devices with the real runtime and, where `make setup` installs it, OpenVINO. None of them may fall back in silence.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod models;

use std::{fs, path::Path, sync::Arc};

use luchs_infer::{Detector, Device, Engine, EngineError, EngineOptions, ModelSource, ProviderError};
use luchs_model::{Model, onnx::ModelProto};
use luchs_scene::{Detection, Size};
use luchs_vision::{Frame, Matrix, Params, PixelFormat, Plane, Range};

/// Intel builds the plug-in for its own computers only.
const HAS_OPENVINO: bool = cfg!(target_arch = "x86_64");

fn on(device: &str) -> EngineOptions {
    EngineOptions {
        device: device.parse().unwrap(),
        threads: 1,
        ..EngineOptions::default()
    }
}

fn load(directory: &Path, model: &ModelProto) -> Model {
    let path = directory.join("model.onnx");
    fs::write(&path, models::bytes(model)).unwrap();
    let source = ModelSource {
        path: &path,
        labels: None,
        id: None,
        options: on("cpu"),
    };
    source.model().unwrap()
}

fn engine(model: &ModelProto, device: &str) -> Result<Engine, EngineError> {
    let directory = tempfile::tempdir().unwrap();
    Engine::new(&load(directory.path(), model).file, &on(device))
}

fn detect(model: &ModelProto, device: &str) -> Vec<Detection> {
    let directory = tempfile::tempdir().unwrap();
    let model = load(directory.path(), model);
    let engine = Engine::new(&model.file, &on(device)).unwrap();
    assert_eq!(engine.active_device(), device);
    let mut detector = Detector::new(Arc::new(model), Arc::new(engine)).unwrap();
    let data = vec![200; 128 * 128];
    let planes = [Plane {
        data: &data,
        stride: 128,
    }];
    let size = Size {
        width: 128,
        height: 128,
    };
    let frame = Frame::new(PixelFormat::Gray8, size, &planes, Matrix::Bt601, Range::Full).unwrap();
    let params = Params {
        threshold: 0.3,
        iou_threshold: 0.5,
        max_detections: 10,
        class_agnostic: false,
        classes: None,
    };
    let mut found = Vec::new();
    detector.detect(&frame, None, &params, &mut found).unwrap();
    found
}

#[test]
fn openvino_finds_what_the_cpu_finds() {
    if !HAS_OPENVINO {
        return;
    }
    for model in [
        models::yolox(),
        models::nanodet(),
        models::ssd(),
        models::yolox_seeing_colors(),
    ] {
        let (cpu, openvino) = (detect(&model, "cpu"), detect(&model, "openvino:CPU"));
        assert_eq!(cpu.len(), openvino.len(), "{cpu:?} {openvino:?}");
        for (cpu, openvino) in cpu.iter().zip(&openvino) {
            assert_eq!(cpu.label_id, openvino.label_id);
            assert!((cpu.confidence - openvino.confidence).abs() < 0.01);
            assert!((cpu.rect.w - openvino.rect.w).abs() < 0.5, "{cpu:?} {openvino:?}");
        }
    }
}

#[test]
fn openvino_takes_a_precision_and_a_list_of_devices() {
    if !HAS_OPENVINO {
        return;
    }
    for device in ["openvino:CPU_FP32", "openvino:AUTO:CPU"] {
        assert_eq!(detect(&models::yolox(), device).len(), 1, "{device}");
    }
}

#[test]
fn what_openvino_does_not_run_is_said() {
    if !HAS_OPENVINO {
        return;
    }
    let engine = engine(&models::with_cpu_operator(models::yolox()), "openvino:CPU").unwrap();
    assert_eq!(engine.active_device(), "openvino:CPU+cpu");
    assert!(
        engine.fallback().is_some_and(|reason| reason.contains("CPU")),
        "{engine:?}"
    );
}

/// Device, what the error says is wrong, and what it says to do. A machine may have one of them: then it is used.
#[test]
fn a_device_that_is_absent_is_an_error_and_never_the_cpu() {
    let intel = if HAS_OPENVINO {
        "OpenVINO finds no"
    } else {
        "OpenVINO is not installed"
    };
    let cases = [
        ("openvino:GPU", intel, "intel-opencl-icd"),
        ("openvino:GPU.7", intel, "/dev/dri"),
        ("openvino:NPU", intel, "/dev/accel"),
        ("openvino:TOASTER", intel, "name one of those"),
        ("openvino:AUTO:NPU,CPU", intel, "/dev/accel"),
        ("openvino:HETERO:GPU,CPU", "OpenVINO", "openvino:CPU"),
        ("cuda:0", "built without CUDA", "ORT_DYLIB_PATH"),
        ("tensorrt:0", "built without TensorRT", "ORT_DYLIB_PATH"),
    ];
    for (device, wrong, remedy) in cases {
        match engine(&models::yolox(), device) {
            Ok(engine) => assert_eq!(*engine.device(), device.parse::<Device>().unwrap()),
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with(&format!("device {device} cannot be used: ")), "{text}");
                assert!(text.contains(wrong) && text.ends_with("or choose device=cpu"), "{text}");
                assert!(!HAS_OPENVINO || text.contains(remedy), "{text}");
                assert!(
                    !matches!(
                        error,
                        EngineError::Device {
                            source: ProviderError::NoPlugin { .. },
                            ..
                        }
                    ) || !HAS_OPENVINO
                );
            }
        }
    }
}
