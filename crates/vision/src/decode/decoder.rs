//! The decoder of a model.

use luchs_scene::Detection;

use super::{
    blazeface::Blazeface, candidates::Candidates, centerface::Centerface, centernet::Centernet,
    efficientdet::Efficientdet, head::Head, nanodet::Nanodet, nanodet_plus::NanodetPlus, rfdetr, rtdetr, ssd::Ssd,
    ssd_nms::SsdNms, yolov5::Yolov5, yolov8::Yolov8, yolov10::Yolov10, yolox::Yolox,
};
use crate::{DecodeError, Family, InputSpec, Nms, Placement, Scope, Tensor, TensorInfo};

/// Which detections are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// Lowest confidence, 0 to 1.
    pub threshold: f32,
    /// Of two boxes of a class that overlap by more than this intersection over union, the better one stays. Without
    /// effect on models that suppress inside.
    pub iou_threshold: f32,
    /// Most detections of a frame.
    pub max_detections: usize,
    /// Whether boxes of different classes suppress each other too.
    pub class_agnostic: bool,
    /// Per class index whether it is wanted; None wants all.
    pub classes: Option<Vec<bool>>,
}

/// Turns a model's outputs into detections. Keeps its memory from frame to frame.
#[derive(Debug)]
pub struct Decoder {
    family: Family,
    head: Box<dyn Head>,
    nms: Nms,
    candidates: Vec<Detection>,
}

impl Decoder {
    /// A decoder for a model of `family` with the outputs `outputs`. `classes`: how many labels there are, if known;
    /// outputs that contradict it are an error.
    pub fn new(
        family: Family,
        input: &InputSpec,
        classes: Option<usize>,
        outputs: &[TensorInfo],
    ) -> Result<Self, DecodeError> {
        let head: Box<dyn Head> = match family {
            Family::Yolox => Box::new(Yolox::new(input, classes, outputs)?),
            Family::Yolov5 => Box::new(Yolov5::new(classes, outputs)?),
            Family::Yolov8 => Box::new(Yolov8::new(input, classes, outputs)?),
            Family::Yolov10 => Box::new(Yolov10::new(classes, outputs)?),
            Family::NanodetPlus => Box::new(NanodetPlus::new(input, classes, outputs)?),
            Family::Efficientdet => Box::new(Efficientdet::new(input, classes, outputs)?),
            Family::Centernet => Box::new(Centernet::new(input, classes, outputs)?),
            Family::Rtdetr => rtdetr::head(input, classes, outputs)?,
            Family::Rfdetr => rfdetr::head(input, classes, outputs)?,
            Family::Centerface => Box::new(Centerface::new(input, outputs)?),
            Family::Blazeface => Box::new(Blazeface::new(input, outputs)?),
            Family::Classifier => return Err(DecodeError::NoBoxes),
            Family::Nanodet => Box::new(Nanodet::new(input, classes, outputs)?),
            Family::Ssd => Box::new(Ssd::new(input, classes, outputs)?),
            Family::SsdNms => Box::new(SsdNms::new(input, classes, outputs)?),
        };
        Ok(Self {
            family,
            head,
            nms: Nms::default(),
            candidates: Vec::new(),
        })
    }

    /// Names of the outputs it reads.
    pub fn outputs(&self) -> Vec<&str> {
        self.head.outputs()
    }

    /// Replaces `out` with the detections of one frame, best first. `outputs` in any order, superfluous ones ignored;
    /// `placement` as the preprocessor returned it for this frame. `out` is empty after an error.
    pub fn decode(
        &mut self,
        outputs: &[Tensor<'_>],
        placement: &Placement,
        params: &Params,
        out: &mut Vec<Detection>,
    ) -> Result<(), DecodeError> {
        out.clear();
        let mut found = Candidates::new(&mut self.candidates, placement, params);
        self.head.collect(outputs, &mut found)?;
        found.verdict(self.family)?;
        // A model that has suppressed already leaves only order and number to see to.
        let iou_threshold = if self.family.suppresses() {
            f32::INFINITY
        } else {
            params.iou_threshold
        };
        let scope = if params.class_agnostic {
            Scope::AllClasses
        } else {
            Scope::PerClass
        };
        self.nms
            .run(&self.candidates, scope, iou_threshold, params.max_detections, out);
        Ok(())
    }
}
