//! One model of each family with known objects, built by hand, on a frame that is twice as wide as high.

use crate::models::{FRAME, Model, Outputs, info, params};
use luchs_scene::Detection;
use luchs_vision::{Decoder, Family, Params, Placement, Recognized, recognize};

fn model(input: &[i64], outputs: &[(&str, &[i64])]) -> Model {
    let outputs = outputs.iter().map(|(name, shape)| info(name, "f32", shape));
    (vec![info("images", "f32", input)], outputs.collect())
}

fn recognized(model: &Model) -> Recognized {
    recognize(&model.0, &model.1).unwrap()
}

fn zero(model: &Model) -> Outputs {
    Outputs::zero(&model.1, |_| Vec::new())
}

/// Logits of a model that sees nothing.
fn minus(model: &Model, name: &str) -> Outputs {
    let mut outputs = zero(model);
    outputs
        .0
        .iter_mut()
        .find(|(found, ..)| found == name)
        .unwrap()
        .2
        .fill(-9.0);
    outputs
}

/// Decodes as a model of `family`, and compares with class, score and [x, y, w, h] in pixels of the frame.
fn assert_found(family: Family, model: &Model, outputs: &Outputs, wanted: &[(u32, f32, [f32; 4])]) {
    let recognized = recognized(model);
    assert_eq!(recognized.family, family);
    let found = outputs.decode(model, &params()).unwrap();
    assert_boxes(&found, wanted);
}

fn assert_boxes(found: &[Detection], wanted: &[(u32, f32, [f32; 4])]) {
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (got, (label, score, sides)) in found.iter().zip(wanted) {
        assert_eq!(got.label_id, *label, "{found:?}");
        assert!(
            (got.confidence - score).abs() < 1e-4,
            "{} instead of {score}",
            got.confidence
        );
        let rect = [got.rect.x, got.rect.y, got.rect.w, got.rect.h];
        for (got, wanted) in rect.iter().zip(sides) {
            assert!((got - wanted).abs() < 0.05, "{rect:?} instead of {sides:?}");
        }
    }
}

const SCENE: &[i64] = &[1, 3, 416, 416];

#[test]
fn yolov5_multiplies_objectness_and_class() {
    let model = model(SCENE, &[("output0", &[1, 10647, 85])]);
    let mut outputs = zero(&model);
    // The frame of 832 × 416 lies at y = 104 to 312 of the input, at half its size.
    outputs.set("output0", 10646, 0, &[100.0, 204.0, 40.0, 20.0, 0.8]);
    outputs.set("output0", 10646, 5 + 16, &[0.5, 0.75]);
    // Suppressed by the one above, and one that objectness makes too weak.
    outputs.set("output0", 7, 0, &[101.0, 204.0, 40.0, 20.0, 0.7]);
    outputs.set("output0", 7, 5 + 17, &[0.7]);
    outputs.set("output0", 9, 0, &[300.0, 204.0, 40.0, 20.0, 0.25]);
    outputs.set("output0", 9, 5, &[1.0]);
    assert_found(
        Family::Yolov5,
        &model,
        &outputs,
        &[(17, 0.6, [160.0, 180.0, 80.0, 40.0])],
    );
    assert_eq!(recognized(&model).classes, Some(80));
}

#[test]
fn yolov5_has_further_feature_maps_beside_and_p6_more_cells() {
    let maps: &[(&str, &[i64])] = &[("output", &[1, 25200, 85]), ("onnx::Sigmoid_339", &[1, 3, 80, 80, 85])];
    assert_eq!(recognized(&model(&[1, 3, 640, 640], maps)).family, Family::Yolov5);
    let p6: &[(&str, &[i64])] = &[("output", &[1, 102_000, 85])];
    assert_eq!(recognized(&model(&[1, 3, 1280, 1280], p6)).family, Family::Yolov5);
}

