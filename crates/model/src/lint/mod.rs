//! A look into a file before the runtime gets it: is it ONNX at all, whole, self-contained, of sane size and of known
//! operators?

mod error;
mod guess;
mod operators;
mod order;
mod scan;
mod tensor;

use prost::{Message as _, bytes::Bytes};

pub use error::LintError;
pub(crate) use error::shown;

use crate::{
    Operator,
    onnx::{ModelProto, NodeProto},
};
use guess::looks_like;
use operators::check_operators;
use scan::{Stopped, scan};

/// The largest file that is read as a model. The largest detectors of the supported families have 300 MB.
pub const MAX_BYTES: u64 = 384 << 20;

/// A file that may be given to the runtime.
#[derive(Debug, PartialEq)]
pub struct Linted {
    /// What is in it. Tensors share the memory of the file's bytes.
    pub model: ModelProto,
    /// Which of Luchs's own operators it has.
    pub operators: Vec<Operator>,
}

/// Parses `bytes` and refuses what must not reach the runtime. `declared`: operators of Luchs's own that the model's passport
/// says it needs; the file has to have these, and no others.
pub fn lint(bytes: &Bytes, declared: &[Operator]) -> Result<Linted, LintError> {
    if bytes.is_empty() {
        return Err(LintError::Empty);
    }
    let damaged = |reason: String| {
        let size = bytes.len();
        looks_like(bytes).map_or(LintError::Damaged { size, reason }, LintError::LooksLike)
    };
    scan(bytes).map_err(|stopped| match stopped {
        Stopped::Malformed(reason) => damaged(reason.to_owned()),
        Stopped::TooMuch(error) => error,
    })?;
    let model = ModelProto::decode(bytes.clone()).map_err(|error| damaged(error.to_string()))?;
    // Some texts are valid protobuf by accident, of unknown fields only.
    let Some(graph) = &model.graph else {
        return Err(looks_like(bytes).map_or(LintError::Missing("graph"), LintError::LooksLike));
    };
    if model.ir_version == 0 {
        return Err(LintError::Missing("format version"));
    }
    for (what, none) in [
        ("operators", graph.node.is_empty()),
        ("inputs", graph.input.is_empty()),
        ("outputs", graph.output.is_empty()),
    ] {
        if none {
            return Err(LintError::Missing(what));
        }
    }
    let operators = check_operators(&model, graph, declared)?;
    order::check_order(&graph.node)?;
    for function in &model.functions {
        order::check_order(&function.node)?;
    }
    order::check_functions(&model)?;
    Ok(Linted { model, operators })
}

/// A node as messages name it: by its name, or its first output.
fn name_of(node: &NodeProto) -> String {
    let first = node.output.first().map_or("", String::as_str);
    shown(if node.name.is_empty() { first } else { &node.name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{AttributeProto, EXTERNAL, FLOAT, GraphProto, StringEntry, TensorProto, ValueInfoProto};

    pub(super) fn graph() -> GraphProto {
        GraphProto {
            node: vec![NodeProto::new("Relu", &["x"], &["y"])],
            input: vec![ValueInfoProto::tensor("x", FLOAT, &[1, 2])],
            output: vec![ValueInfoProto::tensor("y", FLOAT, &[1, 2])],
            ..GraphProto::default()
        }
    }

    fn check(model: &ModelProto) -> Result<ModelProto, LintError> {
        lint(&model.encode_to_vec().into(), &[]).map(|linted| linted.model)
    }

    fn external(name: &str) -> TensorProto {
        let entry = StringEntry {
            key: "location".into(),
            value: "../weights.bin".into(),
        };
        TensorProto {
            name: name.into(),
            data_location: EXTERNAL,
            external_data: vec![entry],
            ..TensorProto::default()
        }
    }

    #[test]
    fn a_plain_model_passes_and_reads_back() {
        let model = ModelProto::new(graph());
        assert_eq!(check(&model), Ok(model));
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let cases: [(&[u8], &str); 7] = [
            (b"person\nbicycle\n", "a text file"),
            (b"<!DOCTYPE html><html>", "a web page"),
            (b"PK\x03\x04rest", "a ZIP archive"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
            (b"\x1c\0\0\0TFL3", "TensorFlow Lite"),
            (b"\x89PNG\r\n", "a PNG picture"),
            (b"", "empty"),
        ];
        for (bytes, expected) in cases {
            let message = lint(&Bytes::copy_from_slice(bytes), &[]).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_model_cut_anywhere_is_refused() {
        let bytes = ModelProto::new(graph()).encode_to_vec();
        for end in 0..bytes.len() {
            match lint(&Bytes::copy_from_slice(&bytes[..end]), &[]) {
                // Only the opset, which stands last, may be missing: the runtime says so itself.
                Ok(Linted { model, .. }) => assert!(
                    model.graph == Some(graph()) && model.opset_import.is_empty(),
                    "cut at {end}"
                ),
                Err(error) => assert!(!matches!(error, LintError::ExternalData { .. }), "{error}"),
            }
        }
    }

    #[test]
    fn external_data_is_found_in_initialisers_attributes_and_subgraphs() {
        let mut direct = graph();
        direct.initializer.push(external("w"));
        let mut constant = graph();
        constant.node[0].attribute.push(AttributeProto {
            t: Some(external("w")),
            ..AttributeProto::default()
        });
        let mut inner = graph();
        inner.node[0].attribute.push(AttributeProto {
            g: Some(direct.clone()),
            ..AttributeProto::default()
        });
        for graph in [direct, constant, inner] {
            let message = check(&ModelProto::new(graph)).unwrap_err().to_string();
            assert!(
                message.contains("“w”") && message.contains("../weights.bin"),
                "{message}"
            );
        }
    }
}
