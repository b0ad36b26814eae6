//! How the tool says that it made a candidate, and how passport and report say it.

use luchs_model::passport;
use luchs_report::optimise::{FloatType, IntegerForm, IntegerType, Ranges, RecipeStep};
use serde::Deserialize;

/// The member `recipe` of a description; what is not needed here (the ranges themselves) is read over.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Recipe {
    /// `float32`, `float16`, `qdq`, `symmetric`, `nhwc`, `pruned`.
    form: String,
    /// How ranges were found.
    method: Option<String>,
    /// With what functions of one value are computed.
    pointwise: Option<String>,
    /// Layers that stayed in float.
    pub(super) float: Vec<String>,
    /// What was done to the first layer: `bytes`, `blocks`.
    stem: Vec<String>,
    /// Convolutions that were split by the ranges of their channels.
    splits: Vec<Split>,
    /// Convolutions whose channels were brought to one range by factors, which the next layer takes back.
    scaled: Vec<Split>,
    /// How weights were rounded: to the `nearest`, or for the `results` of their layer.
    rounding: Option<String>,
    /// Width and height of smaller pictures.
    size: Option<[u32; 2]>,
    /// Multiplications for a frame before and after pruning.
    macs: Option<[f64; 2]>,
    /// How what is left was trained.
    training: Training,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Training {
    /// Steps that were taken, and the error then, several times.
    errors: Vec<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Split {
    conv: String,
}

/// As ONNX Runtime's and this tool's percentile is.
const PERCENT: f64 = 99.99;

impl Recipe {
    fn has(&self, step: &str) -> bool {
        self.stem.iter().any(|done| done == step)
    }

    fn rounded_for_results(&self) -> bool {
        self.rounding.as_deref() == Some("results")
    }

    /// The part of all multiplications that was taken out.
    fn pruned(&self) -> Option<f64> {
        let [before, after] = self.macs?;
        (self.form == "pruned" && before > 0.0).then(|| 1.0 - after / before)
    }

    /// For the passport.
    pub(super) fn for_passport(&self) -> passport::Recipe {
        let mut steps = vec!["cleaned up".to_owned()];
        if let Some([width, height]) = self.size {
            steps.push(format!("input of {width}×{height}"));
        }
        if let Some(part) = self.pruned() {
            let percent = part * 100.0;
            let trained = self.training.errors.last().map_or(0.0, |[steps, _]| *steps);
            steps.push(format!(
                "{percent:.0} % of the multiplications taken out, {trained:.0} steps of learning from the original"
            ));
        }
        if self.has("bytes") {
            steps.push("takes bytes, mean and std in the first layer".to_owned());
        }
        if self.has("blocks") {
            steps.push("first layer on blocks of 2×2 pixels".to_owned());
        }
        let splits = names(&self.splits).into_iter();
        steps.extend(splits.map(|conv| format!("{conv} split by the ranges of its channels")));
        let scaled = names(&self.scaled).into_iter();
        steps.extend(scaled.map(|conv| format!("channels of {conv} brought to one range by factors")));
        if self.rounded_for_results() {
            steps.push("weights rounded for the results of their layer".to_owned());
        }
        passport::Recipe {
            form: self.form.clone(),
            ranges: self.method.clone(),
            pointwise: self.pointwise.clone(),
            float: self.float.clone(),
            steps,
        }
    }

    /// For the report.
    pub(super) fn for_report(&self, needs_table: bool) -> Vec<RecipeStep> {
        let mut steps = vec![RecipeStep::CleanUp];
        if let Some([width, height]) = self.size {
            steps.push(RecipeStep::Resize { width, height });
        }
        if let Some(share) = self.pruned() {
            let distilled = !self.training.errors.is_empty();
            steps.push(RecipeStep::Prune { share, distilled });
        }
        let form = match self.form.as_str() {
            "qdq" => Some(IntegerForm::Qdq),
            "symmetric" => Some(IntegerForm::Symmetric),
            "nhwc" => Some(IntegerForm::Nhwc),
            "float16" => {
                steps.push(RecipeStep::Half { to: FloatType::Fp16 });
                None
            }
            _ => None,
        };
        // `mse, refined`: found by one method, and then by what the outputs say.
        let (method, rest) = self
            .method
            .as_deref()
            .unwrap_or_default()
            .split_once(',')
            .unwrap_or_else(|| (self.method.as_deref().unwrap_or_default(), ""));
        if let Some(form) = form {
            steps.push(RecipeStep::Quantize {
                form,
                activations: if form == IntegerForm::Symmetric {
                    IntegerType::S8
                } else {
                    IntegerType::U8
                },
                weights: IntegerType::S8,
                per_channel: true,
                ranges: match method {
                    "percentile" => Ranges::Percentile { percent: PERCENT },
                    "mse" => Ranges::LeastError,
                    _ => Ranges::MinMax,
                },
            });
            if rest.contains("refined") {
                steps.push(RecipeStep::NarrowRanges);
            }
        }
        if self.has("bytes") {
            steps.push(RecipeStep::ByteInput);
        }
        if self.has("blocks") {
            steps.push(RecipeStep::SpaceToDepthStem);
        }
        if !self.splits.is_empty() {
            let layers = names(&self.splits);
            steps.push(RecipeStep::SplitConvolutions { layers });
        }
        if !self.scaled.is_empty() {
            let layers = names(&self.scaled);
            steps.push(RecipeStep::ScaleChannels { layers });
        }
        if self.rounded_for_results() {
            steps.push(RecipeStep::RoundForResults);
        }
        if needs_table {
            steps.push(RecipeStep::TableOperator);
        }
        if !self.float.is_empty() {
            steps.push(RecipeStep::KeepFloat {
                layers: self.float.clone(),
            });
        }
        steps
    }
}

fn names(splits: &[Split]) -> Vec<String> {
    splits.iter().map(|split| split.conv.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(json: &str) -> Recipe {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_recipe_is_told_step_by_step() {
        let recipe = recipe(
            r#"{"form": "nhwc", "method": "mse, refined", "pointwise": "table", "float": ["Conv_41"], "stem": ["bytes", "blocks"],
                "camera": {"mean": [0, 0, 0]}, "splits": [{"conv": "Conv_44", "narrow": [1], "factor": 4.0}],
                "scaled": [{"conv": "Conv_7"}], "rounding": "results", "ranges": {"images": [0, 255]}, "size": [320, 320]}"#,
        );
        let steps = recipe.for_report(true);
        let quantized = RecipeStep::Quantize {
            form: IntegerForm::Nhwc,
            activations: IntegerType::U8,
            weights: IntegerType::S8,
            per_channel: true,
            ranges: Ranges::LeastError,
        };
        assert_eq!(
            steps[1..6],
            [
                RecipeStep::Resize {
                    width: 320,
                    height: 320
                },
                quantized,
                RecipeStep::NarrowRanges,
                RecipeStep::ByteInput,
                RecipeStep::SpaceToDepthStem,
            ]
        );
        assert_eq!(
            steps[6..],
            [
                RecipeStep::SplitConvolutions {
                    layers: vec!["Conv_44".into()]
                },
                RecipeStep::ScaleChannels {
                    layers: vec!["Conv_7".into()]
                },
                RecipeStep::RoundForResults,
                RecipeStep::TableOperator,
                RecipeStep::KeepFloat {
                    layers: vec!["Conv_41".into()]
                }
            ]
        );
        let passport = recipe.for_passport();
        assert_eq!(
            (passport.form.as_str(), passport.ranges.as_deref()),
            ("nhwc", Some("mse, refined"))
        );
        assert_eq!((passport.float.len(), passport.steps.len()), (1, 7));
    }

    #[test]
    fn a_pruned_model_tells_how_much_it_lost_and_whether_it_learned() {
        let trained = recipe(
            r#"{"form": "pruned", "macs": [500e6, 400e6], "channels": {"Conv_1": [64, 48]},
                "training": {"steps": 100000, "errors": [[50, 0.4], [200, 0.25]]}}"#,
        );
        let RecipeStep::Prune { share, distilled: true } = trained.for_report(false)[1] else {
            panic!("{:?}", trained.for_report(false));
        };
        assert!((share - 0.2).abs() < 1e-9);
        let told = &trained.for_passport().steps[1];
        assert!(
            told.starts_with("20 % of the multiplications") && told.contains("200 steps"),
            "{told}"
        );
        let cut = recipe(r#"{"form": "pruned", "macs": [500e6, 400e6], "training": {"steps": 0}}"#);
        assert!(matches!(
            cut.for_report(false)[1],
            RecipeStep::Prune { distilled: false, .. }
        ));
    }

    #[test]
    fn floats_are_only_cleaned_or_halved() {
        assert_eq!(
            recipe(r#"{"form": "float32"}"#).for_report(false),
            [RecipeStep::CleanUp]
        );
        let half = recipe(r#"{"form": "float16"}"#).for_report(false);
        assert_eq!(half[1], RecipeStep::Half { to: FloatType::Fp16 });
    }
}