#[test]
fn yolov8_has_a_box_a_column() {
    let model = model(SCENE, &[("output0", &[1, 84, 3549])]);
    let mut outputs = zero(&model);
    let column = 3000;
    for (row, value) in [
        (0, 100.0),
        (1, 204.0),
        (2, 40.0),
        (3, 20.0),
        (4 + 3, 0.5),
        (4 + 79, 0.875),
    ] {
        outputs.set("output0", row, column, &[value]);
    }
    assert_found(
        Family::Yolov8,
        &model,
        &outputs,
        &[(79, 0.875, [160.0, 180.0, 80.0, 40.0])],
    );
}

#[test]
fn yolov8_is_read_transposed_where_it_is_declared() {
    let model = model(SCENE, &[("output0", &[1, 3549, 84])]);
    let mut outputs = zero(&model);
    outputs.set("output0", 3000, 0, &[100.0, 204.0, 40.0, 20.0]);
    outputs.set("output0", 3000, 4 + 79, &[0.875]);
    let input = recognized(&self::model(SCENE, &[("output0", &[1, 84, 3549])])).input;
    let mut decoder = Decoder::new(Family::Yolov8, &input, Some(80), &model.1).unwrap();
    let mut found = Vec::new();
    let placement = Placement::new(input.fit, input.size, FRAME);
    decoder
        .decode(&outputs.tensors(), &placement, &params(), &mut found)
        .unwrap();
    assert_boxes(&found, &[(79, 0.875, [160.0, 180.0, 80.0, 40.0])]);
}

#[test]
fn yolov10_has_suppressed_already() {
    let model = model(SCENE, &[("output0", &[1, 300, 6])]);
    let mut outputs = zero(&model);
    outputs.set("output0", 0, 0, &[80.0, 194.0, 120.0, 214.0, 0.75, 17.0]);
    outputs.set("output0", 1, 0, &[80.0, 194.0, 120.0, 214.0, 0.5, 17.0]);
    let sides = [160.0, 180.0, 80.0, 40.0];
    assert_found(
        Family::Yolov10,
        &model,
        &outputs,
        &[(17, 0.75, sides), (17, 0.5, sides)],
    );
    // Rows that are not used are no boxes, whatever the threshold.
    let all = Params {
        threshold: 0.0,
        ..params()
    };
    assert_eq!(outputs.decode(&model, &all).unwrap().len(), 2);
    let best = Params {
        max_detections: 1,
        ..params()
    };
    assert_eq!(outputs.decode(&model, &best).unwrap().len(), 1);
}

#[test]
fn nanodet_plus_measures_from_the_corner_of_the_cell() {
    let model = model(SCENE, &[("output", &[1, 3598, 112])]);
    let mut outputs = zero(&model);
    // Column 3, row 2 of stride 64 (7 a row): the point (192, 128).
    let row = 2704 + 676 + 169 + 2 * 7 + 3;
    outputs.set("output", row, 79, &[0.75]);
    let mut bins = [[-100.0f32; 8]; 4];
    (bins[0][1], bins[1][0], bins[2][2], bins[3][1]) = (100.0, 100.0, 100.0, 100.0);
    outputs.set("output", row, 80, &bins.concat());
    // Stretched: twice as wide in the frame, as high.
    assert_found(
        Family::NanodetPlus,
        &model,
        &outputs,
        &[(79, 0.75, [256.0, 128.0, 384.0, 64.0])],
    );
}

