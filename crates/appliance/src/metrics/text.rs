//! Writing the metrics: `OpenMetrics`, and for those who do not read it the older text format.

use std::fmt::{Error, Write as _};

use luchs_scene::Histogram;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text::encode},
    metrics::MetricType,
    registry::Registry,
};

use super::families::{CAMERA, DELIVERY, Family, HEALTHS, Kind, STATES, WHOLE, truth};
use crate::status::Snapshot;

/// How the metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4.
    Text,
}

impl Format {
    /// The format for a request with this `Accept`.
    pub fn accepted(accept: Option<&str>) -> Self {
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// All metrics of `snapshot`.
pub fn render(snapshot: Snapshot, format: Format) -> Result<String, Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics(snapshot)));
    let mut text = String::with_capacity(16 * 1024);
    encode(&mut text, &registry)?;
    match format {
        Format::OpenMetrics => Ok(text),
        Format::Text => classic(&text),
    }
}

/// In the older format a counter's family is called as its samples are, and there are neither units nor an end.
fn classic(open: &str) -> Result<String, Error> {
    let mut text = String::with_capacity(open.len() + 1024);
    let counters: Vec<&str> = open
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    for line in open.lines() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        let described = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "));
        match described.and_then(|rest| rest.split_once(' ')) {
            Some((name, rest)) if counters.contains(&name) => writeln!(text, "{} {name}_total {rest}", &line[..6])?,
            Some((name, "info")) => writeln!(text, "# TYPE {name}_info gauge")?,
            Some((name, rest)) if open.contains(&format!("# TYPE {name} info\n")) => {
                writeln!(text, "# HELP {name}_info {rest}")?;
            }
            _ => writeln!(text, "{line}")?,
        }
    }
    Ok(text)
}

#[derive(Debug)]
struct Metrics(Snapshot);

type Labels<'a> = Vec<(&'static str, &'a str)>;
type Sample<'a> = (Labels<'a>, f64);

impl Collector for Metrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), Error> {
        let all = &self.0;
        build(&mut to, all)?;
        for family in WHOLE {
            write(&mut to, family, std::iter::once((Labels::new(), all)))?;
        }
        let health = HEALTHS.map(|(health, name)| (vec![("health", name)], truth(all.health == health)));
        gauge(
            &mut to,
            "luchs_health",
            "The service's health: 1 for what it is now.",
            health,
        )?;

        for family in CAMERA {
            let cameras = all.cameras.iter();
            write(
                &mut to,
                family,
                cameras.map(|(name, camera)| (vec![("camera", name.as_str())], camera)),
            )?;
        }
        cameras(&mut to, all)?;

        for family in DELIVERY {
            write(
                &mut to,
                family,
                all.delivery.iter().map(|delivery| (Labels::new(), delivery)),
            )?;
        }
        let waiting = all.delivery.iter().flat_map(|delivery| {
            [("pending", delivery.pending), ("parked", delivery.parked)]
                .map(|(state, count)| (vec![("state", state)], count as f64))
        });
        gauge(
            &mut to,
            "luchs_outbox_events",
            "Events that the outbox holds for the broker.",
            waiting,
        )?;
        engines(&mut to, all)
    }
}

fn build(to: &mut DescriptorEncoder<'_>, all: &Snapshot) -> Result<(), Error> {
    let mut metric = to.encode_descriptor("luchs_build", "What runs here.", None, MetricType::Info)?;
    let device = all.device.as_ref().map_or("", |device| device.as_str());
    metric.encode_info(&[("version", all.version.as_str()), ("device", device)])
}

