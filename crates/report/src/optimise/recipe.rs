//! How candidates are made. Steps are values, not sentences, so that a report can tell them in its language.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step of a recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum RecipeStep {
    /// The same results with fewer operators.
    CleanUp,
    /// Weights and activations in a shorter floating-point type.
    Half {
        /// Which one.
        to: FloatType,
    },
    /// Weights and activations as integers.
    Quantize {
        /// How the graph says it.
        form: IntegerForm,
        /// Type of activations.
        activations: IntegerType,
        /// Type of weights.
        weights: IntegerType,
        /// Whether each channel of the weights has a scale of its own.
        per_channel: bool,
        /// How ranges of activations were found.
        ranges: Ranges,
    },
    /// Layers that stayed in float.
    KeepFloat {
        /// Their names.
        layers: Vec<String>,
    },
    /// Functions of single values as a table of 256 entries.
    TableOperator,
    /// The input takes the camera's bytes; mean and deviation are part of the first layer.
    ByteInput,
    /// The first layer works on blocks of 2×2 pixels.
    SpaceToDepthStem,
    /// Another size of the input.
    Resize {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Another, lighter model.
    OtherModel {
        /// Its name.
        name: String,
    },
    /// Channels removed.
    Prune {
        /// Share of the multiplications that went, 0 to 1.
        share: f64,
        /// Whether the rest learned from the model as it was to make up for them.
        distilled: bool,
    },
    /// Ranges narrowed where the outputs get better for it.
    NarrowRanges,
    /// Convolutions in two, as some of their channels have much wider ranges than others.
    SplitConvolutions {
        /// Their names in the graph.
        layers: Vec<String>,
    },
    /// Channels brought to one range by factors, which the next layer takes back.
    ScaleChannels {
        /// Names of the convolutions in the graph.
        layers: Vec<String>,
    },
    /// Weights rounded so that the results of their layer stay, and not each to the nearest.
    RoundForResults,
}

/// A floating-point type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FloatType {
    /// IEEE 754 binary16.
    Fp16,
    /// The upper half of binary32.
    Bf16,
}

/// An integer type of 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntegerType {
    /// 0 to 255.
    U8,
    /// −128 to 127.
    S8,
}

/// How a graph says that it computes with integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntegerForm {
    /// `QuantizeLinear` and `DequantizeLinear` around float operators.
    Qdq,
    /// Integer operators, channels last.
    Nhwc,
    /// QDQ without zero points, as TensorRT wants it.
    Symmetric,
}

/// How the range of a tensor was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Ranges {
    /// All that was seen.
    MinMax,
    /// All but the outermost.
    Percentile {
        /// How much of it, 0 to 100.
        percent: f64,
    },
    /// The range with the least squared error.
    LeastError,
}

impl FloatType {
    /// As people write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fp16 => "fp16",
            Self::Bf16 => "bf16",
        }
    }
}

impl IntegerType {
    /// As people write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::S8 => "s8",
        }
    }
}
