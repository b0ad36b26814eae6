//! Which layers suffer.

use super::{
    View,
    format::{POINTS, text},
};
use crate::{
    document::{Block, Figure, Section},
    optimise::LayerMeasure,
    plot::{Bar, Bars, Plot},
    prose::Prose,
};

/// So many layers are shown, the worst ones.
const MOST: usize = 15;

impl View<'_> {
    pub(super) fn layers(&self) -> Option<Section> {
        let words = self.words;
        let sensitivity = self.run.sensitivity.as_ref().filter(|all| !all.layers.is_empty())?;
        let mut layers: Vec<_> = sensitivity.layers.iter().collect();
        layers.sort_by(|a, b| b.error.total_cmp(&a.error));
        let all = layers.len();
        layers.truncate(MOST);
        let count = |number: usize| self.format.0.count(number as u64);
        let told = [("shown", count(layers.len())), ("all", count(all))];
        let float = self.run.chosen().map_or_else(
            || words.layers_float_chosen.to_owned(),
            |chosen| text(words.layers_float, &[("name", &chosen.name)]),
        );
        let plot = Bars {
            title: words.layers_title.to_owned(),
            axis: match sensitivity.measure {
                LayerMeasure::OutputError => words.layers_output,
                LayerMeasure::ScoreError => words.layers_score,
            }
            .to_owned(),
            digits: POINTS,
            bars: layers
                .into_iter()
                .map(|layer| Bar {
                    label: layer.name.clone(),
                    note: layer.operator.clone(),
                    value: layer.error * 100.0,
                    hollow: layer.kept_float,
                })
                .collect(),
            legend: Some((words.layers_integer.to_owned(), float)),
        };
        Some(Section {
            id: "layers",
            title: words.layers.to_owned(),
            brief: false,
            blocks: vec![Block::Figure(Box::new(Figure {
                plot: Plot::Bars(plot),
                caption: Prose::fill(words.layers_caption, &told),
            }))],
        })
    }
}
