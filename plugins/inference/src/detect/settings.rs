//! What a user can set, and what follows from it.

use std::time::Duration;

use gst::{glib, prelude::*};
use luchs_infer::{Device, EngineOptions, default_threads};
use luchs_model::Thresholds;
use luchs_vision::Params;

use super::{
    SchedulingPolicy,
    region::{self, FULL_FRAME, Region, RegionError},
};

/// All properties; the defaults are theirs.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) source: Source,
    pub(super) live: Live,
    /// As it was set.
    region: Option<String>,
    /// Why it cannot be used.
    pub(super) region_error: Option<RegionError>,
    /// Counts the changes of `source`.
    pub(super) generation: u64,
}

/// Which model runs, and how. Another one needs another detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) model: Option<String>,
    pub(super) device: String,
    pub(super) model_instance_id: Option<String>,
    pub(super) object_class: Option<String>,
    pub(super) labels_file: Option<String>,
    pub(super) policy: SchedulingPolicy,
    pub(super) threads: u32,
    pub(super) workers: u32,
    pub(super) batch_size: u32,
    pub(super) batch_timeout: u32,
}

/// What may be another from one frame to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) inference_interval: u32,
    pub(super) threshold: f32,
    pub(super) iou_threshold: f32,
    pub(super) class_agnostic_nms: bool,
    pub(super) max_detections: u32,
    pub(super) region: Option<Region>,
    pub(super) motion_gate: bool,
    pub(super) skip_late: bool,
    pub(super) stats_interval: u32,
}

impl Default for Source {
    fn default() -> Self {
        Self {
            model: None,
            device: "auto".to_owned(),
            model_instance_id: None,
            object_class: None,
            labels_file: None,
            policy: SchedulingPolicy::default(),
            threads: 0,
            workers: 0,
            batch_size: 0,
            batch_timeout: 0,
        }
    }
}

impl Default for Live {
    fn default() -> Self {
        Self {
            inference_interval: 1,
            threshold: -1.0,
            iou_threshold: -1.0,
            class_agnostic_nms: false,
            max_detections: 100,
            region: None,
            motion_gate: false,
            skip_late: true,
            stats_interval: 1000,
        }
    }
}

/// What setting a property changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// The next frame's treatment.
    Live,
    /// The detector.
    Source,
}

impl Settings {
    /// Sets the property `name`; an error if the value is of another type.
    pub(super) fn set(
        &mut self,
        name: &str,
        value: &glib::Value,
    ) -> Result<Changed, glib::value::ValueTypeMismatchError> {
        let text = || value.get::<Option<String>>();
        let (source, live) = (&mut self.source, &mut self.live);
        match name {
            "inference-interval" => live.inference_interval = value.get()?,
            "threshold" => live.threshold = value.get()?,
            "iou-threshold" => live.iou_threshold = value.get()?,
            "class-agnostic-nms" => live.class_agnostic_nms = value.get()?,
            "max-detections" => live.max_detections = value.get()?,
            "motion-gate" => live.motion_gate = value.get()?,
            "skip-late" => live.skip_late = value.get()?,
            "stats-interval" => live.stats_interval = value.get()?,
            "inference-region" => self.set_region(text()?),
            _ => {
                match name {
                    "model" | "model-file" => source.model = text()?,
                    "device" => source.device = text()?.unwrap_or_else(|| Source::default().device),
                    "model-instance-id" => source.model_instance_id = text()?,
                    "object-class" => source.object_class = text()?,
                    "labels-file" => source.labels_file = text()?,
                    "scheduling-policy" => source.policy = value.get()?,
                    "threads" => source.threads = value.get()?,
                    "workers" => source.workers = value.get()?,
                    "batch-size" => source.batch_size = value.get()?,
                    "batch-timeout" => source.batch_timeout = value.get()?,
                    _ => {}
                }
                self.generation += 1;
                return Ok(Changed::Source);
            }
        }
        Ok(Changed::Live)
    }

    /// The value of `property`.
    pub(super) fn get(&self, property: &glib::ParamSpec) -> glib::Value {
        let Self { source, live, .. } = self;
        match property.name() {
            "model" | "model-file" => source.model.to_value(),
            "device" => source.device.to_value(),
            "model-instance-id" => source.model_instance_id.to_value(),
            "object-class" => source.object_class.to_value(),
            "labels-file" => source.labels_file.to_value(),
            "scheduling-policy" => source.policy.to_value(),
            "threads" => source.threads.to_value(),
            "workers" => source.workers.to_value(),
            "batch-size" => source.batch_size.to_value(),
            "batch-timeout" => source.batch_timeout.to_value(),
            "inference-interval" => live.inference_interval.to_value(),
            "threshold" => live.threshold.to_value(),
            "iou-threshold" => live.iou_threshold.to_value(),
            "class-agnostic-nms" => live.class_agnostic_nms.to_value(),
            "max-detections" => live.max_detections.to_value(),
            "inference-region" => self.region.as_deref().unwrap_or(FULL_FRAME).to_value(),
            "motion-gate" => live.motion_gate.to_value(),
            "skip-late" => live.skip_late.to_value(),
            "stats-interval" => live.stats_interval.to_value(),
            _ => property.default_value().clone(),
        }
    }

    fn set_region(&mut self, text: Option<String>) {
        match region::parse(text.as_deref().unwrap_or_default()) {
            Ok(region) => {
                self.live.region = region;
                self.region_error = None;
            }
            Err(error) => self.region_error = Some(error),
        }
        self.region = text;
    }

    /// Takes a region that cannot be used back, and puts `before` in its place.
    pub(super) fn restore_region(&mut self, before: &Self) -> Option<RegionError> {
        let error = self.region_error.take()?;
        self.region.clone_from(&before.region);
        Some(error)
    }
}

impl Source {
    /// The engine to ask for.
    pub(super) fn options(&self, device: Device) -> EngineOptions {
        let gpu = matches!(device, Device::Cuda(_) | Device::TensorRt(_));
        let threads = match (self.threads, self.policy) {
            (0, SchedulingPolicy::Latency) => default_threads(),
            (0, SchedulingPolicy::Throughput) => 1,
            (threads, _) => threads as usize,
        };
        let workers = match self.workers {
            // As many as have a core for each of their threads.
            0 if !gpu && threads > 1 => (default_threads() / threads).max(1),
            workers => workers as usize,
        };
        EngineOptions {
            device,
            threads,
            workers,
            batch_size: self.batch_size as usize,
            batch_timeout: Duration::from_millis(self.batch_timeout.into()),
        }
    }

    /// How many frames of this stream are with an engine of so many workers at most.
    pub(super) fn capacity(&self, workers: usize) -> usize {
        match self.policy {
            SchedulingPolicy::Latency => 1,
            SchedulingPolicy::Throughput => workers + 1,
        }
    }
}

impl Live {
    /// Writes into `params`; `passport` where nothing is set.
    pub(super) fn apply(&self, passport: Thresholds, params: &mut Params) {
        // GLib lets a NaN through; it is taken as not set.
        let set = |value: f32, otherwise: f32| if value >= 0.0 { value } else { otherwise };
        params.threshold = set(self.threshold, passport.confidence);
        params.iou_threshold = set(self.iou_threshold, passport.iou);
        params.class_agnostic = self.class_agnostic_nms;
        params.max_detections = self.max_detections as usize;
    }
}
