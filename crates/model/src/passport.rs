//! `model.toml`: what a model is, how it wants its input, and the digest of every file that belongs to it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use luchs_scene::Size;
use luchs_vision::{Align, ColorOrder, ElementType, Family, Fit, InputSpec, Layout};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::Digest;

/// Name of the passport in a model's directory.
pub const FILE_NAME: &str = "model.toml";

/// No model has more: all of them are read when it is loaded.
const MOST_FILES: usize = 16;

/// A model's passport. Unknown keys are errors: a misspelt threshold must not be a silent default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passport {
    /// What it is.
    pub model: Identity,
    /// How it wants its input.
    pub input: Input,
    /// Which boxes count.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// SHA-256 of every file of the model, by its name in the directory.
    pub files: BTreeMap<String, Digest>,
    /// How good it was found to be.
    pub accuracy: Option<Accuracy>,
    /// How fast it was found to be.
    #[serde(default)]
    pub latency: Vec<Latency>,
}

/// Section `[model]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Short name.
    pub name: String,
    /// Version of the weights.
    pub version: String,
    /// The ONNX file.
    pub file: String,
    /// The labels file, one class a line.
    pub labels: String,
    /// How the outputs are read.
    #[serde(deserialize_with = "from_text")]
    pub family: Family,
    /// Licence of the weights.
    pub licence: String,
    /// Where the weights are from.
    pub source: String,
}

/// Section `[input]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Width in pixels; only for an ONNX file that leaves it open.
    pub width: Option<u32>,
    /// Height in pixels; likewise.
    pub height: Option<u32>,
    /// Order of the tensor's dimensions.
    layout: LayoutName,
    /// Type of the tensor's elements.
    #[serde(rename = "type")]
    element: ElementName,
    /// Order of the colours.
    color: ColorName,
    /// How a frame is fitted into the input.
    fit: FitName,
    /// Grey value around a letterboxed frame, before mean and std.
    #[serde(default = "Input::default_pad")]
    pad: u8,
    /// Subtracted from the values 0 to 255, in the order of `color`.
    #[serde(default)]
    mean: [f32; 3],
    /// Divides what is left, likewise.
    #[serde(default = "Input::default_std")]
    std: [f32; 3],
}

/// Section `[thresholds]`: the defaults of elements and tools.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Boxes below this confidence (0 to 1) are dropped.
    pub confidence: f32,
    /// Of two boxes of a class that overlap by more than this (intersection over union, 0 to 1), one is dropped.
    pub iou: f32,
}

impl Default for Thresholds {
    /// Low, because ByteTrack's second association lives on boxes that are no detections by themselves.
    fn default() -> Self {
        Self {
            confidence: 0.1,
            iou: 0.65,
        }
    }
}

/// Section `[accuracy]`: a measurement by the COCO protocol.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// On what.
    pub dataset: String,
    /// On how many images of it.
    pub images: u32,
    /// Mean average precision at overlaps of 0.5 to 0.95, 0 to 1.
    pub map: f32,
    /// The same at an overlap of 0.5.
    pub ap50: f32,
}

