//! From what was measured to what is taken.

use luchs_report::optimise::{Candidate, Measure, RecipeStep, Verdict};

use super::{Entry, Plan, measured::Measured};
use crate::{
    choice::{Choice, Contender, best_of, choose},
    gates::{Evidence, Judgement},
    tool::Made,
};

/// The candidates as the report tells them, and which of them is taken.
pub(super) struct Judged {
    pub(super) candidates: Vec<Candidate>,
    pub(super) choice: Choice,
    pub(super) contenders: Vec<Contender>,
}

pub(super) fn judge(entries: &[Entry], made: &[Made], measured: &[Measured], force: bool, plan: &Plan<'_>) -> Judged {
    let judgements: Vec<Judgement> = measured
        .iter()
        .map(|measured| plan.limits.judge(evidence(measured)))
        .collect();
    let contenders: Vec<Contender> = entries
        .iter()
        .zip(measured)
        .zip(&judgements)
        .map(|((entry, measured), judgement)| Contender {
            name: entry.name.clone(),
            loss: loss(measured),
            ms: measured.speeds.first().map_or(f64::INFINITY, |speed| speed.ms),
            passes: judgement.passes(),
            runs: measured.broken.is_none() && !measured.speeds.is_empty(),
        })
        .collect();
    let choice = choose(&contenders, force);
    let mut candidates = Vec::with_capacity(entries.len());
    for (index, (entry, judgement)) in entries.iter().zip(judgements).enumerate() {
        let measured = &measured[index];
        let made = entry.made.map(|index| &made[index]);
        let verdict = match &measured.broken {
            Some(error) => Verdict::Failed { error: error.clone() },
            None if choice.index() == Some(index) => Verdict::Chosen,
            None if judgement.passes() => Verdict::Passed,
            None => Verdict::Rejected {
                reason: judgement.reason.clone(),
            },
        };
        candidates.push(Candidate {
            name: entry.name.clone(),
            recipe: made.map_or_else(
                || {
                    vec![RecipeStep::OtherModel {
                        name: entry.name.clone(),
                    }]
                },
                Made::steps,
            ),
            bytes: made.map(|made| made.bytes),
            digest: made.map(|made| made.sha256.to_string()),
            own_operator: made.is_some_and(|made| made.needs_table),
            precision: measured.precision,
            agreement: measured.agreement,
            speeds: measured.speeds.clone(),
            gates: judgement.gates,
            verdict,
        });
    }
    Judged {
        candidates,
        choice,
        contenders,
    }
}

fn evidence(measured: &Measured) -> Evidence<'_> {
    Evidence {
        precision: measured.precision.as_ref(),
        agreement: measured.agreement.as_ref(),
        speed: measured.speeds.first(),
    }
}

/// What a candidate loses: precision if it is known, else agreement.
fn loss(measured: &Measured) -> f64 {
    match (&measured.precision, &measured.agreement) {
        (Some(precision), _) => precision.map_drop.value,
        (None, Some(agreement)) => 1.0 - agreement.agreement.value,
        (None, None) => f64::INFINITY,
    }
}

/// The variant for other programs beside a chosen one that needs an operator of ours: of those on its device that need none,
/// what is best of those that passed; else of those that are accurate enough.
pub(super) fn standard(chosen: usize, entries: &[Entry], judged: &Judged) -> Option<usize> {
    let candidates = &judged.candidates;
    if !candidates[chosen].own_operator {
        return None;
    }
    let suits = |index: usize| {
        entries[index].made.is_some()
            && entries[index].device == entries[chosen].device
            && !candidates[index].own_operator
    };
    let accurate = |index: usize| {
        let gates = &candidates[index].gates;
        let mut gates = gates.iter().filter(|gate| gate.measure != Measure::Speedup);
        gates.all(|gate| gate.passed)
    };
    let contenders = &judged.contenders;
    best_of(contenders, |index| suits(index) && contenders[index].passes)
        .or_else(|| best_of(contenders, |index| suits(index) && accurate(index)))
}
