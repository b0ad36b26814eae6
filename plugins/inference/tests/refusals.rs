//! What luchsdetect says to models, devices and settings that it cannot use. Needs the real runtime (`ORT_DYLIB_PATH`).

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

mod common;

use std::fs;

use common::{Folder, element, error, models, refused};
use gst::prelude::*;
use luchs_model::onnx::{EXTERNAL, FLOAT, StringEntry, TensorProto};

/// The error of a model of these bytes.
fn refused_bytes(content: &[u8]) -> String {
    let folder = Folder::new();
    let (element, bus) = element(&folder.file("m.onnx", content));
    let message = refused(&element, &bus);
    assert!(
        message.contains(folder.path().join("m.onnx").to_str().unwrap()),
        "{message}"
    );
    message
}

#[test]
fn no_model_and_a_missing_model() {
    let folder = Folder::new();
    let missing = folder.path().join("missing.onnx");
    let (element, bus) = element(&missing);
    let message = refused(&element, &bus);
    assert!(
        message.contains("missing.onnx: no such file") && message.contains("luchs model fetch"),
        "{message}"
    );
    element.set_property("model-file", folder.path().to_str().unwrap());
    let message = refused(&element, &bus);
    assert!(message.contains("the directory has no model.toml"), "{message}");
    element.set_property("model", "");
    assert!(refused(&element, &bus).contains("set the property model"));
}

#[test]
fn files_that_are_no_whole_model() {
    let whole = models::bytes(&models::yolox());
    for end in [1, whole.len() / 2, whole.len() - 20] {
        let message = refused_bytes(&whole[..end]);
        assert!(message.contains("cut off"), "{end}: {message}");
    }
    assert!(refused_bytes(b"").contains("the file is empty"));
    assert!(refused_bytes(b"person\ncar\n").contains("not an ONNX model but a text file"));
    assert!(refused_bytes(b"version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull"));
}

#[test]
fn a_model_of_no_known_family_lists_what_was_seen() {
    let model = models::constant(FLOAT, &[1, 3, 64, 64], &[("mask", vec![1, 7, 3, 11], vec![0.0; 231])]);
    let message = refused_bytes(&models::bytes(&model));
    for expected in [
        "Known families: yolox",
        "images f32 [1, 3, 64, 64]",
        "mask f32 [1, 7, 3, 11]",
    ] {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn external_data_and_custom_operators() {
    let mut model = models::yolox();
    let graph = model.graph.as_mut().unwrap();
    graph.initializer.push(TensorProto {
        name: "stem".into(),
        data_location: EXTERNAL,
        external_data: vec![StringEntry {
            key: "location".into(),
            value: "/etc/passwd".into(),
        }],
        ..TensorProto::default()
    });
    let message = refused_bytes(&models::bytes(&model));
    assert!(
        message.contains("tensor “stem” keeps its data in another file (“/etc/passwd”)"),
        "{message}"
    );

    let message = refused_bytes(&models::bytes(&models::with_custom_operator(
        models::yolox(),
        "org.example",
    )));
    assert!(
        message.contains("operator “Cast”") && message.contains("from the set “org.example”"),
        "{message}"
    );
}

#[test]
fn labels_of_another_model() {
    let folder = Folder::new();
    folder.file("labels.txt", b"one\ntwo\n");
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox()));
    let message = refused(&element, &bus);
    for expected in ["labels.txt has 2 labels", "m.onnx tells 3 classes apart"] {
        assert!(message.contains(expected), "{message}");
    }
    element.set_property("labels-file", folder.path().join("other.txt").to_str().unwrap());
    assert!(refused(&element, &bus).contains("other.txt: no such file"));
}

#[test]
fn a_file_that_is_not_the_one_of_the_passport() {
    let folder = Folder::new();
    let directory = folder.with_passport(&models::yolox());
    let (element, bus) = element(&directory);
    fs::write(directory.join("m.onnx"), models::bytes(&models::yolox_seeing_colors())).unwrap();
    let message = refused(&element, &bus);
    for expected in ["m.onnx: the file has the SHA-256", "its passport", "it was altered"] {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_passport_with_mistakes() {
    let folder = Folder::new();
    let directory = folder.with_passport(&models::yolox());
    let (element, bus) = element(&directory);
    let passport = directory.join("model.toml");
    let text = fs::read_to_string(&passport).unwrap();
    fs::write(&passport, text.replace("confidence", "confidense")).unwrap();
    let message = refused(&element, &bus);
    assert!(
        message.contains("model.toml") && message.contains("line 15, column 1"),
        "{message}"
    );
    fs::write(&passport, text.replace("yolox", "nanodet")).unwrap();
    let message = refused(&element, &bus);
    assert!(
        message.contains("says family “nanodet”, but the outputs are those of “yolox”"),
        "{message}"
    );
}

#[test]
fn devices_that_are_unknown_or_absent() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.model("m.onnx", &models::yolox()));
    for (device, expected) in [
        ("gpu", "“gpu” is no device: use auto, cpu, cuda"),
        ("cuda:x", "“x” is not the number of a GPU"),
        ("cuda", "device cuda:0 cannot be used: "),
        ("tensorrt:1", "device tensorrt:1 cannot be used: "),
        ("openvino:GPU", "device openvino:GPU cannot be used: "),
    ] {
        element.set_property("device", device);
        let message = refused(&element, &bus);
        assert!(message.contains(expected), "{message}");
        assert_eq!(element.property::<Option<String>>("active-device"), None);
    }
}

#[test]
fn a_class_that_the_model_does_not_know() {
    let folder = Folder::new();
    let (element, bus) = element(&folder.with_passport(&models::yolox()));
    element.set_property("object-class", "red,gren");
    let message = refused(&element, &bus);
    assert!(
        message.contains("the model knows no “gren”; did you mean “green”"),
        "{message}"
    );
}

#[test]
fn an_instance_id_stands_for_one_model() {
    let folder = Folder::new();
    let (yolox, ssd) = (
        folder.model("yolox.onnx", &models::yolox()),
        folder.model("ssd.onnx", &models::ssd()),
    );
    let [(first, _), (second, _), (third, bus)] = [&yolox, &yolox, &ssd].map(|model| element(model));
    for element in [&first, &second, &third] {
        element.set_property("model-instance-id", "refusals");
    }
    first.set_state(gst::State::Ready).unwrap();
    second.set_state(gst::State::Ready).unwrap();
    let message = refused(&third, &bus);
    for expected in [
        "model-instance-id “refusals”",
        yolox.to_str().unwrap(),
        ssd.to_str().unwrap(),
    ] {
        assert!(message.contains(expected), "{message}");
    }
    first.set_state(gst::State::Null).unwrap();
    second.set_state(gst::State::Null).unwrap();
    third.set_state(gst::State::Ready).unwrap();
    third.set_state(gst::State::Null).unwrap();
    assert!(
        bus.pop_filtered(&[gst::MessageType::Error]).is_none(),
        "{}",
        error(&bus)
    );
}
