//! Decoders on outputs built by hand, whose boxes can be worked out on paper.

use crate::models::{FRAME, Model, Outputs, info, nanodet, object_detection_api, params, ssd, tensorflow_lite, yolox};
use luchs_scene::{Detection, Rect};
use luchs_vision::{DecodeError, Decoder, Params, Placement, Recognized, recognize};

fn zero(model: &Model) -> Outputs {
    Outputs::zero(&model.1, |name| match name {
        "num_detections:0" => vec![1],
        "detection_boxes:0" => vec![1, 10, 4],
        _ => vec![1, 10],
    })
}

/// Compares with [x, y, w, h] in pixels of the frame, which is twice as wide as high.
fn assert_boxes(found: &[Detection], wanted: &[(u32, f32, [f32; 4])]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (
        Detection {
            rect,
            label_id,
            confidence,
        },
        (label, score, sides),
    ) in found.iter().zip(wanted)
    {
        assert_eq!(label_id, label);
        assert!((confidence - score).abs() < 1e-5, "{confidence} instead of {score}");
        for (got, side) in [rect.x, rect.y, rect.w, rect.h].iter().zip(sides) {
            assert!((got - side).abs() < 0.01, "{rect:?} instead of {sides:?}");
        }
    }
}

fn labelled(score: f32, label: usize, classes: usize) -> Vec<f32> {
    (0..classes)
        .map(|class| if class == label { score } else { score / 2.0 })
        .collect()
}

#[test]
fn yolox_boxes_grow_from_their_cell() {
    let model = yolox();
    let mut outputs = zero(&model);
    // Cell 3, 2 of stride 16 (26 a row, after 52² cells of stride 8); width e¹ · 16, height 16.
    let row = 52 * 52 + 2 * 26 + 3;
    outputs.set("output", row, 0, &[0.5, 0.25, 1.0, 0.0, 0.8]);
    outputs.set("output", row, 5, &labelled(0.75, 7, 80));
    // The frame is twice as large as the letterboxed picture.
    let (w, h) = (32.0 * 1f32.exp(), 32.0);
    let (cx, cy) = (3.5 * 32.0, 2.25 * 32.0);
    let found = outputs.decode(&model, &params()).unwrap();
    assert_boxes(&found, &[(7, 0.6, [cx - w / 2.0, cy - h / 2.0, w, h])]);
}

#[test]
fn nanodet_boxes_are_the_mean_of_their_bins() {
    let model = nanodet();
    let mut outputs = zero(&model);
    // Cell 12, 1 of stride 32; left and right in bin 2, top between bins 0 and 1, bottom spread evenly over 0 to 10.
    let row = 13 + 12;
    outputs.set("Identity_2", row, 0, &labelled(0.9, 79, 80));
    let mut bins = [[-100.0f32; 11]; 4];
    bins[0][2] = 100.0;
    bins[1][0] = 5.0;
    bins[1][1] = 5.0;
    bins[2][2] = 0.0;
    bins[3] = [-3.0; 11];
    outputs.set("Identity_5", row, 0, &bins.concat());
    // Stretched: twice as wide in the frame, as high.
    let (cx, cy) = (12.5 * 64.0, 1.5 * 32.0);
    let found = outputs.decode(&model, &params()).unwrap();
    assert_boxes(&found, &[(79, 0.9, [cx - 128.0, cy - 16.0, 256.0, 16.0 + 160.0])]);
}

#[test]
fn ssd_boxes_are_parts_of_the_input() {
    let model = ssd(90);
    let mut outputs = zero(&model);
    outputs.set("Postprocessor/ExpandDims_1:0", 1916, 0, &[0.25, 0.5, 0.75, 1.0]);
    outputs.set("Postprocessor/Slice:0", 1916, 0, &labelled(0.5, 0, 90));
    let found = outputs.decode(&model, &params()).unwrap();
    assert_boxes(&found, &[(0, 0.5, [416.0, 104.0, 416.0, 208.0])]);
}

