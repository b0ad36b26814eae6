//! Accuracy over time.

use super::{
    View,
    format::{POINTS, TIMES, text},
};
use crate::{
    document::{Block, Figure},
    optimise::{Candidate, Estimate, Measure, Verdict},
    plot::{Axis, Mark, Plot, Point, Region, Scatter},
    prose::Prose,
};

/// A rejected candidate further below the others than so many times their spread stands at the edge.
const SPREAD: f64 = 1.5;
/// Room around the points, as a part of their spread.
const ROOM: f64 = 0.1;

impl View<'_> {
    /// None where nothing was measured.
    pub(super) fn scatter(&self) -> Option<Block> {
        let words = self.words;
        let labelled = self
            .run
            .candidates
            .iter()
            .any(|candidate| candidate.precision.is_some());
        let reference = Point {
            x: self.baseline_ms()?,
            y: if labelled {
                self.run.baseline.map? * 100.0
            } else {
                100.0
            },
            interval: None,
            label: words.baseline.to_owned(),
            mark: Mark::Reference,
        };
        let mut points: Vec<Point> = self
            .run
            .candidates
            .iter()
            .filter_map(|candidate| self.point(candidate, labelled, &reference))
            .collect();
        if points.is_empty() {
            return None;
        }
        let region = self.region(labelled, &reference);
        let focus = focus(&points, &reference, region.as_ref());
        points.push(reference);
        // Names of what counts get the best places.
        points.sort_by_key(|point| match point.mark {
            Mark::Chosen | Mark::Forced => 0,
            Mark::Reference => 1,
            Mark::Good => 2,
            Mark::Bad => 3,
        });
        let beyond = points.iter().any(|point| point.y < focus.0);
        let speed = self
            .run
            .candidates
            .iter()
            .find_map(|candidate| candidate.speeds.first())?;
        let case = [
            ("device", speed.device.as_str()),
            ("threads", &self.format.threads(speed)),
        ];
        let scatter = Scatter {
            title: words.scatter_title.to_owned(),
            x: Axis {
                title: text(words.scatter_time, &case),
                focus: None,
                digits: TIMES,
            },
            y: Axis {
                title: if labelled {
                    words.scatter_map
                } else {
                    words.scatter_agreement
                }
                .to_owned(),
                focus: Some(focus),
                digits: POINTS,
            },
            points,
            region,
            front: Some(words.legend_front.to_owned()),
            legend: [
                (Mark::Reference, words.legend_reference),
                (Mark::Chosen, words.legend_chosen),
                (Mark::Forced, words.legend_forced),
                (Mark::Good, words.legend_passed),
                (Mark::Bad, words.legend_rejected),
            ]
            .map(|(mark, word)| (mark, word.to_owned()))
            .into(),
        };
        let mut caption = Prose::plain(words.scatter_caption);
        if beyond {
            caption = caption.and(Prose::plain(words.scatter_beyond));
        }
        Some(Block::Figure(Box::new(Figure {
            plot: Plot::Scatter(scatter),
            caption,
        })))
    }

    fn point(&self, candidate: &Candidate, labelled: bool, reference: &Point) -> Option<Point> {
        let limits = |estimate: Estimate| estimate.interval.map(|interval| (interval.low, interval.high));
        let (y, interval) = if labelled {
            let precision = candidate.precision?;
            let drop = limits(precision.map_drop);
            (
                precision.map * 100.0,
                drop.map(|(low, high)| (reference.y - high * 100.0, reference.y - low * 100.0)),
            )
        } else {
            let agreement = candidate.agreement?.agreement;
            (
                agreement.value * 100.0,
                limits(agreement).map(|(low, high)| (low * 100.0, high * 100.0)),
            )
        };
        Some(Point {
            x: candidate.speeds.first()?.ms,
            y,
            interval,
            label: candidate.name.clone(),
            mark: match candidate.verdict {
                Verdict::Chosen if self.is_forced(candidate) => Mark::Forced,
                Verdict::Chosen => Mark::Chosen,
                Verdict::Passed => Mark::Good,
                Verdict::Rejected { .. } | Verdict::Failed { .. } => Mark::Bad,
            },
        })
    }

    /// Where both are good enough, by the gates of any candidate: they are the same for all.
    fn region(&self, labelled: bool, reference: &Point) -> Option<Region> {
        let limit = |measure: Measure| {
            let mut gates = self.run.candidates.iter().flat_map(|candidate| &candidate.gates);
            gates.find(|gate| gate.measure == measure).map(|gate| gate.limit)
        };
        let y_least = if labelled {
            reference.y - limit(Measure::MapDrop)? * 100.0
        } else {
            limit(Measure::Agreement)? * 100.0
        };
        let ratio = limit(Measure::Speedup)?;
        (ratio > 0.0).then(|| Region {
            x_most: reference.x / ratio,
            y_least,
            label: self.words.region.to_owned(),
        })
    }
}

/// Between which accuracies the plot runs: all that passed and what is required; of the rejected ones those that do not
/// squeeze the others together.
fn focus(points: &[Point], reference: &Point, region: Option<&Region>) -> (f64, f64) {
    let good = points.iter().filter(|point| point.mark != Mark::Bad).chain([reference]);
    let kept: Vec<f64> = good
        .flat_map(|point| [Some(point.y), point.interval.map(|i| i.0), point.interval.map(|i| i.1)])
        .flatten()
        .chain(region.map(|region| region.y_least))
        .filter(|y| y.is_finite())
        .collect();
    let low = kept.iter().copied().fold(f64::INFINITY, f64::min);
    let high = kept.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let spread = (high - low).max(0.5);
    let bad = points
        .iter()
        .filter(|point| point.mark == Mark::Bad)
        .map(|point| point.y);
    let lowest = bad.filter(|y| *y >= low - SPREAD * spread).fold(low, f64::min);
    let room = (high - lowest).max(0.5) * ROOM;
    (lowest - room, high + room)
}
