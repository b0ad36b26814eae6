//! The properties of luchsdetect.

use std::sync::LazyLock;

use gst::{glib, prelude::*};
use luchs_model::Thresholds;
use luchs_vision::Params;

/// What a user can set; the defaults of the properties.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) model: Option<String>,
    pub(super) device: String,
    pub(super) model_instance_id: Option<String>,
    pub(super) inference_interval: u32,
    pub(super) threshold: f32,
    pub(super) iou_threshold: f32,
    pub(super) class_agnostic_nms: bool,
    pub(super) max_detections: u32,
    pub(super) object_class: Option<String>,
    pub(super) labels_file: Option<String>,
    pub(super) threads: u32,
    pub(super) stats_interval: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model: None,
            device: "auto".to_owned(),
            model_instance_id: None,
            inference_interval: 1,
            threshold: -1.0,
            iou_threshold: -1.0,
            class_agnostic_nms: false,
            max_detections: 100,
            object_class: None,
            labels_file: None,
            threads: 0,
            stats_interval: 1000,
        }
    }
}

fn text(name: &str, nick: &str, blurb: &str, default: Option<&str>) -> glib::ParamSpec {
    glib::ParamSpecString::builder(name)
        .nick(nick)
        .blurb(blurb)
        .default_value(default)
        .mutable_ready()
        .build()
}

/// 0 to 1, or -1 for the passport's.
fn part(name: &str, nick: &str, blurb: &str, default: f32) -> glib::ParamSpec {
    glib::ParamSpecFloat::builder(name)
        .nick(nick)
        .blurb(blurb)
        .minimum(-1.0)
        .maximum(1.0)
        .default_value(default)
        .mutable_playing()
        .build()
}

fn number(name: &str, nick: &str, blurb: &str, minimum: u32, maximum: u32, default: u32) -> glib::ParamSpec {
    glib::ParamSpecUInt::builder(name)
        .nick(nick)
        .blurb(blurb)
        .minimum(minimum)
        .maximum(maximum)
        .default_value(default)
        .mutable_playing()
        .build()
}

