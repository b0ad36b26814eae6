//! All families, asked one after the other whether a model's outputs are theirs.

use luchs_scene::Size;

use super::{
    blazeface, centerface, centernet, efficientdet, nanodet, nanodet_plus, rfdetr, rtdetr, ssd, ssd_nms, yolov5,
    yolov8, yolov10, yolox,
};
use crate::{Family, Recognized, TensorInfo, picture::Picture};

type Reader = fn(&Picture, Size, &[TensorInfo]) -> Option<Recognized>;

const READERS: [Reader; 13] = [
    yolox::recognized,
    yolov5::recognized,
    yolov8::recognized,
    yolov10::recognized,
    nanodet::recognized,
    nanodet_plus::recognized,
    efficientdet::recognized,
    ssd::recognized,
    centernet::recognized,
    rtdetr::recognized,
    rfdetr::recognized,
    centerface::recognized,
    blazeface::recognized,
];

/// Everything that the outputs of a model with this input could be.
pub(crate) fn recognized(picture: &Picture, outputs: &[TensorInfo]) -> Vec<Recognized> {
    // Names say more than shapes.
    if let Some(named) = ssd_nms::recognized(picture, outputs) {
        return vec![named];
    }
    let Some(size) = picture.size else { return Vec::new() };
    let mut found: Vec<_> = READERS
        .iter()
        .filter_map(|reader| reader(picture, size, outputs))
        .collect();
    // An SSD may have any number of anchors, so exactly those of these two are no accident.
    let exact = |one: &Recognized| matches!(one.family, Family::Efficientdet | Family::Blazeface);
    if found.iter().any(exact) {
        found.retain(|one| one.family != Family::Ssd);
    }
    found
}
