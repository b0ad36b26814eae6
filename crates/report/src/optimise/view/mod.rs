//! The run as a document.

mod basis;
mod candidates;
mod classes;
mod finding;
mod format;
mod gates;
mod layers;
mod measurements;
mod pictures;
mod recipes;
mod release;
mod repeat;
mod result;
mod scatter;
mod terms;

use self::format::Format;
pub(super) use self::format::text;
use super::{Candidate, Run, Verdict};
use crate::{
    Language, Report,
    document::{Document, Mood, Section},
    words,
};

/// What every part of the view needs.
struct View<'a> {
    run: &'a Run,
    words: &'static words::Optimise,
    format: Format,
}

/// The run as a document.
pub(crate) fn document(report: &Report, run: &Run, language: Language) -> Document {
    let words = words::optimise(language);
    let view = View {
        run,
        words,
        format: Format(language),
    };
    let name = [("name", &run.model.name), ("version", &run.model.version)];
    Document {
        language,
        kind: words.kind.to_owned(),
        title: format::text(words.fact_model_value, &name),
        created: report.created,
        author: format::text(words.author, &[("version", &report.luchs)]),
        finding: view.finding(),
        sections: view.sections(),
    }
}

impl View<'_> {
    /// Those for which there is something to say.
    fn sections(&self) -> Vec<Section> {
        let sections = [
            Some(self.result()),
            Some(self.candidates()),
            self.requirements(),
            self.classes(),
            self.pictures(),
            self.layers(),
            self.measurements(),
            Some(self.recipes()),
            Some(self.basis()),
            self.repeat(),
            Some(self.terms()),
            Some(self.release()),
        ];
        sections.into_iter().flatten().collect()
    }

    /// Whether somebody insisted on a candidate: it was chosen, but a gate was not passed.
    fn is_forced(&self, candidate: &Candidate) -> bool {
        candidate.verdict == Verdict::Chosen
            && (self.run.forced.is_some() || candidate.gates.iter().any(|gate| !gate.passed))
    }

    fn verdict(&self, candidate: &Candidate) -> (Mood, &'static str) {
        match candidate.verdict {
            Verdict::Chosen if self.is_forced(candidate) => (Mood::Warn, self.words.verdict_forced),
            Verdict::Chosen => (Mood::Good, self.words.verdict_chosen),
            Verdict::Passed => (Mood::Good, self.words.verdict_passed),
            Verdict::Rejected { .. } => (Mood::Bad, self.words.verdict_rejected),
            Verdict::Failed { .. } => (Mood::Bad, self.words.verdict_failed),
        }
    }
}
