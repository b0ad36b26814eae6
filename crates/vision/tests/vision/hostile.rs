//! Whatever a model returns, decoding ends, without a panic, with plausible detections or an error.

use crate::models::{info, params};
use luchs_scene::Size;
use luchs_vision::{
    Align, Classifier, ColorOrder, Decoder, ElementType, Family, Fit, InputSpec, Layout, Params, Placement, Recognized,
    Tensor, TensorInfo, candidates, recognize,
};
use proptest::prelude::*;

const SIDE: u32 = 64;

fn input(family: Family) -> InputSpec {
    let side = if family == Family::Blazeface { 128 } else { SIDE };
    InputSpec {
        size: Size {
            width: side,
            height: side,
        },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Rgb,
        fit: Fit::Letterbox {
            align: Align::Center,
            pad: 0,
        },
        mean: [0.0; 3],
        std: [1.0; 3],
    }
}

/// A small model of each family: 84 cells, 3 classes. Some families are exported in another form too.
fn outputs(family: Family, other_form: bool) -> Vec<TensorInfo> {
    let outputs: &[(&str, &[i64])] = match family {
        Family::Yolov8 | Family::Rtdetr if other_form => &[("o", &[1, 84, 7])],
        Family::Blazeface if other_form => &[
            ("a", &[1, 512, 16]),
            ("b", &[1, 512, 1]),
            ("c", &[1, 384, 16]),
            ("d", &[1, 384, 1]),
        ],
        Family::Yolox | Family::Yolov5 => &[("o", &[1, 84, 8])],
        Family::Yolov8 => &[("o", &[1, 7, 84])],
        Family::Yolov10 => &[("o", &[1, 84, 6])],
        Family::NanodetPlus => &[("o", &[1, 85, 11])],
        Family::Efficientdet => &[("boxes", &[1, 774, 4]), ("scores", &[1, 774, 3])],
        Family::Centernet => &[
            ("hm", &[1, 3, 16, 16]),
            ("wh", &[1, 2, 16, 16]),
            ("reg", &[1, 2, 16, 16]),
        ],
        Family::Rtdetr => &[("labels", &[1, 84]), ("boxes", &[1, 84, 4]), ("scores", &[1, 84])],
        Family::Rfdetr => &[("dets", &[1, 84, 4]), ("labels", &[1, 84, 4])],
        Family::Centerface => &[
            ("heat", &[1, 1, 16, 16]),
            ("size", &[1, 2, 16, 16]),
            ("offset", &[1, 2, 16, 16]),
            ("landmarks", &[1, 10, 16, 16]),
        ],
        Family::Blazeface => &[("boxes", &[1, 896, 16]), ("scores", &[1, 896, 1])],
        Family::Classifier => &[("o", &[1, 3])],
        Family::Nanodet => &[
            ("s8", &[1, 64, 3]),
            ("b8", &[1, 64, 8]),
            ("s16", &[1, 16, 3]),
            ("b16", &[1, 16, 8]),
            ("s32", &[1, 4, 3]),
            ("b32", &[1, 4, 8]),
        ],
        Family::Ssd => &[("boxes", &[1, 84, 4]), ("scores", &[1, 84, 3])],
        Family::SsdNms => &[
            ("detection_boxes", &[1, 84, 4]),
            ("detection_classes", &[1, 84]),
            ("detection_scores", &[1, 84]),
            ("num_detections", &[1]),
        ],
    };
    outputs.iter().map(|(name, shape)| info(name, "f32", shape)).collect()
}

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        6 => 0.0f32..1.0,
        2 => -3.0f32..3.0,
        1 => any::<f32>(),
        1 => prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, -0.0, 1e-40]),
    ]
}

fn side() -> impl Strategy<Value = i64> {
    prop_oneof![
        -2i64..8,
        Just(4),
        Just(84),
        Just(1917),
        prop::sample::select(vec![
            2i64, 3, 10, 16, 32, 64, 85, 128, 252, 300, 384, 512, 774, 896, 1000
        ]),
        Just(i64::MAX),
        Just(i64::MIN),
        Just(1 << 32)
    ]
}

fn tensor_info() -> impl Strategy<Value = TensorInfo> {
    let name = prop::sample::select(vec![
        "images",
        "boxes",
        "scores",
        "detection_boxes",
        "detection_classes",
        "detection_scores",
        "num_detections",
        "labels",
        "logits",
        "dets",
        "hm",
        "wh",
        "reg",
        "a/b:0",
        "",
    ]);
    let element = prop::sample::select(vec!["f32", "u8", "i64", ""]);
    (name, element, prop::collection::vec(side(), 0..5)).prop_map(|(name, element, shape)| info(name, element, &shape))
}

