//! Where somebody signs.

use super::View;
use crate::{
    document::{Block, Fact, Section, SignOff},
    prose::Prose,
};

impl View<'_> {
    pub(super) fn release(&self) -> Section {
        let (run, words) = (self.run, self.words);
        let chosen = run.chosen();
        let (template, name) = chosen.map_or((words.release_none, ""), |chosen| {
            (words.release_chosen, chosen.name.as_str())
        });
        let mut facts = vec![Fact::code(words.release_before, &run.model.digest)];
        if let Some(digest) = chosen.and_then(|chosen| chosen.digest.as_ref()) {
            facts.push(Fact::code(words.release_after, digest));
        }
        Section {
            id: "release",
            title: words.release.to_owned(),
            brief: false,
            blocks: vec![Block::SignOff(SignOff {
                about: Prose::fill(template, &[("name", name), ("model", &run.model.name)]),
                facts,
            })],
        }
    }
}