fn cameras(to: &mut DescriptorEncoder<'_>, all: &Snapshot) -> Result<(), Error> {
    let states = all.cameras.iter().flat_map(|(name, camera)| {
        STATES.map(|(state, word)| {
            (
                vec![("camera", name.as_str()), ("state", word)],
                truth(camera.state == state),
            )
        })
    });
    gauge(
        to,
        "luchs_camera_state",
        "The camera's state: 1 for what it is now.",
        states,
    )?;
    let faults = all.cameras.iter().filter_map(|(name, camera)| {
        let kind = camera.fault_kind.as_deref()?;
        Some((vec![("camera", name.as_str()), ("kind", kind)], 1.0))
    });
    gauge(
        to,
        "luchs_camera_fault",
        "1 while the camera has this kind of fault.",
        faults,
    )?;
    let objects = all.cameras.iter().flat_map(|(name, camera)| {
        let labels = camera.objects.iter();
        labels.map(move |(label, count)| {
            (
                vec![("camera", name.as_str()), ("label", label.as_str())],
                *count as f64,
            )
        })
    });
    gauge(to, "luchs_camera_objects", "Objects in view.", objects)?;
    let latencies = all
        .cameras
        .iter()
        .map(|(name, camera)| (vec![("camera", name.as_str())], &camera.latency));
    histogram(
        to,
        "luchs_detector_seconds",
        "Time that frames spent in the detector, waiting included.",
        latencies,
    )?;
    let mut metric = to.encode_descriptor("luchs_camera", "How the camera is read.", None, MetricType::Info)?;
    for (name, camera) in &all.cameras {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        metric.encode_info(&[
            ("camera", name.to_string()),
            ("codec", text(&camera.codec)),
            ("decoder", text(&camera.decoder)),
            ("hardware", camera.decoder_hardware.to_string()),
            ("time_source", camera.time_source.clone()),
        ])?;
    }
    Ok(())
}

fn engines(to: &mut DescriptorEncoder<'_>, all: &Snapshot) -> Result<(), Error> {
    let engines = || {
        let engines = all.engines.iter();
        engines.map(|engine| {
            (
                vec![("model", engine.model.as_str()), ("device", engine.device.as_str())],
                engine,
            )
        })
    };
    let runs = engines().map(|(labels, engine)| (labels, &engine.infer));
    histogram(to, "luchs_inference_seconds", "Time of the model's runs.", runs)?;
    let waiting = engines().map(|(labels, engine)| (labels, engine.in_flight as f64));
    gauge(
        to,
        "luchs_inference_queue_frames",
        "Frames that wait for the model or are computed.",
        waiting,
    )?;
    let inferences = Family {
        kind: Kind::Counter,
        name: "luchs_inferences",
        help: "Runs of the model.",
        read: |count: &u64| Some(*count as f64),
    };
    write(
        to,
        &inferences,
        engines().map(|(labels, engine)| (labels, &engine.inferences)),
    )
}

fn write<'a, T: 'a>(
    to: &mut DescriptorEncoder<'_>,
    family: &Family<T>,
    things: impl Iterator<Item = (Labels<'a>, &'a T)>,
) -> Result<(), Error> {
    let kind = match family.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
    };
    let mut metric = to.encode_descriptor(family.name, family.help, None, kind)?;
    for (labels, thing) in things {
        let Some(value) = (family.read)(thing) else { continue };
        match family.kind {
            Kind::Counter => labelled(&mut metric, &labels, |metric| {
                metric.encode_counter::<NoLabelSet, f64, f64>(&value, None)
            })?,
            Kind::Gauge => labelled(&mut metric, &labels, |metric| metric.encode_gauge(&value))?,
        }
    }
    Ok(())
}

fn gauge<'a>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = Sample<'a>>,
) -> Result<(), Error> {
    let mut metric = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in samples {
        labelled(&mut metric, &labels, |metric| metric.encode_gauge(&value))?;
    }
    Ok(())
}

fn histogram<'a>(
    to: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    samples: impl Iterator<Item = (Labels<'a>, &'a Histogram)>,
) -> Result<(), Error> {
    let mut metric = to.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for (labels, histogram) in samples.filter(|(_, histogram)| !histogram.buckets.is_empty()) {
        // The encoder wants the counts between the bounds, and adds them up itself; what is above the last bound has
        // a bound of its own.
        let mut below = 0;
        let mut buckets: Vec<(f64, u64)> = Vec::with_capacity(histogram.buckets.len() + 1);
        for (bound, count) in &histogram.buckets {
            buckets.push((*bound, count.saturating_sub(below)));
            below = *count;
        }
        buckets.push((f64::INFINITY, histogram.count.saturating_sub(below)));
        labelled(&mut metric, &labels, |metric| {
            metric.encode_histogram::<NoLabelSet>(histogram.sum_s, histogram.count, &buckets, None)
        })?;
    }
    Ok(())
}

fn labelled(
    metric: &mut MetricEncoder<'_>,
    labels: &Labels<'_>,
    write: impl FnOnce(&mut MetricEncoder<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if labels.is_empty() {
        return write(metric);
    }
    let mut metric = metric.encode_family(labels)?;
    write(&mut metric)
}

#[cfg(test)]
mod tests;