fn detectors() -> impl Strategy<Value = Family> {
    prop::sample::select(
        Family::ALL
            .into_iter()
            .filter(|family| family.detects())
            .collect::<Vec<_>>(),
    )
}

proptest! {
    #[test]
    fn hostile_values(
        family in detectors(),
        other_form in any::<bool>(),
        values in prop::collection::vec(value(), 1..2000),
        threshold in prop_oneof![0.0f32..1.0, value()],
        iou_threshold in prop_oneof![0.0f32..1.0, value()],
        max_detections in prop_oneof![0usize..200, Just(usize::MAX)],
        frame in (1u32..4000, 1u32..4000),
    ) {
        let infos = outputs(family, other_form);
        let mut source = values.into_iter().cycle();
        let data: Vec<(Vec<usize>, Vec<f32>)> = infos.iter().map(|info| {
            let shape: Vec<usize> = info.shape.iter().map(|&side| side as usize).collect();
            let length = shape.iter().product();
            (shape, source.by_ref().take(length).collect())
        }).collect();
        let tensors: Vec<_> = infos.iter().zip(&data)
            .map(|(info, (shape, data))| Tensor { name: &info.name, shape, data }).collect();
        let frame = Size { width: frame.0, height: frame.1 };
        let placement = Placement::new(input(family).fit, input(family).size, frame);
        let params = Params { threshold, iou_threshold, max_detections, class_agnostic: false, classes: None };
        let mut out = Vec::new();
        let mut decoder = Decoder::new(family, &input(family), Some(3), &infos).unwrap();
        if decoder.decode(&tensors, &placement, &params, &mut out).is_err() {
            prop_assert!(out.is_empty());
        }
        prop_assert!(out.len() <= max_detections.min(896));
        for found in &out {
            prop_assert!(found.rect.is_proper(), "{found:?}");
            prop_assert!(found.rect.clipped(frame).is_proper(), "{found:?} outside {frame:?}");
            prop_assert!((0.0..=1.0).contains(&found.confidence) && found.confidence >= threshold, "{found:?}");
            prop_assert!(found.label_id < 3);
        }
        prop_assert!(out.is_sorted_by(|a, b| a.confidence >= b.confidence));
    }

    #[test]
    fn hostile_shapes(
        family in detectors(),
        other_form in any::<bool>(),
        shapes in prop::collection::vec(prop::collection::vec(
            prop_oneof![0usize..90, Just(84), Just(usize::MAX), Just(1usize << 33)], 0..5), 6),
        length in 0usize..700,
    ) {
        let infos = outputs(family, other_form);
        let data = vec![0.5; length];
        let tensors: Vec<_> = infos.iter().zip(&shapes)
            .map(|(info, shape)| Tensor { name: &info.name, shape, data: &data }).collect();
        let placement = Placement::new(input(family).fit, input(family).size, Size { width: 7, height: 9 });
        let mut decoder = Decoder::new(family, &input(family), Some(3), &infos).unwrap();
        let mut out = Vec::new();
        let decoded = decoder.decode(&tensors, &placement, &params(), &mut out);
        // The shapes of these are fixed, so only those declared may pass.
        let fixed = matches!(
            family,
            Family::Yolox | Family::Yolov8 | Family::Nanodet | Family::NanodetPlus | Family::Efficientdet
                | Family::Centernet | Family::Blazeface
        );
        if decoded.is_ok() && fixed {
            for (info, shape) in infos.iter().zip(&shapes) {
                let declared: Vec<usize> = info.shape.iter().map(|&side| side as usize).collect();
                prop_assert_eq!(shape, &declared);
            }
        }
    }

    #[test]
    fn hostile_declarations(
        inputs in prop::collection::vec(tensor_info(), 0..3),
        outputs in prop::collection::vec(tensor_info(), 0..7),
        size in (any::<u32>(), any::<u32>()),
        classes in prop::option::of(prop_oneof![0usize..100, Just(usize::MAX)]),
    ) {
        let recognized = recognize(&inputs, &outputs);
        prop_assert!(recognized.is_err() || candidates(&inputs, &outputs).contains(recognized.as_ref().unwrap()));
        for Recognized { family, input, classes } in candidates(&inputs, &outputs) {
            prop_assert_eq!(input.check(), Ok(()));
            if family.detects() {
                prop_assert!(Decoder::new(family, &input, classes, &outputs).is_ok(), "{}", family);
            } else {
                prop_assert!(Classifier::new(classes, &outputs).is_ok());
            }
        }
        prop_assert!(Decoder::new(Family::Classifier, &input(Family::Classifier), classes, &outputs).is_err());
        let input = InputSpec { size: Size { width: size.0, height: size.1 }, ..input(Family::Yolox) };
        for family in Family::ALL {
            let _ = Decoder::new(family, &input, classes, &outputs);
        }
    }
}
