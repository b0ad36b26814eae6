//! What no value tells by itself.

use std::collections::HashMap;

use luchs_scene::Name;

use super::table::Reading;
use crate::config::{CameraConfig, Config, Problem, Severity, Source, redact::redact, units};

/// Looks at a configuration whose values are all right.
pub(super) fn check(config: &Config, reading: &mut Reading<'_>) {
    broker(config, reading);
    twice(config, reading);
    for (name, camera) in &config.cameras {
        idle_keys(name, camera, reading);
        password(name, camera, reading);
    }
    lifecycle(config, reading);
    open_to_all(config, reading);
}

/// A problem with `key`, shown at the place of the first of `at` that the file has.
fn add(reading: &mut Reading<'_>, severity: Severity, at: &[&str], message: String, help: String) {
    let place = at.iter().find_map(|key| reading.places.get(*key));
    reading.report.add(Problem {
        severity,
        key: at.first().map(|key| (*key).to_owned()),
        message,
        help: Some(help),
        place: place.cloned(),
    });
}

fn broker(config: &Config, reading: &mut Reading<'_>) {
    let Some((name, _)) = config.enabled().next() else {
        return;
    };
    if !reading.places.contains_key("broker") && !reading.broken {
        add(
            reading,
            Severity::Error,
            &["broker", &format!("camera.{name}")],
            format!("the events of the camera “{name}” have nowhere to go: there is no [broker]"),
            "add two lines: [broker] and url = \"mqtts://broker.example\"".into(),
        );
    }
}

fn twice(config: &Config, reading: &mut Reading<'_>) {
    let mut seen: HashMap<&Source, Vec<&Name>> = HashMap::new();
    for (name, camera) in config.enabled() {
        seen.entry(&camera.url).or_default().push(name);
    }
    let line = |reading: &Reading<'_>, name: &Name| {
        let place = reading.places.get(&format!("camera.{name}.url"));
        place.map_or(0, |place| place.line)
    };
    for mut names in seen.into_values().filter(|names| names.len() > 1) {
        names.sort_by_key(|name| line(reading, name));
        for name in &names[1..] {
            let first = names[0];
            add(
                reading,
                Severity::Warning,
                &[&format!("camera.{name}.url")],
                format!(
                    "the camera “{name}” has the address of “{first}” (line {})",
                    line(reading, first)
                ),
                "one table for each camera is enough; correct one address, or remove one table".into(),
            );
        }
    }
}

/// Keys that mean nothing for a camera of this kind.
fn idle_keys(name: &Name, camera: &CameraConfig, reading: &mut Reading<'_>) {
    let (what, idle): (_, &[&str]) = match &camera.url {
        Source::Rtsps(_) => ("an RTSPS camera", &["loop"]),
        Source::Rtsp(_) => ("an RTSP camera without TLS", &["tls-ca", "loop"]),
        Source::File(_) => ("a file", &["credentials", "tls-ca", "transport", "latency"]),
        Source::V4l2(_) => (
            "a camera of this box",
            &["credentials", "tls-ca", "transport", "latency", "loop"],
        ),
    };
    for key in idle {
        let full = format!("camera.{name}.{key}");
        if reading.places.contains_key(&full) {
            let help = match (*key, &camera.url) {
                ("tls-ca", Source::Rtsp(_)) => "write rtsps:// if the camera speaks TLS, or remove the line",
                _ => "remove the line",
            };
            let message = format!("`{key}` does nothing for {what}");
            add(reading, Severity::Warning, &[&full], message, help.into());
        }
    }
}

/// Some cameras want it in the path; nothing else can be done then.
fn password(name: &Name, camera: &CameraConfig, reading: &mut Reading<'_>) {
    if let Source::Rtsp(url) | Source::Rtsps(url) = &camera.url
        && redact(url) != *url
    {
        add(
            reading,
            Severity::Warning,
            &[&format!("camera.{name}.url")],
            "this address seems to hold a password, which others can read in it".into(),
            "use `credentials` if the camera knows RTSP's authentication; if it does not, make this file readable for the \
             service only"
                .into(),
        );
    }
}

fn lifecycle(config: &Config, reading: &mut Reading<'_>) {
    let (end, lost) = (config.events.end_after, config.tracking.max_lost);
    if end <= lost {
        let show = |time: std::time::Duration| units::show_millis(time.as_millis() as u64);
        add(
            reading,
            Severity::Warning,
            &["events.end-after", "tracking.max-lost"],
            format!(
                "`end-after` ({}) is not longer than `max-lost` of [tracking] ({}): objects that are found again begin anew",
                show(end),
                show(lost)
            ),
            format!(
                "write for example: end-after = \"{}\"",
                show(lost + std::time::Duration::from_millis(500))
            ),
        );
    }
}

fn open_to_all(config: &Config, reading: &mut Reading<'_>) {
    if let Some(listen) = config.http.listen
        && !listen.ip().is_loopback()
    {
        add(
            reading,
            Severity::Warning,
            &["http.listen"],
            format!("{listen} is open to the network: everyone in it can see the state of the cameras"),
            "use 127.0.0.1, with a proxy in front that knows its users; or let a firewall decide who comes in".into(),
        );
    }
}
