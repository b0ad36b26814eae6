//! Why a file is not given to the runtime.

use crate::Operator;

/// Why a file is not given to the runtime.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LintError {
    /// Nothing in it.
    #[error("the file is empty; fetch it again")]
    Empty,
    /// Something else.
    #[error("this is not an ONNX model but {0}; give a .onnx file or a directory with a model.toml")]
    LooksLike(&'static str),
    /// Cut off or damaged.
    #[error("the file is damaged or cut off after {size} bytes ({reason}); fetch it again")]
    Damaged {
        /// Bytes in the file.
        size: usize,
        /// What the parser said.
        reason: String,
    },
    /// Parsed, but without what a model must have.
    #[error("the file has no {0}: it is cut off, or not an ONNX model; fetch or export it again")]
    Missing(&'static str),
    /// More than any detector is made of; refused before memory is taken for it.
    #[error("the file has {what}, but {limit} is the most; no detector is built like that: export it again")]
    TooMuch {
        /// What there is too much of.
        what: String,
        /// How much may be.
        limit: usize,
    },
    /// Parts so small and so many that they would become far more than the file.
    #[error(
        "the operators, names and numbers of the file would take more than {limit} MiB of memory; no detector is built \
         like that: export it again"
    )]
    Swells {
        /// How much may be, in MiB.
        limit: usize,
    },
    /// Weights in other files.
    #[error(
        "tensor “{tensor}” keeps its data in another file (“{location}”); such models are not loaded: save the model \
         with its weights inside"
    )]
    ExternalData {
        /// The tensor.
        tensor: String,
        /// The other file, as the model names it.
        location: String,
    },
    /// A constant that cannot be what it says.
    #[error("tensor “{tensor}” {reason}: the file is damaged or made to mislead; fetch or export it again")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// What contradicts what.
        reason: String,
    },
    /// An operator that the stock runtime does not have.
    #[error(
        "operator “{operator}” of node “{node}” is from the set “{domain}”; only standard operators are loaded (ai.onnx, \
         ai.onnx.ml, com.microsoft): export the model without custom operators"
    )]
    CustomOperator {
        /// Type of the operator.
        operator: String,
        /// Its domain.
        domain: String,
        /// Name of the node, or its first output.
        node: String,
    },
    /// An operator of Luchs's own in a model whose passport is silent on it.
    #[error(
        "operator “{operator}” of node “{node}” is not a standard one but Luchs's own, and no passport says that the model \
         needs it; add operators = [\"{operator}\"] to [model] of its model.toml, or take a variant with standard operators"
    )]
    Undeclared {
        /// The operator.
        operator: Operator,
        /// Name of the node, or its first output.
        node: String,
    },
    /// The passport names an operator that the model has not.
    #[error(
        "the passport says that the model needs the operator “{operator}”, but the file has none of it; remove it from operators \
         in [model] of its model.toml"
    )]
    NotNeeded {
        /// The operator.
        operator: Operator,
    },
    /// An operator of Luchs's set that is not known here.
    #[error(
        "operator “{operator}” of node “{node}” is from Luchs's own set, but not one of this version; install a newer version \
         of luchs, or make the model again"
    )]
    OfAnotherVersion {
        /// Type of the operator.
        operator: String,
        /// Name of the node, or its first output.
        node: String,
    },
    /// An operator that makes the runtime open other files.
    #[error("operator “{operator}” of node “{node}” makes the runtime open other files; such models are not loaded")]
    OpensFiles {
        /// Type of the operator.
        operator: String,
        /// Name of the node, or its first output.
        node: String,
    },
    /// Operators that wait for each other.
    #[error("node “{node}” needs its own result: the operators form a circle; export the model again")]
    Circle {
        /// One node of the circle.
        node: String,
    },
    /// Two operators that write the same value.
    #[error("the value “{value}” is written by more than one operator; export the model again")]
    WrittenTwice {
        /// Name of the value.
        value: String,
    },
    /// A function that is defined by itself.
    #[error("function “{function}” is defined by itself; export the model again")]
    Recursive {
        /// Name of the function.
        function: String,
    },
}

/// A name out of a foreign file as a message may show it: short, on one line.
pub(crate) fn shown(name: &str) -> String {
    const MOST: usize = 60;
    let mut text: String = name.chars().take(MOST).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_others_is_shown_short_and_on_one_line() {
        assert_eq!(shown("conv_1/w"), "conv_1/w");
        assert_eq!(shown("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(shown(&"ä".repeat(1 << 20)).chars().count(), 61);
    }
}
