//! The decoder of a model.

use luchs_scene::Detection;

use super::{candidates::Candidates, nanodet::Nanodet, ssd::Ssd, ssd_nms::SsdNms, yolox::Yolox};
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
    /// Per class index whether it is wanted; None wants all.
    pub classes: Option<Vec<bool>>,
}

/// Turns a model's outputs into detections. Keeps its memory from frame to frame.
#[derive(Debug)]
pub struct Decoder {
    head: Head,
    nms: Nms,
    candidates: Vec<Detection>,
}

#[derive(Debug)]
enum Head {
    Yolox(Yolox),
    Nanodet(Nanodet),
    Ssd(Ssd),
    SsdNms(SsdNms),
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
        let head = match family {
            Family::Yolox => Head::Yolox(Yolox::new(input, classes, outputs)?),
            Family::Nanodet => Head::Nanodet(Nanodet::new(input, classes, outputs)?),
            Family::Ssd => Head::Ssd(Ssd::new(input, classes, outputs)?),
            Family::SsdNms => Head::SsdNms(SsdNms::new(input, classes, outputs)?),
        };
        Ok(Self {
            head,
            nms: Nms::default(),
            candidates: Vec::new(),
        })
    }

    /// Names of the outputs it reads.
    pub fn outputs(&self) -> Vec<&str> {
        match &self.head {
            Head::Yolox(head) => head.outputs(),
            Head::Nanodet(head) => head.outputs(),
            Head::Ssd(head) => head.outputs(),
            Head::SsdNms(head) => head.outputs(),
        }
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
        let mut candidates = Candidates::new(&mut self.candidates, placement, params);
        let scope = match &self.head {
            Head::Yolox(head) => head.collect(outputs, &mut candidates).map(|()| Some(Scope::PerClass)),
            Head::Nanodet(head) => head.collect(outputs, &mut candidates).map(|()| Some(Scope::PerClass)),
            Head::Ssd(head) => head.collect(outputs, &mut candidates).map(|()| Some(Scope::PerClass)),
            Head::SsdNms(head) => head.collect(outputs, &mut candidates).map(|()| None),
        }?;
        // Where the model has suppressed already, only its order and number are left to see to.
        let iou_threshold = if scope.is_some() {
            params.iou_threshold
        } else {
            f32::INFINITY
        };
        let scope = scope.unwrap_or_default();
        self.nms
            .run(&self.candidates, scope, iou_threshold, params.max_detections, out);
        Ok(())
    }
}