#[test]
fn efficientdet_moves_its_anchors() {
    for (logit, score) in [(false, 0.75), (true, 0.880_797)] {
        let model = model(
            &[1, 512, 512, 3],
            &[("regression", &[1, 49104, 4]), ("classification", &[1, 49104, 90])],
        );
        let mut outputs = if logit {
            minus(&model, "classification")
        } else {
            zero(&model)
        };
        // Column 2, row 1 of stride 128 (4 a row), third octave, twice as wide as high.
        let row = 49104 - 16 * 9 + (4 + 2) * 9 + 2 * 3 + 1;
        outputs.set("classification", row, 0, &[if logit { 2.0 } else { score }]);
        outputs.set("regression", row, 0, &[0.1, -0.05, 0.5f32.ln(), 0.25f32.ln()]);
        let side = 128.0 * 4.0 * (2.0f32 / 3.0).exp2();
        let (w, h) = (side * 2f32.sqrt(), side / 2f32.sqrt());
        let (cx, cy) = (2.5 * 128.0 - 0.05 * w, 1.5 * 128.0 + 0.1 * h);
        let (w, h) = (w / 4.0, h / 2.0);
        // In the upper half of the input, at 512 / 832 of its size.
        let scale = 832.0 / 512.0;
        let sides = [(cx - w / 2.0) * scale, (cy - h / 2.0) * scale, w * scale, h * scale];
        assert_found(Family::Efficientdet, &model, &outputs, &[(0, score, sides)]);
    }
}

#[test]
fn centernet_takes_the_peaks() {
    let model = model(
        &[1, 3, 512, 512],
        &[
            ("hm", &[1, 80, 128, 128]),
            ("wh", &[1, 2, 128, 128]),
            ("reg", &[1, 2, 128, 128]),
        ],
    );
    for logits in [false, true] {
        let mut outputs = if logits { minus(&model, "hm") } else { zero(&model) };
        let score = |p: f32| if logits { (p / (1.0 - p)).ln() } else { p };
        // A peak of class 2 at column 50, row 64, and weaker neighbours; the frame is at y = 128 to 384.
        let row = 2 * 128 + 64;
        outputs.set("hm", row, 49, &[score(0.5), score(0.875), score(0.6)]);
        outputs.set("hm", row + 1, 51, &[score(0.8)]);
        for (name, x, y) in [("wh", 16.0, 8.0), ("reg", 0.5, 0.25)] {
            for cell in 49..52 {
                outputs.set(name, 64, cell, &[x]);
                outputs.set(name, 128 + 64, cell, &[y]);
            }
        }
        let scale = 832.0 / 512.0;
        let (cx, cy) = (50.5 * 4.0 * scale, (64.25 * 4.0 - 128.0) * scale);
        let (w, h) = (64.0 * scale, 32.0 * scale);
        assert_found(
            Family::Centernet,
            &model,
            &outputs,
            &[(2, 0.875, [cx - w / 2.0, cy - h / 2.0, w, h])],
        );
    }
}

#[test]
fn rtdetr_is_read_in_its_three_exports() {
    let sides = [208.0, 104.0, 416.0, 208.0];
    let lists = model(
        &[1, 3, 640, 640],
        &[("labels", &[1, 300]), ("boxes", &[1, 300, 4]), ("scores", &[1, 300])],
    );
    let mut outputs = zero(&lists);
    outputs.set("labels", 0, 0, &[17.0]);
    outputs.set("boxes", 0, 0, &[160.0, 160.0, 480.0, 480.0]);
    outputs.set("scores", 0, 0, &[0.75]);
    assert_found(Family::Rtdetr, &lists, &outputs, &[(17, 0.75, sides)]);

    let raw = model(
        &[1, 3, 640, 640],
        &[("logits", &[1, 300, 80]), ("pred_boxes", &[1, 300, 4])],
    );
    let mut outputs = minus(&raw, "logits");
    outputs.set("logits", 299, 17, &[0.0]);
    outputs.set("pred_boxes", 299, 0, &[0.5, 0.5, 0.5, 0.5]);
    assert_found(Family::Rtdetr, &raw, &outputs, &[(17, 0.5, sides)]);

    let joined = model(&[1, 3, 640, 640], &[("output0", &[1, 300, 84])]);
    let mut outputs = zero(&joined);
    outputs.set("output0", 5, 0, &[0.5, 0.5, 0.5, 0.5]);
    outputs.set("output0", 5, 4 + 17, &[0.75]);
    assert_found(Family::Rtdetr, &joined, &outputs, &[(17, 0.75, sides)]);
}