#[test]
fn the_background_of_an_ssd_is_no_class_but_wins_against_one() {
    let model = ssd(21);
    let mut outputs = zero(&model);
    for row in [3, 9] {
        outputs.set(
            "Postprocessor/ExpandDims_1:0",
            row,
            0,
            &[0.0, 0.1 * row as f32, 0.1, 1.0],
        );
        outputs.set("Postprocessor/Slice:0", row, 0, &labelled(0.4, 15, 21));
    }
    outputs.set("Postprocessor/Slice:0", 3, 0, &[0.6]);
    let found = outputs.decode(&model, &params()).unwrap();
    assert_boxes(&found, &[(14, 0.4, [0.9 * 832.0, 0.0, 83.2, 41.6])]);
}

#[test]
fn classes_count_from_1_in_the_object_detection_api_and_from_0_in_tensorflow_lite() {
    let lite = "TFLite_Detection_PostProcess";
    let lite_names = [
        lite.to_owned(),
        format!("{lite}:1"),
        format!("{lite}:2"),
        format!("{lite}:3"),
    ];
    let names = [
        "detection_boxes:0",
        "detection_classes:0",
        "detection_scores:0",
        "num_detections:0",
    ];
    for (model, names, label) in [
        (object_detection_api(), names.map(str::to_owned), 17),
        (tensorflow_lite(), lite_names, 18),
    ] {
        let mut outputs = zero(&model);
        let [boxes, classes, scores, count] = names;
        for row in 0..3 {
            outputs.set(&boxes, row, 0, &[0.0, 0.5, 0.5, 1.0]);
            outputs.set(&classes, row, 0, &[18.0]);
            outputs.set(&scores, row, 0, &[0.9 - row as f32 * 0.1]);
        }
        outputs.set(&count, 0, 0, &[2.0]);
        // Suppressed inside: equal boxes stay; the third is beyond the count.
        let found = outputs.decode(&model, &params()).unwrap();
        let sides = [416.0, 0.0, 416.0, 208.0];
        assert_boxes(&found, &[(label, 0.9, sides), (label, 0.8, sides)]);
    }
}

