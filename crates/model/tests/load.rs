//! Loading models from disk: generated ones, and the passports of the repository.

#![expect(clippy::unwrap_used, reason = "in a test a panic is a failure")]

#[path = "../../infer/tests/models/mod.rs"]
mod models;

use std::{fs, path::Path};

use luchs_model::{
    Candidate, LoadError, Model, Passport, Recipe, Trial,
    onnx::{FLOAT, ModelProto, ValueInfoProto},
    passport, recipe,
};
use luchs_scene::Size;
use luchs_vision::{Align, ElementType, Family, Fit};
use tempfile::TempDir;

fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn load(path: &Path, labels: Option<&Path>) -> Result<Model, LoadError> {
    Candidate::read(path, labels)?.settle()
}

fn message(path: &Path) -> String {
    load(path, None).unwrap_err().to_string()
}

/// YOLOX with an input of open size.
fn open_size() -> ModelProto {
    let mut model = models::yolox();
    model.graph.as_mut().unwrap().input[0] = ValueInfoProto::tensor("images", FLOAT, &[-1, 3, -1, -1]);
    model
}

fn passport_text(digest_of: &[u8], input: &str) -> Vec<u8> {
    format!(
        "[model]\nname = \"n\"\nversion = \"1\"\nfile = \"m.onnx\"\nlabels = \"l.txt\"\nfamily = \"yolox\"\n\
         licence = \"MIT\"\nsource = \"a test\"\n[input]\nlayout = \"nchw\"\ntype = \"f32\"\ncolor = \"bgr\"\n\
         fit = \"stretch\"\n{input}\n[files]\n\"m.onnx\" = \"{}\"\n\"l.txt\" = \"{}\"\n",
        luchs_model::Digest::of(digest_of),
        luchs_model::Digest::of(b"a\nb\nc\n")
    )
    .into_bytes()
}

#[test]
fn a_bare_model_is_recognised_and_its_classes_are_numbers() {
    let folder = folder(&[("eyes.onnx", models::bytes(&models::yolox()))]);
    let model = load(&folder.path().join("eyes.onnx"), None).unwrap();
    assert_eq!(
        (model.name.as_str(), model.family, model.classes),
        ("eyes", Family::Yolox, Some(3))
    );
    assert_eq!(model.input.size, Size { width: 64, height: 64 });
    assert_eq!(model.labels.iter().collect::<Vec<_>>(), ["0", "1", "2"]);
    assert_eq!(
        (model.thresholds.confidence, model.input_name.as_str()),
        (0.1, "images")
    );
}

#[test]
fn a_trial_is_asked_for_only_where_it_would_tell_something() {
    let open = || models::with_open_outputs(models::nanodet());
    let mut open_size_too = open();
    open_size_too.graph.as_mut().unwrap().input[0] = ValueInfoProto::tensor("images", FLOAT, &[1, 3, -1, -1]);
    let onnx = models::bytes(&open());
    let folder = folder(&[
        ("open.onnx", onnx.clone()),
        ("closed.onnx", models::bytes(&models::nanodet())),
        // Known by the names of its outputs, whatever their shapes.
        (
            "named.onnx",
            models::bytes(&models::with_open_outputs(models::ssd_nms())),
        ),
        ("open_size.onnx", models::bytes(&open_size_too)),
        ("m.onnx", onnx.clone()),
        ("l.txt", b"a\nb\nc\n".to_vec()),
        ("model.toml", passport_text(&onnx, "")),
    ]);
    let trial = |name: &str| Candidate::read(&folder.path().join(name), None).unwrap().trial();
    let (shape, element) = ([1, 3, 64, 64], ElementType::F32);
    assert_eq!(trial("open.onnx"), Some(Trial { shape, element }));
    for name in ["closed.onnx", "named.onnx", "open_size.onnx", ""] {
        assert_eq!(trial(name), None, "{name}");
    }
    let text = message(&folder.path().join("open_size.onnx"));
    assert!(text.contains("it leaves the size of its input open"), "{text}");
}

#[test]
fn labels_come_from_the_argument_then_the_same_name_then_labels_txt() {
    let folder = folder(&[
        ("m.onnx", models::bytes(&models::yolox())),
        ("labels.txt", b"1\n2\n3\n".to_vec()),
        ("given.txt", "\u{feff}ä\r\nb\r\nc\r\n".into()),
    ]);
    let path = folder.path().join("m.onnx");
    let first = |labels: Option<&Path>| load(&path, labels).unwrap().labels.name(0).to_string();
    assert_eq!(first(None), "1");
    fs::write(folder.path().join("m.txt"), "x\ny\nz\n").unwrap();
    assert_eq!(first(None), "x");
    assert_eq!(first(Some(&folder.path().join("given.txt"))), "ä");
}