impl Settings {
    pub(super) fn properties() -> &'static [glib::ParamSpec] {
        static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
            let default = Settings::default();
            vec![
                text("model", "Model", "Directory with a passport (model.toml), or a bare .onnx file of a known family", None),
                text("model-file", "Model file", "The same as model, by the name that other elements use", None),
                text(
                    "device",
                    "Device",
                    "Where the model runs: auto (today always the CPU), cpu, cuda[:n], tensorrt[:n] or openvino[:DEVICE]; a named \
                     device that is absent is an error",
                    Some(&default.device),
                ),
                glib::ParamSpecString::builder("active-device")
                    .nick("Active device")
                    .blurb("Where the model really runs, with +cpu behind it if operators fell back to the CPU; none before the model is loaded")
                    .read_only()
                    .build(),
                text(
                    "model-instance-id",
                    "Model instance id",
                    "Elements of a process with the same id share one session of the same model and wait for each other; without \
                     an id, an element has a session of its own",
                    None,
                ),
                number(
                    "inference-interval",
                    "Inference interval",
                    "Look at one frame out of so many; 1 looks at every frame",
                    1,
                    u32::MAX,
                    default.inference_interval,
                ),
                part(
                    "threshold",
                    "Threshold",
                    "Lowest confidence of an object, 0 to 1; -1 takes the passport's, or 0.1 for a bare model: that low for \
                     luchstrack, which needs uncertain ones too; without it 0.3 is a good beginning",
                    default.threshold,
                ),
                part(
                    "iou-threshold",
                    "IoU threshold",
                    "Of two boxes of a class that overlap by more (intersection over union, 0 to 1) the better one stays; -1 takes \
                     the passport's, or 0.65 for a bare model",
                    default.iou_threshold,
                ),
                glib::ParamSpecBoolean::builder("class-agnostic-nms")
                    .nick("Class-agnostic NMS")
                    .blurb("Whether boxes of different classes suppress each other too; without effect on models that suppress inside")
                    .default_value(default.class_agnostic_nms)
                    .mutable_playing()
                    .build(),
                number(
                    "max-detections",
                    "Max detections",
                    "Most objects of a frame; the most confident ones stay",
                    1,
                    10_000,
                    default.max_detections,
                ),
                text(
                    "object-class",
                    "Object class",
                    "Labels of the objects to report, separated by commas; all if empty. What the model finds besides is left out",
                    None,
                ),
                text(
                    "labels-file",
                    "Labels file",
                    "Class names, one a line, instead of the passport's or of the file beside a bare model",
                    None,
                ),
                glib::ParamSpecUInt::builder("threads")
                    .nick("Threads")
                    .blurb("CPU threads that compute one frame together; 0 for the number of physical cores")
                    .maximum(256)
                    .default_value(default.threads)
                    .mutable_ready()
                    .build(),
                number(
                    "stats-interval",
                    "Statistics interval",
                    "Milliseconds between two element messages with the statistics; 0 posts them at the end of the stream only",
                    0,
                    u32::MAX,
                    default.stats_interval,
                ),
                glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                    .nick("Statistics")
                    .blurb(
                        "Since the model was loaded: frames, inferences, objects, and the average milliseconds of an inference for \
                         filling the input (pre), the model (infer) and reading its outputs (post)",
                    )
                    .read_only()
                    .build(),
            ]
        });
        &PROPERTIES
    }

    /// Sets the property `name`; an error if the value is of another type.
    pub(super) fn set(&mut self, name: &str, value: &glib::Value) -> Result<(), glib::value::ValueTypeMismatchError> {
        let text = || value.get::<Option<String>>();
        match name {
            "model" | "model-file" => self.model = text()?,
            "device" => self.device = text()?.unwrap_or_else(|| Self::default().device),
            "model-instance-id" => self.model_instance_id = text()?,
            "inference-interval" => self.inference_interval = value.get()?,
            "threshold" => self.threshold = value.get()?,
            "iou-threshold" => self.iou_threshold = value.get()?,
            "class-agnostic-nms" => self.class_agnostic_nms = value.get()?,
            "max-detections" => self.max_detections = value.get()?,
            "object-class" => self.object_class = text()?,
            "labels-file" => self.labels_file = text()?,
            "threads" => self.threads = value.get()?,
            "stats-interval" => self.stats_interval = value.get()?,
            _ => {}
        }
        Ok(())
    }

    /// The value of `property`.
    pub(super) fn get(&self, property: &glib::ParamSpec) -> glib::Value {
        match property.name() {
            "model" | "model-file" => self.model.to_value(),
            "device" => self.device.to_value(),
            "model-instance-id" => self.model_instance_id.to_value(),
            "inference-interval" => self.inference_interval.to_value(),
            "threshold" => self.threshold.to_value(),
            "iou-threshold" => self.iou_threshold.to_value(),
            "class-agnostic-nms" => self.class_agnostic_nms.to_value(),
            "max-detections" => self.max_detections.to_value(),
            "object-class" => self.object_class.to_value(),
            "labels-file" => self.labels_file.to_value(),
            "threads" => self.threads.to_value(),
            "stats-interval" => self.stats_interval.to_value(),
            _ => property.default_value().clone(),
        }
    }

    /// Whether a detector opened with `self` is the one that `other` asks for.
    pub(super) fn same_detector(&self, other: &Self) -> bool {
        let key = |s: &Self| {
            let Self {
                model,
                device,
                model_instance_id,
                object_class,
                labels_file,
                threads,
                ..
            } = s.clone();
            (model, device, model_instance_id, object_class, labels_file, threads)
        };
        key(self) == key(other)
    }

    /// Writes what may change while playing into `params`; `passport` where nothing is set.
    pub(super) fn apply(&self, passport: Thresholds, params: &mut Params) {
        // GLib lets a NaN through; it is taken as not set.
        let set = |value: f32, otherwise: f32| if value >= 0.0 { value } else { otherwise };
        params.threshold = set(self.threshold, passport.confidence);
        params.iou_threshold = set(self.iou_threshold, passport.iou);
        params.class_agnostic = self.class_agnostic_nms;
        params.max_detections = self.max_detections as usize;
    }
}
