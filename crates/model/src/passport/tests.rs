//! Passports as texts.

use luchs_scene::Size;
use luchs_vision::{Align, ColorOrder, ElementType, Fit, InputSpec, Layout};

use super::*;

fn text() -> String {
    format!(
        "[model]\nname = \"n\"\nversion = \"1\"\nfile = \"n.onnx\"\nlabels = \"labels.txt\"\nfamily = \"yolox\"\n\
         licence = \"MIT\"\nsource = \"here\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
         fit = \"letterbox-top-left\"\n[thresholds]\nconfidence = 0.1\n[files]\n\"n.onnx\" = \"{d}\"\n\
         \"labels.txt\" = \"{d}\"\n",
        d = Digest::of(b"")
    )
}

fn error(text: &str) -> String {
    Passport::parse(text, Path::new("m/model.toml"))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_passport_is_read() {
    let passport = Passport::parse(&text(), Path::new("m/model.toml")).unwrap();
    let spec = passport.input.spec(Size {
        width: 416,
        height: 416,
    });
    assert_eq!(
        spec.fit,
        Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114
        }
    );
    assert_eq!((passport.thresholds.confidence, passport.thresholds.iou), (0.1, 0.65));
}

/// What stands in the passport of a model that was made of another one.
const MADE: &str = r#"
[made]
by = "luchs 0.1.0"
forced = "speed: 1.05 times as fast, 1.1 wanted"

[made.parent]
name = "p"
version = "1"
sha256 = "DIGEST"

[made.recipe]
form = "nhwc"
ranges = "mse"
pointwise = "table"
float = ["Conv_41", "Conv_44"]
steps = ["cleaned"]

[made.calibration]
sha256 = "DIGEST"
frames = 128
footage = "gate.mp4"

[made.tools]
numpy = "2.1.0"
onnx = "1.20.1"

[[made.chain]]
what = "weights from the package p 1.0"
sha256 = "DIGEST"

[[accuracy]]
metric = "map"
value = 0.3278
interval = [0.31, 0.345]
parent = 0.336
change = [-0.014, -0.002]
dataset = "coco/validation"
dataset-sha256 = "DIGEST"
images = 64
device = "cpu"

[[accuracy]]
metric = "agreement"
value = 0.98
dataset = "gate.mp4"
images = 200

[[latency]]
hardware = "A CPU"
device = "cpu"
threads = 1
ms = 7.3
parent-ms = 12.4
ratio = 1.7
"#;

fn made() -> String {
    text() + &MADE.replace("DIGEST", &Digest::of(b"d").to_string())
}

fn parsed(text: &str) -> Passport {
    Passport::parse(text, Path::new("m/model.toml")).unwrap()
}

#[test]
fn what_a_model_was_made_of_and_what_was_measured_may_stand_in_it() {
    let passport = parsed(&made());
    let made = passport.made.unwrap();
    assert_eq!((made.parent.name.as_str(), made.parent.sha256), ("p", Digest::of(b"d")));
    assert_eq!(made.recipe.float, ["Conv_41", "Conv_44"]);
    assert_eq!(made.calibration.map(|calibration| calibration.frames), Some(128));
    assert_eq!(made.tools["onnx"], "1.20.1");
    assert_eq!(made.chain.len(), 1);
    let [map, agreement] = passport.accuracy.as_slice() else {
        panic!("two measures: {:?}", passport.accuracy);
    };
    assert_eq!(
        (map.metric, map.parent, map.change),
        (Metric::Map, Some(0.336), Some([-0.014, -0.002]))
    );
    assert_eq!(
        (agreement.metric, agreement.value, agreement.parent),
        (Metric::Agreement, 0.98, None)
    );
    assert_eq!((passport.latency[0].ms, passport.latency[0].ratio), (7.3, Some(1.7)));
}

#[test]
fn a_passport_is_written_as_it_is_read() {
    for text in [text(), made()] {
        let passport = parsed(&text);
        let written = passport.to_text(Path::new("m/model.toml")).unwrap();
        assert_eq!(parsed(&written), passport, "{written}");
    }
    // Sections that were written stand in the text as a person would have written them.
    let passport = parsed(&made());
    let written = passport.to_text(Path::new("m/model.toml")).unwrap();
    let sections = written
        .split_once("[made]")
        .map(|(_, sections)| format!("\n[made]{sections}"));
    assert_eq!(sections.unwrap().replace(&Digest::of(b"d").to_string(), "DIGEST"), MADE);
    assert!(
        written.contains("\n[thresholds]\nconfidence = 0.1\niou = 0.65\n"),
        "{written}"
    );
}