/// One of the sections `[[latency]]`: milliseconds for one frame, the model alone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// What it ran on, in words.
    pub hardware: String,
    /// The device, as elements name it.
    pub device: String,
    /// Threads of the session.
    pub threads: u32,
    /// Median milliseconds.
    pub ms: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum LayoutName {
    Nchw,
    Nhwc,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ElementName {
    F32,
    U8,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ColorName {
    Rgb,
    Bgr,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FitName {
    LetterboxTopLeft,
    Letterbox,
    Stretch,
    Crop,
}

/// Why a passport does not count.
#[derive(Debug, thiserror::Error)]
pub enum PassportError {
    /// Not TOML, or not a passport; the reason has line and column.
    #[error("{}: {source}", path.display())]
    Syntax {
        /// The passport.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value that makes no sense.
    #[error("{}: {key} {reason}", path.display())]
    Value {
        /// The passport.
        path: PathBuf,
        /// Which value.
        key: String,
        /// Why.
        reason: String,
    },
}

impl Passport {
    /// Reads the text of a passport; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, PassportError> {
        let passport: Self = toml::from_str(text).map_err(|source| PassportError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let wrong = |key: &str, reason: String| PassportError::Value {
            path: path.to_owned(),
            key: key.to_owned(),
            reason,
        };
        if passport.files.len() > MOST_FILES {
            let reason = format!(
                "names {} files, but a model has {MOST_FILES} at most",
                passport.files.len()
            );
            return Err(wrong("files", reason));
        }
        for name in passport.files.keys() {
            if !is_plain(name) {
                return Err(wrong(
                    &format!("files.{name:?}"),
                    "is not a plain file name of the same directory".into(),
                ));
            }
        }
        for (key, name) in [
            ("model.file", &passport.model.file),
            ("model.labels", &passport.model.labels),
        ] {
            if !passport.files.contains_key(name) {
                let reason = format!("names “{name}”, which has no digest in [files]: add \"{name}\" = \"<sha256>\"");
                return Err(wrong(key, reason));
            }
        }
        for (key, value) in [
            ("thresholds.confidence", passport.thresholds.confidence),
            ("thresholds.iou", passport.thresholds.iou),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(wrong(key, format!("is {value}, but must be 0 to 1")));
            }
        }
        if !passport.input.mean.iter().all(|v| v.is_finite()) {
            return Err(wrong("input.mean", "must be three finite numbers".into()));
        }
        if !passport.input.std.iter().all(|v| v.is_normal()) {
            return Err(wrong(
                "input.std",
                "must be three finite numbers other than 0: they divide".into(),
            ));
        }
        Ok(passport)
    }
}

impl Input {
    /// The input of a model whose tensor is `size`.
    pub fn spec(&self, size: Size) -> InputSpec {
        InputSpec {
            size,
            layout: self.layout(),
            element: match self.element {
                ElementName::F32 => ElementType::F32,
                ElementName::U8 => ElementType::U8,
            },
            order: match self.color {
                ColorName::Rgb => ColorOrder::Rgb,
                ColorName::Bgr => ColorOrder::Bgr,
            },
            fit: match self.fit {
                FitName::LetterboxTopLeft => Fit::Letterbox {
                    align: Align::TopLeft,
                    pad: self.pad,
                },
                FitName::Letterbox => Fit::Letterbox {
                    align: Align::Center,
                    pad: self.pad,
                },
                FitName::Stretch => Fit::Stretch,
                FitName::Crop => Fit::Crop,
            },
            mean: self.mean,
            std: self.std,
        }
    }

    /// Order of the tensor's dimensions.
    pub fn layout(&self) -> Layout {
        match self.layout {
            LayoutName::Nchw => Layout::Nchw,
            LayoutName::Nhwc => Layout::Nhwc,
        }
    }

    fn default_pad() -> u8 {
        114
    }

    fn default_std() -> [f32; 3] {
        [1.0; 3]
    }
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Family, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// A name that cannot lead out of its directory.
pub(crate) fn is_plain(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty() && !name.contains('\\') && path.file_name().is_some_and(|file| file == path.as_os_str())
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn measurements_may_stand_in_it() {
        let text = text()
            + "[accuracy]\ndataset = \"d\"\nimages = 64\nmap = 0.36\nap50 = 0.5\n\
               [[latency]]\nhardware = \"h\"\ndevice = \"cpu\"\nthreads = 1\nms = 12.5\n";
        let passport = Passport::parse(&text, Path::new("m/model.toml")).unwrap();
        assert_eq!(passport.accuracy.map(|accuracy| accuracy.images), Some(64));
        assert_eq!(passport.latency[0].ms, 12.5);
    }

    #[test]
    fn mistakes_are_named_with_line_and_column() {
        let cases = [
            (text().replace("confidence", "confidense"), "line 15, column 1"),
            (text().replace("yolox", "yolo-z"), "line 6"),
            (text().replace("nchw", "chw"), "nhwc"),
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
}
