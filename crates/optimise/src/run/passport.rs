//! What the passport of the model that was taken says of how it was made and how good it was found to be.

use std::path::Path;

use luchs_model::{
    Digest, Model,
    passport::{self, Accuracy, Calibration, Latency, Link, Metric, Parent},
};
use luchs_report::optimise::{Candidate, Estimate, Interval};

use super::result::Parts;
use crate::tool;

/// How it was made.
pub(super) fn made(parts: &Parts<'_, '_>, made: &tool::Made, candidate: &Candidate) -> passport::Made {
    let parent = parts.originals.first().runner.model();
    let passed = candidate.gates.iter().all(|gate| gate.passed);
    passport::Made {
        by: format!("luchs {}", env!("CARGO_PKG_VERSION")),
        forced: parts.request.force.clone().filter(|_| !passed),
        parent: Parent {
            name: parent.name.clone(),
            version: parent.passport.as_ref().map(|passport| passport.model.version.clone()),
            sha256: parent.file.digest,
        },
        recipe: made.recipe(),
        calibration: Some(Calibration {
            sha256: made.calibration,
            frames: made.frames,
            footage: Some(short(&parts.request.footage.name())),
        }),
        tools: made.tools.iter().cloned().collect(),
        chain: chain(parent),
    }
}

/// From the published weights to the parent.
fn chain(parent: &Model) -> Vec<Link> {
    let Some(passport) = &parent.passport else {
        return Vec::new();
    };
    let mut chain = passport
        .made
        .as_ref()
        .map(|made| made.chain.clone())
        .unwrap_or_default();
    let what = passport.made.as_ref().map_or_else(
        || passport.model.source.clone(),
        |made| {
            format!(
                "{} {}, made by {}",
                passport.model.name, passport.model.version, made.by
            )
        },
    );
    chain.push(Link {
        what,
        sha256: parent.file.digest,
    });
    chain
}

/// How good it was found to be.
pub(super) fn accuracy(parts: &Parts<'_, '_>, candidate: &Candidate, device: &str) -> Vec<Accuracy> {
    let mut all = Vec::new();
    if let (Some(precision), Some(labelled), Some(before)) =
        (&candidate.precision, &parts.request.labelled, &parts.seen.redrawn)
    {
        let before = before.means();
        let rows = [
            (Metric::Map, precision.map, before.map, precision.map_drop),
            (Metric::Ap50, precision.ap50, before.ap50, precision.ap50_drop),
        ];
        all.extend(rows.map(|(metric, value, parent, drop)| {
            Accuracy {
                metric,
                value: rounded(value),
                interval: None,
                parent: Some(rounded(parent)),
                change: drop
                    .interval
                    .map(|Interval { low, high }| [rounded(-high), rounded(-low)]),
                dataset: short(&labelled.labels.to_string_lossy()),
                dataset_sha256: None,
                images: parts.scenes.labelled().count() as u32,
                device: Some(device.to_owned()),
            }
        }));
    }
    if let Some(agreement) = &candidate.agreement {
        let digest = parts.made.list.first().map(|made| made.calibration);
        let rows = [
            (Metric::Agreement, agreement.agreement),
            (Metric::ScoreError, agreement.score_error),
        ];
        all.extend(rows.map(|(metric, estimate)| of_footage(parts, metric, estimate, digest, device)));
    }
    all
}

fn of_footage(
    parts: &Parts<'_, '_>,
    metric: Metric,
    estimate: Estimate,
    digest: Option<Digest>,
    device: &str,
) -> Accuracy {
    Accuracy {
        metric,
        value: rounded(estimate.value),
        interval: estimate
            .interval
            .map(|Interval { low, high }| [rounded(low), rounded(high)]),
        parent: None,
        change: None,
        dataset: short(&parts.request.footage.name()),
        dataset_sha256: digest,
        images: parts.scenes.of_footage as u32,
        device: Some(device.to_owned()),
    }
}

/// How fast it was found to be; `hardware` is what the box calls itself.
pub(super) fn latency(candidate: &Candidate, hardware: &str) -> Vec<Latency> {
    let row = |speed: &luchs_report::optimise::Speed| Latency {
        hardware: hardware.to_owned(),
        device: speed.device.clone(),
        threads: speed.threads,
        ms: rounded(speed.ms),
        parent_ms: Some(rounded(speed.baseline_ms)),
        ratio: Some(rounded(speed.ratio.value)),
    };
    candidate.speeds.iter().map(row).collect()
}

/// A name without the folders around it: passports travel, and where files lay on this box is nobody's business.
fn short(name: &str) -> String {
    let last = Path::new(name).file_name().filter(|_| !name.contains("://"));
    last.map_or_else(|| name.to_owned(), |last| last.to_string_lossy().into_owned())
}

/// To four digits: the others are noise.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passport_does_not_tell_where_files_lay() {
        assert_eq!(short("/home/anna/footage/gate.mp4"), "gate.mp4");
        assert_eq!(short("labels"), "labels");
        assert_eq!(short("rtsp://10.0.0.7/live/main"), "rtsp://10.0.0.7/live/main");
    }
}
