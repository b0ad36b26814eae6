//! What a bare model says of itself besides its tensors: the notes that Ultralytics' exporter writes into the file.

use luchs_scene::{Labels, Size};
use luchs_vision::{Family, Hints};

use crate::{onnx::ModelProto, python};

/// The notes, as far as they are understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    /// Names of the classes.
    pub(crate) labels: Option<Labels>,
    /// Size of the input that the model was exported for.
    pub(crate) size: Option<Size>,
    /// `detect`, `classify`, `segment` …
    pub(crate) task: Option<String>,
    /// What they say of the family.
    pub(crate) hints: Hints,
}

impl Description {
    /// Reads the notes of `model`. Notes that are not understood are as good as none: anybody may write anything there.
    pub(crate) fn of(model: &ModelProto) -> Self {
        let get = |key: &str| {
            let entry = model.metadata_props.iter().find(|entry| entry.key == key);
            entry.map(|entry| entry.value.as_str())
        };
        let names = get("names").and_then(python::names);
        let mut hints = Hints {
            classes: names.as_ref().map(Vec::len),
            ..Hints::default()
        };
        let ultralytics = get("author") == Some("Ultralytics");
        let task = get("task").filter(|_| ultralytics);
        if ultralytics {
            let detr = get("description").is_some_and(|text| text.to_ascii_lowercase().contains("detr"));
            hints.families = match task {
                Some("classify") => vec![Family::Classifier],
                _ if detr => vec![Family::Rtdetr],
                _ => vec![Family::Yolov5, Family::Yolov8, Family::Yolov10],
            };
            // Every model of theirs takes 0 to 1.
            hints.scaling = Some(([0.0; 3], [255.0; 3]));
        }
        Self {
            labels: names.map(Labels::new),
            size: get("imgsz")
                .and_then(python::size)
                .map(|(height, width)| Size { width, height }),
            task: task.map(str::to_owned),
            hints,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::StringEntry;

    fn described(notes: &[(&str, &str)]) -> Description {
        let entry = |&(key, value): &(&str, &str)| StringEntry {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        Description::of(&ModelProto {
            metadata_props: notes.iter().map(entry).collect(),
            ..ModelProto::default()
        })
    }

    #[test]
    fn ultralytics_notes_are_understood() {
        let found = described(&[
            ("description", "Ultralytics YOLO11n model trained on coco.yaml"),
            ("author", "Ultralytics"),
            ("task", "detect"),
            ("imgsz", "[384, 640]"),
            ("names", "{0: 'person', 1: 'bicycle'}"),
        ]);
        assert_eq!(
            found.size,
            Some(Size {
                width: 640,
                height: 384
            })
        );
        assert_eq!(found.labels.unwrap().iter().collect::<Vec<_>>(), ["person", "bicycle"]);
        assert_eq!(found.hints.classes, Some(2));
        assert!(found.hints.families.contains(&Family::Yolov8) && !found.hints.families.contains(&Family::Yolox));
        let detr = described(&[("description", "Ultralytics rtdetr-l model"), ("author", "Ultralytics")]);
        assert_eq!(detr.hints.families, [Family::Rtdetr]);
    }

    #[test]
    fn notes_of_others_say_little() {
        let found = described(&[("names", "see labels.txt"), ("task", "segment"), ("imgsz", "large")]);
        assert!(found.labels.is_none() && found.size.is_none() && found.task.is_none());
        assert_eq!(found.hints, Hints::default());
    }
}
