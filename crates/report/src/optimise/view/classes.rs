//! What became of each class.

use super::{
    View,
    format::{POINTS, text},
};
use crate::{
    document::{Block, Figure, Section},
    optimise::{ClassChange, ClassMeasure},
    plot::{Change, Diverging, Plot},
    prose::Prose,
};

/// So many classes are shown, those that changed most.
const MOST: usize = 16;

impl View<'_> {
    pub(super) fn classes(&self) -> Option<Section> {
        let words = self.words;
        let classes = self
            .run
            .classes
            .as_ref()
            .filter(|classes| !classes.classes.is_empty())?;
        let by = |class: &ClassChange| class.after - class.before;
        let mut all: Vec<&ClassChange> = classes.classes.iter().collect();
        all.sort_by(|a, b| by(b).abs().total_cmp(&by(a).abs()));
        let rest = all.split_off(all.len().min(MOST));
        all.sort_by(|a, b| by(a).total_cmp(&by(b)));
        let name = [("name", classes.candidate.as_str())];
        let mut caption = Prose::fill(words.classes_caption, &name);
        if let Some(most) = rest.first() {
            let told = [
                ("n", self.format.0.count(rest.len() as u64)),
                ("points", self.format.hundred(by(most).abs())),
            ];
            caption = caption.and(Prose::fill(words.classes_rest, &told));
        }
        let plot = Diverging {
            title: text(words.classes_title, &name),
            axis: match classes.measure {
                ClassMeasure::AveragePrecision => words.classes_ap,
                ClassMeasure::Score => words.classes_score,
            }
            .to_owned(),
            digits: POINTS,
            changes: all.into_iter().map(|class| self.class(class)).collect(),
            values: words.classes_values.to_owned(),
        };
        Some(Section {
            id: "classes",
            title: words.classes.to_owned(),
            brief: false,
            blocks: vec![Block::Figure(Box::new(Figure {
                plot: Plot::Diverging(plot),
                caption,
            }))],
        })
    }

    fn class(&self, class: &ClassChange) -> Change {
        Change {
            label: class.label.clone(),
            note: format!("({})", self.format.0.count(u64::from(class.objects))),
            before: class.before * 100.0,
            after: class.after * 100.0,
        }
    }
}
