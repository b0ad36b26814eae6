//! The result in words: what was compared, what was chosen, what it costs, what is uncertain.

use super::{View, format::text};
use crate::{
    document::{Block, Mood, Section},
    optimise::{Candidate, ClassChange, ClassMeasure, Gate, Verdict},
    prose::Prose,
};

impl View<'_> {
    pub(super) fn result(&self) -> Section {
        let mut blocks = vec![Block::Prose(self.compared())];
        match self.run.chosen() {
            Some(chosen) => {
                blocks.extend(self.forced(chosen));
                blocks.push(Block::Prose(self.choice(chosen)));
                blocks.push(Block::Prose(self.cost(chosen)));
                blocks.push(Block::Prose(self.uncertain(chosen)));
            }
            None => blocks.push(Block::Prose(Prose::fill::<&str>(self.words.none_passed, &[]))),
        }
        if !self.run.machine.doubts.is_empty() {
            let doubts = self.run.machine.doubts.iter();
            let texts: Vec<_> = doubts.map(|doubt| doubt.text(self.format.0)).collect();
            let doubts = [("doubts", texts.join("; "))];
            blocks.push(Block::Notice(Mood::Warn, Prose::fill(self.words.doubts, &doubts)));
        }
        Section {
            id: "result",
            title: self.words.result.to_owned(),
            brief: true,
            blocks,
        }
    }

    fn compared(&self) -> Prose {
        let (run, words, format) = (self.run, self.words, self.format);
        let count = run.candidates.len() as u32;
        let candidates = format.counted(count, words.candidates_one, words.candidates_several);
        let compared = Prose::fill(
            words.compared,
            &[
                ("candidates", candidates.as_str()),
                ("cpu", &run.machine.cpu),
                ("runtime", &run.machine.runtime),
            ],
        );
        let frames = |count: u32| format.counted(count, words.frames_one, words.frames_several);
        let footage = run.footage.name.as_str();
        let judged = match &run.labels {
            Some(labels) => {
                let images = format.counted(labels.images, words.images_one, words.images_several);
                let objects = format.counted(labels.objects, words.objects_one, words.objects_several);
                Prose::fill(
                    words.judged_labels,
                    &[
                        ("images", images.as_str()),
                        ("objects", &objects),
                        ("name", &labels.name),
                        ("frames", &frames(run.footage.calibration_frames)),
                        ("footage", footage),
                    ],
                )
            }
            None => Prose::fill(
                words.judged_agreement,
                &[
                    ("frames", frames(run.footage.comparison_frames).as_str()),
                    ("footage", footage),
                ],
            ),
        };
        compared.and(judged)
    }

    fn forced(&self, chosen: &Candidate) -> Option<Block> {
        let reason = self.run.forced.as_deref().unwrap_or(self.words.no_reason);
        let text = Prose::fill(self.words.forced, &[("name", chosen.name.as_str()), ("reason", reason)]);
        self.is_forced(chosen).then_some(Block::Notice(Mood::Warn, text))
    }

    fn choice(&self, chosen: &Candidate) -> Prose {
        let (words, format) = (self.words, self.format);
        let mut prose = match chosen.speeds.first() {
            Some(speed) => {
                let range = format.ratio_range(&speed.ratio);
                let interval = if range.is_empty() {
                    range
                } else {
                    text(words.in_interval, &[("range", range)])
                };
                Prose::fill(
                    words.chosen,
                    &[
                        ("name", chosen.name.as_str()),
                        ("after", &format.milliseconds(speed.ms)),
                        ("before", &format.milliseconds(speed.baseline_ms)),
                        ("device", &speed.device),
                        ("threads", &format.threads(speed)),
                        ("ratio", &format.ratio(speed.ratio.value)),
                        ("interval", &interval),
                    ],
                )
            }
            None => Prose::fill(words.chosen_unmeasured, &[("name", chosen.name.as_str())]),
        };
        if let Some(bytes) = chosen.bytes {
            let sizes = [
                ("after", format.0.bytes(bytes)),
                ("before", format.0.bytes(self.run.model.bytes)),
            ];
            prose = prose.and(Prose::fill(words.chosen_file, &sizes));
        }
        let others: Vec<&str> = self.passed_too().map(|candidate| candidate.name.as_str()).collect();
        if !others.is_empty() {
            let template = format.counted(others.len() as u32, words.others_one, words.others_several);
            prose = prose.and(Prose::fill(&template, &[("names", others.join(", "))]));
        }
        prose
    }

    fn passed_too(&self) -> impl Iterator<Item = &Candidate> {
        let candidates = self.run.candidates.iter();
        candidates.filter(|candidate| candidate.verdict == Verdict::Passed)
    }

    fn cost(&self, chosen: &Candidate) -> Prose {
        let (words, format) = (self.words, self.format);
        let agreement = |template| {
            chosen.agreement.map(|agreement| {
                Prose::fill(
                    template,
                    &[
                        ("share", format.percent(agreement.agreement.value)),
                        ("boxes", format.0.count(u64::from(agreement.boxes))),
                        ("error", format.score(agreement.score_error.value)),
                    ],
                )
            })
        };
        let mut prose = match chosen.precision {
            Some(precision) => {
                let before = self
                    .run
                    .baseline
                    .map
                    .unwrap_or(precision.map + precision.map_drop.value);
                let map = Prose::fill(
                    words.cost_map,
                    &[
                        ("before", format.hundred(before)),
                        ("after", format.hundred(precision.map)),
                        ("change", format.change(precision.map_drop.value)),
                        ("ap50", format.change(precision.ap50_drop.value)),
                    ],
                );
                map.and(agreement(words.cost_also_agreement).unwrap_or_default())
            }
            None => agreement(words.cost_agreement).unwrap_or_else(|| Prose::fill::<&str>(words.cost_unknown, &[])),
        };
        if let Some(class) = self.worst_class(chosen) {
            prose = prose.and(class);
        }
        if chosen.own_operator {
            prose = prose.and(Prose::plain(words.cost_operator));
            if let Some(other) = self.passed_too().find(|candidate| !candidate.own_operator) {
                prose = prose.and(Prose::fill(words.cost_operator_other, &[("name", &other.name)]));
            }
        }
        prose
    }

    fn worst_class(&self, chosen: &Candidate) -> Option<Prose> {
        let classes = self
            .run
            .classes
            .as_ref()
            .filter(|classes| classes.candidate == chosen.name)?;
        let lost = |class: &ClassChange| class.before - class.after;
        let worst = classes.classes.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)))?;
        if lost(worst) < 5e-4 || !lost(worst).is_finite() {
            return None;
        }
        let score = |share: f64| self.format.score(share);
        let percent = |share: f64| self.format.hundred(share);
        let (template, before, after) = match classes.measure {
            ClassMeasure::AveragePrecision => (self.words.cost_class, percent(worst.before), percent(worst.after)),
            ClassMeasure::Score => (self.words.cost_class_score, score(worst.before), score(worst.after)),
        };
        let told = [("label", worst.label.as_str()), ("before", &before), ("after", &after)];
        Some(Prose::fill(template, &told))
    }

    /// The first gate that a larger sample could turn is told; that all are sure only if all have an interval.
    fn uncertain(&self, chosen: &Candidate) -> Prose {
        let (words, format) = (self.words, self.format);
        let gates = &chosen.gates;
        let plain = |template| Prose::fill::<&str>(template, &[]);
        if gates.iter().any(|gate| !gate.passed) {
            return plain(words.uncertain_failed);
        }
        if let Some(gate) = gates.iter().find(|gate| gate.uncertain()) {
            let value = |value: f64| format.measured(gate.measure, value);
            let interval = gate
                .value
                .interval
                .map_or((0.0, 0.0), |interval| (interval.low, interval.high));
            let (low, high) = if Self::turned(gate) {
                (interval.1, interval.0)
            } else {
                interval
            };
            return Prose::fill(
                words.uncertain_limit,
                &[
                    ("measure", format.measure(gate.measure)),
                    ("low", &value(low)),
                    ("high", &value(high)),
                    ("limit", &format.limit(gate)),
                ],
            );
        }
        if !gates.is_empty() && gates.iter().all(|gate| gate.value.interval.is_some()) {
            plain(words.uncertain_within)
        } else {
            plain(words.uncertain_unknown)
        }
    }

    /// Drops are told as changes, whose limits are the other way round.
    fn turned(gate: &Gate) -> bool {
        use crate::optimise::Measure::{Ap50Drop, MapDrop};
        matches!(gate.measure, MapDrop | Ap50Drop)
    }
}
