//! A camera's launch line out of its configuration.

use std::path::{Path, PathBuf};

use luchs_scene::Name;

use super::{
    Kind, Line, LineError,
    template::{self, Values},
};
use crate::config::{BrokerConfig, CameraConfig, Config, Source, TrackingConfig, Transport};

/// The templates, as they are in `pipelines/`.
const RTSP: &str = include_str!("../../../../pipelines/rtsp.launch");
const USB: &str = include_str!("../../../../pipelines/usb.launch");
const FOOTAGE: &str = include_str!("../../../../pipelines/footage.launch");

/// The line of `camera`.
pub fn render(config: &Config, name: &Name) -> Result<Line, LineError> {
    let camera = config.cameras.get(name).ok_or_else(|| LineError::Unknown {
        camera: name.clone(),
        known: config.cameras.keys().cloned().collect(),
    })?;
    let broker = config.broker.as_ref().ok_or(LineError::NoBroker)?;
    let mut values = Values::default();
    publisher(&mut values, config, broker, name)?;
    values.set("model", text(&camera.model)?);
    values.set_words("detect", detector(config, camera));
    values.set_words("track", tracker(&config.tracking));
    if let Some(most) = camera.max_fps {
        let rate = format!("max-rate={}", most.ceil().max(1.0) as u32);
        let words = ["videorate", "drop-only=true", &rate, "!"];
        values.set_words("rate", words.map(str::to_owned).to_vec());
    }
    let template = match &camera.url {
        Source::Rtsp(url) | Source::Rtsps(url) => {
            values.set("url", url);
            values.set_words("source", receiver(camera));
            RTSP
        }
        Source::V4l2(device) => {
            values.set("device", text(device)?);
            USB
        }
        Source::File(clip) => {
            values.set("clip", text(clip)?);
            FOOTAGE
        }
    };
    Ok(Line {
        camera: name.clone(),
        words: template::fill(template, &values)?,
        shown: camera.url.to_string(),
        credentials: camera.credentials.clone(),
        tls_ca: camera.tls_ca.clone(),
        kind: match &camera.url {
            Source::Rtsp(_) | Source::Rtsps(_) => Kind::Network,
            Source::V4l2(_) => Kind::Device,
            Source::File(_) => Kind::File { repeats: camera.repeat },
        },
        hardware: config.decoder.hardware,
        interval: camera.inference_interval,
        priority: camera.priority,
    })
}

fn receiver(camera: &CameraConfig) -> Vec<String> {
    let protocols = match camera.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
        Transport::Auto => "tcp+udp-mcast+udp",
    };
    vec![
        format!("protocols={protocols}"),
        format!("latency={}", camera.latency.as_millis()),
    ]
}

fn detector(config: &Config, camera: &CameraConfig) -> Vec<String> {
    let mut words = vec![
        format!("device={}", camera.device),
        format!("scheduling-policy={}", config.model.scheduling_policy),
    ];
    let mut add = |word: String| words.push(word);
    if config.model.threads > 0 {
        add(format!("threads={}", config.model.threads));
    }
    if let Some(threshold) = camera.threshold {
        add(format!("threshold={threshold}"));
    }
    if !camera.object_class.is_empty() {
        add(format!("object-class={}", camera.object_class.join(",")));
    }
    if camera.inference_interval > 1 {
        add(format!("inference-interval={}", camera.inference_interval));
    }
    if let Some(region) = &camera.inference_region {
        add(format!("inference-region={region}"));
    }
    if camera.motion_gate {
        add("motion-gate=true".to_owned());
    }
    words
}

fn tracker(tracking: &TrackingConfig) -> Vec<String> {
    vec![
        format!("tracking-type={}", tracking.method),
        format!("max-lost={}", tracking.max_lost.as_millis()),
        format!("min-hits={}", tracking.min_hits),
    ]
}

fn publisher(values: &mut Values, config: &Config, broker: &BrokerConfig, camera: &Name) -> Result<(), LineError> {
    let delivery = super::delivery(config, broker)?;
    values.set("camera", camera.as_str());
    values.set("broker", &broker.url);
    values.set("ca", text(&delivery.broker.ca)?);
    values.set("cert", text(&delivery.broker.certificate)?);
    values.set("key", text(&delivery.broker.key)?);
    values.set("signing-key", text(&delivery.signing_key)?);
    values.set("recipients", text(&delivery.recipients)?);
    values.set("outbox", text(&delivery.outbox)?);
    let mut words = vec![
        format!("update-interval={}", config.events.update_interval.as_millis()),
        format!("end-after={}", config.events.end_after.as_millis()),
        format!("retention-bytes={}", config.events.retention_bytes),
        format!("retention-age={}", config.events.retention_age.as_secs()),
        format!("topic-prefix={}", broker.topic_prefix),
    ];
    if let Some(id) = &broker.client_id {
        words.push(format!("client-id={id}"));
    }
    values.set_words("publish", words);
    Ok(())
}

fn text(path: &Path) -> Result<String, LineError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| LineError::Path(PathBuf::from(path)))
}
