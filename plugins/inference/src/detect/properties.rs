//! The properties of luchsdetect.

use std::sync::LazyLock;

use gst::{glib, prelude::*};

use super::{
    region::FULL_FRAME,
    settings::{Live, Source},
};

fn text(name: &str, nick: &str, blurb: &str, default: Option<&str>) -> glib::ParamSpec {
    glib::ParamSpecString::builder(name)
        .nick(nick)
        .blurb(blurb)
        .default_value(default)
        .mutable_playing()
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

/// Of the engine: not while it runs.
fn fixed(name: &str, nick: &str, blurb: &str, maximum: u32, default: u32) -> glib::ParamSpec {
    glib::ParamSpecUInt::builder(name)
        .nick(nick)
        .blurb(blurb)
        .maximum(maximum)
        .default_value(default)
        .mutable_ready()
        .build()
}

fn switch(name: &str, nick: &str, blurb: &str, default: bool) -> glib::ParamSpec {
    glib::ParamSpecBoolean::builder(name)
        .nick(nick)
        .blurb(blurb)
        .default_value(default)
        .mutable_playing()
        .build()
}

pub(super) fn all() -> &'static [glib::ParamSpec] {
    static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
        let (source, live) = (Source::default(), Live::default());
        vec![
            text(
                "model",
                "Model",
                "Directory with a passport (model.toml), or a bare .onnx file of a known family. Set while frames flow, the new \
                 model is loaded beside the old one and takes its place between two frames; if it cannot be used, the old one \
                 stays, a warning says why, and the property reads the old one again. The same holds for device, \
                 model-instance-id, object-class and labels-file; what is set within 50 ms is taken together",
                None,
            ),
            text("model-file", "Model file", "The same as model, by the name that other elements use", None),
            text(
                "device",
                "Device",
                "Where the model runs: auto (the fastest that is present, measured once), cpu, cuda[:n], tensorrt[:n] or openvino[:DEVICE]; a named \
                 device that is absent is an error",
                Some(&source.device),
            ),
            glib::ParamSpecString::builder("active-device")
                .nick("Active device")
                .blurb("Where the model really runs, with +cpu behind it if operators fell back to the CPU; none before the model is loaded")
                .read_only()
                .build(),
            text(
                "model-instance-id",
                "Model instance id",
                "Elements of a process that name the same id share an engine, and it is an error if they want different ones. \
                 Without an id, elements share the engine of those that want the same model in the same way",
                None,
            ),
            glib::ParamSpecEnum::builder_with_default("scheduling-policy", source.policy)
                .nick("Scheduling policy")
                .blurb("Whether a frame goes on as soon as it can, or several are looked at side by side")
                .mutable_ready()
                .build(),
            fixed(
                "threads",
                "Threads",
                "CPU threads that compute one frame together; 0 for the number of physical cores with the latency policy, and for 1 \
                 with the throughput policy",
                256,
                source.threads,
            ),
            fixed(
                "workers",
                "Workers",
                "Frames, of all streams that share the engine, that are computed at the same time; 0 for as many as have a \
                 physical core for each thread, and for 1 on a GPU",
                256,
                source.workers,
            ),
            fixed(
                "batch-size",
                "Batch size",
                "Most frames that one run of the model computes, of all streams that share the engine; 0 for 1 on a CPU, where \
                 more gains nothing, and for 8 on a GPU if the model has a batch axis of open size",
                1024,
                source.batch_size,
            ),
            fixed(
                "batch-timeout",
                "Batch timeout",
                "Milliseconds that a frame waits for a batch to fill",
                60_000,
                source.batch_timeout,
            ),
            number(
                "inference-interval",
                "Inference interval",
                "Look at one frame out of so many; 1 looks at every frame",
                1,
                u32::MAX,
                live.inference_interval,
            ),
            text(
                "inference-region",
                "Inference region",
                "The part of the frame to look at: full-frame, or x,y,width,height in parts of the frame from 0 to 1, such as \
                 0.5,0,0.5,1 for its right half. Boxes are those of the whole frame all the same",
                Some(FULL_FRAME),
            ),
            switch(
                "motion-gate",
                "Motion gate",
                "Whether to pass over frames while nothing moves in the region; every two seconds one is looked at all the \
                 same. luchstrack keeps its tracks meanwhile",
                live.motion_gate,
            ),
            switch(
                "skip-late",
                "Skip late",
                "Whether to pass over frames of a live source when a newer one must be waiting already, so that what is looked at \
                 is the newest; without effect on files",
                live.skip_late,
            ),
            part(
                "threshold",
                "Threshold",
                "Lowest confidence of an object, 0 to 1; -1 takes the passport's, or 0.1 for a bare model: that low for \
                 luchstrack, which needs uncertain ones too; without it 0.3 is a good beginning",
                live.threshold,
            ),
            part(
                "iou-threshold",
                "IoU threshold",
                "Of two boxes of a class that overlap by more (intersection over union, 0 to 1) the better one stays; -1 takes \
                 the passport's, or 0.65 for a bare model",
                live.iou_threshold,
            ),
            switch(
                "class-agnostic-nms",
                "Class-agnostic NMS",
                "Whether boxes of different classes suppress each other too; without effect on models that suppress inside",
                live.class_agnostic_nms,
            ),
            number(
                "max-detections",
                "Max detections",
                "Most objects of a frame; the most confident ones stay",
                1,
                10_000,
                live.max_detections,
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
            number(
                "stats-interval",
                "Statistics interval",
                "Milliseconds between two element messages with the statistics; 0 posts them at the end of the stream only",
                0,
                u32::MAX,
                live.stats_interval,
            ),
            glib::ParamSpecBoxed::builder::<gst::Structure>("stats")
                .nick("Statistics")
                .blurb(
                    "Since the element was opened: frames that went on; of these, inferences, skipped (too late), gated (nothing \
                     moved) and failed; the others were passed over by the interval; in-flight (frames in the element now), \
                     objects, the average milliseconds of an inference for filling the input (pre), waiting for a worker \
                     (queue), the model (infer) and reading its outputs (post), and the milliseconds that frames which were \
                     looked at spent in the element (latency: average, p50, p99, max); and of latency and infer, \
                     how many took at most so many seconds (bounds, counts, sum)",
                )
                .read_only()
                .build(),
        ]
    });
    &PROPERTIES
}