#[test]
fn what_would_not_be_read_is_not_written() {
    let mut passport = parsed(&made());
    passport.files.clear();
    let message = passport.to_text(Path::new("new/model.toml")).unwrap_err().to_string();
    assert!(
        message.starts_with("new/model.toml: model.file names “n.onnx”"),
        "{message}"
    );
}

#[test]
fn the_section_of_an_input_says_what_the_input_is() {
    let size = Size {
        width: 320,
        height: 192,
    };
    let letterbox = |align| Fit::Letterbox { align, pad: 7 };
    for fit in [
        letterbox(Align::TopLeft),
        letterbox(Align::Center),
        Fit::Stretch,
        Fit::Crop,
    ] {
        for (layout, element) in [(Layout::Nchw, ElementType::F32), (Layout::Nhwc, ElementType::U8)] {
            for (order, mean) in [
                (ColorOrder::Rgb, [0.0; 3]),
                (ColorOrder::Bgr, [103.53, 116.28, 123.675]),
            ] {
                let spec = InputSpec {
                    size,
                    layout,
                    element,
                    order,
                    fit,
                    mean,
                    std: [57.375, 57.12, 58.395],
                };
                for open in [false, true] {
                    let input = Input::of(&spec, open);
                    assert_eq!(input.spec(size), spec);
                    assert_eq!(input.width.zip(input.height), open.then_some((320, 192)));
                    let again: Input = toml::from_str(&toml::to_string(&input).unwrap()).unwrap();
                    assert_eq!(again, input);
                }
            }
        }
    }
}

#[test]
fn a_key_that_is_not_known_is_an_error_in_every_section() {
    for (section, key) in [
        ("[made]\n", "at = \"today\""),
        ("[made.parent]\n", "digest = \"x\""),
        ("[made.recipe]\n", "method = \"mse\""),
        ("[made.calibration]\n", "images = 3"),
        ("[[made.chain]]\n", "from = \"x\""),
        ("metric = \"map\"\n", "drop = 0.1"),
        ("[[latency]]\n", "fp32 = 3.0"),
    ] {
        let message = error(&made().replacen(section, &format!("{section}{key}\n"), 1));
        let name = key.split(' ').next().unwrap();
        assert!(message.contains(&format!("unknown field `{name}`")), "{message}");
    }
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    let cases = [
        (text().replace("confidence", "confidense"), "line 15, column 1"),
        (text().replace("yolox", "yolo-z"), "line 6"),
        (text().replace("nchw", "chw"), "nhwc"),
        (
            text().replace("licence =", "operators = [\"org.Other\"]\nlicence ="),
            "“org.Other” is none of Luchs's own operators",
        ),
        (
            text().replace("confidence = 0.1", "confidence = 1.5"),
            "thresholds.confidence is 1.5",
        ),
        (
            text().replace("file = \"n.onnx\"", "file = \"o.onnx\""),
            "“o.onnx”, which has no digest",
        ),
        (text().replace("\"n.onnx\"", "\"../n.onnx\""), "plain file name"),
        (
            text().replace("[thresholds]", "std = [1, 0, 1]\n[thresholds]"),
            "input.std",
        ),
        (text().replace(&Digest::of(b"").to_string()[..8], "xyz"), "SHA-256"),
        (made().replace("\"map\"", "\"f1\""), "score-error"),
        (
            made().replace("value = 0.98", "value = 98.0"),
            "accuracy.value is 98, but must be 0 to 1",
        ),
        (
            made().replace("parent = 0.336", "parent = nan"),
            "accuracy.parent is NaN",
        ),
        (
            made().replace("[-0.014, -0.002]", "[0.1, -0.1]"),
            "accuracy.change is 0.1 to -0.1",
        ),
        (
            made().replace("ms = 7.3", "ms = 0"),
            "latency.ms is 0, but must be more than 0",
        ),
        (made().replace("ratio = 1.7", "ratio = inf"), "latency.ratio is inf"),
    ];
    for (text, expected) in cases {
        let message = error(&text);
        assert!(
            message.contains("m/model.toml") && message.contains(expected),
            "{expected}: {message}"
        );
    }
}

#[test]
fn only_plain_names_stay_in_the_directory() {
    for bad in ["", ".", "..", "a/b", "/a", "../a", "a/", "a\\b"] {
        assert!(!is_plain(bad), "{bad:?} was accepted");
    }
    assert!(is_plain("labels.txt"));
}
