//! What is left in the end: a model's folder with its report beside it.

use std::{fs, path::Path};

use luchs_model::Digest;
use luchs_report::{
    Report,
    optimise::{Baseline, Footage, LabelSet, Model, Run, Verdict},
};

use super::{
    Conclusion, Entry, Plan, Request, RunError,
    evidence::{classes, examples, sensitivity},
    files,
    measured::{Measured, Seen},
    original::{Candidates, Originals},
    scenes::Scenes,
    verdict::{Judged, judge, standard},
};
use crate::{estimate::Step, work::Work};

/// All that was found out.
pub(super) struct Parts<'a, 'r> {
    pub(super) request: &'a Request<'r>,
    pub(super) originals: &'a Originals,
    pub(super) scenes: &'a Scenes,
    pub(super) made: &'a Candidates,
    pub(super) entries: &'a [Entry],
    pub(super) seen: &'a Seen,
    pub(super) measured: &'a [Measured],
    pub(super) plan: &'a Plan<'a>,
}

/// Judges, writes everything into the folder of results, and puts that in its place.
pub(super) fn finish(parts: &Parts<'_, '_>, work: Work) -> Result<Conclusion, RunError> {
    let force = parts.request.force.is_some();
    let judged = judge(parts.entries, &parts.made.list, parts.measured, force, parts.plan);
    let chosen = judged.choice.index();
    let clock = parts.plan.clock;
    clock.watch().begins(Step::Report);
    let report = Report::of_optimisation(run(parts, &judged)?, parts.request.now, env!("CARGO_PKG_VERSION"));
    let folder = work.result();
    if let Some(index) = chosen {
        files::model(parts, &judged, index, &folder)?;
        if let Some(index) = standard(index, parts.entries, &judged) {
            files::model(parts, &judged, index, &folder.join(files::STANDARD))?;
        }
    }
    files::report(&report, &judged, parts.request.language, &folder)?;
    let reason = judged.choice.reason(&judged.contenders).to_string();
    let folder = if chosen.is_some() {
        work.publish()?
    } else {
        // A model that is there stays.
        work.publish_beside(files::REJECTED)?
    };
    Ok(Conclusion {
        report,
        folder,
        taken: chosen.is_some(),
        reason,
    })
}

fn run(parts: &Parts<'_, '_>, judged: &Judged) -> Result<Run, RunError> {
    let request = parts.request;
    let shown = shown(judged);
    Ok(Run {
        model: model(parts.originals, request.model)?,
        machine: parts.plan.clock.watch().machine(),
        footage: footage(parts),
        labels: labels(parts),
        settings: request.settings.clone(),
        baseline: baseline(parts.seen),
        candidates: judged.candidates.clone(),
        forced: request
            .force
            .clone()
            .filter(|_| judged.candidates.iter().any(|c| c.verdict == Verdict::Chosen)),
        sensitivity: sensitivity(parts, shown),
        classes: shown.and_then(|index| classes(parts, index)),
        frames: shown.map_or(Ok(Vec::new()), |index| examples(parts, index))?,
        stages: parts.plan.clock.stages(),
        commands: vec![request.command.clone()],
    })
}

/// The candidate whose classes and pictures are shown: the one that is taken, else the one that loses least.
fn shown(judged: &Judged) -> Option<usize> {
    let by_loss = || {
        let ran = judged
            .contenders
            .iter()
            .enumerate()
            .filter(|(_, contender)| contender.runs);
        ran.min_by(|(_, a), (_, b)| a.loss.total_cmp(&b.loss))
            .map(|(index, _)| index)
    };
    judged.choice.index().or_else(by_loss)
}

fn model(originals: &Originals, path: &Path) -> Result<Model, RunError> {
    let model = originals.first().runner.model();
    let identity = model.passport.as_ref().map(|passport| &passport.model);
    let or_unknown = |text: Option<&String>| text.cloned().unwrap_or_else(|| "unknown".to_owned());
    let bytes = fs::metadata(&model.file.path).map_err(|error| RunError::Model {
        model: path.display().to_string(),
        reason: error.to_string(),
    })?;
    Ok(Model {
        name: model.name.clone(),
        version: or_unknown(identity.map(|identity| &identity.version)),
        digest: model.file.digest.to_string(),
        bytes: bytes.len(),
        family: model.family.to_string(),
        input: model.input.size,
        licence: or_unknown(identity.map(|identity| &identity.licence)),
        source: or_unknown(identity.map(|identity| &identity.source)),
    })
}

fn footage(parts: &Parts<'_, '_>) -> Footage {
    let digest = parts
        .made
        .list
        .first()
        .map_or_else(|| Digest::of(b""), |made| made.calibration);
    Footage {
        name: parts.request.footage.name(),
        digest: digest.to_string(),
        calibration_frames: parts.scenes.calibration.len() as u32,
        comparison_frames: parts.scenes.of_footage as u32,
    }
}

fn labels(parts: &Parts<'_, '_>) -> Option<LabelSet> {
    let labelled = parts.request.labelled.as_ref()?;
    let objects = |truths: &Vec<_>| truths.len() as u32;
    Some(LabelSet {
        name: labelled.labels.display().to_string(),
        images: parts.scenes.labelled().count() as u32,
        objects: parts
            .scenes
            .labelled()
            .filter_map(|(_, scene)| scene.truths.as_ref())
            .map(objects)
            .sum(),
    })
}

fn baseline(seen: &Seen) -> Baseline {
    let means = seen.redrawn.as_ref().map(crate::precision::Redrawn::means);
    Baseline {
        map: means.map(|means| means.map),
        ap50: means.map(|means| means.ap50),
    }
}
