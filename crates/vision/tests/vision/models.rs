//! What published models say about their tensors, and outputs built by hand.

use luchs_scene::{Detection, Size};
use luchs_vision::{DecodeError, Decoder, Params, Placement, Recognized, Tensor, TensorInfo, recognize};

pub(crate) const FRAME: Size = Size {
    width: 832,
    height: 416,
};

pub(crate) fn info(name: &str, element: &str, shape: &[i64]) -> TensorInfo {
    TensorInfo {
        name: name.to_owned(),
        shape: shape.to_vec(),
        element: element.to_owned(),
    }
}

/// Inputs and outputs of a model.
pub(crate) type Model = (Vec<TensorInfo>, Vec<TensorInfo>);

pub(crate) fn yolox() -> Model {
    (
        vec![info("images", "f32", &[1, 3, 416, 416])],
        vec![info("output", "f32", &[1, 3549, 85])],
    )
}

/// In the order in which tf2onnx writes it.
pub(crate) fn nanodet() -> Model {
    let outputs = [
        ("Identity_2", 169, 80),
        ("Identity_5", 169, 44),
        ("Identity_1", 676, 80),
    ]
    .into_iter()
    .chain([
        ("Identity", 2704, 80),
        ("Identity_4", 676, 44),
        ("Identity_3", 2704, 44),
    ]);
    let outputs = outputs
        .map(|(name, cells, columns)| info(name, "f32", &[1, cells, columns]))
        .collect();
    (vec![info("input_1", "f32", &[1, 3, 416, 416])], outputs)
}

pub(crate) fn ssd(columns: i64) -> Model {
    let outputs = vec![
        info("Postprocessor/ExpandDims_1:0", "f32", &[1, 1917, 1, 4]),
        info("Postprocessor/Slice:0", "f32", &[1, 1917, columns]),
    ];
    (vec![info("Preprocessor/sub:0", "f32", &[1, 300, 300, 3])], outputs)
}

pub(crate) fn object_detection_api() -> Model {
    let outputs = vec![
        info("num_detections:0", "f32", &[-1]),
        info("detection_boxes:0", "f32", &[-1, -1, -1]),
        info("detection_scores:0", "f32", &[-1, -1]),
        info("detection_classes:0", "f32", &[-1, -1]),
    ];
    (vec![info("image_tensor:0", "u8", &[-1, -1, -1, 3])], outputs)
}

pub(crate) fn tensorflow_lite() -> Model {
    let name = "TFLite_Detection_PostProcess";
    let outputs = vec![
        info(name, "f32", &[1, 10, 4]),
        info(&format!("{name}:1"), "f32", &[1, 10]),
        info(&format!("{name}:2"), "f32", &[1, 10]),
        info(&format!("{name}:3"), "f32", &[1]),
    ];
    (
        vec![info("normalized_input_image_tensor", "f32", &[1, 300, 300, 3])],
        outputs,
    )
}

pub(crate) fn params() -> Params {
    Params {
        threshold: 0.3,
        iou_threshold: 0.5,
        max_detections: 100,
        class_agnostic: false,
        classes: None,
    }
}

/// The outputs of one frame, all 0 at first.
pub(crate) struct Outputs(pub(crate) Vec<(String, Vec<usize>, Vec<f32>)>);

impl Outputs {
    /// `open`: what an open dimension is on this frame.
    pub(crate) fn zero(infos: &[TensorInfo], open: impl Fn(&str) -> Vec<usize>) -> Self {
        let tensor = |info: &TensorInfo| {
            let given = info
                .shape
                .iter()
                .map(|&side| usize::try_from(side).ok())
                .collect::<Option<Vec<_>>>();
            let shape = given.unwrap_or_else(|| open(&info.name));
            let data = vec![0.0; shape.iter().product()];
            (info.name.clone(), shape, data)
        };
        Self(infos.iter().map(tensor).collect())
    }

    /// Writes `values` to `row` of the output `name`, from column `column` on.
    pub(crate) fn set(&mut self, name: &str, row: usize, column: usize, values: &[f32]) {
        let (_, shape, data) = self.0.iter_mut().find(|(found, ..)| found == name).unwrap();
        let columns = if shape.len() > 2 { *shape.last().unwrap() } else { 1 };
        data[row * columns + column..][..values.len()].copy_from_slice(values);
    }

    pub(crate) fn tensors(&self) -> Vec<Tensor<'_>> {
        self.0
            .iter()
            .map(|(name, shape, data)| Tensor { name, shape, data })
            .collect()
    }

    /// Decodes them as a recognized model's, on a frame of [`FRAME`].
    pub(crate) fn decode(&self, model: &Model, params: &Params) -> Result<Vec<Detection>, DecodeError> {
        let Recognized { family, input, classes } = recognize(&model.0, &model.1).unwrap();
        let mut decoder = Decoder::new(family, &input, classes, &model.1).unwrap();
        let placement = Placement::new(input.fit, input.size, FRAME);
        let mut out = Vec::new();
        decoder.decode(&self.tensors(), &placement, params, &mut out)?;
        Ok(out)
    }
}
