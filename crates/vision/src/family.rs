//! The families of models that can be read.

use std::{fmt, str::FromStr};

/// How a model's outputs are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// YOLOX's raw head: one tensor, an anchor-free cell a row, strides 8, 16 and 32.
    Yolox,
    /// YOLOv5, YOLOv7 and others that decode inside: a row has a box in pixels, objectness and class scores.
    Yolov5,
    /// YOLOv8, 9, 11 and 12: a column has a box in pixels and class scores.
    Yolov8,
    /// YOLOv10, YOLO26 and exports with suppression inside: a row has two corners, score and class.
    Yolov10,
    /// NanoDet: per stride 8, 16 and 32 a tensor of class scores and one of box distributions.
    Nanodet,
    /// NanoDet-Plus: one tensor, a row has class scores and box distributions, strides 8 to 64.
    NanodetPlus,
    /// SSD without non-maximum suppression: boxes and scores per anchor.
    Ssd,
    /// SSD with non-maximum suppression inside: boxes, classes, scores and their count.
    SsdNms,
    /// EfficientDet and EfficientDet-Lite: offsets from anchors and class scores.
    Efficientdet,
    /// CenterNet: a heatmap a class, sizes and offsets.
    Centernet,
    /// RT-DETR, D-FINE, DEIM: queries, with or without the reference's post-processing inside.
    Rtdetr,
    /// RF-DETR: queries with boxes and logits.
    Rfdetr,
    /// CenterFace: a heatmap of faces, sizes and offsets.
    Centerface,
    /// BlazeFace: offsets from 896 anchors and one score.
    Blazeface,
    /// What a picture shows, without boxes; read by [`crate::Classifier`].
    Classifier,
}

/// A text that names no [`Family`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{text}” is no model family: use one of {known}", known = Family::ALL.map(Family::name).join(", "))]
pub struct FamilyError {
    text: String,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 15] = [
        Self::Yolox,
        Self::Yolov5,
        Self::Yolov8,
        Self::Yolov10,
        Self::Nanodet,
        Self::NanodetPlus,
        Self::Ssd,
        Self::SsdNms,
        Self::Efficientdet,
        Self::Centernet,
        Self::Rtdetr,
        Self::Rfdetr,
        Self::Centerface,
        Self::Blazeface,
        Self::Classifier,
    ];

    /// Its name as in a passport.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yolox => "yolox",
            Self::Yolov5 => "yolov5",
            Self::Yolov8 => "yolov8",
            Self::Yolov10 => "yolov10",
            Self::Nanodet => "nanodet",
            Self::NanodetPlus => "nanodet-plus",
            Self::Ssd => "ssd",
            Self::SsdNms => "ssd-nms",
            Self::Efficientdet => "efficientdet",
            Self::Centernet => "centernet",
            Self::Rtdetr => "rtdetr",
            Self::Rfdetr => "rfdetr",
            Self::Centerface => "centerface",
            Self::Blazeface => "blazeface",
            Self::Classifier => "classifier",
        }
    }

    /// Whether it says where things are.
    pub fn detects(self) -> bool {
        self != Self::Classifier
    }

    /// Whether a model of it gives one box for one object by itself, so that none has to be suppressed.
    pub fn suppresses(self) -> bool {
        matches!(
            self,
            Self::Yolov10 | Self::SsdNms | Self::Centernet | Self::Rtdetr | Self::Rfdetr
        )
    }
}

impl FromStr for Family {
    type Err = FamilyError;

    fn from_str(text: &str) -> Result<Self, FamilyError> {
        let family = Self::ALL.into_iter().find(|family| family.name() == text);
        family.ok_or_else(|| FamilyError {
            text: text.chars().take(80).collect(),
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for family in Family::ALL {
            assert_eq!(family.to_string().parse(), Ok(family));
        }
        assert!("YOLOX".parse::<Family>().unwrap_err().to_string().contains("ssd-nms"));
    }
}