#[test]
fn only_wanted_classes_and_the_best_of_overlapping_boxes_are_reported() {
    let model = ssd(90);
    let mut outputs = zero(&model);
    for (row, label, score) in [(0, 0, 0.5), (1, 0, 0.9), (2, 1, 0.6), (3, 2, 0.7), (4, 0, 0.2)] {
        outputs.set("Postprocessor/ExpandDims_1:0", row, 0, &[0.25, 0.25, 0.75, 0.5]);
        outputs.set("Postprocessor/Slice:0", row, 0, &labelled(score, label, 90));
    }
    let labels = |params: &Params| {
        outputs
            .decode(&model, params)
            .unwrap()
            .iter()
            .map(|found| found.label_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(labels(&params()), [0, 2, 1]);
    assert_eq!(
        labels(&Params {
            max_detections: 2,
            ..params()
        }),
        [0, 2]
    );
    assert_eq!(
        labels(&Params {
            iou_threshold: 1.0,
            ..params()
        }),
        [0, 2, 1, 0]
    );
    // Classes that the list does not reach are not wanted either.
    assert_eq!(
        labels(&Params {
            classes: Some(vec![false, true]),
            ..params()
        }),
        [1]
    );
}

#[test]
fn boxes_in_the_padding_are_dropped() {
    let model = yolox();
    let mut outputs = zero(&model);
    // The lower half of the input is padding.
    outputs.set("output", 40 * 52 + 3, 0, &[0.5, 0.5, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!(outputs.decode(&model, &params()), Ok(vec![]));
}

#[test]
fn boxes_in_the_padding_of_a_region_are_no_objects_beside_it() {
    let model = yolox();
    let Recognized { family, input, classes } = recognize(&model.0, &model.1).unwrap();
    let mut decoder = Decoder::new(family, &input, classes, &model.1).unwrap();
    // Lies in the upper half of the input, at its own size.
    let region = Rect {
        x: 200.0,
        y: 100.0,
        w: 416.0,
        h: 208.0,
    };
    let placement = Placement::of_region(input.fit, input.size, FRAME, region).unwrap();
    let mut outputs = zero(&model);
    let mut add = |row: usize, column: usize, log: f32| {
        outputs.set("output", row * 52 + column, 0, &[0.5, 0.5, log, log, 1.0, 0.9]);
    };
    // In the middle, in the padding (which is the frame's lower half), and over the region's lower and left edge.
    add(12, 20, 0.0);
    add(40, 20, 0.0);
    add(25, 40, 4f32.ln());
    add(5, 0, 4f32.ln());
    let mut found = Vec::new();
    decoder
        .decode(&outputs.tensors(), &placement, &params(), &mut found)
        .unwrap();
    let at = |column: f32, row: f32, side: f32| {
        let (x, y) = (200.0 + column * 8.0 + 4.0, 100.0 + row * 8.0 + 4.0);
        (0, 0.9, [x - side / 2.0, y - side / 2.0, side, side])
    };
    assert_boxes(&found, &[at(0.0, 5.0, 32.0), at(20.0, 12.0, 8.0), at(40.0, 25.0, 32.0)]);
}

#[test]
fn accidents_of_one_frame_are_dropped() {
    let good = [0.5, 0.5, 0.0, 0.0, 1.0, 1.0];
    for (column, value) in [
        (0, f32::NAN),
        (1, f32::INFINITY),
        (2, f32::MAX),
        (3, f32::NEG_INFINITY),
        (4, f32::NAN),
        (4, f32::INFINITY),
        (4, -1.0),
        (5, f32::NAN),
        (5, f32::INFINITY),
    ] {
        let model = yolox();
        let mut outputs = zero(&model);
        outputs.set("output", 0, 0, &good);
        outputs.set("output", 30, 0, &good);
        outputs.set("output", 30, column, &[value]);
        let found = outputs.decode(&model, &params()).unwrap();
        assert_boxes(&found, &[(0, 1.0, [0.0, 0.0, 16.0, 16.0])]);
    }
}

#[test]
fn outputs_of_another_kind_than_the_family_has_are_errors() {
    let model = yolox();
    let mut outputs = zero(&model);
    outputs.set("output", 5, 4, &[3.5]);
    let text = outputs.decode(&model, &params()).unwrap_err().to_string();
    assert!(
        text.starts_with("output output of shape [1, 3549, 85] has a score of 3.5, expected 0 to 1"),
        "{text}"
    );

    // Boxes in pixels, as YOLOX exports them when asked to decode.
    let mut outputs = zero(&model);
    for row in 0..9 {
        outputs.set("output", row, 0, &[80.0, 90.0, 60.0, 120.0, 1.0, 0.9]);
    }
    let error = outputs.decode(&model, &params()).unwrap_err();
    assert!(matches!(error, DecodeError::Boxes { count: 9, .. }), "{error}");

    let mut outputs = zero(&model);
    outputs.0[0].2.fill(f32::NAN);
    assert!(matches!(
        outputs.decode(&model, &params()),
        Err(DecodeError::NoNumbers { .. })
    ));
}

#[test]
fn boxes_turned_inside_out_are_no_boxes() {
    let model = ssd(90);
    let mut outputs = zero(&model);
    for row in 0..9 {
        outputs.set("Postprocessor/ExpandDims_1:0", row, 0, &[0.75, 0.5, 0.25, 0.9]);
        outputs.set("Postprocessor/Slice:0", row, 0, &[0.9]);
    }
    let error = outputs.decode(&model, &params()).unwrap_err();
    assert!(matches!(error, DecodeError::Boxes { count: 9, .. }), "{error}");
    // One box that is possible shows that the others are accidents.
    outputs.set("Postprocessor/ExpandDims_1:0", 4, 0, &[0.25, 0.5, 0.75, 1.0]);
    assert_boxes(
        &outputs.decode(&model, &params()).unwrap(),
        &[(0, 0.9, [416.0, 104.0, 416.0, 208.0])],
    );
}

#[test]
fn a_quantized_sigmoid_may_reach_a_little_more_than_1() {
    let model = ssd(90);
    let mut outputs = zero(&model);
    outputs.set("Postprocessor/ExpandDims_1:0", 0, 0, &[0.0, 0.0, 1.0, 1.0]);
    outputs.set("Postprocessor/Slice:0", 0, 0, &[1.0039]);
    assert_eq!(outputs.decode(&model, &params()).unwrap()[0].confidence, 1.0);
}

#[test]
fn a_wrong_shape_names_the_tensor_and_both_shapes() {
    let model = nanodet();
    let mut outputs = zero(&model);
    outputs.0[3].1 = vec![1, 80, 2704];
    let text = outputs.decode(&model, &params()).unwrap_err().to_string();
    assert_eq!(text, "output Identity has shape [1, 80, 2704], expected [1, 2704, 80]");
    outputs.0[3].1 = vec![1, 2704, 80];
    outputs.0[3].2.pop();
    let text = outputs.decode(&model, &params()).unwrap_err().to_string();
    assert_eq!(
        text,
        "output Identity of shape [1, 2704, 80] must have 216320 elements, it has 216319"
    );
    outputs.0[3].0 = "other".to_owned();
    let text = outputs.decode(&model, &params()).unwrap_err().to_string();
    assert!(
        text.starts_with("the model returned no output Identity, only Identity_2, "),
        "{text}"
    );
}

#[test]
fn a_declared_family_or_number_of_labels_must_fit_the_outputs() {
    let Recognized { family, input, .. } = recognize(&yolox().0, &yolox().1).unwrap();
    let new = |classes, outputs: &[_]| {
        Decoder::new(family, &input, classes, outputs)
            .map(|_| ())
            .map_err(|e| e.to_string())
    };
    assert_eq!(new(Some(80), &yolox().1), Ok(()));
    let text = new(Some(3), &yolox().1).unwrap_err();
    assert_eq!(
        text,
        "output output has 80 classes, but 3 are declared: correct the labels"
    );
    let text = new(None, &[info("logits", "f32", &[1, 1000])]).unwrap_err();
    assert!(
        text.contains("one output [1, 3549, 5 + classes]") && text.contains("logits f32 [1, 1000]"),
        "{text}"
    );
}

#[test]
fn declared_labels_tell_the_scores_of_a_nanodet_from_its_boxes() {
    let (inputs, mut outputs) = nanodet();
    let Recognized { family, input, .. } = recognize(&inputs, &outputs).unwrap();
    // 44 classes and 20 bins: the other way round than published models.
    for output in &mut outputs {
        output.shape[2] = if output.shape[2] == 80 { 44 } else { 80 };
    }
    let decoder = Decoder::new(family, &input, Some(44), &outputs).unwrap();
    assert_eq!(decoder.outputs()[..2], ["Identity", "Identity_3"]);
    assert!(Decoder::new(family, &input, Some(5), &outputs).is_err());
}

#[test]
fn a_decoder_is_as_good_as_new_after_an_error() {
    let model = ssd(90);
    let Recognized { family, input, classes } = recognize(&model.0, &model.1).unwrap();
    let mut decoder = Decoder::new(family, &input, classes, &model.1).unwrap();
    let placement = Placement::new(input.fit, input.size, FRAME);
    let mut outputs = zero(&model);
    outputs.set("Postprocessor/ExpandDims_1:0", 0, 0, &[0.0, 0.0, 1.0, 1.0]);
    outputs.set("Postprocessor/Slice:0", 0, 0, &[0.5]);
    let mut out = vec![Detection {
        rect: Rect::default(),
        label_id: 9,
        confidence: 0.1,
    }];
    assert!(decoder.decode(&[], &placement, &params(), &mut out).is_err());
    assert_eq!(out, []);
    decoder
        .decode(&outputs.tensors(), &placement, &params(), &mut out)
        .unwrap();
    assert_boxes(&out, &[(0, 0.5, [0.0, 0.0, 832.0, 416.0])]);
}