#[test]
fn rfdetr_leaves_out_the_column_that_is_no_class() {
    let model = model(&[1, 3, 560, 560], &[("dets", &[1, 300, 4]), ("labels", &[1, 300, 91])]);
    let mut outputs = minus(&model, "labels");
    outputs.set("labels", 7, 0, &[5.0, 0.0]);
    outputs.set("dets", 7, 0, &[0.5, 0.5, 0.5, 0.5]);
    assert_found(
        Family::Rfdetr,
        &model,
        &outputs,
        &[(0, 0.5, [208.0, 104.0, 416.0, 208.0])],
    );
    assert_eq!(recognized(&model).classes, Some(90));
}

#[test]
fn centerface_swaps_height_and_width() {
    let model = model(
        &[1, 3, 480, 640],
        &[
            ("537", &[1, 1, 120, 160]),
            ("538", &[1, 2, 120, 160]),
            ("539", &[1, 2, 120, 160]),
            ("540", &[1, 10, 120, 160]),
        ],
    );
    let mut outputs = zero(&model);
    outputs.set("537", 30, 40, &[0.75]);
    outputs.set("538", 30, 40, &[10f32.ln()]);
    outputs.set("538", 120 + 30, 40, &[5f32.ln()]);
    outputs.set("539", 30, 40, &[0.25]);
    outputs.set("539", 120 + 30, 40, &[-0.5]);
    // Centre (160, 123), 20 × 40 in the input.
    let (x, y) = (832.0 / 640.0, 416.0 / 480.0);
    assert_found(
        Family::Centerface,
        &model,
        &outputs,
        &[(0, 0.75, [150.0 * x, 103.0 * y, 20.0 * x, 40.0 * y])],
    );
}

#[test]
fn blazeface_is_read_whole_and_in_parts() {
    let whole: &[(&str, &[i64])] = &[("regressors", &[1, 896, 16]), ("classificators", &[1, 896, 1])];
    let parts: &[(&str, &[i64])] = &[
        ("a", &[1, 384, 16]),
        ("b", &[1, 512, 16]),
        ("c", &[1, 512, 1]),
        ("d", &[1, 384, 1]),
    ];
    for (tables, boxes, logits, row) in [
        (whole, "regressors", "classificators", 512 + (4 * 8 + 3) * 6 + 5),
        (parts, "a", "d", (4 * 8 + 3) * 6 + 5),
    ] {
        let model = model(&[1, 128, 128, 3], tables);
        let mut outputs = minus(&model, logits);
        if tables.len() == 4 {
            outputs
                .0
                .iter_mut()
                .find(|(name, ..)| name == "c")
                .unwrap()
                .2
                .fill(-9.0);
        }
        // The cell's centre is (56, 72); the frame lies at y = 32 to 96.
        outputs.set(logits, row, 0, &[0.0]);
        outputs.set(boxes, row, 0, &[8.0, -8.0, 32.0, 16.0]);
        let scale = 832.0 / 128.0;
        let sides = [48.0 * scale, (56.0 - 32.0) * scale, 32.0 * scale, 16.0 * scale];
        assert_found(Family::Blazeface, &model, &outputs, &[(0, 0.5, sides)]);
    }
}

#[test]
fn suppression_across_classes_is_asked_for() {
    let model = model(SCENE, &[("output0", &[1, 84, 3549])]);
    let mut outputs = zero(&model);
    for (column, class, score) in [(1, 0, 0.9), (2, 1, 0.8)] {
        for (row, value) in [(0, 100.0), (1, 204.0), (2, 40.0), (3, 20.0), (4 + class, score)] {
            outputs.set("output0", row, column, &[value]);
        }
    }
    for (class_agnostic, count) in [(false, 2), (true, 1)] {
        let params = Params {
            class_agnostic,
            ..params()
        };
        assert_eq!(outputs.decode(&model, &params).unwrap().len(), count);
    }
}
