use luchs_scene::Size;
use luchs_vision::{
    Align, Classifier, ColorOrder, Decoder, ElementType, Family, Fit, InputSpec, Layout, Params, Placement, Tensor,
    TensorInfo, candidates,
};

const FRAME: Size = Size {
    width: 200,
    height: 100,
};
/// A tensor of a frame is not larger than this here, so that inputs stay quick.
const MOST_ELEMENTS: usize = 1 << 14;
const NAMES: [&str; 16] = [
    "o",
    "boxes",
    "scores",
    "labels",
    "dets",
    "detection_boxes",
    "detection_classes",
    "detection_scores",
    "num_detections",
    "hm",
    "wh",
    "reg",
    "s8",
    "b8",
    "s16",
    "b16",
];
const SIDES: [i64; 24] = [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    11,
    16,
    32,
    64,
    84,
    85,
    252,
    384,
    512,
    774,
    896,
    -1,
    0,
    i64::MAX,
    i64::MIN,
];
const VALUES: [f32; 12] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    -0.0,
    1e-40,
    0.5,
    1.0,
    32.0,
    -3.0,
    1e9,
];

/// Reads the input byte by byte; zeros when it is at its end.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        self.0.next().copied().unwrap_or(0).into()
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.next() % list.len()]
    }

    /// One of the values that hurt, or any four bytes.
    fn value(&mut self) -> f32 {
        match self.next() {
            byte if byte < VALUES.len() => VALUES[byte],
            byte if byte < 128 => byte as f32 / 128.0,
            _ => f32::from_le_bytes([
                self.next() as u8,
                self.next() as u8,
                self.next() as u8,
                self.next() as u8,
            ]),
        }
    }
}

/// What a runtime says that a model gives, and what it gives then: any shapes, NaN and infinity among the values.
///
/// The first byte chooses the family, the second how many outputs, the third whether they are those of a real model;
/// then names and shapes, and at last values, repeated as long as needed.
pub fn outputs(input: &[u8]) {
    let mut bytes = Bytes(input.iter());
    let family = bytes.of(&Family::ALL);
    let count = bytes.next() % 7;
    let infos = if bytes.next() < 128 {
        real(family)
    } else {
        (0..count).map(|_| info(&mut bytes)).collect()
    };
    let shapes: Vec<Vec<usize>> = infos.iter().map(|info| shape(info, &mut bytes)).collect();
    let pattern: Vec<f32> = (0..64).map(|_| bytes.value()).collect();
    let datas: Vec<Vec<f32>> = shapes
        .iter()
        .map(|shape| pattern.iter().copied().cycle().take(shape.iter().product()).collect())
        .collect();
    let tensors: Vec<Tensor<'_>> = infos
        .iter()
        .zip(&shapes)
        .zip(&datas)
        .map(|((info, shape), data)| Tensor {
            name: &info.name,
            shape,
            data,
        })
        .collect();

    let side = if family == Family::Blazeface { 128 } else { 64 };
    let spec = spec(side);
    for found in candidates(&[image(side)], &infos) {
        decode(found.family, &found.input, found.classes, &infos, &tensors);
    }
    decode(family, &spec, None, &infos, &tensors);
    if let Ok(classifier) = Classifier::new(None, &infos) {
        let mut out = Vec::new();
        if classifier.classify(&tensors, 10, &mut out).is_ok() {
            assert!(
                out.iter().all(|found| (0.0..=1.0).contains(&found.confidence)),
                "{out:?}"
            );
        }
    }
}

fn decode(family: Family, input: &InputSpec, classes: Option<usize>, infos: &[TensorInfo], tensors: &[Tensor<'_>]) {
    let Ok(mut decoder) = Decoder::new(family, input, classes, infos) else {
        return;
    };
    let params = Params {
        threshold: 0.3,
        iou_threshold: 0.5,
        max_detections: 50,
        class_agnostic: false,
        classes: None,
    };
    let placement = Placement::new(input.fit, input.size, FRAME);
    let mut out = Vec::new();
    if decoder.decode(tensors, &placement, &params, &mut out).is_err() {
        assert!(out.is_empty());
    }
    assert!(out.len() <= params.max_detections);
    for found in out {
        let rect = found.rect;
        assert!((params.threshold..=1.0).contains(&found.confidence), "{found:?}");
        assert!(
            [rect.x, rect.y, rect.w, rect.h].iter().all(|side| side.is_finite()),
            "{found:?}"
        );
    }
}

fn info(bytes: &mut Bytes<'_>) -> TensorInfo {
    let name = bytes.of(&NAMES).to_owned();
    let rank = bytes.next() % 6;
    TensorInfo {
        name,
        shape: (0..rank).map(|_| bytes.of(&SIDES)).collect(),
        element: bytes.of(&["f32", "u8", "i64", "f16"]).to_owned(),
    }
}

/// What comes on a frame: open dimensions are filled, and sometimes what was promised is not kept.
fn shape(info: &TensorInfo, bytes: &mut Bytes<'_>) -> Vec<usize> {
    let broken = bytes.next() > 200;
    let mut shape: Vec<usize> = Vec::new();
    for &side in &info.shape {
        let side = if broken { bytes.of(&SIDES) } else { side };
        let side = usize::try_from(side).unwrap_or(3);
        let before: usize = shape.iter().product();
        shape.push(side.min(MOST_ELEMENTS / before.max(1)));
    }
    shape
}

fn image(side: i64) -> TensorInfo {
    TensorInfo {
        name: "images".into(),
        shape: vec![1, 3, side, side],
        element: "f32".into(),
    }
}

fn spec(side: i64) -> InputSpec {
    let side = side as u32;
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

/// The outputs of a small model of the family.
fn real(family: Family) -> Vec<TensorInfo> {
    let outputs: &[(&str, &[i64])] = match family {
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
    let info = |&(name, shape): &(&str, &[i64])| TensorInfo {
        name: name.to_owned(),
        shape: shape.to_vec(),
        element: "f32".into(),
    };
    outputs.iter().map(info).collect()
}
