//! Which models are recognized, as what, and what is said about others.

use crate::models::{Model, info, nanodet, object_detection_api, ssd, tensorflow_lite, yolox};
use luchs_scene::Size;
use luchs_vision::{
    Align, ColorOrder, ElementType, Family, Fit, Hints, InputSpec, Layout, Recognized, recognize, recognize_with,
};

fn recognized((inputs, outputs): &Model) -> Recognized {
    recognize(inputs, outputs).unwrap()
}

fn refused((inputs, outputs): &Model) -> String {
    recognize(inputs, outputs).unwrap_err().to_string()
}

#[test]
fn yolox_takes_letterboxed_bgr() {
    let input = InputSpec {
        size: Size {
            width: 416,
            height: 416,
        },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit: Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114,
        },
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    assert_eq!(
        recognized(&yolox()),
        Recognized {
            family: Family::Yolox,
            input,
            classes: Some(80)
        }
    );
}

#[test]
fn nanodet_takes_stretched_normalized_bgr_whatever_the_order_of_its_outputs() {
    let mut model = nanodet();
    for _ in 0..6 {
        model.1.rotate_left(1);
        let Recognized { family, input, classes } = recognized(&model);
        assert_eq!((family, classes, input.fit), (Family::Nanodet, Some(80), Fit::Stretch));
        assert_eq!((input.order, input.mean), (ColorOrder::Bgr, [103.53, 116.28, 123.675]));
    }
}

#[test]
fn a_byte_input_is_normalized_inside_the_model() {
    let mut model = nanodet();
    model.0 = vec![info("input", "u8", &[1, 416, 416, 3])];
    let Recognized { input, .. } = recognized(&model);
    assert_eq!((input.element, input.layout), (ElementType::U8, Layout::Nhwc));
    assert_eq!((input.mean, input.std), ([0.0; 3], [1.0; 3]));
}

#[test]
fn ssd_has_a_background_where_published_models_have_one() {
    for (columns, classes) in [(90, 90), (91, 90), (21, 20), (5, 5)] {
        let Recognized {
            family,
            input,
            classes: got,
        } = recognized(&ssd(columns));
        assert_eq!(
            (family, got, input.order),
            (Family::Ssd, Some(classes), ColorOrder::Rgb)
        );
        assert_eq!((input.mean, input.std), ([127.5; 3], [127.5; 3]));
    }
}

#[test]
fn ssd_with_suppression_inside_is_told_by_names() {
    let Recognized { family, input, classes } = recognized(&object_detection_api());
    assert_eq!(
        (family, classes, input.element),
        (Family::SsdNms, None, ElementType::U8)
    );
    assert_eq!(
        input.size,
        Size {
            width: 300,
            height: 300
        }
    );
    let Recognized { family, input, .. } = recognized(&tensorflow_lite());
    assert_eq!((family, input.mean), (Family::SsdNms, [127.5; 3]));
}

#[test]
fn what_is_not_recognized_is_listed_completely() {
    let inputs = vec![info("x", "f32", &[1, 3, 224, 224])];
    let text = refused(&(
        inputs,
        vec![info("logits", "f32", &[1, 1000]), info("embedding", "f32", &[-1, 1280])],
    ));
    for part in [
        "yolox, yolov5, yolov8",
        "of no known family",
        "x f32 [1, 3, 224, 224]",
        "logits f32 [1, 1000]",
        "embedding f32 [?, 1280]",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn near_misses_are_not_recognized() {
    let with_input = |element: &str, shape: &[i64], model: Model| (vec![info("in", element, shape)], model.1);
    // Another size than the outputs are for, and no picture at all.
    assert!(refused(&with_input("f32", &[1, 3, 640, 640], yolox())).contains("fit no family"));
    assert!(refused(&with_input("f32", &[1, 3, -1, -1], yolox())).contains("the size of its input open"));
    assert!(refused(&with_input("f32", &[1, 1, 416, 416], yolox())).contains("three channels"));
    assert!(refused(&with_input("f16", &[1, 3, 416, 416], yolox())).contains("of type f16"));
    assert!(refused(&(vec![], yolox().1)).contains("0 inputs"));
    // PyTorch's SSDs order their boxes differently.
    let inputs = yolox().0;
    assert!(recognize(&[info("in", "f32", &[1, 3, 300, 300])], &ssd(21).1).is_err());
    // Scores and boxes of a NanoDet with 44 classes cannot be told apart.
    let mut outputs = nanodet().1;
    for output in &mut outputs {
        output.shape[2] = 44;
    }
    assert!(recognize(&inputs, &outputs).is_err());
    assert!(recognize(&inputs, &[]).is_err());
}

#[test]
fn outputs_that_look_alike_are_told_apart_by_what_the_file_says() {
    let inputs = [info("images", "f32", &[1, 3, 416, 416])];
    // Queries of RT-DETR and RF-DETR, if their names do not tell.
    let outputs = [info("a", "f32", &[1, 300, 4]), info("b", "f32", &[1, 300, 80])];
    let text = recognize(&inputs, &outputs).unwrap_err().to_string();
    for part in ["could be those of rtdetr, rfdetr", "b f32 [1, 300, 80]", "model.toml"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    let hints = |families: &[Family], classes| Hints {
        families: families.to_vec(),
        classes,
        ..Hints::default()
    };
    let seen = |outputs: &[_], hints: &Hints| recognize_with(&inputs, outputs, hints).map(|seen| seen.family);
    assert_eq!(seen(&outputs, &hints(&[Family::Rfdetr], None)), Ok(Family::Rfdetr));

    // Two classes of RT-DETR as Ultralytics exports it, which then says so, or YOLOv10.
    let six = [info("output0", "f32", &[1, 300, 6])];
    assert_eq!(seen(&six, &hints(&[], None)), Ok(Family::Yolov10));
    assert_eq!(seen(&six, &hints(&[Family::Rtdetr], Some(2))), Ok(Family::Rtdetr));

    let text = seen(&six, &hints(&[Family::Yolox], None)).unwrap_err().to_string();
    assert!(
        text.contains("description says yolox, but its outputs are those of yolov10, rtdetr"),
        "{text}"
    );
}

#[test]
fn the_number_of_classes_tells_a_small_yolox_from_a_yolov10() {
    let inputs = [info("images", "f32", &[1, 3, 128, 128])];
    let outputs = [info("output", "f32", &[1, 336, 6])];
    assert!(recognize(&inputs, &outputs).is_err());
    let hints = Hints {
        classes: Some(80),
        ..Hints::default()
    };
    assert_eq!(
        recognize_with(&inputs, &outputs, &hints).map(|seen| seen.family),
        Ok(Family::Yolov10)
    );
}

#[test]
fn a_known_scaling_replaces_the_reference_s_for_floats_only() {
    let hints = Hints {
        scaling: Some(([0.0; 3], [127.5; 3])),
        ..Hints::default()
    };
    let (inputs, outputs) = yolox();
    assert_eq!(recognize_with(&inputs, &outputs, &hints).unwrap().input.std, [127.5; 3]);
    let inputs = [info("images", "u8", &[1, 3, 416, 416])];
    assert_eq!(recognize_with(&inputs, &outputs, &hints).unwrap().input.std, [1.0; 3]);
}