#[test]
fn an_open_size_is_the_passports_or_an_error() {
    let onnx = models::bytes(&open_size());
    for (input, expected) in [
        ("", None),
        ("width = 64\nheight = 64", Some(Size { width: 64, height: 64 })),
    ] {
        let folder = folder(&[
            ("m.onnx", onnx.clone()),
            ("l.txt", b"a\nb\nc\n".to_vec()),
            ("model.toml", passport_text(&onnx, input)),
        ]);
        match load(folder.path(), None) {
            Ok(model) => assert_eq!(Some(model.input.size), expected),
            Err(error) => {
                assert_eq!(expected, None);
                assert!(error.to_string().contains("add width and height to [input]"), "{error}");
            }
        }
    }
}

#[test]
fn a_passport_says_how_a_frame_is_fitted_into_the_input() {
    let onnx = models::bytes(&models::yolox());
    let pad = 114;
    let cases = [
        ("stretch", Fit::Stretch),
        ("crop", Fit::Crop),
        (
            "letterbox",
            Fit::Letterbox {
                align: Align::Center,
                pad,
            },
        ),
        (
            "letterbox-top-left",
            Fit::Letterbox {
                align: Align::TopLeft,
                pad,
            },
        ),
    ];
    for (name, fit) in cases {
        let text = String::from_utf8(passport_text(&onnx, "")).unwrap();
        let text = text.replace("fit = \"stretch\"", &format!("fit = \"{name}\""));
        let folder = folder(&[
            ("model.toml", text.into_bytes()),
            ("m.onnx", onnx.clone()),
            ("l.txt", b"a\nb\nc\n".to_vec()),
        ]);
        assert_eq!(load(folder.path(), None).unwrap().input.fit, fit, "{name}");
    }
}

#[test]
fn a_size_that_contradicts_the_file_or_is_absurd_is_an_error() {
    let onnx = models::bytes(&models::yolox());
    let folder_ = folder(&[
        ("m.onnx", onnx.clone()),
        ("l.txt", b"a\nb\nc\n".to_vec()),
        ("model.toml", passport_text(&onnx, "width = 416\nheight = 64")),
    ]);
    let text = message(folder_.path());
    assert!(
        text.contains("the passport says 416") && text.contains("fixed at 64"),
        "{text}"
    );

    let mut model = models::yolox();
    model.graph.as_mut().unwrap().input[0] = ValueInfoProto::tensor("images", FLOAT, &[1, 3, 1 << 40, 64]);
    let folder = folder(&[("m.onnx", models::bytes(&model))]);
    let text = message(&folder.path().join("m.onnx"));
    assert!(text.contains("1 to 8192 pixels"), "{text}");
}

#[test]
fn a_file_missing_from_the_directory_is_named() {
    let onnx = models::bytes(&models::yolox());
    let folder = folder(&[("m.onnx", onnx.clone()), ("model.toml", passport_text(&onnx, ""))]);
    let text = message(folder.path());
    assert!(text.contains("l.txt: no such file"), "{text}");
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    assert!(message(Path::new("/dev/zero")).contains("not a regular file"));
    let folder = folder(&[]);
    let pipe = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    assert!(message(&pipe).contains("not a regular file"));
}

