//! Pictures in which two models see different things.

use super::{View, format::text};
use crate::{
    document::{Block, Marked, Pair, Section, Side},
    optimise::{Example, Found},
    prose::Prose,
};

impl View<'_> {
    pub(super) fn pictures(&self) -> Option<Section> {
        let words = self.words;
        if self.run.frames.is_empty() {
            return None;
        }
        let pairs = self.run.frames.iter().map(|frame| self.pair(frame)).collect();
        Some(Section {
            id: "pictures",
            title: words.pictures.to_owned(),
            brief: false,
            blocks: vec![Block::Prose(Prose::plain(words.pictures_text)), Block::Pictures(pairs)],
        })
    }

    fn pair(&self, frame: &Example) -> Pair {
        Pair {
            picture: frame.picture.clone(),
            name: frame.name.clone(),
            left: self.side(self.words.baseline, &frame.before),
            right: self.side(&frame.candidate, &frame.after),
        }
    }

    fn side(&self, name: &str, found: &[Found]) -> Side {
        let (words, language) = (self.words, self.format.0);
        let alone = found.iter().filter(|found| !found.agrees).count();
        let template = match (found.len(), alone) {
            (0, _) => words.side_none,
            (_, 0) => words.side_all,
            _ => words.side_some,
        };
        let counts = [
            ("name", name),
            ("n", &language.count(found.len() as u64)),
            ("alone", &language.count(alone as u64)),
        ];
        let boxes = found.iter().map(|found| Marked {
            area: found.area,
            label: format!("{} {}", found.label, language.decimal(f64::from(found.score), 2)),
            alone: !found.agrees,
        });
        Side {
            caption: text(template, &counts),
            boxes: boxes.collect(),
        }
    }
}
