//! What can be wrong with a model's outputs.

use crate::Family;

/// Why outputs were not decoded.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum DecodeError {
    /// The model does not have the outputs of its family.
    #[error("a model of family {family} has {expected}; this one has: {seen}. Correct the family or the input size")]
    Outputs {
        /// The family.
        family: Family,
        /// What it should have.
        expected: String,
        /// What the model has.
        seen: String,
    },
    /// The number of classes differs.
    #[error("output {name} has {got} classes, but {expected} are declared: correct the labels")]
    Classes {
        /// Name of the tensor.
        name: String,
        /// Classes declared.
        expected: usize,
        /// Classes of the tensor.
        got: usize,
    },
    /// The runtime did not return an output.
    #[error("the model returned no output {name}, only {seen}")]
    Missing {
        /// Name of the tensor.
        name: String,
        /// Names of those returned.
        seen: String,
    },
    /// A tensor has other dimensions than it should.
    #[error("output {name} has shape {shape:?}, expected {expected}")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Its dimensions.
        shape: Vec<usize>,
        /// The dimensions of its family.
        expected: String,
    },
    /// A tensor has more or fewer elements than its dimensions say.
    #[error("output {name} of shape {shape:?} must have {expected} elements, it has {got}")]
    Length {
        /// Name of the tensor.
        name: String,
        /// Its dimensions.
        shape: Vec<usize>,
        /// Elements of that shape.
        expected: u128,
        /// Elements given.
        got: usize,
    },
    /// Scores are not probabilities.
    #[error(
        "output {name} of shape {shape:?} has a score of {value}, expected 0 to 1: export the model with its sigmoid"
    )]
    Score {
        /// Name of the tensor.
        name: String,
        /// Its dimensions.
        shape: Vec<usize>,
        /// The score.
        value: f32,
    },
    /// The model does not say where anything is.
    #[error("the model is a classifier, which finds no objects: use a detector, or use this one to classify objects")]
    NoBoxes,
    /// Not one score is a number.
    #[error("a model of family {family} gave scores that are no numbers: try another device or a higher precision")]
    NoNumbers {
        /// The family.
        family: Family,
    },
    /// Not one box is a box.
    #[error(
        "all {count} boxes on a frame are impossible for a model of family {family}: export it with boxes as its \
         reference has them (YOLOX with its raw head, SSD with parts of the input), or correct the family"
    )]
    Boxes {
        /// The family.
        family: Family,
        /// How many there were.
        count: usize,
    },
}
