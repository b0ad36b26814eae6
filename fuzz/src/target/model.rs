use std::{fs, path::Path};

use luchs_model::{
    Candidate, Operator, Passport, Recipe,
    lint::{Linted, lint},
};
use luchs_scene::Size;
use prost::{Message as _, bytes::Bytes};

const TINY: &[u8] = include_bytes!("../../corpus/onnx/yolox.onnx");

/// A passport's text.
pub fn passport(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let path = Path::new("model.toml");
    if let Ok(passport) = Passport::parse(text, path) {
        let size = Size { width: 64, height: 64 };
        assert!(
            passport.input.spec(size).check().is_ok(),
            "an accepted passport describes an input"
        );
        let written = passport.to_text(path).expect("an accepted passport can be written");
        let again = Passport::parse(&written, path).expect("what was written can be read");
        assert_eq!(again, passport, "what was read is not what was written");
    }
}

/// A model's recipe.
pub fn recipe(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(recipe) = Recipe::parse(text, Path::new("recipe.toml")) {
        assert!(!recipe.package.requirement().is_empty());
    }
}

/// A model file without a passport: parsed, linted, inspected and settled.
pub fn onnx(input: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    fs::write(&path, input).unwrap();
    settle(&path);
    if let Ok(Linted { model, operators }) = lint(&Bytes::copy_from_slice(input), &Operator::ALL) {
        // What was accepted can be written and is accepted again.
        let again = Bytes::from(model.encode_to_vec());
        assert!(
            lint(&again, &operators).is_ok(),
            "what was read is not what was written"
        );
    }
}

/// What lies beside a model for other programs.
pub fn model_info(input: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.onnx"), TINY).unwrap();
    fs::write(folder.path().join("model.onnx.modelinfo"), input).unwrap();
    settle(&folder.path().join("model.onnx"));
}

fn settle(path: &Path) {
    let Ok(candidate) = Candidate::read(path, None) else {
        return;
    };
    let trial = candidate.trial();
    assert!(trial.is_none_or(|trial| trial.shape.contains(&3) || trial.shape.contains(&1)));
    if let Ok(model) = candidate.settle() {
        assert!(model.input.check().is_ok(), "an accepted model has an input");
    }
}