#[test]
fn every_model_of_the_repository_has_a_passport_and_is_whole_or_says_where_its_weights_are_from() {
    let mut seen = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).unwrap() {
        let directory = entry.unwrap().path();
        if !directory.is_dir() {
            continue;
        }
        let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
        let passport = Passport::parse(&read(passport::FILE_NAME), &directory).unwrap();
        if directory.join(&passport.model.file).is_file() {
            load(&directory, None).unwrap();
        } else if directory.join(recipe::FILE_NAME).is_file() {
            let recipe = Recipe::parse(&read(recipe::FILE_NAME), &directory).unwrap();
            for file in &recipe.files {
                assert_eq!(passport.files.get(&file.to), Some(&file.sha256), "{}", file.to);
            }
        } else {
            let made = passport.made.as_ref();
            assert!(
                made.is_some_and(|made| !made.chain.is_empty()),
                "{}",
                directory.display()
            );
        }
        let labels = read(&passport.model.labels);
        assert_eq!(
            passport.files[&passport.model.labels],
            luchs_model::Digest::of(labels.as_bytes())
        );
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn damaged_bytes_are_an_error_or_a_model_but_never_a_panic() {
    let whole = models::bytes(&models::yolox_seeing_colors());
    let folder = folder(&[]);
    let path = folder.path().join("m.onnx");
    let mut refused = 0;
    for position in (0..whole.len().min(1500)).step_by(4) {
        for value in [0, 0x7f, 0xff, whole[position] ^ 1] {
            let mut damaged = whole.clone();
            damaged[position] = value;
            // A new file each time: some file systems wait for the disk when one is overwritten.
            fs::remove_file(&path).unwrap_or_default();
            fs::write(&path, &damaged).unwrap();
            let settled = Candidate::read(&path, None).and_then(|candidate| {
                let _asked = candidate.trial();
                candidate.settle()
            });
            refused += u32::from(settled.is_err());
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

#[test]
fn the_notes_of_an_exporter_name_the_classes() {
    let notes = [
        ("author", "Ultralytics"),
        ("task", "detect"),
        ("imgsz", "[64, 64]"),
        ("names", "{0: 'a', 1: 'b', 2: 'c'}"),
    ];
    let mut proto = models::families::yolov8_with_notes(&notes);
    proto.graph.as_mut().unwrap().input[0] = ValueInfoProto::tensor("images", FLOAT, &[-1, 3, -1, -1]);
    let folder = folder(&[("m.onnx", models::bytes(&proto))]);
    let path = folder.path().join("m.onnx");
    let model = load(&path, None).unwrap();
    assert_eq!((model.family, model.classes), (Family::Yolov8, Some(3)));
    assert_eq!(model.labels.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    // Left open by the file, known from its notes.
    assert_eq!(model.input.size, Size { width: 64, height: 64 });
    // A file beside it is the word of the user.
    fs::write(folder.path().join("m.txt"), "x\ny\nz\n").unwrap();
    assert_eq!(load(&path, None).unwrap().labels.name(0).as_ref(), "x");
}

#[test]
fn notes_that_contradict_the_model_are_errors() {
    let ultralytics = ("author", "Ultralytics");
    let cases = [
        (
            vec![ultralytics, ("task", "pose")],
            "made to pose, which is not supported",
        ),
        (
            vec![ultralytics, ("task", "classify")],
            "says classifier, but its outputs are those of yolov8",
        ),
        (vec![("names", "['a', 'b']")], "has 2 labels"),
    ];
    for (notes, expected) in cases {
        let proto = models::families::yolov8_with_notes(&notes);
        let folder = folder(&[("m.onnx", models::bytes(&proto))]);
        let text = message(&folder.path().join("m.onnx"));
        assert!(text.contains("m.onnx") && text.contains(expected), "{text}");
    }
}

#[test]
fn a_modelinfo_file_beside_a_bare_model_gives_the_range_of_its_input() {
    let folder = folder(&[
        ("m.onnx", models::bytes(&models::families::yolov8())),
        (
            "m.onnx.modelinfo",
            b"[modelinfo]\nversion=1.0\n[images]\ndir=input\nranges=-1.0,1.0\n[output0]\ndir=output\nid=yolo-v8-out\n"
                .to_vec(),
        ),
    ]);
    let path = folder.path().join("m.onnx");
    let input = load(&path, None).unwrap().input;
    assert_eq!((input.mean, input.std), ([127.5; 3], [127.5; 3]));
    let info = folder.path().join("m.onnx.modelinfo");
    fs::write(
        &info,
        "[modelinfo]\nversion=1.0\n[o]\ndir=output\nid=ssd-mobilenet-v1-variant-1-out-boxes\n",
    )
    .unwrap();
    assert!(message(&path).contains("says ssd-nms, but its outputs are those of yolov8"));
    fs::write(&info, "oops\n").unwrap();
    assert!(message(&path).contains("m.onnx.modelinfo: line 1"));
}

#[test]
fn a_passport_may_declare_what_only_it_can_tell() {
    // YOLOv6, or YOLOX decoded inside: looks like YOLOX, read like YOLOv5.
    let onnx = models::bytes(&models::yolox());
    let passport = String::from_utf8(passport_text(&onnx, "")).unwrap();
    let folder = folder(&[
        ("m.onnx", onnx),
        ("l.txt", b"a\nb\nc\n".to_vec()),
        ("model.toml", passport.replace("\"yolox\"", "\"yolov5\"").into_bytes()),
    ]);
    assert_eq!(load(folder.path(), None).unwrap().family, Family::Yolov5);
}
