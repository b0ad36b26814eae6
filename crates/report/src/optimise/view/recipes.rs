//! How each candidate was made.

use super::{View, format::text};
use crate::{
    document::{Badge, Block, Fact, Section},
    optimise::{IntegerForm, Ranges, RecipeStep},
    prose::Prose,
    words::recipe,
};

impl View<'_> {
    pub(super) fn recipes(&self) -> Section {
        let mut blocks = Vec::new();
        for candidate in &self.run.candidates {
            let (mood, word) = self.verdict(candidate);
            blocks.push(Block::Heading(candidate.name.clone(), Some(Badge::new(mood, word))));
            if !candidate.recipe.is_empty() {
                let steps = candidate.recipe.iter().map(|step| self.step(step));
                blocks.push(Block::List(steps.collect()));
            }
            if let Some(digest) = &candidate.digest {
                blocks.push(Block::Facts(vec![Fact::code(self.words.fact_digest, digest)]));
            }
        }
        Section {
            id: "recipes",
            title: self.words.recipes.to_owned(),
            brief: false,
            blocks,
        }
    }

    fn step(&self, step: &RecipeStep) -> Prose {
        let language = self.format.0;
        let words = recipe(language);
        let plain = |text: &str| Prose::fill::<&str>(text, &[]);
        let of_layers = |layers: &[String], one: &str, several: &str| {
            let template = self.format.counted(layers.len() as u32, one, several);
            Prose::fill(&template, &[("layers", layers.join(", "))])
        };
        match step {
            RecipeStep::CleanUp => plain(words.clean_up),
            RecipeStep::Half { to } => Prose::fill(words.half, &[("type", to.as_str())]),
            RecipeStep::Quantize {
                form,
                activations,
                weights,
                per_channel,
                ranges,
            } => {
                let ranges = match ranges {
                    Ranges::MinMax => words.ranges_all.to_owned(),
                    Ranges::Percentile { percent } => {
                        text(words.ranges_percentile, &[("percent", language.decimal(*percent, 2))])
                    }
                    Ranges::LeastError => words.ranges_least_error.to_owned(),
                };
                let form = match form {
                    IntegerForm::Qdq => words.form_qdq,
                    IntegerForm::Nhwc => words.form_nhwc,
                    IntegerForm::Symmetric => words.form_symmetric,
                };
                Prose::fill(
                    words.quantize,
                    &[
                        ("weights", weights.as_str()),
                        ("channels", if *per_channel { words.per_channel } else { "" }),
                        ("activations", activations.as_str()),
                        ("form", form),
                        ("ranges", &ranges),
                    ],
                )
            }
            RecipeStep::KeepFloat { layers } => of_layers(layers, words.float_one, words.float_several),
            RecipeStep::NarrowRanges => plain(words.narrow_ranges),
            RecipeStep::SplitConvolutions { layers } => of_layers(layers, words.split_one, words.split_several),
            RecipeStep::ScaleChannels { layers } => of_layers(layers, words.scale_one, words.scale_several),
            RecipeStep::RoundForResults => plain(words.round_for_results),
            RecipeStep::TableOperator => plain(words.table),
            RecipeStep::ByteInput => plain(words.byte_input),
            RecipeStep::SpaceToDepthStem => plain(words.space_to_depth),
            RecipeStep::Resize { width, height } => Prose::fill(
                words.resize,
                &[("width", width.to_string()), ("height", height.to_string())],
            ),
            RecipeStep::OtherModel { name } => Prose::fill(words.other_model, &[("name", name)]),
            RecipeStep::Prune { share, distilled } => {
                let template = if *distilled { words.prune_distilled } else { words.prune };
                Prose::fill(template, &[("share", language.percent(*share, 0))])
            }
        }
    }
}
