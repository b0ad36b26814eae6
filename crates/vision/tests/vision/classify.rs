//! Classes of a whole picture.

use crate::models::info;
use luchs_vision::{Classification, Classifier, DecodeError, Family, Tensor, recognize};

fn classify(values: &[f32], most: usize) -> Result<Vec<Classification>, DecodeError> {
    let shape = [1, values.len()];
    let classifier = Classifier::new(None, &[info("logits", "f32", &[1, values.len() as i64])])?;
    let mut out = Vec::new();
    let tensor = Tensor {
        name: "logits",
        shape: &shape,
        data: values,
    };
    classifier.classify(&[tensor], most, &mut out)?;
    Ok(out)
}

fn labels(found: &[Classification]) -> Vec<u32> {
    found.iter().map(|found| found.label_id).collect()
}

#[test]
fn logits_become_probabilities() {
    let found = classify(&[1.0, 3.0, -2.0, 3.0], 3).unwrap();
    assert_eq!(labels(&found), [1, 3, 0]);
    let total = 1f32.exp() + 2.0 * 3f32.exp() + (-2f32).exp();
    assert!((found[0].confidence - 3f32.exp() / total).abs() < 1e-6, "{found:?}");
    let all = classify(&[1.0, 3.0, -2.0, 3.0], 9).unwrap();
    assert!((all.iter().map(|found| found.confidence).sum::<f32>() - 1.0).abs() < 1e-6);
}

#[test]
fn probabilities_stay_what_they_are() {
    let found = classify(&[0.25, 0.0, 0.75], 2).unwrap();
    assert_eq!((labels(&found), found[0].confidence), (vec![2, 0], 0.75));
    assert_eq!(classify(&[0.25, 0.0, 0.75], 0).unwrap(), []);
}

#[test]
fn what_is_no_number_is_no_class() {
    assert!(matches!(
        classify(&[f32::NAN, f32::NAN], 2),
        Err(DecodeError::NoNumbers { .. })
    ));
    assert!(classify(&[f32::INFINITY, 0.0], 2).is_err());
    let found = classify(&[f32::NAN, 2.0, f32::NEG_INFINITY], 1).unwrap();
    assert_eq!((labels(&found), found[0].confidence), (vec![1], 1.0));
}

#[test]
fn a_classifier_is_recognized_and_its_shape_checked() {
    let outputs = [info("logits", "f32", &[-1, 1000])];
    let seen = recognize(&[info("input", "f32", &[1, 3, 224, 224])], &outputs).unwrap();
    assert_eq!((seen.family, seen.classes), (Family::Classifier, Some(1000)));
    let text = Classifier::new(Some(3), &outputs).unwrap_err().to_string();
    assert!(text.contains("1000 classes, but 3 are declared"), "{text}");
    let classifier = Classifier::new(None, &outputs).unwrap();
    let tensor = Tensor {
        name: "logits",
        shape: &[1, 10],
        data: &[0.0; 10],
    };
    let mut out = Vec::new();
    assert!(matches!(
        classifier.classify(&[tensor], 1, &mut out),
        Err(DecodeError::Shape { .. })
    ));
}
