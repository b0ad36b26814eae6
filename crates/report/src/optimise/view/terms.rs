//! What the words mean, for those who do not work with models.

use super::View;
use crate::document::{Block, Fact, Section};

impl View<'_> {
    pub(super) fn terms(&self) -> Section {
        let words = self.words;
        let any = |has: fn(&crate::optimise::Candidate) -> bool| self.run.candidates.iter().any(has);
        let mut terms = Vec::new();
        if any(|candidate| candidate.precision.is_some()) {
            terms.push((words.term_map, words.term_map_text));
        }
        if any(|candidate| candidate.agreement.is_some()) {
            terms.push((words.term_agreement, words.term_agreement_text));
        }
        terms.push((words.term_interval, words.term_interval_text));
        terms.push((words.term_speed, words.term_speed_text));
        terms.push((words.term_integer, words.term_integer_text));
        Section {
            id: "terms",
            title: words.terms.to_owned(),
            brief: false,
            blocks: vec![Block::Facts(
                terms.into_iter().map(|(term, text)| Fact::new(term, text)).collect(),
            )],
        }
    }
}
